"""Autoscalers that do not help: they watch what does not follow the load, or cannot do what they want."""

from collections.abc import Iterator
from datetime import datetime

from agent.detectors.capacity import above
from agent.detectors.pressure import Kills, Pressure, kills_of, pressures
from agent.detectors.serving import Served, served_by
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.components import component_id
from tools.evidence import RECENT
from tools.objects.meta import condition
from tools.objects.workloads import Autoscaler

_NO_METRICS = frozenset(
    {"FailedGetResourceMetric", "FailedComputeMetricsReplicas", "FailedGetScale", "InvalidMetricSourceType"}
)


def detect(scene: Scene) -> Iterator[Finding]:
    """`autoscaler_wrong_metric` and `autoscaler_cannot_scale`, only where the target suffers in the window."""
    scalers = scene.snapshot.all("HorizontalPodAutoscaler", Autoscaler)
    if not scalers:
        return
    pressed, served = pressures(scene), served_by(scene)
    for scaler in scalers:
        component = _target(scaler)
        one = pressed.get(component) or Pressure(component)
        kills = kills_of(scene, component)
        if not _suffers(scene, component, one, kills, served):
            continue
        since = min((at for at in (one.since, kills.first, _first_bad(scene, component, served)) if at), default=None)
        if _blind(scaler) and (one.held or kills.late) and _resting(scaler):
            yield _wrong_metric(scene, scaler, component, one, since)
        elif _at_ceiling(scaler) and _wants_more(scene, scaler, component, one):
            yield _ceiling(scene, scaler, component, since)
        elif _without_metrics(scene, scaler) and (one.held or kills.late or _overrun(scene, component)):
            yield _no_metrics(scene, scaler, component, since)


def _target(scaler: Autoscaler) -> str:
    ref = scaler.spec.scale_target_ref
    return f"{scaler.metadata.namespace}/{(ref.kind or 'Deployment').lower()}/{ref.name}"


def _suffers(scene: Scene, component: str, one: Pressure, kills: Kills, served: dict[str, Served]) -> bool:
    if one.lowered is not None:
        return False
    near = above(scene, component)
    failing = any(edge.callee == component for edge, _ in scene.failing)
    return (
        failing or bool(kills.late) or any(served[name].worse or served[name].slower for name in near if name in served)
    )


def _overrun(scene: Scene, component: str) -> bool:
    """Whether callers wait in vain for a component all of whose replicas are ready: it is there, and too slow."""
    workload = scene.snapshot.workloads.get(component)
    whole = workload is not None and 0 < workload.desired <= workload.ready
    waits = [counted for edge, counted in scene.failing if edge.callee == component]
    return whole and any(counted.main_family == "timeout" and counted.worked for counted in waits)


def _first_bad(scene: Scene, component: str, served: dict[str, Served]) -> datetime | None:
    own = served.get(component)
    firsts = [counted.first for edge, counted in scene.failing if edge.callee == component]
    return min((at for at in (own.first if own else None, *firsts) if at), default=None)


def _blind(scaler: Autoscaler) -> bool:
    """Whether none of its metrics is the CPU, which is what runs out; custom metrics may follow the load well."""
    named = [one.resource.name if one.resource else one.type for one in scaler.spec.metrics]
    return bool(named) and all(name == "memory" for name in named)


def _resting(scaler: Autoscaler) -> bool:
    """Whether it keeps the least replicas, well below what it may make."""
    least = scaler.spec.min_replicas or 1
    return scaler.status.current_replicas <= least < scaler.spec.max_replicas


def _at_ceiling(scaler: Autoscaler) -> bool:
    status = scaler.status
    limited = condition(status.conditions, "ScalingLimited")
    capped = limited is not None and limited.status == "True" and limited.reason == "TooManyReplicas"
    return status.current_replicas >= scaler.spec.max_replicas > 0 and (capped or _over_target(scaler))


def _wants_more(scene: Scene, scaler: Autoscaler, component: str, one: Pressure) -> bool:
    """Whether more replicas could help: some serve, and the ceiling is new or the load is known to exceed them.

    An autoscaler may stand at its ceiling for weeks without anybody waiting.
    """
    workload = scene.snapshot.workloads.get(component)
    limited = condition(scaler.status.conditions, "ScalingLimited")
    since = limited.last_transition_time if limited else None
    new = since is None or since >= scene.window.start - RECENT
    return (workload is None or workload.ready > 0) and (new or one.held or _over_target(scaler))


def _over_target(scaler: Autoscaler) -> bool:
    wanted = {one.resource.name: one.resource.target.average_utilization for one in scaler.spec.metrics if one.resource}
    for one in scaler.status.current_metrics:
        target = wanted.get(one.resource.name) if one.resource else None
        current = one.resource.current.average_utilization if one.resource else None
        if target and current and current > 1.1 * target:
            return True
    return False


def _without_metrics(scene: Scene, scaler: Autoscaler) -> bool:
    active = condition(scaler.status.conditions, "ScalingActive")
    if active is not None:
        return active.status == "False" and active.reason != "ScalingDisabled"
    meta = scaler.metadata
    about = scene.snapshot.events_about(meta.namespace, "HorizontalPodAutoscaler", meta.name)
    return any(one.reason in _NO_METRICS and one.last and one.last >= scene.window.start for one in about)


def _names(scaler: Autoscaler) -> tuple[str, ...]:
    return (
        f"{scaler.metadata.namespace}/{scaler.metadata.name}",
        component_id("HorizontalPodAutoscaler", scaler.metadata),
    )


def _wrong_metric(scene: Scene, scaler: Autoscaler, component: str, one: Pressure, since: datetime | None) -> Finding:
    place = scene.object_id(component_id("HorizontalPodAutoscaler", scaler.metadata))
    name = scaler.metadata.name
    return Finding(
        component=component,
        condition="autoscaler_wrong_metric",
        role="cause",
        names=_names(scaler),
        since=since,
        strength=0.95,
        touches=(component,),
        claims=(
            Predicate(f"{name} watches memory", place, "equals", "/spec/metrics/0/resource/name", "memory"),
            Predicate(
                f"{name} stays at {scaler.status.current_replicas}", place, "count_at_most", "/status/currentReplicas",
                scaler.spec.min_replicas or 1,
            ),
            *one.claims[:2],
        ),
        says=f"{name} watches memory while the CPU of {component} is at its limit",
    )  # fmt: skip


def _ceiling(scene: Scene, scaler: Autoscaler, component: str, since: datetime | None) -> Finding:
    place = scene.object_id(component_id("HorizontalPodAutoscaler", scaler.metadata))
    most = scaler.spec.max_replicas
    text = f"{scaler.metadata.name} may make {most} replicas and has them"
    return Finding(
        component=component,
        condition="autoscaler_cannot_scale",
        role="cause",
        names=_names(scaler),
        since=since,
        strength=0.9,
        touches=(component,),
        claims=(
            Predicate(text, place, "count_at_least", "/status/currentReplicas", most),
            Predicate("that is its ceiling", place, "equals", "/spec/maxReplicas", most),
        ),
        says=f"{scaler.metadata.name} is at its ceiling of {most} replicas and its target is exceeded",
    )


def _no_metrics(scene: Scene, scaler: Autoscaler, component: str, since: datetime | None) -> Finding:
    identity = component_id("HorizontalPodAutoscaler", scaler.metadata)
    name = scaler.metadata.name
    claims = [
        Predicate(
            f"{name} cannot scale", scene.object_id(identity), "equals", f"/status/conditions/{number}/status", "False"
        )
        for number, one in enumerate(scaler.status.conditions)
        if one.type == "ScalingActive"
    ]
    for reason in sorted(_NO_METRICS):
        seen = scene.snapshot.events_about(scaler.metadata.namespace, "HorizontalPodAutoscaler", name)
        if any(one.reason == reason for one in seen):
            path = f"/by_reason/{reason}/count"
            claims.append(Predicate(f"{name} gets no metrics", f"events/{identity}", "count_at_least", path, 1))
    return Finding(
        component=component,
        condition="autoscaler_cannot_scale",
        role="cause",
        names=_names(scaler),
        since=since,
        strength=0.93,
        touches=(component,),
        claims=tuple(claims),
        says=f"{name} gets no metrics and leaves {component} as it is",
    )
