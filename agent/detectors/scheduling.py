"""Pods that find no node: read from what the scheduler says, checked on the nodes where they were read."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from agent.detectors.pod_state import event_claim, events_of_pod, is_job, matters, merge_all, names_of, role_of
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.objects.capacity import CONTROL_PLANE, Node
from tools.objects.meta import LabelExpression, condition
from tools.objects.pods import Pod, PodSpec
from tools.plain_text import plain

_PARTS = re.compile(
    r"(\d+) (?:node\(s\) )?(?P<why>(?:Insufficient|were|had|didn't|did not|Too many)[^,.{]*(?:\{[^}]*\})?[^,.]*)"
)
_TAINT = re.compile(r"taint \{(?P<key>[^:}\s]+)")
_SYSTEM_TAINTS = {
    "node.kubernetes.io/unschedulable": "node_cordoned",
    "node.kubernetes.io/not-ready": "node_not_ready",
    "node.kubernetes.io/unreachable": "node_not_ready",
    "node.kubernetes.io/memory-pressure": "memory_pressure",
    "node.kubernetes.io/disk-pressure": "disk_full",
}
# The scheduler's filters in their order: a node that fails a later one has passed those before.
_ORDER = {
    "node_cordoned": 0,
    "taint_not_tolerated": 1,
    "node_not_ready": 1,
    "memory_pressure": 1,
    "disk_full": 1,
    "node_selector_mismatch": 2,
    "port_conflict": 3,
    "insufficient_memory": 4,
    "insufficient_cpu": 4,
    "affinity_conflict": 5,
}
NODE_SIDE = frozenset({"node_not_ready", "memory_pressure", "disk_full"})
"""Reasons that lie with a node itself; nodes.py names it."""
_STORAGE = re.compile(r"PersistentVolumeClaim|persistentvolumeclaim|volume node affinity|max volume count")


class Wait(Struct, frozen=True):
    """A pod's time without a node."""

    component: str
    pod: Pod
    message: str
    since: datetime | None
    until: datetime | None
    claim: Predicate


def detect(scene: Scene) -> Iterator[Finding]:
    """One finding per component and reason for which its pods find no node."""
    found = ((wait, reason(scene, wait)) for wait in waits(scene))
    yield from merge_all(_finding(scene, wait, why) for wait, why in found if why and why not in NODE_SIDE)


def waits(scene: Scene) -> Iterator[Wait]:
    """Pods that waited for a node in the window, with the scheduler's last words."""
    for component, pods in scene.snapshot.pods_by_component.items():
        for pod in pods if not is_job(component) else ():
            wait = _wait(scene, component, pod)
            if wait is not None and matters(scene, wait.since, wait.until):
                yield wait


def _wait(scene: Scene, component: str, pod: Pod) -> Wait | None:
    placed = condition(pod.status.conditions, "PodScheduled")
    events = events_of_pod(scene, pod, "FailedScheduling")
    waiting = not pod.spec.node_name and pod.status.phase in {"Pending", ""}
    if not waiting and not events:
        return None
    since = min((event.first for event in events if event.first), default=None) or pod.metadata.creation_timestamp
    until = None
    if not waiting:
        until = (placed.last_transition_time if placed else None) or pod.status.start_time
        if until is None or since is None or (until - since).total_seconds() < 60:
            return None
    if waiting and placed and placed.status == "False" and placed.message:
        path = pointer("pods", pod.metadata.name, "unmet", "PodScheduled", "message")
        text = plain(placed.message, 300)
        claim = Predicate("the scheduler finds no node", f"pods/{component}", "equals", path, text)
        return Wait(component, pod, placed.message, since, until, claim)
    if not events:
        return None
    claim = event_claim(component, events[-1], "the scheduler finds no node")
    return Wait(component, pod, events[-1].text, since, until, claim)


def reason(scene: Scene, wait: Wait) -> str | None:
    """Why no node takes the pod; None where the scheduler waits for storage, which storage.py explains."""
    if _STORAGE.search(wait.message):
        return None
    said = _said(wait)
    if not said:
        return None
    last = max(said, key=lambda why: (_ORDER[why], said[why]))
    if last != "node_selector_mismatch":
        return last
    return _of_fitting_nodes(scene, wait, said) or _rule_kind(wait.pod.spec)


def _said(wait: Wait) -> dict[str, int]:
    """How many nodes were refused for which reason, by our names."""
    found: dict[str, int] = {}
    for match in _PARTS.finditer(wait.message.partition("preemption:")[0]):
        why = _mode(match["why"])
        if why is not None:
            found[why] = found.get(why, 0) + int(match[1])
    return found


def _mode(why: str) -> str | None:
    if "taint" in why:
        match = _TAINT.search(why)
        key = match["key"] if match else ""
        return None if key in CONTROL_PLANE else _SYSTEM_TAINTS.get(key, "taint_not_tolerated")
    for text, mode in (
        ("Insufficient cpu", "insufficient_cpu"),
        ("Insufficient memory", "insufficient_memory"),
        ("unschedulable", "node_cordoned"),
        ("anti-affinity", "affinity_conflict"),
        ("pod affinity", "affinity_conflict"),
        ("topology spread", "affinity_conflict"),
        ("free ports", "port_conflict"),
        ("node affinity", "node_selector_mismatch"),
        ("node selector", "node_selector_mismatch"),
    ):
        if text in why:
            return mode
    return None


def _rule_kind(spec: PodSpec) -> str:
    """Which of the two kinds of rules for nodes the pod has."""
    return (
        "affinity_conflict"
        if not spec.node_selector and "nodeAffinity" in (spec.affinity or {})
        else ("node_selector_mismatch")
    )


def _of_fitting_nodes(scene: Scene, wait: Wait, said: Mapping[str, int]) -> str | None:
    """What keeps the pod from the nodes that its rules name; None when they name none."""
    nodes = scene.snapshot.all("Node", Node)
    if not nodes:
        tainted = [mode for mode in ("taint_not_tolerated", "node_not_ready") if mode in said]
        return tainted[0] if tainted else ("node_cordoned" if said.get("node_cordoned", 0) > 1 else None)
    fitting = [node for node in nodes if fits(wait.pod.spec, node) and not _reserved(wait.pod.spec, node)]
    if not fitting:
        return None
    modes = [mode for node in fitting if (mode := _closed(wait.pod.spec, node)) is not None]
    return max(modes, key=modes.count, default=None)


def _closed(spec: PodSpec, node: Node) -> str | None:
    if any(one.type == "Ready" and one.status != "True" for one in node.status.conditions):
        return "node_not_ready"
    tolerated = {one.key for one in spec.tolerations}
    for taint in node.spec.taints:
        if taint.effect != "PreferNoSchedule" and taint.key not in tolerated and "" not in tolerated:
            return _SYSTEM_TAINTS.get(taint.key, "taint_not_tolerated")
    return "node_cordoned" if node.spec.unschedulable else None


def _reserved(spec: PodSpec, node: Node) -> bool:
    """Whether a node of the control plane is cordoned to stay free of other work, as some installers do it."""
    return node.of_control_plane and node.spec.unschedulable and not spec.node_selector


def fits(spec: PodSpec, node: Node) -> bool:
    """Whether a node carries the labels that the pod's selector and required node affinity ask for."""
    labels = {"kubernetes.io/hostname": node.metadata.name, **node.metadata.labels}
    if any(labels.get(key) != value for key, value in spec.node_selector.items()):
        return False
    terms = _terms(spec.affinity)
    return not terms or any(all(one.matches(labels) for one in term) for term in terms)


def _terms(affinity: object) -> list[list[LabelExpression]]:
    """The alternatives of a required node affinity, each a list of expressions that all must hold."""
    for step in ("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"):
        affinity = affinity.get(step) if isinstance(affinity, dict) else None
    found = []
    for term in affinity if isinstance(affinity, list) else ():
        wanted = term.get("matchExpressions") if isinstance(term, dict) else None
        found.append([_expression(one) for one in wanted or () if isinstance(one, dict)])
    return found


def _expression(one: Mapping[str, object]) -> LabelExpression:
    values = one.get("values")
    listed = [str(value) for value in values] if isinstance(values, list) else []
    return LabelExpression(str(one.get("key")), str(one.get("operator")), listed)


def _finding(scene: Scene, wait: Wait, why: str) -> Finding:
    component = wait.component
    pods = scene.snapshot.pods_by_component.get(component, [])
    ready = sum(1 for pod in pods if pod.ready)
    path = pointer("pods", wait.pod.metadata.name, "node")
    unplaced = Predicate(f"{wait.pod.metadata.name} has no node", f"pods/{component}", "equals", path, "")
    claims = (wait.claim,) if wait.until else (wait.claim, unplaced)
    return Finding(
        component=component,
        condition=why,
        role=role_of(scene, component),
        names=(*names_of(scene, component), *(_cordoned(scene) if why == "node_cordoned" else ())),
        since=wait.since,
        until=wait.until,
        strength=0.95 if ready == 0 else 0.8,
        claims=claims,
        says=f"{wait.pod.metadata.name} finds no node ({ready} other pods are ready): {plain(wait.message, 200)}",
    )


def _cordoned(scene: Scene) -> tuple[str, ...]:
    nodes = scene.snapshot.all("Node", Node)
    return tuple(f"-/node/{node.metadata.name}".lower() for node in nodes if node.spec.unschedulable)
