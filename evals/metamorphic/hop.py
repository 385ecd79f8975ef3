"""Move the zero one hop: the workload at zero comes back, its caller or callee goes, the verdict follows the owner."""

from collections.abc import Iterator

from msgspec import Struct

from evals.metamorphic.base import Base
from evals.metamorphic.expected import Expected, Variant, named
from evals.metamorphic.hop_cluster import Place, moved_objects, moved_samples, scaled_at
from evals.metamorphic.hop_logs import moved_logs
from evals.metamorphic.recording import METRICS, Object, Recording
from tools.callgraph import FAILED

FAMILY = "move the zero"
_NO_HTTP = frozenset({3306, 27017, 6379, 5672, 5432, 9092, 11211, 1433, 53})


class Hop(Struct, frozen=True):
    """Where the zero is, where it goes, and who calls there; component ids."""

    source: str
    target: str
    caller: str


def variants(base: Base) -> Iterator[Variant]:
    """One variant for each neighbour of a Deployment at zero that can take its place."""
    lead = base.lead
    if lead is None or not base.faulty or len(base.diagnosis.causes) > 1:
        return
    if (
        lead.failure_mode != "scaled_to_zero"
        or _side_effects(base)
        or scaled_at(_objects_of(base, lead.component)) is None
    ):
        return
    for hop in hops(base, lead.component):
        name = hop.target.rpartition("/")[2]
        yield named(base, FAMILY, f"to {name}", _expected(base, hop), lambda hop=hop: moved(base, hop))  # type: ignore[misc]


def hops(base: Base, source: str) -> Iterator[Hop]:
    """Callers that were seen failing, with somebody who calls them; and callees, called by the one that comes back."""
    graph = base.scene.graph
    for edge in graph.callers_of(source):
        if any(hit.family in FAILED for hit in edge.hits) and _can_go(base, edge.caller):
            callers = [
                other for other in graph.callers_of(edge.caller) if other.caller != source and _runs(base, other.caller)
            ]
            if callers:
                caller = max(callers, key=lambda other: (len(other.hits), other.declared)).caller
                yield Hop(source, edge.caller, caller)
    for edge in graph.calls_of(source):
        if _can_go(base, edge.callee):
            yield Hop(source, edge.callee, source)


def moved(base: Base, hop: Hop) -> Recording:
    """The recording with the zero at the neighbour: objects, events, endpoints, samples, logs."""
    objects = base.recording.objects
    source, target = Place.of(objects, hop.source, base.recording), Place.of(objects, hop.target, base.recording)
    at = scaled_at(_objects_of(base, hop.source))
    assert at is not None  # noqa: S101 - asked before
    swap = {source.name: target.name, target.name: source.name}
    swap |= dict(zip(source.pods, target.pods, strict=False)) | dict(zip(target.pods, source.pods, strict=False))
    found = base.recording.with_objects(moved_objects(objects, source, target)).without("datadog/")
    if METRICS in found.files:
        found = found.with_texts({METRICS: moved_samples(found.text(METRICS), swap)})
    return moved_logs(base, found, (source, target), hop.caller, at)


def _expected(base: Base, hop: Hop) -> Expected:
    namespace, _, name = hop.target.split("/", 2)
    theirs = f"{namespace}/{name}" in _declared(base.recording.boundary)
    return Expected(("external",) if theirs else ("internal",), (hop.target,), ("scaled_to_zero",))


def _declared(boundary: Object) -> set[str]:
    """Workloads that the boundary gives to third parties."""
    return {one.lower() for entry in boundary.get("third_party") or [] for one in entry.get("workloads") or []}


def _side_effects(base: Base) -> bool:
    """Whether other pods are unready too: their state would have to move as well."""
    for pod in (one for one in base.recording.objects if one["kind"] == "Pod"):
        status = pod.get("status") or {}
        containers = status.get("containerStatuses") or []
        if status.get("phase") != "Succeeded" and not all(one.get("ready") for one in containers):
            return True
    return False


def _can_go(base: Base, component: str) -> bool:
    """A Deployment of our cluster that runs, and whose Service isn't a store's or a broker's."""
    services = base.scene.snapshot.services_of(component)
    ports = [port.port for service in services for port in service.spec.ports]
    return _runs(base, component) and bool(ports) and not _NO_HTTP & set(ports)


def _runs(base: Base, component: str) -> bool:
    pods = base.scene.snapshot.pods_by_component.get(component, ())
    return component.split("/")[1:2] == ["deployment"] and bool(pods)


def _objects_of(base: Base, component: str) -> list[Object]:
    namespace, _, name = component.split("/", 2)
    return [
        one
        for one in base.recording.objects
        if one["metadata"].get("namespace") == namespace and name in (one["metadata"]["name"], _about(one))
    ]


def _about(one: Object) -> str:
    return str((one.get("involvedObject") or {}).get("name") or "")
