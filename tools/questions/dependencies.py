"""Who calls whom: callers, callees, what stands behind them, whose they are, and how the calls went."""

from tools.edges import Edge
from tools.errors import ToolError
from tools.questions.answers import Found, Row
from tools.questions.names import component_in, namespace_in, nearest, short
from tools.questions.toolbox import Toolbox
from tools.traffic import traffic_of

_SLOW = 1.0


def dependencies(toolbox: Toolbox, namespace: str, workload: str) -> Found:
    """Callers and callees of a workload (or of an outside host): owner, failed and worked calls, endpoints."""
    namespace = namespace_in(toolbox, namespace)
    component = _party(toolbox, namespace, workload)
    calls = {edge.callee: _row(toolbox, edge, edge.callee) for edge in toolbox.graph.calls_of(component)}
    called = {edge.caller: _row(toolbox, edge, edge.caller) for edge in toolbox.graph.callers_of(component)}
    rows = [(one, f"calls {_line(toolbox, name, one)}") for name, one in calls.items()]
    rows += [(one, f"called by {_line(toolbox, name, one)}") for name, one in called.items()]
    rows.sort(key=lambda one: (-one[0]["failed"], one[0]["known"] != "seen"))
    own = _endpoints(toolbox, component)
    heading = f"{component}: {toolbox.owner(component)}; {_ready(own)}" if own else _owned(toolbox, component)
    return Found(
        about=(namespace, short(component)),
        query=f"faultside show tool dependencies namespace={namespace} workload={short(component)}",
        heading=f"{heading}\n{len(calls)} callees, {len(called)} callers known from settings, logs and declarations",
        rows=[line for _, line in rows],
        of="calls, the failing first",
        value={
            "component": component,
            "owner": toolbox.owner(component),
            "endpoints": own,
            "calls": calls,
            "called_by": called,
        },
        status="ok" if calls or called else "empty",
    )


def _owned(toolbox: Toolbox, component: str) -> str:
    return f"{component}: {toolbox.owner(component)}"


def _party(toolbox: Toolbox, namespace: str, name: str) -> str:
    """A workload, or a host outside that somebody calls."""
    sought = name.strip().lower()
    hosts = sorted({edge.callee for edge in toolbox.graph.edges if "/" not in edge.callee})
    if sought in hosts:
        return sought
    try:
        return component_in(toolbox, namespace, name)
    except ToolError as error:
        known = f"; hosts outside: {nearest(sought, hosts)}" if hosts else ""
        raise ToolError(f"{error}{known}") from None


def _row(toolbox: Toolbox, edge: Edge, other: str) -> Row:
    counted = traffic_of(edge, toolbox.snapshot.window, toolbox.snapshot.now)
    return {
        "owner": toolbox.owner(other),
        "known": "seen" if edge.in_use else "declared" if edge.declared else "configured",
        "settings": sorted({setting for _, setting, _ in edge.configured}),
        "failed": counted.failed,
        "worked": counted.worked,
        "failed_before": counted.failed_before,
        "worked_before": counted.worked_before,
        "worked_since": counted.worked_since,
        "families": counted.families,
        "statuses": counted.statuses,
        "slowest_seconds": counted.slowest,
        "first_failed": counted.first,
        "last_failed": counted.last,
        "endpoints": _endpoints(toolbox, other),
    }


def _endpoints(toolbox: Toolbox, component: str) -> Row:
    """Ready and unready backends by Service; None where they were not read."""
    if component.count("/") != 2:
        return {}
    found: Row = {}
    for service in toolbox.snapshot.services_of(component):
        backends = toolbox.snapshot.endpoints.get((service.metadata.namespace, service.metadata.name))
        ready = None if backends is None else sum(1 for _, one in backends if one)
        unready = None if backends is None else sum(1 for _, one in backends if not one)
        found[service.metadata.name] = {"ready": ready, "not_ready": unready}
    return found


def _ready(endpoints: Row) -> str:
    told = []
    for service, one in endpoints.items():
        ready = "not known" if one["ready"] is None else f"{one['ready']} ready, {one['not_ready']} not ready"
        told.append(f"endpoints of Service {service}: {ready}")
    return "; ".join(told)


def _line(toolbox: Toolbox, name: str, row: Row) -> str:
    parts = [f"{short(name)} ({row['owner']}): {_went(toolbox, row)}"]
    before = row["failed_before"] + row["worked_before"]
    parts += [f"before it {row['failed_before']} of {before} failed"] if before else []
    parts += [f"slowest {row['slowest_seconds']:.1f} s"] if row["slowest_seconds"] >= _SLOW else []
    parts += [_ready(row["endpoints"])]
    if row["known"] != "seen":
        named = f" ({', '.join(row['settings'][:3])})" if row["settings"] else ""
        parts.append(f"known as {row['known']}{named} only")
    return "; ".join(part for part in parts if part)


def _went(toolbox: Toolbox, row: Row) -> str:
    failed, worked = row["failed"], row["worked"]
    if not failed + worked:
        return "no calls seen in the window"
    if not failed:
        return f"0 of {worked} calls failed in the window"
    ways = ", ".join(f"{way} {count}" for way, count in row["families"].items())
    clock = toolbox.clock
    since = f", {clock(row['first_failed'])} to {clock(row['last_failed'])}" if row["first_failed"] else ""
    return f"{failed} of {failed + worked} calls failed in the window ({ways}){since}"
