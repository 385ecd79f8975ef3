"""How pods are: what runs, what waits, what ended and why."""

from collections import Counter

from tools.objects.pods import Pod
from tools.plain_text import plain
from tools.questions.answers import Found, Row
from tools.questions.names import listed, namespace_in, short, some_component_in
from tools.questions.pod_rows import pod_rows, troubled_nodes
from tools.questions.toolbox import Toolbox
from tools.questions.unread import status_of, told_gaps, unread

_MESSAGE = 160


def pod_status(toolbox: Toolbox, namespace: str, workload: str = "") -> Found:
    """Pods of a namespace or of one workload: phase, ready, restarts, why containers wait or ended, node."""
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    rows = pod_rows(toolbox.snapshot, _pods(toolbox, namespace, component))
    nodes = troubled_nodes(toolbox.snapshot, {row["node"] for row in rows.values()})
    gaps = unread(toolbox, namespace, "Pod")
    counts = {
        "pods": len(rows),
        "ready": sum(row["ready"] for row in rows.values()),
        "finished": sum(row["finished"] for row in rows.values()),
        "unhealthy": sum(not row["healthy"] for row in rows.values()),
    }
    finished = f", {counts['finished']} finished" if counts["finished"] else ""
    heading = (
        f"{namespace}{f'/{short(component)}' if component else ''}: {counts['ready']} of {counts['pods']} pods ready"
        f"{finished}, {counts['unhealthy']} unhealthy{_none(toolbox, component, rows)}"
    )
    shown = rows if component else {name: row for name, row in rows.items() if not row["healthy"]}
    return Found(
        about=(namespace, short(component)),
        query=f"kubectl get pods -n {namespace} -o wide" + (f" | grep ^{component.split('/')[2]}" if component else ""),
        heading=heading + _nodes_told(toolbox, nodes) + told_gaps(gaps),
        rows=[*(_line(toolbox, name, row) for name, row in shown.items()), *_others(rows, shown)],
        of="lines, the unhealthy first",
        # A name that tells which pods are meant: of one that is not listed nothing follows.
        value={**counts, "nodes_in_trouble": nodes, "by_name" if component else "unhealthy_by_name": shown},
        status=status_of(gaps, found=bool(rows)),
    )


def _pods(toolbox: Toolbox, namespace: str, component: str) -> list[Pod]:
    if component:
        return toolbox.snapshot.pods_by_component.get(component, [])
    return list(toolbox.snapshot.within(namespace, "Pod", Pod))


def _none(toolbox: Toolbox, component: str, rows: dict[str, Row]) -> str:
    """Why a workload has no pods, as far as its own wish tells."""
    workload = toolbox.snapshot.workloads.get(component)
    return f"; {workload.desired} replicas are asked for" if workload is not None and not rows else ""


def _others(rows: dict[str, Row], shown: dict[str, Row]) -> list[str]:
    """One line for all pods that get none of their own."""
    counts = Counter(row["component"] for name, row in rows.items() if name not in shown)
    return [f"healthy: {listed(counts)}"] if counts else []


def _nodes_told(toolbox: Toolbox, nodes: Row) -> str:
    told = ""
    for name, node in nodes.items():
        states = node["conditions"].items()
        parts = [f"{kind} is {one['status']} since {toolbox.clock(one['since'])}" for kind, one in states]
        parts += ["it takes no new pods"] if node["unschedulable"] else []
        told += f"\nnode {name}: {', '.join(parts)}"
    return told


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
    when = f" at {toolbox.clock(one['ended_at'])}" if one["ended_at"] else ""
    return f"{container} ended: {one['ended']}{code}{when}"
