"""Phases of an experiment, and what was seen in them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from msgspec import Struct, field


class Phase(Struct):
    """One phase: its times, what was typed, what was noted, and texts of the cluster by heading."""

    name: str
    began: datetime
    seconds: float = 0.0
    typed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)


class Log(Struct):
    """The phases so far."""

    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Time what happens in it; an interrupted phase is kept too."""
        one = Phase(name, datetime.now(UTC))
        self.phases.append(one)
        began = time.monotonic()
        try:
            yield one
        finally:
            one.seconds = time.monotonic() - began

    def named(self, name: str) -> Phase:
        """A phase by its name."""
        return next(phase for phase in self.phases if phase.name == name)
