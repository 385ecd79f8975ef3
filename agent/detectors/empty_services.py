"""Services that take no pod although the workload of their own name is ready, where no log shows their callers."""

from collections.abc import Iterator

from agent.detectors.pod_state import role_of
from agent.detectors.services import component_of
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.callgraph import WORKED
from tools.objects.network import Service


def detect(scene: Scene) -> Iterator[Finding]:
    """`selector_mismatch`, and that nobody can reach the workload as its symptom.

    Such a Service answers nobody, whoever calls it from outside; edges that logs show are `services.py`'s.
    """
    for (namespace, name), service in scene.snapshot.services.items():
        if not service.spec.selector or service.spec.external_name or scene.snapshot.selected_by(service):
            continue
        meant = _namesake(scene, namespace, name)
        if meant is not None and not _called(scene, namespace, name) and not _backed(scene, namespace, name):
            yield from _findings(scene, service, meant)


def _namesake(scene: Scene, namespace: str, name: str) -> str | None:
    """The workload of exactly the Service's name, if all its pods are ready."""
    for component in scene.snapshot.workloads:
        pods = scene.snapshot.pods_by_component.get(component, ())
        if component.partition("/")[0] == namespace and component.rpartition("/")[2] == name and pods:
            return component if all(pod.ready for pod in pods) else None
    return None


def _called(scene: Scene, namespace: str, name: str) -> bool:
    """Whether calls through the Service failed, which tells more, or worked in the window."""
    edges = [edge for edge in scene.graph.edges if edge.service == (namespace, name)]
    failing = {(edge.caller, edge.callee) for edge, _ in scene.failing}
    worked = any(hit.family in WORKED and scene.window.holds(hit.at) for edge in edges for hit in edge.hits)
    return worked or any((edge.caller, edge.callee) in failing for edge in edges)


def _backed(scene: Scene, namespace: str, name: str) -> bool:
    """Whether somebody keeps its endpoints by hand, as for a host outside."""
    return any(ready for _, ready in scene.snapshot.endpoints.get((namespace, name), ()))


def _findings(scene: Scene, service: Service, meant: str) -> Iterator[Finding]:
    place = component_of(service)
    edits = [one for one in scene.recent_changes(place) if one.field == "selector"]
    claims = (
        Predicate(f"the selector does not take {meant}", scene.object_id(place), "equals", "/selects", []),
        Predicate(f"{meant} has ready pods", f"pods/{meant}", "count_at_least", "/ready", 1),
    )
    since = edits[-1].at if edits else None
    yield Finding(
        component=place,
        condition="selector_mismatch",
        role=role_of(scene, meant),
        names=(f"{service.metadata.namespace}/{service.metadata.name}",),
        since=since,
        strength=0.8 if edits else 0.6,
        touches=(meant,),
        claims=claims,
        says=f"Service {service.metadata.name} does not lead to {meant}",
    )
    yield Finding(
        component=meant,
        condition="unreached",
        role="symptom",
        since=since,
        strength=0.6,
        claims=claims,
        says=f"nobody reaches {meant} through its Service",
    )
