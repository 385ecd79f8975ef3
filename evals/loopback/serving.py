"""A server that somebody started by hand."""

import sys
from contextlib import suppress
from threading import Event


def until_interrupted(said: str) -> None:
    """Print the lines that lead to what is served, and wait for Ctrl-C."""
    sys.stdout.write(said)
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        Event().wait()
