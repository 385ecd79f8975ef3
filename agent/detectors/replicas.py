"""Workloads at zero replicas: since when, by whom, and whether anybody misses them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.changes import SCALED
from tools.objects.workloads import Autoscaler, Workload
from tools.signals import BY_NAME
from tools.views_metrics import metric_id, series_of

_ROLLING = timedelta(minutes=5)
_LAG = timedelta(seconds=15)


class Span(Struct, frozen=True):
    """A time at zero; `since` None means longer than anything tells, `until` None means still."""

    since: datetime | None
    until: datetime | None
    claims: tuple[Predicate, ...]
    by: str = ""


def detect(scene: Scene) -> Iterator[Finding]:
    """`scaled_to_zero` for every workload at zero now, or for a while in or near the window."""
    yield from _unread(scene)
    for component, workload in scene.snapshot.workloads.items():
        if workload.kind == "DaemonSet":
            continue
        for span in zero_spans(scene, component, workload):
            missed = is_missed(scene, component, span.since) and not _rests(scene, component)
            yield Finding(
                component=component,
                condition="scaled_to_zero",
                role="cause" if missed else "background",
                names=_names(scene, component),
                detail=None,
                since=span.since,
                until=span.until,
                strength=0.95 if not _on_purpose(scene, component) else 0.6,
                claims=span.claims,
                says=f"{component} has no replicas" + (f", set by {span.by}" if span.by else ""),
            )


def is_missed(scene: Scene, component: str, since: datetime | None) -> bool:
    """Whether anybody can be missing the workload.

    That is a caller whose calls fail or whose logs nobody could read; a workload that nobody calls is missed when it
    is itself the one who calls or consumes.
    """
    if since is not None and any(since - _LAG <= at <= since + _ROLLING for at in scene.troubles.values()):
        # Somebody's calls began to fail at that moment, without saying whose fault it is.
        return True
    callers = [edge for edge in scene.graph.callers_of(component) if not scene.is_telemetry_edge(edge)]
    if not callers:
        return bool(scene.graph.calls_of(component)) or scene.speaks(component)
    for edge in callers:
        counted = scene.traffic.get((edge.caller, edge.callee))
        if (counted and counted.failed) or edge.declared or not scene.speaks(edge.caller):
            return True
        if any(scene.goes_through(failing.caller, failing.callee, component) for failing, _ in scene.failing):
            return True
    return False


def _unread(scene: Scene) -> Iterator[Finding]:
    """Workloads at zero that only samples tell of, where the objects themselves could not be read."""
    if scene.snapshot.workloads:
        return
    for series in series_of(scene.snapshot, BY_NAME["replicas_desired"]):
        namespace = series.labels.get("namespace", "")
        kind = next((one for one in ("deployment", "statefulset") if series.labels.get(one)), "")
        name = series.labels.get(kind, "")
        if not namespace or not name or series.points[-1][1] != 0:
            continue
        last_up = max((at for at, value in series.points if value > 0), default=None)
        since = next((at for at, value in series.points if value == 0 and at > (last_up or 0.0)), None)
        labels = {"namespace": namespace, kind: name}
        callers = [edge for edge in scene.graph.edges if f"{namespace}/{name}" in edge.names]
        text = f"{name} asks for 0 replicas at the end of the window"
        yield Finding(
            component=f"{namespace}/{kind}/{name}",
            condition="scaled_to_zero",
            role="cause" if callers or not scene.snapshot.logs else "background",
            names=(f"{namespace}/{name}",),
            since=datetime.fromtimestamp(since, scene.now.tzinfo) if since and last_up else None,
            strength=0.92,
            touches=tuple(dict.fromkeys(edge.callee for edge in callers)),
            claims=(Predicate(text, metric_id("replicas_desired", labels), "equals", "/last", 0),),
            says=f"{name} has no replicas",
        )


def _rests(scene: Scene, component: str) -> bool:
    """Whether an autoscaler put it to sleep and no call to it fails."""
    failing = any(edge.callee == component for edge, _ in scene.failing)
    return _on_purpose(scene, component) and not failing


def zero_spans(scene: Scene, component: str, workload: Workload) -> list[Span]:
    """Times at zero, the current one first."""
    downs, ups = _scalings(scene, component)
    if workload.desired == 0:
        since, by = _scaled_at(scene, component)
        since = since or (downs[-1] if downs else None) or _zero_since(scene, component)
        claims = [
            Predicate(f"{component} asks for 0 replicas", scene.object_id(component), "equals", "/replicas/desired", 0),
            Predicate(f"{component} has 0 available", scene.object_id(component), "equals", "/replicas/available", 0),
        ]
        if downs:
            claims.append(
                Predicate(
                    "an event tells of the scaling",
                    f"events/{component}",
                    "count_at_least",
                    "/by_reason/ScalingReplicaSet/count",
                    1,
                )
            )
        return [Span(since, None, tuple(claims), by)]
    return _past_spans(scene, component, downs, ups)


def _scalings(scene: Scene, component: str) -> tuple[list[datetime], list[datetime]]:
    """When a replica set of the workload fell to zero without another one rising, and when one rose from zero."""
    downs: list[tuple[datetime, str]] = []
    ups: list[tuple[datetime, str]] = []
    for event in scene.snapshot.events_of(component):
        match = SCALED.match(event.text)
        at = event.last
        if not match or at is None:
            continue
        low = match["to1"] or match["to2"] if match["way"] == "down" else match["from1"] or match["from2"] or "0"
        if low == "0":
            (downs if match["way"] == "down" else ups).append((at, match["name"]))
    lone = [at for at, name in downs if not any(abs(at - up) < _ROLLING and other != name for up, other in ups)]
    return sorted(lone), sorted(at for at, _ in ups)


def _scaled_at(scene: Scene, component: str) -> tuple[datetime | None, str]:
    dated = [one for one in scene.changes_of(component) if one.field == "replicas" and one.at]
    return (dated[-1].at, dated[-1].by) if dated else (None, "")


def _past_spans(scene: Scene, component: str, downs: list[datetime], ups: list[datetime]) -> list[Span]:
    found: list[Span] = []
    workload = scene.snapshot.workloads[component]
    if ups and workload.available == 0:
        # Asked for again, but nothing runs: what keeps it down now is another condition.
        return found
    for down in downs:
        up = next((one for one in ups if one > down), None)
        claim = Predicate(
            f"{component} was scaled to 0 and back",
            f"events/{component}",
            "count_at_least",
            "/by_reason/ScalingReplicaSet/count",
            2,
        )
        found.append(Span(down, up or scene.now, (claim,)))
    if found:
        return found
    return _sampled_spans(scene, component)


def _sampled_spans(scene: Scene, component: str) -> list[Span]:
    """A time of zero asked-for replicas that only the samples remember; unready pods are another matter."""
    namespace, kind, name = component.split("/", 2)
    labels = {"namespace": namespace, kind: name}
    for series in series_of(scene.snapshot, BY_NAME["replicas_desired"]):
        if any(series.labels.get(key) != value for key, value in labels.items()):
            continue
        zeros = [at for at, value in series.points if value == 0]
        if not zeros or len(zeros) == len(series.points) or zeros[-1] == series.points[-1][0]:
            continue
        after = next(at for at, value in series.points if at > zeros[-1] and value > 0)
        claim = Predicate(
            f"{component} asked for 0 replicas for a while",
            metric_id("replicas_desired", labels),
            "equals",
            "/lowest",
            0,
        )
        zone = scene.now.tzinfo
        return [Span(datetime.fromtimestamp(zeros[0], zone), datetime.fromtimestamp(after, zone), (claim,))]
    return []


def _zero_since(scene: Scene, component: str) -> datetime | None:
    namespace, kind, name = component.split("/", 2)
    for series in series_of(scene.snapshot, BY_NAME["replicas_available"]):
        if series.labels.get("namespace") == namespace and series.labels.get(kind) == name:
            last_up = max((at for at, value in series.points if value > 0), default=None)
            first = next((at for at, value in series.points if value == 0 and at > (last_up or 0)), None)
            if first is not None and last_up is not None:
                return datetime.fromtimestamp(first, scene.now.tzinfo)
    return None


def _on_purpose(scene: Scene, component: str) -> bool:
    """Whether an autoscaler that may go to zero owns the workload."""
    namespace, _, name = component.split("/", 2)
    workload = scene.snapshot.workloads[component]
    marks = {**workload.metadata.labels, **workload.metadata.annotations}
    if any("keda" in key.lower() or "knative" in key.lower() or "downscaler" in key.lower() for key in marks):
        return True
    if any(
        field.manager.lower().startswith(("keda", "knative", "kube-downscaler"))
        for field in workload.metadata.managed_fields
    ):
        return True
    return any(
        hpa.spec.min_replicas == 0 and hpa.metadata.namespace == namespace and hpa.spec.scale_target_ref.name == name
        for hpa in scene.snapshot.all("HorizontalPodAutoscaler", Autoscaler)
    )


def _names(scene: Scene, component: str) -> tuple[str, ...]:
    return tuple(
        f"{service.metadata.namespace}/{service.metadata.name}" for service in scene.snapshot.services_of(component)
    )
