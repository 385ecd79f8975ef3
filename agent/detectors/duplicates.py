"""Records that a program writes although they exist, where somebody gets a server error out of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors.backends import is_store
from agent.detectors.heard import Heard, failed, failed_claims, heard, heard_claims
from agent.detectors.stores import served_badly
from agent.finding import Finding, Predicate
from agent.scene import Scene

_SOON = timedelta(seconds=5)
UNTIMED_FEW = 2


def detect(scene: Scene) -> Iterator[Finding]:
    """`duplicate_key` of programs, or of stores that say so themselves."""
    for (component, _), said in heard(scene, {"duplicate_key"}).items():
        yield _duplicate(scene, component, said, heard_claims(scene, said, f"{component} hits a unique key"))
    for one in failed(scene, "duplicate_key"):
        said = Heard(one.edge.caller, "duplicate_key", len(one.hits), 0, one.first, one.last, times=one.times)
        claims = failed_claims(scene, one, f"{one.edge.caller} hits a unique key")
        yield _duplicate(scene, one.edge.caller, said, claims)


def _duplicate(scene: Scene, component: str, said: Heard, claims: tuple[Predicate, ...]) -> Finding:
    """A cause only when somebody got a server error out of it."""
    asking = _answered_badly(scene, component, said)
    relevant = bool(asking) or is_store(scene, component)
    return Finding(
        component=component,
        condition="duplicate_key",
        role="cause" if relevant and not said.chronic else "background",
        since=said.first,
        strength=0.65,
        touches=tuple(sorted({component} | asking)),
        claims=claims,
        says=f"{component} writes records that exist, {said.count} times",
    )


def _answered_badly(scene: Scene, component: str, said: Heard) -> set[str]:
    """Who answered with a server error: the component, its callers, or a neighbour within seconds of each refusal."""
    near = {component, *(edge.caller for edge in scene.graph.callers_of(component))}
    namespace = f"{component.partition('/')[0]}/"
    bad = {one for one in near if served_badly(scene, one)}
    neighbours = [one for one in scene.snapshot.components if one.startswith(namespace)] if said.times else []
    bad |= {one for one in neighbours if _follows(said.times, _bad_answers(scene, one))}
    return bad or {one for one in neighbours if _untimed_bad_answers(scene, one) >= UNTIMED_FEW}


def _untimed_bad_answers(scene: Scene, component: str) -> int:
    """Server errors in a log without times: when they were answered nobody can say."""
    return sum(
        1
        for ref, digest in scene.snapshot.logs.items()
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) == component
        for one in digest.mentions
        if one.kind == "served" and one.at is None and one.status is not None and one.status >= 500
    )


def _follows(causes: list[datetime], effects: list[datetime]) -> bool:
    """Whether most of the causes are followed by an effect within five seconds."""
    met = sum(1 for at in causes if any(at <= later <= at + _SOON for later in effects))
    return met > 0.5 * len(causes)


def _bad_answers(scene: Scene, component: str) -> list[datetime]:
    return [
        one.at
        for ref, digest in scene.snapshot.logs.items()
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) == component
        for one in digest.mentions
        if one.kind == "served" and one.status and one.status >= 500 and one.at is not None
    ]
