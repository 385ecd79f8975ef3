"""How an evaluation is watched: steps come and go on a terminal, notes stay."""

import os
import sys
from typing import Protocol


class Listener(Protocol):
    """Hears what an evaluation does."""

    def step(self, number: int, total: int, what: str) -> None:
        """An attempt begins."""

    def note(self, text: str) -> None:
        """Something that a person should know."""


class StderrProgress:
    """Notes go to stderr; steps too, on a terminal only and in one line that is gone at the end."""

    def __init__(self) -> None:
        """Look at once whether stderr is a terminal."""
        self._live = sys.stderr.isatty()
        self._open = False

    def __enter__(self) -> "StderrProgress":
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def step(self, number: int, total: int, what: str) -> None:
        """Show an attempt in place of the one before."""
        if self._live:
            self._clear()
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            sys.stderr.write(f"[{number}/{total}] {what}"[: max(width - 1, 1)])
            sys.stderr.flush()
            self._open = True

    def note(self, text: str) -> None:
        """Print a line."""
        self._clear()
        print(text, file=sys.stderr)  # noqa: T201 - the terminal is what this class is for

    def _clear(self) -> None:
        if self._open:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._open = False
