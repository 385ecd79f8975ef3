"""A real Kubernetes on one machine: built once, started in namespaces of its own, gone without a trace."""
