module faultside.dev/lab/apps

go 1.24
