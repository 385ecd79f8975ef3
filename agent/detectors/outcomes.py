"""What a verdict of "nothing broken" calls itself: a business refusal, broken telemetry, wanted change, health."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors.health import healthy
from agent.detectors.heard import Heard, heard, heard_claims
from agent.detectors.recovery import recovered
from agent.detectors.replicas import zero_spans
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.callgraph import FAILED, Edge
from tools.objects.meta import TrackedMeta, condition
from tools.objects.workloads import Autoscaler, CronJob, Job
from tools.snapshot import component_id
from tools.traffic import Traffic

_ABOUT_TELEMETRY = re.compile(
    r"\b(?:monitor(?:ing|ed)?|telemetry|observability|scrap\w+|metrics?|dashboards?|datadog|prometheus|grafana|"
    r"alertmanager|opentelemetry|otel|traces?|tracing|exporter|agent|"
    r"(?:no|missing|show\w*|where are the) [\w ]{0,20}logs)\b",
    re.IGNORECASE,
)
_ABOUT_ZERO = re.compile(
    r"\b(?:0/0|zero|replicas|not running|completed|scaled|asleep|sleep\w*|maintenance|"
    r"no pods?|pods? (?:are )?(?:gone|missing|down))\b",
    re.IGNORECASE,
)
_ABOUT_JOBS = re.compile(r"\b(?:cron ?jobs?|jobs?|completed|not running|batch)\b", re.IGNORECASE)
_SLEEPERS = ("keda", "knative", "kube-downscaler", "downscaler", "kube-green", "sleep")
_FINISHED = timedelta(hours=2)


def detect(scene: Scene) -> Iterator[Finding]:
    """Background findings; the verdict takes the most telling one when nothing is broken."""
    unnamed = {
        key: one for key, one in heard(scene, FAILED).items() if not one.chronic and not scene.is_telemetry(key[0])
    }
    quiet = not scene.failing and not unnamed
    if quiet:
        yield from _declined(scene)
    well = list(healthy(scene))
    if not scene.failing:
        yield from _telemetry(scene, nothing_else=not well)
        yield from _planned(scene)
    yield from recovered(scene)
    yield from well


def _declined(scene: Scene) -> Iterator[Finding]:
    """Refusals that the rules demand: the answer came, and nothing behind it fails."""
    said = sorted(heard(scene, {"declined"}).values(), key=lambda one: (one.first or scene.now, one.component))
    edges = [
        (
            scene.graph.by_pair[pair],
            sum(1 for hit in scene.graph.by_pair[pair].hits if _declines(scene, hit.family, hit.at)),
        )
        for pair in scene.traffic
    ]
    named = [(edge, count) for edge, count in edges if count]
    if not said and not named:
        return
    claims = [claim for edge, count in named for claim in _edge_decline(scene, edge, count)]
    claims += [claim for one in said for claim in heard_claims(scene, one, f"{one.component} tells of a refusal")]
    count = sum(count for _, count in named) or max((one.count for one in said), default=0)
    yield Finding(
        component=named[0][0].callee if named else said[0].component,
        condition="business_decline",
        role="background",
        since=said[0].first if said else None,
        strength=0.8,
        claims=tuple(claims[:6]),
        says=f"{count} requests were answered with a refusal, and nothing behind them fails",
    )


def _declines(scene: Scene, family: str, at: datetime | None) -> bool:
    return family == "declined" and (at is None or scene.window.holds(at))


def _edge_decline(scene: Scene, edge: Edge, count: int) -> tuple[Predicate, ...]:
    logs = scene.logs_id(edge.caller)
    return (
        Predicate(f"{edge.callee} answered", logs, "count_at_least", pointer("calls", edge.callee, "worked"), count),
        Predicate(f"no call to {edge.callee} failed", logs, "equals", pointer("calls", edge.callee, "failed"), 0),
    )


def _telemetry(scene: Scene, *, nothing_else: bool) -> Iterator[Finding]:
    """Only the observation fails. It is always a little broken somewhere, so it counts when asked about or alone."""
    asked = _ABOUT_TELEMETRY.search(scene.incident.text) is not None
    for pair, counted in scene.traffic.items():
        edge = scene.graph.by_pair[pair]
        if counted.failed and scene.is_telemetry_edge(edge) and (asked or nothing_else):
            yield _telemetry_edge(scene, edge, counted)
    for (component, family), said in heard(scene, FAILED).items():
        if scene.is_telemetry(component) and (asked or nothing_else):
            yield _telemetry_words(scene, component, family, said)
    for component, workload in scene.snapshot.workloads.items():
        if scene.is_telemetry(component) and workload.ready < workload.desired and asked:
            place = scene.object_id(component)
            text = f"{component} has {workload.ready} of {workload.desired} ready"
            claim = Predicate(text, place, "count_at_most", "/replicas/ready", workload.ready)
            yield Finding(
                component=component,
                condition="telemetry_outage",
                role="background",
                strength=0.7,
                claims=(claim,),
                says=text,
            )


def _telemetry_edge(scene: Scene, edge: Edge, counted: Traffic) -> Finding:
    text = f"{counted.failed} calls of {edge.caller} to {edge.callee} fail ({counted.main_family})"
    place = pointer("calls", edge.callee, "failed")
    return Finding(
        component=edge.caller if scene.is_telemetry(edge.caller) else edge.callee,
        condition="telemetry_outage",
        role="background",
        detail=None,
        since=counted.first,
        strength=0.8,
        touches=(edge.callee,),
        claims=(Predicate(text, scene.logs_id(edge.caller), "count_at_least", place, counted.failed),),
        says=f"only telemetry fails: {text}",
    )


def _telemetry_words(scene: Scene, component: str, family: str, said: Heard) -> Finding:
    text = f"{said.count} calls of {component} fail ({family})"
    return Finding(
        component=component,
        condition="telemetry_outage",
        role="background",
        since=said.first,
        strength=0.7,
        claims=heard_claims(scene, said, text),
        says=f"only telemetry fails: {text}",
    )


def _planned(scene: Scene) -> Iterator[Finding]:
    """Zeros, finished jobs and rollouts that somebody wanted, when they are what is asked about."""
    about = _ABOUT_ZERO.search(scene.incident.text) is not None and not scene.asked
    for component, workload in scene.snapshot.workloads.items():
        if not about and component not in scene.asked:
            continue
        if workload.desired == 0 and workload.kind != "DaemonSet" and sleeps_on_purpose(scene, component):
            yield _asleep(scene, component)
        elif component in scene.asked and _rolled_out(scene, component):
            yield _rollout(scene, component)
    if _ABOUT_JOBS.search(scene.incident.text):
        yield from _finished(scene)


def sleeps_on_purpose(scene: Scene, component: str) -> bool:
    """Whether something that puts workloads to sleep, or an autoscaler that may go to zero, looks after it."""
    meta: TrackedMeta = scene.snapshot.workloads[component].metadata
    marks = {*meta.labels, *meta.annotations, *(field.manager for field in meta.managed_fields)}
    if any(sleeper in mark.lower() for mark in marks for sleeper in _SLEEPERS):
        return True
    return any(
        (scaler.metadata.namespace, scaler.spec.scale_target_ref.name) == (meta.namespace, meta.name)
        and scaler.spec.min_replicas == 0
        for scaler in scene.snapshot.all("HorizontalPodAutoscaler", Autoscaler)
    )


def _asleep(scene: Scene, component: str) -> Finding:
    spans = zero_spans(scene, component, scene.snapshot.workloads[component])
    return Finding(
        component=component,
        condition="planned_change",
        role="background",
        since=spans[0].since if spans else None,
        strength=0.8,
        claims=(
            Predicate(
                f"{component} is meant to have 0 replicas", scene.object_id(component), "equals", "/replicas/desired", 0
            ),
        ),
        says=f"{component} sleeps on purpose, and nobody misses it",
    )


def _rolled_out(scene: Scene, component: str) -> bool:
    """Whether a new revision came in the window and is there completely."""
    workload = scene.snapshot.workloads[component]
    progress = condition(workload.status.conditions, "Progressing")
    changed = any(
        one.at
        and scene.window.holds(one.at)
        and one.field not in {"replicas", "object"}
        and not one.field.startswith("replica set")
        for one in scene.recent_changes(component)
    )
    done = progress is not None and progress.reason == "NewReplicaSetAvailable"
    return changed and done and 0 < workload.desired == workload.ready


def _rollout(scene: Scene, component: str) -> Finding:
    place = scene.object_id(component)
    desired = scene.snapshot.workloads[component].desired
    return Finding(
        component=component,
        condition="planned_change",
        role="background",
        strength=0.7,
        claims=(
            Predicate(
                "the rollout is complete", place, "equals", "/conditions/Progressing/reason", "NewReplicaSetAvailable"
            ),
            Predicate("all replicas are available", place, "count_at_least", "/replicas/available", desired),
        ),
        says=f"a rollout of {component} completed in the window",
    )


def _finished(scene: Scene) -> Iterator[Finding]:
    """Jobs that ended well in or shortly before the window, and suspended schedules."""
    for job in scene.snapshot.all("Job", Job):
        done = job.status.completion_time
        if job.status.succeeded and done and scene.window.start - _FINISHED <= done <= scene.window.end:
            identity = component_id("Job", job.metadata)
            text = f"job {job.metadata.name} completed"
            claim = Predicate(text, scene.object_id(identity), "count_at_least", "/status/succeeded", 1)
            yield Finding(
                component=identity,
                condition="planned_change",
                role="background",
                strength=0.5,
                claims=(claim,),
                says=text,
            )
    for cron in scene.snapshot.all("CronJob", CronJob):
        identity = component_id("CronJob", cron.metadata)
        if cron.spec.suspend and identity in scene.asked:
            text = f"cron job {cron.metadata.name} is suspended"
            claim = Predicate(text, scene.object_id(identity), "equals", "/spec/suspend", value=True)
            yield Finding(
                component=identity,
                condition="planned_change",
                role="background",
                strength=0.6,
                claims=(claim,),
                says=text,
            )
