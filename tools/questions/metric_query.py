"""One signal of a namespace or a workload: what it was before the window and in it."""

from datetime import UTC, datetime, timedelta

from tools.errors import ToolError
from tools.evidence import Status, Window
from tools.prometheus.queries import signal_query
from tools.questions.answers import Found, Row
from tools.questions.names import namespace_in, nearest, short, some_component_in
from tools.questions.toolbox import Toolbox
from tools.reductions import reduce
from tools.signals import BY_NAME, Signal
from tools.snapshot import Snapshot
from tools.source import Series
from tools.views_metrics import series_of

_HISTORY = timedelta(hours=2)
_NAMED = ("deployment", "statefulset", "daemonset", "service", "destination_workload", "job", "queue", "container",
          "horizontalpodautoscaler", "host", "topic", "consumergroup")  # fmt: skip
"""Labels that name a workload or what is called after it."""


def metric_query(toolbox: Toolbox, namespace: str, signal: str, workload: str = "") -> Found:
    """One signal before and in the window: restarts, memory, cpu_usage, cpu_throttled_seconds, replicas_available.

    Others: http_requests, latency_quantile, queue_messages, queue_consumers, packets_dropped; a wrong name lists all.
    """
    asked = _signal(signal)
    namespace = namespace_in(toolbox, namespace)
    component = some_component_in(toolbox, namespace, workload)
    chosen, status, said = _series(toolbox, asked, namespace, component)
    rows = _rows(toolbox.snapshot, asked, chosen)
    order = sorted(rows, key=lambda name: (-_change(rows[name]), name))
    whole = _together(asked, list(rows.values()))
    scope = f"{namespace}/{short(component)}" if component else namespace
    heading = f"{asked.name} of {scope} ({asked.unit}, {asked.function}): {_told(whole)} over {len(rows)} series"
    if not rows:
        heading = f"{asked.name} of {scope}: no samples{said}{_others(toolbox, namespace, component)}"
    return Found(
        about=(asked.name, namespace, short(component)),
        query=signal_query(
            asked,
            {"namespace": namespace} if "namespace" in asked.by else {},
            toolbox.snapshot.window,
            [one for one in asked.by if one != "namespace"],
        ),
        heading=heading,
        rows=[f"{name}: {_told(rows[name])}" for name in order],
        of="series, the most changed first",
        source="prometheus",
        value={"signal": asked.name, "unit": asked.unit, "function": asked.function, **whole, "series": rows},
        status="ok" if rows else status,
    )


def _others(toolbox: Toolbox, namespace: str, component: str) -> str:
    """Signals of which there are samples."""
    there = [
        name
        for name, signal in BY_NAME.items()
        if _belonging(toolbox, series_of(toolbox.snapshot, signal), namespace, component)
    ]
    return f"\nthere are samples of {', '.join(there)}" if there else "\nthere are no samples of any signal"


def _signal(name: str) -> Signal:
    found = BY_NAME.get(name.strip().lower())
    if found is None:
        raise ToolError(f"there is no such signal; {nearest(name, BY_NAME)}")
    return found


def _series(toolbox: Toolbox, signal: Signal, namespace: str, component: str) -> tuple[list[Series], Status, str]:
    """Samples that the sweep read, else what the store has; without any its status and words."""
    found = _belonging(toolbox, series_of(toolbox.snapshot, signal), namespace, component)
    store = toolbox.sources.metrics
    if found or store is None:
        return found, "ok", ""
    window = toolbox.snapshot.window.widened(_HISTORY)
    wanted = {"namespace": namespace} if "namespace" in signal.by else {}
    for metric in signal.metrics:
        answer = store.series(metric, wanted | signal.matchers, window)
        if answer.status in {"denied", "error"}:
            return found, answer.status, f" ({answer.error})"
        found += _belonging(toolbox, signal.scaled(metric, answer.value), namespace, component)
        if found and not signal.joined:
            break
    return found, "empty", f" of {', '.join(signal.metrics)}"


def _belonging(toolbox: Toolbox, series: list[Series], namespace: str, component: str) -> list[Series]:
    return [one for one in series if _belongs(toolbox.snapshot, one, namespace, component)]


def _belongs(snapshot: Snapshot, one: Series, namespace: str, component: str) -> bool:
    """Whether a series is about a namespace or a workload; one without the labels that would say so may be."""
    labels = one.labels
    place = labels.get("namespace") or labels.get("destination_workload_namespace") or namespace
    if place != namespace:
        return False
    if not component:
        return True
    if labels.get("pod") and snapshot.component_of_pod_name(namespace, labels["pod"]) == component:
        return True
    return component.split("/", 2)[2] in {labels[key] for key in _NAMED if key in labels}


def _label(signal: Signal, one: Series) -> str:
    """The labels that tell a series from the others, but for the namespace."""
    keys = [key for key in signal.by if key != "namespace" and one.labels.get(key)]
    keys = keys or [key for key in one.labels if key not in {"namespace", "__name__"}]
    return ",".join(f"{key}={one.labels[key]}" for key in keys) or "all"


def _rows(snapshot: Snapshot, signal: Signal, several: list[Series]) -> dict[str, Row]:
    """The series by what tells them apart; where nothing does, by a number too."""
    found: dict[str, Row] = {}
    for one in several:
        label = _label(signal, one)
        found[f"{label} ({len(found) + 1})" if label in found else label] = _row(snapshot, signal, one)
    return found


def _row(snapshot: Snapshot, signal: Signal, one: Series) -> Row:
    window = snapshot.window
    before = Window(datetime.fromtimestamp(one.points[0][0], UTC), window.start) if one.points else window
    inside = [value for at, value in one.points if window.start.timestamp() <= at <= window.end.timestamp()]
    return {
        "kind": "counter" if signal.function in {"increase", "rate"} else "gauge",
        "before": _rounded(reduce(one, signal.function, before)),
        "value": _rounded(reduce(one, signal.function, window)),
        "first": _rounded(inside[0] if inside else None),
        "last": _rounded(inside[-1] if inside else None),
        "min": _rounded(min(inside, default=None)),
        "max": _rounded(max(inside, default=None)),
        "samples": len(inside),
    }


def _together(signal: Signal, rows: list[Row]) -> Row:
    """All series as one: the sum, or of a maximum or average the largest."""
    joined = max if signal.function in {"max", "avg"} else sum
    found: Row = {}
    for key in ("before", "value"):
        known = [row[key] for row in rows if row[key] is not None]
        found[key] = _rounded(joined(known)) if known else None
    return found


def _change(row: Row) -> float:
    before, value = row["before"] or 0.0, row["value"] or 0.0
    return float(abs(value - before) / max(abs(before), abs(value), 1e-9))


def _told(row: Row) -> str:
    parts = [f"before {_shown(row['before'])}", f"in the window {_shown(row['value'])}"]
    if "samples" in row and row["kind"] == "gauge":
        parts.append(f"last {_shown(row['last'])}, min {_shown(row['min'])}, max {_shown(row['max'])}")
    return ", ".join(parts)


def _shown(value: float | None) -> str:
    return "no samples" if value is None else f"{value:g}"


def _rounded(value: float | None) -> float | None:
    """Six significant digits: as the text shows it, so that a claim on either is the same claim."""
    return None if value is None else float(f"{value:g}")
