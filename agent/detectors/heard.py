"""What components' logs say in the window, by component and family, ready to be claimed."""

from collections.abc import Set as AbstractSet
from datetime import datetime

from msgspec import Struct

from agent.finding import Predicate
from agent.scene import Scene, pointer
from tools.callgraph import Edge, Hit
from tools.logs import Mention
from tools.plain_text import plain
from tools.source import LogRef

_BELOW = 8


class Heard(Struct):
    """One family in one component's logs, of lines that name no callee.

    Attributes:
        count, before: Lines in the window and before it; lines without a time count as inside.
        text: The last line of the window; `below` what stands under it, such as the rest of an exception.
        times: Of the lines in the window.
    """

    component: str
    family: str
    count: int = 0
    before: int = 0
    first: datetime | None = None
    last: datetime | None = None
    text: str = ""
    below: str = ""
    times: list[datetime] = []

    @property
    def chronic(self) -> bool:
        """Whether there was as much of it before the window."""
        return self.before >= 3 and self.before >= self.count


class Failed(Struct):
    """Calls of one family on one edge in the window."""

    edge: Edge
    hits: list[Hit]

    @property
    def first(self) -> datetime | None:
        """The first of them."""
        return min((hit.at for hit in self.hits if hit.at), default=None)

    @property
    def last(self) -> datetime | None:
        """The last of them."""
        return max((hit.at for hit in self.hits if hit.at), default=None)

    @property
    def times(self) -> list[datetime]:
        """When they were made."""
        return [hit.at for hit in self.hits if hit.at]


def heard(scene: Scene, families: AbstractSet[str]) -> dict[tuple[str, str], Heard]:
    """What was said without naming a callee, by `(component, family)`; only what was said in the window."""
    found: dict[tuple[str, str], Heard] = {}
    for ref, digest in scene.snapshot.logs.items():
        component = scene.snapshot.component_of_pod_name(ref.namespace, ref.pod)
        for mention in digest.mentions:
            if (
                mention.family in families
                and mention.kind != "served"
                and (mention.kind == "own" or not mention.target)
            ):
                one = found.setdefault((component, mention.family), Heard(component, mention.family))
                _count(scene, one, ref, mention)
    return {key: one for key, one in found.items() if one.count}


def _count(scene: Scene, one: Heard, ref: LogRef, mention: Mention) -> None:
    at = mention.at
    if at is not None and not scene.window.holds(at):
        one.before += at < scene.window.start
        return
    one.count += 1
    lines = scene.snapshot.logs[ref].lines
    one.text, one.below = lines[mention.line], "\n".join(lines[mention.line + 1 : mention.line + 1 + _BELOW])
    if at is not None:
        one.times.append(at)
        one.first = min(one.first or at, at)
        one.last = max(one.last or at, at)


def failed(scene: Scene, family: str) -> list[Failed]:
    """Edges with calls of a family in the window."""
    found = []
    for pair in scene.traffic:
        edge = scene.graph.by_pair[pair]
        hits = [hit for hit in edge.hits if hit.family == family and (hit.at is None or scene.window.holds(hit.at))]
        if hits and not scene.is_telemetry_edge(edge):
            found.append(Failed(edge, hits))
    return found


def heard_claims(scene: Scene, one: Heard, text: str) -> tuple[Predicate, ...]:
    """How often it was said, and the last line."""
    logs = scene.logs_id(one.component)
    return (
        Predicate(text, logs, "count_at_least", pointer("own", one.family, "in_window"), one.count),
        Predicate(
            f"{one.component} logs it",
            logs,
            "matches_quote",
            pointer("own", one.family, "quote"),
            plain(one.text, 400)[:200],
        ),
    )


def failed_claims(scene: Scene, one: Failed, text: str) -> tuple[Predicate, ...]:
    """How many calls of the edge went that way."""
    family = one.hits[0].family
    place = pointer("calls", one.edge.callee, "families", family)
    return (Predicate(text, scene.logs_id(one.edge.caller), "count_at_least", place, len(one.hits)),)


def line_of(scene: Scene, hit: Hit) -> str:
    """The log line behind a call."""
    return scene.snapshot.logs[hit.ref].lines[hit.line]
