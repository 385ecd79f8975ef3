"""A store or broker that its callers do not reach, while nothing is seen inside."""

from collections.abc import Iterator
from datetime import timedelta

from agent.finding import Finding, Predicate
from agent.noise import STARTING
from agent.scene import Scene, pointer
from tools.callgraph import Edge
from tools.traffic import Traffic

GONE = frozenset({"refused", "timeout", "unreachable", "unavailable", "reset", "no_upstream"})


def unreachable(scene: Scene, component: str, condition: str) -> Iterator[Finding]:
    """One finding of all failing edges to the component; weaker when others reach it."""
    several = [(e, c) for e, c in scene.failing if e.callee == component and c.main_family in GONE]
    if not several or all(_settled(scene, edge, counted) for edge, counted in several):
        return
    callers = {edge.caller for edge, _ in several}
    fine = [edge for edge in scene.graph.callers_of(component) if edge.in_use and edge.caller not in callers]
    healed = all(counted.healed for _, counted in several)
    place = pointer("calls", component, "failed")
    yield Finding(
        component=component,
        condition=condition,
        role="cause",
        names=names_of(scene, component),
        since=min((counted.first for _, counted in several if counted.first), default=None),
        until=max((counted.last for _, counted in several if counted.last), default=None) if healed else None,
        strength=0.62 - 0.12 * bool(fine) + 0.05 * (len(several) > 1),
        claims=tuple(
            Predicate(
                f"{e.caller} does not reach {component}", scene.logs_id(e.caller), "count_at_least", place, c.failed
            )
            for e, c in several[:4]
        ),
        says=f"{len(several)} caller(s) do not reach {component}",
    )


def names_of(scene: Scene, component: str) -> tuple[str, ...]:
    """What callers call the component."""
    names = (name for edge in scene.graph.callers_of(component) for name in edge.names)
    return tuple(dict.fromkeys(name for name in names if name != component))


def _settled(scene: Scene, edge: Edge, counted: Traffic) -> bool:
    """Whether all failures lie just after a start and the caller has served well since; many log no good call."""
    if counted.last is None or counted.failed_after:
        return False
    starts = [*scene.starts_of(edge.caller), *scene.starts_of(edge.callee)]
    last = counted.last
    if not any(start - timedelta(seconds=30) <= last <= start + STARTING for start in starts):
        return False
    good = [
        one
        for ref, digest in scene.snapshot.logs.items()
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) == edge.caller
        for one in digest.mentions
        if one.kind == "served" and one.at and one.at > last and one.status and one.status < 400
    ]
    return len(good) >= 3
