"""Positive evidence that a component works; silence is none."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

from agent.detectors.heard import heard
from agent.detectors.serving import Served, served_by
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.logs import Mention
from tools.objects.pods import Pod
from tools.traffic import Traffic

_ENDED = frozenset({"Succeeded", "Failed"})
_STARTS = timedelta(minutes=3)
_MOVED = frozenset({"publish_confirmed", "consumed"})


class Success(Struct):
    """What worked for one component in the window, and whether anything did not."""

    component: str
    count: int = 0
    failed: int = 0
    broken: bool = False
    claims: list[Predicate] = []


def healthy(scene: Scene) -> Iterator[Finding]:
    """One finding for each asked component, else for each of the namespace, that shows success and nothing else."""
    served = served_by(scene)
    asked = [one for one in sorted(scene.asked) if _wanted(scene, one)]
    found = [_success(scene, component, served) for component in asked]
    if any(one.broken for one in found):
        return
    shown = [one for one in found if one.count]
    if not shown:
        namespace = scene.incident.namespace
        known = sorted({*scene.snapshot.components, *(edge.caller for edge in scene.graph.edges)})
        everybody = [one for one in known if not namespace or one.startswith(f"{namespace}/")]
        found = [
            _success(scene, one, served) for one in everybody if not scene.is_telemetry(one) and _wanted(scene, one)
        ]
        shown = [one for one in found if one.count and not one.broken]
    for one in shown:
        yield Finding(
            component=one.component,
            condition="healthy",
            role="background",
            strength=0.85 if one.component in scene.asked else 0.6,
            claims=(*_replicas(scene, one.component), *one.claims[:4]),
            says=f"{one.component} works: {one.count} calls and requests of the window succeeded, "
            f"{one.failed or 'none'} failed",
        )


def _wanted(scene: Scene, component: str) -> bool:
    """Whether the component is meant to run; hosts outside are."""
    workload = scene.snapshot.workloads.get(component)
    return workload is None or workload.desired > 0


def _success(scene: Scene, component: str, served: dict[str, Served]) -> Success:
    one = Success(component, claims=[])
    workload = scene.snapshot.workloads.get(component)
    if workload is not None and (workload.available < workload.desired or not _has_endpoints(scene, component)):
        one.broken = True
    if any(_hangs(scene, pod) for pod in scene.snapshot.pods_by_component.get(component, ())):
        one.broken = True
    for edge in (*scene.graph.calls_of(component), *scene.graph.callers_of(component)):
        counted = scene.traffic.get((edge.caller, edge.callee))
        if counted is None or scene.is_telemetry_edge(edge):
            continue
        if counted.failed and not scene.is_noise(edge, counted):
            one.broken = True
        elif counted.worked:
            one.count += counted.worked
            one.failed += counted.failed
            one.claims += _edge_claims(scene, edge.caller, edge.callee, counted)
    _requests(scene, one, served.get(component))
    _messages(scene, one)
    return one


def _hangs(scene: Scene, pod: Pod) -> bool:
    """Whether a pod that is meant to run is not ready long after it was made, whoever else serves in the meantime."""
    made = pod.metadata.creation_timestamp
    ended = pod.status.phase in _ENDED or pod.metadata.deletion_timestamp is not None
    return not ended and not pod.ready and made is not None and made < scene.window.end - _STARTS


def _has_endpoints(scene: Scene, component: str) -> bool:
    """Whether no Service of the component is known to be without a ready backend."""
    for service in scene.snapshot.services_of(component):
        backends = scene.snapshot.endpoints.get((service.metadata.namespace, service.metadata.name))
        if backends is not None and not any(ready for _, ready in backends):
            return False
    return True


def _edge_claims(scene: Scene, caller: str, callee: str, counted: Traffic) -> tuple[Predicate, ...]:
    logs = scene.logs_id(caller)
    worked = f"{counted.worked} calls of {caller} to {callee} worked"
    failed = f"{counted.failed} failed, as single calls do" if counted.failed else "none failed"
    return (
        Predicate(worked, logs, "count_at_least", pointer("calls", callee, "worked"), counted.worked),
        Predicate(failed, logs, "count_at_most", pointer("calls", callee, "failed"), counted.failed),
    )


def _requests(scene: Scene, one: Success, served: Served | None) -> None:
    if served is None:
        return
    if served.worse:
        one.broken = True
        return
    if served.good > served.refused and not served.slower:
        one.count += served.good
        logs = scene.logs_id(one.component)
        answers = _answers(scene, one.component)
        if answers:
            form, count = answers.most_common(1)[0]
            text = f"{one.component} answered {count} requests well"
            one.claims.append(Predicate(text, logs, "count_at_least", pointer("served", form), count))


def _answers(scene: Scene, component: str) -> Counter[str]:
    """Good answers of the window as the log view counts them: by status class, or `ok` where lines show no status."""
    return Counter(
        f"{one.status // 100}xx" if one.status else one.family
        for ref, digest in scene.snapshot.logs.items()
        if scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) == component
        for one in digest.mentions
        if one.kind == "served" and (one.at is None or scene.window.holds(one.at)) and _is_good(one)
    )


def _is_good(one: Mention) -> bool:
    return one.status < 400 if one.status else one.family == "ok"


def _messages(scene: Scene, one: Success) -> None:
    # Good health answers say that a component lives, not that a path which somebody asks about works.
    telling = _MOVED if scene.asked else _MOVED | {"health_ok"}
    for (component, family), said in heard(scene, telling).items():
        if component == one.component:
            one.count += said.count
            text = f"{component}: {family.replace('_', ' ')}, {said.count} times"
            place = pointer("own", family, "in_window")
            one.claims.append(Predicate(text, scene.logs_id(component), "count_at_least", place, said.count))


def _replicas(scene: Scene, component: str) -> tuple[Predicate, ...]:
    workload = scene.snapshot.workloads.get(component)
    if workload is None or workload.desired == 0:
        return ()
    text = f"{component} has {workload.available} of {workload.desired} replicas"
    return (Predicate(text, scene.object_id(component), "count_at_least", "/replicas/available", workload.desired),)
