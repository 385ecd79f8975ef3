"""Kubernetes objects as small typed structs: only the fields that the engine reads, in the API's own names.

The same structs are filled from a live API server, a recording or a benchmark. Nothing here does I/O.
"""
