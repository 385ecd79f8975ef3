"""How pods are: what runs, what waits, what ended and why."""

from collections import Counter
from datetime import datetime

from tools.evidence import Window
from tools.objects.capacity import Node
from tools.objects.pods import ContainerStatus, Pod
from tools.plain_text import plain
from tools.questions.answers import Found, Row
from tools.questions.names import listed, namespace_in, short, some_component_in
from tools.questions.toolbox import Toolbox
from tools.questions.unread import status_of, told_gaps, unread
from tools.reductions import reduce
from tools.signals import BY_NAME
from tools.views_metrics import series_of

_DONE = "Succeeded"
_MESSAGE = 160


def pod_status(toolbox: Toolbox, namespace: str, workload: str = "") -> Found:
    """Pods of a namespace or of one workload: phase, ready, restarts, why containers wait or ended, node."""
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    pods = _pods(toolbox, namespace, component)
    rows = {pod.metadata.name: _row(toolbox, pod) for pod in pods}
    order = sorted(rows, key=lambda name: _urgency(name, rows[name]))
    unhealthy = sum(1 for row in rows.values() if not row["healthy"])
    gaps = unread(toolbox, namespace, "Pod")
    nodes = _nodes(toolbox, {row["node"] for row in rows.values()})
    value = {
        "pods": len(rows),
        "ready": sum(1 for row in rows.values() if row["ready"]),
        "finished": sum(1 for row in rows.values() if row["finished"]),
        "unhealthy": unhealthy,
        "nodes_in_trouble": nodes,
        **_by_name(rows, order, each=bool(component)),
    }
    whose = f"{namespace}/{short(component)}" if component else namespace
    finished = f", {value['finished']} finished" if value["finished"] else ""
    heading = f"{whose}: {value['ready']} of {len(rows)} pods ready{finished}, {unhealthy} unhealthy"
    return Found(
        about=(namespace, short(component)),
        query=f"kubectl get pods -n {namespace} -o wide" + (f" | grep ^{component.split('/')[2]}" if component else ""),
        heading=heading + _none(toolbox, component, rows) + _nodes_told(toolbox, nodes) + told_gaps(gaps),
        rows=_lines(toolbox, rows, order, each=bool(component)),
        of="lines, the unhealthy first",
        value=value,
        status=status_of(gaps, found=bool(rows)),
    )


def _by_name(rows: dict[str, Row], order: list[str], *, each: bool) -> Row:
    """The pods that get a line each; a name tells which, because of what is not listed nothing may be concluded."""
    if each:
        return {"by_name": {name: rows[name] for name in order}}
    return {"unhealthy_by_name": {name: rows[name] for name in order if not rows[name]["healthy"]}}


def _lines(toolbox: Toolbox, rows: dict[str, Row], order: list[str], *, each: bool) -> list[str]:
    """A line for each pod; of a whole namespace only for the unhealthy ones, and one for all others."""
    calm = [] if each else [name for name in order if rows[name]["healthy"]]
    counts = Counter(toolbox.snapshot.component_of_pod_name(rows[name]["namespace"], name) for name in calm)
    told = [_line(toolbox, name, rows[name]) for name in order if name not in calm]
    return [*told, *([f"healthy: {listed(counts)}"] if calm else [])]


def _pods(toolbox: Toolbox, namespace: str, component: str) -> list[Pod]:
    if component:
        return toolbox.snapshot.pods_by_component.get(component, [])
    return list(toolbox.snapshot.within(namespace, "Pod", Pod))


def _none(toolbox: Toolbox, component: str, rows: dict[str, Row]) -> str:
    """Why a workload has no pods, as far as its own wish tells."""
    workload = toolbox.snapshot.workloads.get(component)
    return f"; {workload.desired} replicas are asked for" if workload is not None and not rows else ""


def _nodes(toolbox: Toolbox, names: set[str]) -> Row:
    """Those of the nodes that are not ready, under pressure, or take no pods."""
    found: Row = {}
    for node in toolbox.snapshot.all("Node", Node):
        wrong = [one for one in node.status.conditions if (one.status == "True") != (one.type == "Ready")]
        if node.metadata.name in names and (wrong or node.spec.unschedulable):
            states = {one.type: {"status": one.status, "since": one.last_transition_time} for one in wrong}
            found[node.metadata.name] = {"conditions": states, "unschedulable": node.spec.unschedulable}
    return found


def _nodes_told(toolbox: Toolbox, nodes: Row) -> str:
    told = ""
    for name, node in nodes.items():
        parts = [
            f"{kind} is {one['status']} since {toolbox.clock(one['since'])}" for kind, one in node["conditions"].items()
        ]
        parts += ["it takes no new pods"] if node["unschedulable"] else []
        told += f"\nnode {name}: {', '.join(parts)}"
    return told


def _row(toolbox: Toolbox, pod: Pod) -> Row:
    window = toolbox.snapshot.window
    restarts = _restarts(toolbox, pod)
    containers = {one.name: _container(one) for one in pod.statuses}
    waits = any(one["waiting"] for one in containers.values())
    done = pod.status.phase == _DONE or _ended_before(pod, window.start)
    started = pod.status.start_time or pod.metadata.creation_timestamp
    return {
        "namespace": pod.metadata.namespace,
        "phase": pod.status.phase,
        "ready": pod.ready,
        "finished": done,
        "healthy": done or (pod.ready and not waits and not restarts["in_window"]),
        "reason": pod.status.reason,
        "unmet": {
            one.type: f"{one.reason} {one.message}".strip()
            for one in pod.status.conditions
            if one.status != "True" and not done
        },
        "restarts": restarts["ever"],
        "restarts_in_window": restarts["in_window"],
        "containers": containers,
        "node": pod.spec.node_name,
        "started": started,
        "started_in_window": window.holds(started),
        "leaving": pod.metadata.deletion_timestamp is not None,
    }


def _unmet(pod: Pod) -> dict[str, str]:
    return {one.type: f"{one.reason} {one.message}".strip() for one in pod.status.conditions if one.status != "True"}


def _ended_before(pod: Pod, start: datetime) -> bool:
    """Whether a pod failed for good before the window; what is left of it is no trouble of today."""
    ends = [one.last_end.finished_at for one in pod.statuses if one.last_end and one.last_end.finished_at]
    return pod.status.phase == "Failed" and bool(ends) and max(ends) < start


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


def _restarts(toolbox: Toolbox, pod: Pod) -> dict[str, float | None]:
    """Restarts ever and within the window: by samples, else at least one where an instance ended in it."""
    window = toolbox.snapshot.window
    ever = sum(one.restart_count for one in pod.statuses)
    ends = [one.last_state.terminated.finished_at for one in pod.statuses if one.last_state.terminated]
    seen = sum(1 for at in ends if window.holds(at))
    sampled = _sampled(toolbox, pod, window)
    if not ever:
        return {"ever": 0, "in_window": 0}
    unknown = not ends and sampled is None
    return {"ever": ever, "in_window": None if unknown else max(seen, round(sampled or 0))}


def _sampled(toolbox: Toolbox, pod: Pod, window: Window) -> float | None:
    signal = BY_NAME["restarts"]
    place = pod.metadata.namespace, pod.metadata.name
    grown = [
        reduce(one, signal.function, window)
        for one in series_of(toolbox.snapshot, signal)
        if (one.labels.get("namespace"), one.labels.get("pod")) == place
    ]
    known = [one for one in grown if one is not None]
    return sum(known) if known else None


def _urgency(name: str, row: Row) -> tuple[bool, bool, float, str]:
    restarts = row["restarts_in_window"]
    calm = row["ready"] or row["finished"]
    return bool(row["healthy"]), bool(calm), -(restarts or 0), name


def _line(toolbox: Toolbox, name: str, row: Row) -> str:
    """What decides first, what others wrote last."""
    parts = [row["phase"] or "?"]
    parts += [] if row["finished"] else ["ready" if row["ready"] else "not ready"]
    parts += [row["reason"]] if row["reason"] else []
    if row["restarts"]:
        inside = "unknown" if row["restarts_in_window"] is None else row["restarts_in_window"]
        parts.append(f"restarts {row['restarts']} (in the window: {inside})")
    troubled = {} if row["healthy"] else row["containers"]
    for container, one in troubled.items():
        parts += [f"{container} waits: {one['waiting']}"] if one["waiting"] else []
        parts += [_ended(toolbox, container, one)] if one["ended"] else []
    parts += [f"on {row['node']}"] if row["node"] else ["on no node"]
    parts += [f"since {toolbox.clock(row['started'])}"] if row["started"] else []
    parts += ["being deleted"] if row["leaving"] else []
    parts += [f"not scheduled: {row['unmet']['PodScheduled']}"] if "PodScheduled" in row["unmet"] else []
    parts += [_message(one["message"]) for one in troubled.values() if one["message"]]
    return f"{name}: {', '.join(parts)}"


def _message(text: str) -> str:
    """Its beginning and its end, where such messages say what is wrong."""
    whole = plain(text, 2_000)
    return whole if len(whole) <= _MESSAGE else f"{whole[: _MESSAGE // 2]} … {whole[-_MESSAGE // 2 :]}"


def _ended(toolbox: Toolbox, container: str, one: Row) -> str:
    code = "" if one["exit_code"] is None else f", exit code {one['exit_code']}"
    return f"{container} ended: {one['ended']}{code}" + (
        f" at {toolbox.clock(one['ended_at'])}" if one["ended_at"] else ""
    )
