"""Volumes that do not bind, disks without space, pods that a node removed."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.heard import heard, heard_claims
from agent.detectors.pod_state import (
    SETTLED,
    event_claim,
    events_of_pod,
    is_job,
    matters,
    merge_all,
    names_of,
    role_of,
)
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.objects.capacity import Node, PersistentVolume, PersistentVolumeClaim, StorageClass, amount
from tools.objects.meta import LabelSelector, condition
from tools.objects.pods import Pod
from tools.plain_text import plain

_DISK = frozenset({"disk_full", "storage_full"})
_NO_SPACE = "o space left on device"
_NO_CLASS = "storageclass"
_PRESSURES = ("MemoryPressure", "DiskPressure")


class Unbound(Struct, frozen=True):
    """A claim that a pod waits for."""

    component: str
    pod: Pod
    claim: PersistentVolumeClaim


def detect(scene: Scene) -> Iterator[Finding]:
    """`volume_unbound`, `disk_full` of programs and volumes, `evicted`."""
    yield from merge_all(_unbound(scene))
    yield from _held_elsewhere(scene)
    yield from _full(scene)
    yield from merge_all(_evicted(scene))


def _unbound(scene: Scene) -> Iterator[Finding]:
    claims = {
        (one.metadata.namespace, one.metadata.name): one
        for one in scene.snapshot.all("PersistentVolumeClaim", PersistentVolumeClaim)
    }
    for component, pods in scene.snapshot.pods_by_component.items():
        for pod in pods:
            for volume in pod.spec.volumes if pod.status.phase == "Pending" else ():
                wanted = volume.persistent_volume_claim
                claim = claims.get((pod.metadata.namespace, wanted.claim_name)) if wanted else None
                if claim is not None and claim.status.phase != "Bound":
                    yield from _waiting(scene, Unbound(component, pod, claim))


def _waiting(scene: Scene, one: Unbound) -> Iterator[Finding]:
    since = one.pod.metadata.creation_timestamp
    if not matters(scene, since, None):
        return
    meta = one.claim.metadata
    evidence = f"persistentvolumeclaim/{meta.namespace}/{meta.name}".lower()
    detail = why_unbound(scene, one.claim)
    yield Finding(
        component=one.component,
        condition="volume_unbound",
        role=role_of(scene, one.component),
        names=(*names_of(scene, one.component), f"{meta.namespace}/persistentvolumeclaim/{meta.name}"),
        detail=detail,
        since=since,
        strength=0.95 if detail else 0.8,
        claims=(
            Predicate(f"{meta.name} is not bound", evidence, "equals", "/status/phase", one.claim.status.phase),
            Predicate(f"a pod of {one.component} is pending", f"pods/{one.component}", "count_at_least", "/count", 1),
        ),
        says=f"{one.pod.metadata.name} waits for {meta.name}, which is not bound ({detail or 'unknown why'})",
    )


def why_unbound(scene: Scene, claim: PersistentVolumeClaim) -> str | None:
    """Which demand of a claim no volume meets, by the volume that comes nearest; None where nothing read tells.

    The class is asked first: volumes of another class are no candidates.
    """
    meta, spec = claim.metadata, claim.spec
    events = scene.snapshot.events_about(meta.namespace, "PersistentVolumeClaim", meta.name)
    if any(_NO_CLASS in event.text and "not found" in event.text for event in events):
        return "class"
    volumes = scene.snapshot.all("PersistentVolume", PersistentVolume)
    wanted = spec.storage_class_name or ""
    same = [one for one in volumes if one.spec.storage_class_name == wanted or one.metadata.name == spec.volume_name]
    classes = {one.metadata.name for one in scene.snapshot.all("StorageClass", StorageClass)}
    if wanted and not same and wanted not in classes and scene.snapshot.gap_about("StorageClass") is None:
        return "class"
    reasons = [_refusal(one, claim) for one in same]
    if not reasons:
        return "class" if volumes and not wanted else None
    # The volume that fails the last test met the ones before.
    return max(reasons, key=_TESTS.index)


_TESTS = ("access_mode", "capacity", "selector", "occupied")


def _refusal(volume: PersistentVolume, claim: PersistentVolumeClaim) -> str:
    """The first test that a volume fails; one that is taken fails none other."""
    if not set(claim.spec.access_modes) <= set(volume.spec.access_modes):
        return "access_mode"
    asked = amount(claim.spec.resources.requests.get("storage"))
    offered = amount(volume.spec.capacity.get("storage"))
    if asked is not None and offered is not None and offered < asked:
        return "capacity"
    if claim.spec.selector is not None and not _selector(claim.spec.selector).matches(volume.metadata.labels):
        return "selector"
    return "occupied" if volume.spec.claim_ref is not None or volume.status.phase != "Available" else "selector"


def _selector(tree: dict[str, object]) -> LabelSelector:
    labels = tree.get("matchLabels")
    return LabelSelector({str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {})


def _held_elsewhere(scene: Scene) -> Iterator[Finding]:
    """A bound volume that another node still holds."""
    for component, pods in scene.snapshot.pods_by_component.items():
        for pod in pods if not is_job(component) else ():
            events = [one for one in events_of_pod(scene, pod, "FailedAttachVolume") if "Multi-Attach" in one.text]
            if pod.status.phase == "Pending" and events and matters(scene, events[0].first, None):
                yield Finding(
                    component=component,
                    condition="volume_unbound",
                    role=role_of(scene, component),
                    names=names_of(scene, component),
                    detail="occupied",
                    since=events[0].first,
                    strength=0.95,
                    claims=(event_claim(component, events[-1], "its volume is attached elsewhere"),),
                    says=plain(events[-1].text, 220),
                )
                break


def _full(scene: Scene) -> Iterator[Finding]:
    """A program that says that its disk is full, and not that it always was."""
    for said in heard(scene, _DISK).values():
        elsewhere = said.family != "disk_full" and not (_NO_SPACE in said.text and _keeps(scene, said.component))
        if said.chronic or elsewhere or scene.is_telemetry(said.component):
            continue
        text = f"{said.component} says {said.count} times that its disk is full"
        yield Finding(
            component=said.component,
            condition="disk_full",
            role="cause",
            names=names_of(scene, said.component),
            since=said.first,
            until=_over(scene, said.last),
            strength=0.85,
            claims=heard_claims(scene, said, text),
            says=text,
        )


def _keeps(scene: Scene, component: str) -> bool:
    """Whether a component keeps something on volumes of its own, rather than telling of another's disk."""
    template = scene.template(component)
    claimed = template is not None and any(one.persistent_volume_claim for one in template.volumes)
    return claimed or component.split("/")[1] == "statefulset"


def _over(scene: Scene, last: datetime | None) -> datetime | None:
    return last if last is not None and scene.now - last >= 2 * SETTLED else None


def _evicted(scene: Scene) -> Iterator[Finding]:
    for component, pods in scene.snapshot.pods_by_component.items():
        ready = [pod for pod in pods if pod.ready]
        for pod in pods if not is_job(component) else ():
            events = events_of_pod(scene, pod, "Evicted")
            at = (events[0].first if events else None) or _ended(pod) or _replaced(pod, pods)
            if pod.status.reason != "Evicted" or at is None or not _near(scene, at):
                continue
            back = min((since for one in ready if (since := one.status.start_time) and since >= at), default=None)
            yield _removed(scene, component, pod, at, back)


def _ended(pod: Pod) -> datetime | None:
    ready = condition(pod.status.conditions, "Ready") or condition(pod.status.conditions, "DisruptionTarget")
    return ready.last_transition_time if ready else None


def _replaced(pod: Pod, pods: Iterable[Pod]) -> datetime | None:
    """When the next pod was made in the place of one that is gone, events of which are kept for an hour only."""
    made = pod.metadata.creation_timestamp
    later = (one.metadata.creation_timestamp for one in pods)
    return min((at for at in later if at is not None and made is not None and at > made), default=None)


def _near(scene: Scene, at: datetime) -> bool:
    return scene.window.widened(SETTLED).holds(at)


def _removed(scene: Scene, component: str, pod: Pod, at: datetime, back: datetime | None) -> Finding:
    node = next((one for one in scene.snapshot.all("Node", Node) if one.metadata.name == pod.spec.node_name), None)
    pressed = node is not None and any(
        one.type in _PRESSURES and one.status == "True" for one in node.status.conditions
    )
    path = f"/pods/{pod.metadata.name}/reason"
    return Finding(
        component=component,
        condition="evicted",
        role=role_of(scene, component),
        names=names_of(scene, component),
        since=at,
        until=back,
        # The node's shortage explains it where that is seen.
        strength=0.5 if pressed else 0.85,
        claims=(Predicate(f"{pod.metadata.name} was evicted", f"pods/{component}", "equals", path, "Evicted"),),
        says=f"{pod.metadata.name} was evicted: {plain(pod.status.message, 200)}",
    )
