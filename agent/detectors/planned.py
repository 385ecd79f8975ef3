"""Zeros, finished jobs and rollouts that somebody wanted."""

import re
from collections.abc import Iterator
from datetime import timedelta

from agent.detectors.replicas import zero_spans
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.components import component_id
from tools.objects.meta import TrackedMeta, condition
from tools.objects.workloads import Autoscaler, CronJob, Job

_ABOUT_ZERO = re.compile(
    r"\b(?:0/0|zero|replicas|not running|completed|scaled|asleep|sleep\w*|maintenance|"
    r"no pods?|pods? (?:are )?(?:gone|missing|down))\b",
    re.IGNORECASE,
)
_ABOUT_JOBS = re.compile(r"\b(?:cron ?jobs?|jobs?|completed|not running|batch)\b", re.IGNORECASE)
_SLEEPERS = ("keda", "knative", "kube-downscaler", "downscaler", "kube-green", "sleep")
_FINISHED = timedelta(hours=2)


def planned(scene: Scene) -> Iterator[Finding]:
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
    whole = all(pod.ready for pod in scene.snapshot.pods_by_component.get(component, ()))
    return changed and done and whole and 0 < workload.desired == workload.ready


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
    """Jobs that ended well in or shortly before the window, and suspended schedules; none beside a failed job."""
    jobs = scene.snapshot.all("Job", Job)
    if any(job.status.failed and not job.status.succeeded for job in jobs):
        return
    for job in jobs:
        done = job.status.completion_time
        if job.status.succeeded and done and scene.window.start - _FINISHED <= done <= scene.window.end:
            identity = component_id("Job", job.metadata)
            text = f"job {job.metadata.name} completed"
            claim = Predicate(text, scene.object_id(identity), "count_at_least", "/status/succeeded", 1)
            yield _as_planned(identity, claim, 0.5)
    for cron in scene.snapshot.all("CronJob", CronJob):
        identity = component_id("CronJob", cron.metadata)
        if cron.spec.suspend and identity in scene.asked:
            text = f"cron job {cron.metadata.name} is suspended"
            claim = Predicate(text, scene.object_id(identity), "equals", "/spec/suspend", value=True)
            yield _as_planned(identity, claim, 0.6)


def _as_planned(component: str, claim: Predicate, strength: float) -> Finding:
    return Finding(
        component=component,
        condition="planned_change",
        role="background",
        strength=strength,
        claims=(claim,),
        says=claim.text,
    )
