"""Rollouts that stop half-way, revisions that bring errors, and replicas taken away from a busy workload."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors.own_errors import (
    Trouble,
    is_revision,
    newest_revision,
    own_troubles,
    suffered_troubles,
    wrong_requests,
)
from agent.detectors.pod_state import (
    Troubled,
    containers,
    death,
    first_death,
    healed_at,
    looping,
    matters,
    merge_all,
    names_of,
    role_of,
)
from agent.detectors.serving import served_by
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.changes import SCALED, Change
from tools.evidence import RECENT
from tools.objects.meta import condition
from tools.objects.workloads import Autoscaler, Workload
from tools.plain_text import plain

_AT_ONCE = timedelta(minutes=10)
"""Errors this soon after a revision are surely its own."""


def detect(scene: Scene) -> Iterator[Finding]:
    """`rollout_stuck`, `bad_rollout` and `too_few_replicas`."""
    for component, workload in scene.snapshot.workloads.items():
        yield from _stuck(scene, component, workload)
        yield from _too_few(scene, component, workload)
    yield from merge_all(_bad(scene))


def _stuck(scene: Scene, component: str, workload: Workload) -> Iterator[Finding]:
    progress = condition(workload.status.conditions, "Progressing")
    behind = workload.status.updated_replicas < workload.desired
    if progress is None or workload.desired == 0:
        return
    late = progress.status == "False" and progress.reason == "ProgressDeadlineExceeded"
    paused = workload.spec.paused and behind
    since = progress.last_transition_time
    if not (late or paused) or not matters(scene, since, None):
        return
    place = scene.object_id(component)
    path = pointer("conditions", "Progressing", "reason")
    claims = [Predicate("its rollout does not progress", place, "equals", path, progress.reason)]
    if paused:
        claims.append(Predicate("its rollout is paused", place, "equals", "/paused", value=True))
    updated = workload.status.updated_replicas
    told = any(one.component == component and one.status.waiting_reason for one in containers(scene))
    changed = [one.at for one in scene.recent_changes(component) if one.at and is_revision(one)]
    yield Finding(
        component=component,
        condition="rollout_stuck",
        role=role_of(scene, component),
        names=names_of(scene, component),
        since=min([*changed, since] if since else changed, default=None),
        strength=0.5 if told else 0.8,
        claims=tuple(claims),
        says=f"{component}: {progress.reason}, {updated} of {workload.desired} replicas updated",
    )


def _bad(scene: Scene) -> Iterator[Finding]:
    for trouble in (*own_troubles(scene), *suffered_troubles(scene), *wrong_requests(scene)):
        change = newest_revision(scene, trouble)
        if change is not None:
            yield _brought(scene, trouble, change)
    for one in containers(scene):
        crash = _crashes(scene, one)
        revision = newest_revision(scene, crash) if crash is not None else None
        if crash is not None and revision is not None and _of_newest(scene, one):
            yield _brought(scene, crash, revision)


def _crashes(scene: Scene, one: Troubled) -> Trouble | None:
    ended = death(scene, one)
    if ended is None or ended.reason == "OOMKilled" or not looping(one.status):
        return None
    claim = one.ended("the new revision ends by itself", ended)
    says = f"{one.status.name} of {one.component} ends{ended.how}"
    since = first_death(scene, one, ended)
    return Trouble(one.component, since, healed_at(scene, one, ended), (claim,), says)


def _of_newest(scene: Scene, one: Troubled) -> bool:
    """Whether a pod is of its workload's newest revision: what an older one does, the revision did not bring."""
    revisions = scene.snapshot.replica_sets.get(one.component, [])
    mine = one.pod.metadata.controller
    return bool(revisions) and mine is not None and mine.name == revisions[-1].metadata.name


def _brought(scene: Scene, trouble: Trouble, change: Change) -> Finding:
    component = trouble.component
    path = pointer("last", change.field, "after")
    changed = Predicate(f"{change.field} changed", f"changes/{component}", "equals", path, change.after)
    return Finding(
        component=component,
        condition="bad_rollout",
        role=role_of(scene, component),
        names=names_of(scene, component),
        since=_began(trouble, change),
        until=trouble.until,
        strength=_strength(trouble, change),
        on_edge=trouble.on_edge,
        claims=(changed, *trouble.claims),
        says=f"since {change.field} became {plain(change.after or 'unset', 80)}: {trouble.says}",
    )


def _began(trouble: Trouble, change: Change) -> datetime | None:
    """The revision's time, unless the change that is known is the rollback."""
    late = change.at is None or (trouble.since is not None and change.at > trouble.since)
    return trouble.since if late else change.at


def _strength(trouble: Trouble, change: Change) -> float:
    if change.field.startswith("env"):
        return 0.5
    soon = change.at is not None and trouble.since is not None and abs(trouble.since - change.at) <= _AT_ONCE
    return 0.8 if soon or trouble.until is not None else 0.6


def _too_few(scene: Scene, component: str, workload: Workload) -> Iterator[Finding]:
    """Fewer replicas than before, by hand, while the workload answers badly."""
    for event in scene.snapshot.events_of(component):
        match = SCALED.match(event.text)
        if not match or match["way"] != "down" or event.last is None:
            continue
        before, after = int(match["from1"] or match["from2"] or 0), int(match["to1"] or match["to2"])
        recent = scene.window.start - RECENT <= event.last <= scene.window.end
        fewer = 0 < after == workload.desired and before >= 2 * after
        if not (recent and fewer) or _steered(scene, component) or not _suffers(scene, component):
            continue
        place = f"events/{component}"
        text = plain(event.text, 300)
        path = pointer("by_reason", event.reason, "messages")
        yield Finding(
            component=component,
            condition="too_few_replicas",
            role="cause",
            names=names_of(scene, component),
            since=event.last,
            strength=0.7,
            claims=(
                Predicate(f"replicas went from {before} to {after}", place, "contains", path, text),
                Predicate("so many are asked for", scene.object_id(component), "equals", "/replicas/desired", after),
            ),
            says=f"{component} was scaled down from {before} to {after} replicas",
        )


def _steered(scene: Scene, component: str) -> bool:
    namespace, _, name = component.split("/", 2)
    return any(
        one.metadata.namespace == namespace and one.spec.scale_target_ref.name == name
        for one in scene.snapshot.all("HorizontalPodAutoscaler", Autoscaler)
    )


def _suffers(scene: Scene, component: str) -> bool:
    served = served_by(scene).get(component)
    return any(edge.callee == component for edge, _ in scene.failing) or (
        served is not None and (served.worse or served.slower)
    )
