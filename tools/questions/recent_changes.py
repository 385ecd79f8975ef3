"""What changed shortly before or in the window, by whom, and what the cluster reported about it."""

import re

from tools.changes import Change
from tools.evidence import RECENT
from tools.objects.events import Event
from tools.questions.answers import Found, Row
from tools.questions.names import namespace_in, short, some_component_in
from tools.questions.toolbox import Toolbox
from tools.questions.unread import status_of, told_gaps, unread

_CHANGES_SHOWN, _EVENTS_SHOWN = 12, 12
_UNSET = re.compile(r"(?:, )?'\w+': (?:None|''|\[\]|\{\})")
"""A field that is not set, in a part of a spec."""


def recent_changes(toolbox: Toolbox, namespace: str, workload: str = "") -> Found:
    """Rollouts, scaling, edits of config and Services (who, when, old and new value), and events, from 2 h before."""
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    changes = _changes(toolbox, namespace, component)
    events = _events(toolbox, namespace, component)
    span = toolbox.snapshot.window.widened(RECENT)
    gaps = unread(toolbox, namespace, "Deployment", "ReplicaSet", "Event")
    whose = f"{namespace}/{short(component)}" if component else namespace
    since = f"since {toolbox.clock(span.start)} (the window begins {toolbox.clock(toolbox.snapshot.window.start)})"
    return Found(
        about=(namespace, short(component)),
        query=f"kubectl rollout history -n {namespace} deployment; kubectl events -n {namespace};"
        f" kubectl get deployments,services,configmaps -n {namespace} -o json --show-managed-fields",
        heading=f"{whose}: {len(changes)} changes, {len(events)} kinds of events {since}" + told_gaps(gaps),
        rows=[
            *(_change_line(toolbox, one) for one in changes[:_CHANGES_SHOWN]),
            *(_event_line(toolbox, one) for one in events[:_EVENTS_SHOWN]),
        ],
        of="lines, changes newest first, then events",
        value={
            "changes": [_change_value(toolbox, one) for one in changes],
            "events": events,
        },
        status=status_of(gaps, found=bool(changes or events)),
    )


def _changes(toolbox: Toolbox, namespace: str, component: str) -> list[Change]:
    """Dated changes, newest first; of a component with what belongs to Services and settings of its name."""
    span = toolbox.snapshot.window.widened(RECENT)
    mine = {component, *_belonging(toolbox, component)}
    found = [
        one
        for one in toolbox.changes
        if one.at is not None
        and one.at >= span.start
        and (one.component in mine if component else one.component.startswith(f"{namespace}/"))
    ]
    return found[::-1]


def _belonging(toolbox: Toolbox, component: str) -> set[str]:
    """A component's Services and the ConfigMaps that its pods take settings or files from."""
    if not component:
        return set()
    snapshot, namespace = toolbox.snapshot, component.partition("/")[0]
    found = {f"{namespace}/service/{one.metadata.name}" for one in snapshot.services_of(component)}
    spec = snapshot.template_of(component)
    if spec is None:
        return found
    maps = {one.config_map.name for one in spec.volumes if one.config_map}
    for container in (*spec.init_containers, *spec.containers):
        maps |= {one.config_map_ref.name for one in container.env_from if one.config_map_ref}
        sources = (one.value_from for one in container.env if one.value_from)
        maps |= {one.config_map_key_ref.name for one in sources if one.config_map_key_ref}
    return found | {f"{namespace}/configmap/{name}" for name in maps}


def _change_value(toolbox: Toolbox, one: Change) -> Row:
    return {
        "component": one.component,
        "field": one.field,
        "container": one.container,
        "at": one.at,
        "in_window": toolbox.snapshot.window.holds(one.at),
        "before": one.before,
        "after": one.after,
        "by": one.by,
        "created": one.created,
    }


def _change_line(toolbox: Toolbox, one: Change) -> str:
    return f"{toolbox.clock(one.at)} {short(one.component)} {_UNSET.sub('', one.text)}"


def _events(toolbox: Toolbox, namespace: str, component: str) -> list[Row]:
    """Events by object and reason, warnings first, then the newest."""
    span = toolbox.snapshot.window.widened(RECENT)
    found: dict[tuple[str, str], Row] = {}
    for event in _told(toolbox, namespace, component):
        if event.last is None or event.last < span.start:
            continue
        whose = toolbox.snapshot.component_of_pod_name(namespace, event.about.name)
        about = whose if event.about.kind == "Pod" else f"{namespace}/{event.about.kind.lower()}/{event.about.name}"
        row = found.setdefault((about, event.reason), {"about": about, "reason": event.reason, "count": 0})
        row["count"] = row["count"] + event.times
        row |= {"type": event.type, "last": event.last, "message": event.text}
        row.setdefault("first", event.first)
    newest = sorted(found.values(), key=lambda row: row["last"], reverse=True)
    return sorted(newest, key=lambda row: row["type"] != "Warning")


def _told(toolbox: Toolbox, namespace: str, component: str) -> list[Event]:
    if component:
        return toolbox.snapshot.events_of(component)
    return [one for one in toolbox.snapshot.events if (one.about.namespace or one.metadata.namespace) == namespace]


def _event_line(toolbox: Toolbox, row: Row) -> str:
    times = f" {row['count']} times" if row["count"] > 1 else ""
    what = f"{row['type']} {row['reason']}{times}"
    return f"{toolbox.clock(row['last'])} event {what} {short(row['about'])}: {row['message']}"
