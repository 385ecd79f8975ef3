"""Faults that are over: calls that failed before the window, zeros that ended, and restarts of everything at once."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors.replicas import zero_spans
from agent.finding import Finding, Predicate
from agent.noise import STARTING
from agent.scene import Scene, pointer
from tools.callgraph import FAILED, Edge
from tools.evidence import RECENT
from tools.traffic import Traffic

_TOGETHER = timedelta(minutes=2)
_SHARE = 0.6
_LEAST = 5
_ABOUT_RESTARTS = re.compile(r"\b(?:restart\w*|reboot\w*|came back|node (?:failure|restart))\b", re.IGNORECASE)


def recovered(scene: Scene) -> Iterator[Finding]:
    """Background findings of what has healed before the window's end, when nothing fails since."""
    if not scene.failing:
        yield from _calls(scene)
        yield from _zeros(scene)
    yield from _everything(scene)


def _calls(scene: Scene) -> Iterator[Finding]:
    """Edges that failed before the window, or just after a start in it, and work since."""
    for pair, counted in scene.traffic.items():
        edge = scene.graph.by_pair[pair]
        if scene.is_telemetry_edge(edge) or not counted.worked or not any(map(scene.is_near, pair)):
            continue
        noisy = counted.failed and scene.is_startup_noise(edge, counted)
        failures = [hit.at for hit in edge.hits if hit.family in FAILED and hit.at and hit.at <= scene.window.end]
        earlier = counted.failed_before >= 2 and not counted.failed and not _at_start(scene, edge, failures)
        if noisy or earlier:
            yield _call(scene, edge, counted, max(failures), min(failures))


def _at_start(scene: Scene, edge: Edge, failures: list[datetime]) -> bool:
    """Whether all failures lie just after a start, which is ordinary."""
    starts = [*scene.starts_of(edge.caller), *scene.starts_of(edge.callee)]
    return bool(failures) and any(
        start - timedelta(seconds=30) <= min(failures) and max(failures) <= start + STARTING for start in starts
    )


def _call(scene: Scene, edge: Edge, counted: Traffic, last: datetime, first: datetime) -> Finding:
    logs, total = scene.logs_id(edge.caller), counted.failed + counted.failed_before
    which = "failed" if counted.failed else "failed_before"
    count, failed = counted.failed or counted.failed_before, pointer("calls", edge.callee, which)
    worked = pointer("calls", edge.callee, "worked")
    return Finding(
        component=edge.callee,
        condition="recovered",
        role="background",
        names=edge.names,
        since=first,
        until=last,
        strength=0.75,
        touches=(edge.caller,),
        claims=(
            Predicate(f"{count} calls to {edge.callee} failed", logs, "count_at_least", failed, count),
            Predicate(f"{counted.worked} worked in the window", logs, "count_at_least", worked, counted.worked),
        ),
        says=f"{total} calls of {edge.caller} to {edge.callee} failed until {last:%H:%M:%SZ}, "
        f"{counted.worked} worked since",
    )


def _zeros(scene: Scene) -> Iterator[Finding]:
    """Workloads that had no replica for a while and have them again."""
    earliest = scene.window.start - RECENT
    for component, workload in scene.snapshot.workloads.items():
        runs = workload.kind != "DaemonSet" and 0 < workload.desired <= workload.available
        if not runs or not scene.is_near(component):
            continue
        for span in zero_spans(scene, component, workload):
            # A workload that was just made has been at zero without anything having been wrong.
            made = workload.metadata.creation_timestamp
            new = made is not None and span.since is not None and span.since <= made + STARTING
            if span.until is not None and earliest <= span.until <= scene.window.end and not new:
                place = scene.object_id(component)
                back = Predicate(
                    f"{component} has its replicas", place, "count_at_least", "/replicas/available", workload.desired
                )
                yield Finding(
                    component=component,
                    condition="recovered",
                    role="background",
                    since=span.since,
                    until=span.until,
                    strength=0.7,
                    claims=(*span.claims, back),
                    says=f"{component} had no replicas until {span.until:%H:%M:%SZ}",
                )


def _everything(scene: Scene) -> Iterator[Finding]:
    """Most pods of the namespace restarted within two minutes, in the window or as far back as is asked about."""
    namespace = scene.incident.namespace
    pods = [pod for pod in scene.snapshot.pods if not namespace or pod.metadata.namespace == namespace]
    pods = [pod for pod in pods if pod.status.phase == "Running"]
    ends = {pod.metadata.name: _ended(scene, pod.metadata.namespace, pod.metadata.name) for pod in pods}
    asked = _ABOUT_RESTARTS.search(scene.incident.text) is not None
    earliest = scene.window.start - (RECENT if asked else timedelta())
    best: list[str] = []
    when = scene.window.start
    for moment in sorted({at for times in ends.values() for at in times if earliest <= at <= scene.window.end}):
        near = [name for name, times in ends.items() if any(moment <= at <= moment + _TOGETHER for at in times)]
        if len(near) > len(best):
            best, when = near, moment
    if len(best) < max(_LEAST, _SHARE * len(pods)) or not all(pod.ready for pod in pods):
        return
    if any(counted.last is None or counted.last > when + STARTING for _, counted in scene.failing):
        return
    touched = sorted({scene.snapshot.component_of(pod) for pod in pods if pod.metadata.name in best})
    shown = [component for component in touched if component in scene.snapshot.workloads][:3]
    yield Finding(
        component=f"-/namespace/{namespace}" if namespace else touched[0],
        condition="recovered",
        role="background",
        since=when,
        until=when + _TOGETHER,
        strength=0.8,
        touches=tuple(touched),
        claims=tuple(
            Predicate(f"{one} is ready again", f"pods/{one}", "count_at_least", "/ready", 1)
            for one in shown or touched[:3]
        ),
        says=f"{len(best)} of {len(pods)} pods restarted together at {when:%H:%M:%SZ} and are ready since",
    )


def _ended(scene: Scene, namespace: str, name: str) -> list[datetime]:
    """When containers of a pod ended before their present instance started."""
    pod = scene.snapshot.pod_by_name[namespace, name]
    return [
        one.last_state.terminated.finished_at or one.last_state.terminated.started_at or scene.now
        for one in pod.status.container_statuses
        if one.last_state.terminated is not None and one.ready
    ]
