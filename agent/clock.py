"""The time of one diagnosis: questions are asked at once, and nobody is waited for after its end."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from tools.parallel import in_order

T = TypeVar("T")
_AT_ONCE = 8


class Clock:
    """Runs from here on."""

    def __init__(self, seconds: float | None) -> None:
        """Systems have `seconds`; None is for what answers from files, and takes no time worth sharing."""
        self._seconds, self._begun = seconds, time.monotonic()

    @property
    def live(self) -> bool:
        """Whether there is a bound, because systems are asked."""
        return self._seconds is not None

    def asked(
        self, calls: Sequence[Callable[[], T]], share: float = 1.0, ahead: int | None = None
    ) -> Iterator[T | None]:
        """The calls' results in order, None for each that came too late.

        Against a clock they begin at once, and end when a share of the time is over; else each is asked when it is
        taken. `ahead` is how many results may wait to be taken.
        """
        if self._seconds is None:
            return (call() for call in calls)
        return in_order(calls, _AT_ONCE, self._begun + share * self._seconds, ahead)

    def late(self, share: float = 1.0) -> str:
        """What is said of a question that was not answered in time."""
        return f"no answer within the {share * (self._seconds or 0.0):.3g} s of this diagnosis"
