"""Evidence: one answer of one system to one question that anybody can ask again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

Status = Literal["ok", "empty", "denied", "error", "truncated"]

HISTORY = timedelta(hours=2)
"""How far before a window logs and samples are read: what is normal is only known from then."""
RECENT = timedelta(hours=2)
"""A change this long before a window can still explain a fault in it."""


class Window(Struct, frozen=True):
    """A span of time, both ends included, UTC."""

    start: datetime
    end: datetime

    def holds(self, at: datetime | None) -> bool:
        """Whether `at` lies within; an unknown time does not."""
        return at is not None and self.start <= at <= self.end

    def widened(self, before: timedelta) -> "Window":
        """The same window, beginning `before` earlier."""
        return Window(self.start - before, self.end)


class Evidence(Struct, frozen=True, kw_only=True):
    """One answer.

    Attributes:
        id: Stable and readable, such as `deployment/sock-shop/payment`; the same question has the same id.
        source: `kubernetes`, `prometheus`, `datadog`, `status` or `incident`.
        query: What to run to ask again, word for word.
        window: The span that the answer covers.
        observed_at: The moment that the answer describes, UTC.
        status: Anything but `ok` makes the evidence a gap: it never supports "healthy".
        text: What a person or a model reads; redacted, with counts such as "3 of 412 lines".
        value: The same as plain JSON, for claims to be checked on.
    """

    id: str
    source: str
    query: str
    window: Window
    observed_at: datetime
    status: Status = "ok"
    text: str = ""
    value: object = None


class Gap(Struct, frozen=True, kw_only=True):
    """Something that was asked and not answered.

    Attributes:
        live: A live system was asked, which may have had something to say.
        previous: Of a log, that the instance before the current one is meant.
        whole_in: Namespaces of which the answer is whole nevertheless.
    """

    id: str
    source: str
    what: str
    status: Status
    error: str = ""
    namespace: str = ""
    pod: str = ""
    container: str = ""
    live: bool = False
    previous: bool = False
    whole_in: tuple[str, ...] = ()


Cite = Callable[[str], Evidence | None]
"""Look up evidence by its id; None when nothing of that id was read."""
