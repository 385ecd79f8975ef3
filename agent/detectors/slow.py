"""Callees that answer, but much later than before."""

from collections.abc import Iterator
from datetime import datetime
from statistics import median

from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import FAILED, Edge, Hit

TIMES_SLOWER = 3.0
LEAST_SECONDS = 0.3
"""Below this nobody waits."""
FEW = 2


def detect(scene: Scene) -> Iterator[Finding]:
    """`dependency_slow` for an edge whose calls take three times as long as those before, from the first slow one."""
    for edge in scene.graph.edges:
        if scene.is_telemetry_edge(edge):
            continue
        before, inside = _split(scene, edge)
        usual = median(hit.seconds or 0.0 for hit in before) if before else None
        slow = _slow(inside, usual)
        if len(slow) < FEW or len(slow) * 2 < len(inside):
            continue
        yield from _findings(scene, edge, slow, usual)


def _split(scene: Scene, edge: Edge) -> tuple[list[Hit], list[Hit]]:
    """Timed calls that were answered, before the window (or before the first slow one) and in it."""
    timed = [hit for hit in edge.hits if hit.seconds is not None and hit.at and hit.family not in FAILED]
    before = [hit for hit in timed if hit.at and hit.at < scene.window.start]
    inside = [hit for hit in timed if scene.window.holds(hit.at)]
    if len(before) < FEW and len(inside) > 2 * FEW:
        # Without anything before the window, its own first calls say what is usual.
        return inside[:FEW], inside[FEW:]
    return before, inside


def _slow(inside: list[Hit], usual: float | None) -> list[Hit]:
    if usual is None:
        return []
    limit = max(LEAST_SECONDS, TIMES_SLOWER * usual)
    return [hit for hit in inside if (hit.seconds or 0.0) >= limit]


def _findings(scene: Scene, edge: Edge, slow: list[Hit], usual: float | None) -> Iterator[Finding]:
    since = min(hit.at for hit in slow if hit.at)
    fast_since = [hit for hit in edge.hits if hit.at and slow[-1].at and hit.at > slow[-1].at and hit.family == "ok"]
    until: datetime | None = slow[-1].at if len(fast_since) >= FEW else None
    took = median(hit.seconds or 0.0 for hit in slow)
    says = f"{len(slow)} calls to {edge.callee} took {took:.1f} s, usual is {usual:.2f} s"
    claim = Predicate(
        says,
        scene.logs_id(edge.caller),
        "count_at_least",
        pointer("calls", edge.callee, "slowest"),
        round(min(hit.seconds or 0.0 for hit in slow), 3),
    )
    yield Finding(
        component=edge.caller,
        condition="calls_slow",
        role="symptom",
        strength=0.8,
        since=since,
        until=until,
        on_edge=(edge.caller, edge.callee),
        claims=(claim,),
        says=says,
    )
    yield Finding(
        component=edge.callee,
        condition="dependency_slow",
        role="cause",
        names=edge.names,
        strength=0.6 if not edge.inside else 0.4,
        since=since,
        until=until,
        claims=(claim,),
        says=says,
    )
