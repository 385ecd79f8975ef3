"""One signal of a namespace or a workload, or a digest of all: what it was before the window and in it."""

from tools.errors import ToolError
from tools.prometheus.queries import signal_query
from tools.questions.answers import Found, Row
from tools.questions.metric_series import asked, change, rows_of, swept, together
from tools.questions.names import means_all, namespace_in, nearest, short, some_component_in
from tools.questions.toolbox import Toolbox
from tools.signals import BY_NAME, Signal


def metric_query(toolbox: Toolbox, namespace: str, signal: str = "", workload: str = "") -> Found:
    """Metrics before and in the window: a digest of every signal, or one signal by series.

    Such as restarts, memory, cpu_usage, cpu_throttled_seconds, http_requests, latency_quantile, queue_messages.
    """
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    if means_all(signal):
        return _digest(toolbox, namespace, component)
    return _one(toolbox, _signal(signal), namespace, component)


def _one(toolbox: Toolbox, signal: Signal, namespace: str, component: str) -> Found:
    series, status, said = asked(toolbox, signal, namespace, component)
    rows = rows_of(toolbox.snapshot, signal, series)
    order = sorted(rows, key=lambda name: (-change(rows[name]), name))
    whole = together(signal, list(rows.values()))
    scope = _scope(namespace, component)
    heading = f"{signal.name} of {scope} ({signal.unit}, {signal.function}): {_told(whole)} over {len(rows)} series"
    if not rows:
        there = ", ".join(_there(toolbox, namespace, component)) or "no signal"
        heading = f"{signal.name} of {scope}: no samples{said}\nthere are samples of {there}"
    return Found(
        about=(signal.name, namespace, short(component)),
        query=_promql(toolbox, signal, namespace),
        heading=heading,
        rows=[f"{name}: {_told(rows[name])}" for name in order],
        of="series, the most changed first",
        source="prometheus",
        value={"signal": signal.name, "unit": signal.unit, "function": signal.function, **whole, "series": rows},
        status="ok" if rows else status,
    )


def _promql(toolbox: Toolbox, signal: Signal, namespace: str) -> str:
    wanted = {"namespace": namespace} if "namespace" in signal.by else {}
    return signal_query(signal, wanted, toolbox.snapshot.window, [one for one in signal.by if one != "namespace"])


def _digest(toolbox: Toolbox, namespace: str, component: str) -> Found:
    """A line for each signal that there are samples of."""
    value = _there(toolbox, namespace, component)
    order = sorted(value, key=lambda name: (-change(value[name]), name))
    typed = f"namespace={namespace}" + (f" workload={short(component)}" if component else "")
    return Found(
        about=(namespace, short(component)),
        query=f"faultside show tool metric_query {typed}",
        heading=f"{_scope(namespace, component)}: samples of {len(value)} signals",
        rows=[f"{name} ({BY_NAME[name].unit}): {_told(value[name])}{_most(value[name])}" for name in order],
        of="signals, the most changed first",
        source="prometheus",
        value=value,
        status="ok" if value else "empty",
    )


def _there(toolbox: Toolbox, namespace: str, component: str) -> dict[str, Row]:
    """Every signal that the sweep read samples of, all its series as one, with the one that changed most."""
    found: dict[str, Row] = {}
    for name, signal in BY_NAME.items():
        rows = rows_of(toolbox.snapshot, signal, swept(toolbox, signal, namespace, component))
        if rows:
            most = max(rows, key=lambda label: change(rows[label]))
            whole = together(signal, list(rows.values()))
            found[name] = {**whole, "series": len(rows), "most_changed": most, "most": rows[most]["value"]}
    return found


def _most(row: Row) -> str:
    if row["series"] == 1:
        return f" ({row['most_changed']})"
    return f" over {row['series']} series, most changed {row['most_changed']}: {_shown(row['most'])}"


def _scope(namespace: str, component: str) -> str:
    return f"{namespace}/{short(component)}" if component else namespace


def _signal(name: str) -> Signal:
    found = BY_NAME.get(name.strip().lower())
    if found is None:
        raise ToolError(f"there is no such signal; {nearest(name, BY_NAME)}")
    return found


def _told(row: Row) -> str:
    before, value = _shown(row["before"]), _shown(row["value"])
    if "per_minute" in row:
        before, value = before + _a_minute(row["before_per_minute"]), value + _a_minute(row["per_minute"])
    ends = f", last {_shown(row['last'])}, min {_shown(row['min'])}, max {_shown(row['max'])}" if "last" in row else ""
    return f"before {before}, in the window {value}{ends}"


def _a_minute(rate: float | None) -> str:
    return f" ({float(f'{rate:.3g}'):g} a minute)" if rate else ""


def _shown(value: float | None) -> str:
    return "no samples" if value is None else f"{value:.6g}"
