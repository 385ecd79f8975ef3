"""What the tools of one investigation look at, and what they have answered so far."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec import Struct, field

from tools.callgraph import CallGraph
from tools.changes import Change
from tools.evidence import Evidence, Gap
from tools.logs import LogDigest
from tools.snapshot import Snapshot
from tools.source import FeedRef, LogRef, Sources
from tools.views import Views


class Toolbox(Struct, kw_only=True):
    """What the tools of one investigation look at, and what they have answered so far.

    Attributes:
        snapshot: What the sweep read.
        sources: The systems, for what the sweep did not read.
        owner: Who operates a component, in words such as `third party: Stripe`.
        status_page: Where a third party reports its incidents, by its name; None of whom that is not known.
        answered: Every answer by its id; together with the views, all that a claim may cite.
        logs: Logs that were read since the sweep.
        unread: Why others of them could not be.
    """

    snapshot: Snapshot
    sources: Sources
    graph: CallGraph
    changes: list[Change]
    views: Views
    owner: Callable[[str], str]
    status_page: Callable[[str], FeedRef | None] = lambda _: None
    answered: dict[str, Evidence] = field(default_factory=dict)
    logs: dict[LogRef, LogDigest] = field(default_factory=dict)
    unread: dict[LogRef, Gap] = field(default_factory=dict)

    def cite(self, evidence: str) -> Evidence | None:
        """An answer of a tool, or evidence of the snapshot; None when there is none of that id."""
        return self.answered.get(evidence) or self.views.cite(evidence)

    def clock(self, at: datetime | None) -> str:
        """A moment as short as it is still clear: `06:30:30Z` on the day of the window's end, else with its date."""
        if at is None:
            return "?"
        same_day = at.astimezone(UTC).date() == self.snapshot.window.end.astimezone(UTC).date()
        return at.astimezone(UTC).strftime("%H:%M:%SZ" if same_day else "%Y-%m-%dT%H:%M:%SZ")

    def all_logs(self) -> Iterator[tuple[LogRef, LogDigest]]:
        """What the sweep read, and what was read since."""
        yield from self.snapshot.logs.items()
        # Tools are asked from several threads, and another one may be reading.
        yield from list(self.logs.items())
