"""Kubernetes, live and read-only: one list request a kind, and the logs that the sweep asks for.

`guard` says which requests may leave the process, `connect` is the only home of the vendor's library, `requests`
keeps budget, deadline and retries, `pages` and `logs` read answers, and `cluster` is the source that the sweep asks.
"""
