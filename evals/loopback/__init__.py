"""A Kubernetes API server on this machine that answers from a run folder: what live sources are tested against.

Real HTTP with lists in pages, continue tokens, logs, errors and faults on order. It keeps every request that came, so
that a test can say what left the other process. Only reads are known; everything else is refused, and kept as well.
"""
