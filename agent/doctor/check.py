"""What a checkup says: one line a check, with what to do where something is not right."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tools.plain_text import plain

State = Literal["ok", "warning", "missing", "off"]
"""`missing` keeps something that is configured from working; `off` is not configured at all."""

_MOST_SAID = 400


class Check(Struct, frozen=True):
    """One thing that was looked at; texts are one line each, without secrets.

    Attributes:
        system: Such as `kubernetes`.
        name: What of it.
        said: What was found.
        do: What mends it: a command, else a sentence.
        unreached: The system did not answer at all.
    """

    system: str
    name: str
    state: State
    said: str
    do: str = ""
    unreached: bool = False


class Asked(Struct, frozen=True, kw_only=True):
    """What is to be looked at, and until when (monotonic seconds)."""

    deadline: float
    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None
    boundary: Path | None = None
    status_feeds: bool | None = None

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.01, self.deadline - time.monotonic())


Section = Callable[[Asked], Iterable[Check]]
"""The checks of one system; an InputError becomes a check as well, and ends the section."""


def some(names: Sequence[str], most: int = 8) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def check(system: str, name: str, state: State, said: str, do: str = "", *, unreached: bool = False) -> Check:
    """A check with what was found cut, cleaned and redacted.

    What to do is our own sentence and stays as it is: an account's name may well be a mail address, which a command
    needs.
    """
    return Check(system, name, state, plain(said, _MOST_SAID), do, unreached)
