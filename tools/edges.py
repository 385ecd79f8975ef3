"""Callers and callees: what an edge of the call graph knows, and the graph itself."""

from collections import defaultdict
from datetime import datetime

from msgspec import Struct

from tools.addresses import Party
from tools.log_families import CALL_FAMILIES
from tools.log_targets import Target
from tools.source import LogRef

REFUSED_BY_A_STORE = frozenset(
    {"auth_failed", "too_many_connections", "read_only", "storage_full", "missing_schema", "lock_timeout"}
)
FAILED = (
    frozenset(CALL_FAMILIES) - {"ok", "attempt", "declined", "relayed", "cancelled"}
    | REFUSED_BY_A_STORE
    | {"publish_rejected"}
)
WORKED = frozenset({"ok", "publish_confirmed", "consumed", "declined"})


class Hit(Struct, frozen=True):
    """One call that a log line tells of."""

    at: datetime | None
    family: str
    status: int | None
    producer: str | None
    seconds: float | None
    ref: LogRef
    line: int
    target: Target | None


class Edge(Struct):
    """A caller and a callee.

    Attributes:
        configured: Where settings name the callee: `(container or object, setting, value)`.
        hits: Calls in order of time; those without a time come first.
        service: The Service in between, if one.
    """

    caller: str
    callee: str
    names: tuple[str, ...] = ()
    service: tuple[str, str] | None = None
    inside: bool = True
    configured: list[tuple[str, str, str]] = []
    hits: list[Hit] = []
    declared: bool = False

    @property
    def in_use(self) -> bool:
        """Whether a call was seen, however it went."""
        return bool(self.hits)


class CallGraph:
    """All edges, by caller and by callee."""

    def __init__(self, edges: dict[tuple[str, str], Edge]) -> None:
        """Index `edges`."""
        self.by_pair = edges
        self.edges = list(edges.values())
        self._from: dict[str, list[Edge]] = defaultdict(list)
        self._to: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self._from[edge.caller].append(edge)
            self._to[edge.callee].append(edge)

    def calls_of(self, component: str) -> list[Edge]:
        """Edges that leave a component."""
        return self._from.get(component, [])

    def callers_of(self, component: str) -> list[Edge]:
        """Edges that reach a component."""
        return self._to.get(component, [])

    def path(self, start: str, goal: str) -> tuple[str, ...]:
        """The shortest chain of calls from `start` to `goal`, both included; empty without one."""
        if start == goal:
            return (start,)
        reached = {start: ""}
        queue = [start]
        for here in queue:
            for edge in self.calls_of(here):
                if edge.callee not in reached:
                    reached[edge.callee] = here
                    if edge.callee == goal:
                        return _unwound(reached, goal)
                    queue.append(edge.callee)
        return ()


def _unwound(reached: dict[str, str], goal: str) -> tuple[str, ...]:
    steps = [goal]
    while reached[steps[-1]]:
        steps.append(reached[steps[-1]])
    return tuple(reversed(steps))


class Edges:
    """Edges while they are being found, one for each pair."""

    def __init__(self) -> None:
        """Start without any."""
        self.by_pair: dict[tuple[str, str], Edge] = {}

    def between(self, caller: str, party: Party) -> Edge | None:
        """The edge from `caller` to `party`, made when it is new; None for a call to oneself."""
        if party.component == caller:
            return None
        edge = self.by_pair.get((caller, party.component))
        if edge is None:
            edge = Edge(caller, party.component, party.names, party.service, party.inside, [], [])
            self.by_pair[caller, party.component] = edge
        else:
            edge.names = tuple(dict.fromkeys((*edge.names, *party.names)))
            edge.service = edge.service or party.service
        return edge
