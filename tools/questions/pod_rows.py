"""Pods and the nodes below them as rows of plain values."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from tools.evidence import Window
from tools.objects.capacity import Node
from tools.objects.pods import ContainerStatus, Pod
from tools.questions.answers import Row
from tools.reductions import reduce
from tools.signals import BY_NAME
from tools.snapshot import Snapshot
from tools.views_metrics import series_of

_DONE = "Succeeded"


def pod_rows(snapshot: Snapshot, pods: Iterable[Pod]) -> dict[str, Row]:
    """Rows by the pods' names, the unhealthy first, then by restarts in the window."""
    sampled = _sampled_restarts(snapshot)
    rows = {
        pod.metadata.name: _row(snapshot, pod, sampled.get((pod.metadata.namespace, pod.metadata.name))) for pod in pods
    }
    return dict(sorted(rows.items(), key=lambda one: _urgency(*one)))


def troubled_nodes(snapshot: Snapshot, names: set[str]) -> Row:
    """Those of the nodes that are not ready, under pressure, or take no pods."""
    found: Row = {}
    for node in snapshot.all("Node", Node):
        wrong = [one for one in node.status.conditions if (one.status == "True") != (one.type == "Ready")]
        if node.metadata.name in names and (wrong or node.spec.unschedulable):
            states = {one.type: {"status": one.status, "since": one.last_transition_time} for one in wrong}
            found[node.metadata.name] = {"conditions": states, "unschedulable": node.spec.unschedulable}
    return found


def _row(snapshot: Snapshot, pod: Pod, sampled: float | None) -> Row:
    window = snapshot.window
    restarts = _restarts_in(window, pod, sampled)
    containers = {one.name: _container(one) for one in pod.statuses}
    waits = any(one["waiting"] for one in containers.values())
    done = pod.status.phase == _DONE or _ended_before(pod, window.start)
    started = pod.status.start_time or pod.metadata.creation_timestamp
    return {
        "component": snapshot.component_of(pod),
        "phase": pod.status.phase,
        "ready": pod.ready,
        "finished": done,
        "healthy": done or (pod.ready and not waits and not restarts),
        "reason": pod.status.reason,
        "unmet": {} if done else _unmet(pod),
        "restarts": sum(one.restart_count for one in pod.statuses),
        "restarts_in_window": restarts,
        "containers": containers,
        "node": pod.spec.node_name,
        "started": started,
        "started_in_window": window.holds(started),
        "leaving": pod.metadata.deletion_timestamp is not None,
    }


def _unmet(pod: Pod) -> dict[str, str]:
    return {one.type: f"{one.reason} {one.message}".strip() for one in pod.status.conditions if one.status != "True"}


def _container(status: ContainerStatus) -> Row:
    last = status.last_end
    return {
        "ready": status.ready,
        "restarts": status.restart_count,
        "waiting": status.waiting_reason,
        "message": status.state.waiting.message if status.state.waiting else "",
        "ended": last.reason if last else "",
        "exit_code": last.exit_code if last else None,
        "ended_at": last.finished_at if last else None,
    }


def _ended_before(pod: Pod, start: datetime) -> bool:
    """Whether a pod failed for good before the window; what is left of it is no trouble of today."""
    ends = [one.last_end.finished_at for one in pod.statuses if one.last_end and one.last_end.finished_at]
    return pod.status.phase == "Failed" and bool(ends) and max(ends) < start


def _restarts_in(window: Window, pod: Pod, sampled: float | None) -> int | None:
    """Restarts within the window: by samples, else at least one for each instance that ended in it; None if unknown."""
    if not any(one.restart_count for one in pod.statuses):
        return 0
    ends = [one.last_state.terminated.finished_at for one in pod.statuses if one.last_state.terminated]
    if not ends and sampled is None:
        return None
    return max(sum(1 for at in ends if window.holds(at)), round(sampled or 0))


def _sampled_restarts(snapshot: Snapshot) -> dict[tuple[str, str], float]:
    """How much the containers' counters grew in the window, by namespace and pod."""
    signal = BY_NAME["restarts"]
    found: dict[tuple[str, str], float] = defaultdict(float)
    for one in series_of(snapshot, signal):
        grown = reduce(one, signal.function, snapshot.window)
        if grown is not None:
            found[one.labels.get("namespace", ""), one.labels.get("pod", "")] += grown
    return found


def _urgency(name: str, row: Row) -> tuple[bool, bool, int, str]:
    calm = row["ready"] or row["finished"]
    return row["healthy"], calm, -(row["restarts_in_window"] or 0), name
