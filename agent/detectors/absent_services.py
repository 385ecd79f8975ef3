"""Workloads that nobody reaches because their Service could not be made: the namespace's quota allows no more."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.calls import edge_claims
from agent.detectors.quota import around, full, quota_claims, quotas_of
from agent.detectors.reached import reached
from agent.finding import Finding, Predicate
from agent.scene import Scene


class Missed(Struct, frozen=True):
    """A name that was called in vain and that no component bears."""

    namespace: str
    called: str
    since: datetime | None
    until: datetime | None
    claims: tuple[Predicate, ...]


def detect(scene: Scene) -> Iterator[Finding]:
    """`quota_exceeded` of services, once for each workload whose name is called and has no Service."""
    found: dict[str, Finding] = {}
    for missed in (*_called(scene), *_tried(scene)):
        finding = _explained(scene, missed)
        if finding is not None:
            found.setdefault(finding.component, finding)
    yield from found.values()


def _called(scene: Scene) -> Iterator[Missed]:
    for edge, counted in scene.failing:
        if "/" not in edge.callee:
            until = counted.last if counted.healed else None
            claims = edge_claims(scene, edge, counted)
            yield Missed(edge.caller.partition("/")[0], edge.callee, counted.first, until, claims)


def _tried(scene: Scene) -> Iterator[Missed]:
    for one in reached(scene):
        if not one.open and "/" not in one.component:
            namespace = next((name.partition("/")[0] for name in one.names if "/" in name), "")
            yield Missed(namespace, one.component, one.since, None, (one.claim,))


def _explained(scene: Scene, missed: Missed) -> Finding | None:
    namespace, host = missed.namespace, missed.called.partition(".")[0]
    used_up = [one for one in quotas_of(scene, namespace) if full(one, "services", 1.0)]
    here = (one for one in scene.snapshot.workloads if one.partition("/")[0] == namespace)
    behind = next((one for one in here if one.rpartition("/")[2] == host), None)
    if not used_up or behind is None or (namespace, host) in scene.snapshot.services:
        return None
    quota = used_up[0].metadata.name
    return Finding(
        component=behind,
        condition="quota_exceeded",
        role="cause",
        names=(*around(namespace, quota), missed.called),
        detail="services",
        since=missed.since,
        until=missed.until,
        strength=0.7,
        touches=(missed.called,),
        claims=(*quota_claims(scene, namespace, quota), *missed.claims),
        says=f"{behind} has no Service of its name, and the quota {quota} allows no more",
    )
