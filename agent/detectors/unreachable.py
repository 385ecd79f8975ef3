"""A store or broker that its callers do not reach, while nothing is seen inside."""

from collections.abc import Iterator

from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer

GONE = frozenset({"refused", "timeout", "unreachable", "unavailable", "reset", "no_upstream"})


def unreachable(scene: Scene, component: str, condition: str) -> Iterator[Finding]:
    """One finding of all failing edges to the component; weaker when others reach it."""
    several = [(e, c) for e, c in scene.failing if e.callee == component and c.main_family in GONE]
    if not several:
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
