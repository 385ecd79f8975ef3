"""How many replicas workloads want and have, and who changed that."""

from datetime import timedelta

from tools.changes import Change
from tools.objects.workloads import Autoscaler, Workload
from tools.questions.answers import Found, Row
from tools.questions.names import listed, namespace_in, short, some_component_in
from tools.questions.toolbox import Toolbox
from tools.questions.unread import status_of, told_gaps, unread
from tools.snapshot import WORKLOAD_KINDS

_NEAR = timedelta(seconds=5)
_TROUBLE = {"ReplicaFailure": "True", "Progressing": "False"}
"""The status of a condition that tells of trouble."""


def replica_counts(toolbox: Toolbox, namespace: str, workload: str = "") -> Found:
    """Desired, ready and available replicas of a namespace's workloads or of one; who scaled them, and when."""
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    workloads = {
        name: one
        for name, one in toolbox.snapshot.workloads.items()
        if name == component or (not component and name.startswith(f"{namespace}/"))
    }
    rows = {name: _row(toolbox, name, one) for name, one in workloads.items()}
    order = sorted(rows, key=lambda name: (_short_of(rows[name]) == 0, not rows[name]["scaled"], name))
    lacking = sum(1 for row in rows.values() if _short_of(row))
    gaps = unread(toolbox, namespace, *WORKLOAD_KINDS)
    return Found(
        about=(namespace, short(component)),
        query=f"kubectl get deployments,statefulsets,daemonsets,hpa -n {namespace} -o wide --show-managed-fields",
        heading=_heading(namespace, component, len(rows), lacking) + told_gaps(gaps),
        rows=_lines(toolbox, rows, order),
        of="lines, workloads with too few replicas first",
        value={name: rows[name] for name in order},
        status=status_of(gaps, found=bool(rows)),
    )


def _lines(toolbox: Toolbox, rows: dict[str, Row], order: list[str]) -> list[str]:
    """A line for each workload that there is something to say about, and one for all others."""
    calm = [name for name in order if not _short_of(rows[name]) and set(_notes(toolbox, rows[name])) == set()]
    if len(rows) == 1:
        calm = []
    told = [_line(toolbox, name, rows[name]) for name in order if name not in calm]
    others = listed({name: rows[name]["available"] for name in calm})
    return [*told, *([f"available as desired: {others}"] if calm else [])]


def _heading(namespace: str, component: str, count: int, lacking: int) -> str:
    if component:
        return f"{namespace}/{short(component)}" + ("" if count else " is no workload with replicas")
    return f"{namespace}: {count} workloads, {lacking} with fewer replicas than they want or with none wanted"


def _row(toolbox: Toolbox, component: str, one: Workload) -> Row:
    return {
        "desired": one.desired,
        "ready": one.ready,
        "available": one.available,
        "updated": one.status.updated_replicas,
        "pods": one.status.replicas,
        "troubles": {
            condition.type: f"{condition.reason} {condition.message}".strip()
            for condition in one.status.conditions
            if condition.status == _TROUBLE.get(condition.type)
        },
        "paused": one.spec.paused,
        "scaled": _scaled(toolbox, component),
        "autoscaler": _autoscaler(toolbox, component),
    }


def _scaled(toolbox: Toolbox, component: str) -> list[Row]:
    """Who scaled it and when; the event of its replica set tells from how many."""
    mine = [change for change in toolbox.changes if change.component == component]
    events = [change for change in mine if change.field.startswith("replica set ")]
    return [
        {"at": one.at, "by": one.by, "from": next((e.before for e in events if _same(e, one)), None), "to": one.after}
        for one in mine
        if one.field == "replicas"
    ]


def _same(event: Change, change: Change) -> bool:
    near = event.at is not None and change.at is not None and abs(event.at - change.at) <= _NEAR
    return near and event.after == change.after


def _autoscaler(toolbox: Toolbox, component: str) -> Row | None:
    namespace, kind, name = component.split("/", 2)
    for one in toolbox.snapshot.within(namespace, "HorizontalPodAutoscaler", Autoscaler):
        aim = one.spec.scale_target_ref
        if (aim.kind.lower(), aim.name) == (kind, name):
            bounds = {"min": one.spec.min_replicas, "max": one.spec.max_replicas}
            return {"name": one.metadata.name, **bounds, "wants": one.status.desired_replicas}
    return None


def _short_of(row: Row) -> int:
    """How many replicas are missing; one that wants none counts as one, so that it is not overlooked."""
    missing: int = max(0, row["desired"] - row["available"]) if row["desired"] else 1
    return missing


def _line(toolbox: Toolbox, component: str, row: Row) -> str:
    counts = [f"{key} {row[key]}" for key in ("desired", "ready", "available")]
    return f"{short(component)}: {', '.join((*counts, *_notes(toolbox, row)))}"


def _notes(toolbox: Toolbox, row: Row) -> list[str]:
    """What there is to say beside the counts."""
    notes = ["paused"] if row["paused"] else []
    if row["pods"] > row["desired"]:
        notes.append(f"rollout under way: {row['pods']} pods, {row['updated']} of them updated")
    for one in reversed(row["scaled"][-3:]):
        change = f"from {one['from']} to {one['to']}" if one["from"] else f"to {one['to']}"
        by = f" by {one['by']}" if one["by"] else ""
        notes.append(f"scaled {change} at {toolbox.clock(one['at'])}{by}")
    if hpa := row["autoscaler"]:
        notes.append(f"autoscaler {hpa['name']} {hpa['min']}..{hpa['max']}, wants {hpa['wants']}")
    return [*notes, *(f"{kind}: {said}" for kind, said in row["troubles"].items())]
