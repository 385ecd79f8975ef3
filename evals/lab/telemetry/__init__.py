"""Real Prometheus and Alertmanager on this machine, fed from recordings."""
