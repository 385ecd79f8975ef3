"""Servers on this machine that live sources and models are tested against, such as an API server of a run folder.

Real HTTP, with errors and faults on order. Each keeps every request that came, so that a test can say what left the
other process.
"""
