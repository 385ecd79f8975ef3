"""The series of a signal that are about a namespace or a workload, and each as numbers before and in the window."""

from datetime import UTC, datetime

from tools.evidence import HISTORY, Status, Window
from tools.questions.answers import Row
from tools.questions.toolbox import Toolbox
from tools.reductions import reduce
from tools.signals import Signal
from tools.snapshot import Snapshot
from tools.source import Series
from tools.views_metrics import series_of

_NAMED = ("deployment", "statefulset", "daemonset", "service", "destination_workload", "job", "queue", "container",
          "horizontalpodautoscaler", "host", "topic", "consumergroup")  # fmt: skip
"""Labels that name a workload or what is called after it."""


def swept(toolbox: Toolbox, signal: Signal, namespace: str, component: str) -> list[Series]:
    """Samples that the sweep read."""
    return _belonging(toolbox, series_of(toolbox.snapshot, signal), namespace, component)


def asked(toolbox: Toolbox, signal: Signal, namespace: str, component: str) -> tuple[list[Series], Status, str]:
    """Samples that the sweep read, else what the store has; without any its status and words."""
    found = swept(toolbox, signal, namespace, component)
    store = toolbox.sources.metrics
    if found or store is None:
        return found, "ok", ""
    window = toolbox.snapshot.window.widened(HISTORY)
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


def label_of(signal: Signal, one: Series) -> str:
    """The labels that tell a series from the others, but for the namespace."""
    keys = [key for key in signal.by if key != "namespace" and one.labels.get(key)]
    keys = keys or [key for key in one.labels if key not in {"namespace", "__name__"}]
    return ",".join(f"{key}={one.labels[key]}" for key in keys) or "all"


def rows_of(snapshot: Snapshot, signal: Signal, several: list[Series]) -> dict[str, Row]:
    """The series by what tells them apart; where nothing does, by a number too."""
    found: dict[str, Row] = {}
    for one in several:
        label = label_of(signal, one)
        found[f"{label} ({len(found) + 1})" if label in found else label] = _row(snapshot, signal, one)
    return found


def _row(snapshot: Snapshot, signal: Signal, one: Series) -> Row:
    """A series as numbers; of a growth also how much that is a minute, since the two spans differ in length."""
    window = snapshot.window
    before = Window(datetime.fromtimestamp(one.points[0][0], UTC), window.start) if one.points else window
    inside = [value for at, value in one.points if window.start.timestamp() <= at <= window.end.timestamp()]
    row: Row = {
        "before": _rounded(reduce(one, signal.function, before)),
        "value": _rounded(reduce(one, signal.function, window)),
        "samples": len(inside),
    }
    if signal.function == "increase":
        row["before_per_minute"] = _per_minute(one, row["before"], before)
        row["per_minute"] = _per_minute(one, row["value"], window)
    elif signal.function != "rate":
        row |= {
            "first": _rounded(inside[0] if inside else None),
            "last": _rounded(inside[-1] if inside else None),
            "min": _rounded(min(inside, default=None)),
            "max": _rounded(max(inside, default=None)),
        }
    return row


def _per_minute(one: Series, value: float | None, span: Window) -> float | None:
    """By the time between the first and the last sample of a span."""
    times = [at for at, _ in one.points if span.start.timestamp() <= at <= span.end.timestamp()]
    minutes = (times[-1] - times[0]) / 60 if times else 0.0
    return _rounded(value / minutes) if value is not None and minutes > 0 else None


def together(signal: Signal, rows: list[Row]) -> Row:
    """All series as one: the sum, or of a maximum or average the largest."""
    joined = max if signal.function in {"max", "avg"} else sum
    rates = ("before_per_minute", "per_minute") if signal.function == "increase" else ()
    found: Row = {}
    for key in ("before", "value", *rates):
        known = [row[key] for row in rows if row[key] is not None]
        found[key] = _rounded(joined(known)) if known else None
    return found


def change(row: Row) -> float:
    """How much a row changed, from 0 for not at all to 1 for from nothing or to nothing."""
    before, value = (row.get("before_per_minute", row["before"]) or 0.0, row.get("per_minute", row["value"]) or 0.0)
    return float(abs(value - before) / max(abs(before), abs(value), 1e-9))


def _rounded(value: float | None) -> float | None:
    """Six significant digits: as the text shows it, so that a claim on either is the same claim."""
    return None if value is None else float(f"{value:g}")
