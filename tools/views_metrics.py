"""The metric view: one signal over one set of labels, before and in the window."""

from datetime import UTC, datetime

from tools.evidence import Window
from tools.prometheus.queries import signal_query
from tools.reductions import grouped
from tools.signals import BY_NAME, Signal
from tools.snapshot import Snapshot
from tools.source import Series


def metric_id(signal: str, labels: dict[str, str]) -> str:
    """The evidence id of a signal over some labels."""
    return f"metric/{signal}/" + ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def series_of(snapshot: Snapshot, signal: Signal) -> list[Series]:
    """The samples of a signal, under whichever of its names there are any."""
    return signal.chosen(snapshot.samples, {})


def metric_view(snapshot: Snapshot, what: str) -> tuple[str, str, object] | None:
    """Query, text and value of `signal/label=value,…`; None when there are no such samples."""
    name, _, rest = what.partition("/")
    labels = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    signal = BY_NAME.get(name)
    if signal is None:
        return None
    found = signal.chosen(snapshot.samples, labels)
    if not found:
        return None
    points = sorted(point for one in found for point in one.points)
    window = snapshot.window
    before = Window(datetime.fromtimestamp(points[0][0], UTC), window.start)
    in_window = [value for at, value in points if window.start.timestamp() <= at <= window.end.timestamp()]
    shown: dict[str, str | float | None] = {
        "unit": signal.unit,
        "value": grouped(found, signal.function, (), window).get(()),
        "before": grouped(found, signal.function, (), before).get(()),
        "first": in_window[0] if in_window else None,
        "last": in_window[-1] if in_window else None,
        "min": min(in_window, default=None),
        "max": max(in_window, default=None),
        "lowest": min(value for _, value in points),
        "samples": len(in_window),
    }
    text = f"{signal.name} ({signal.unit}): " + ", ".join(f"{key} {one}" for key, one in shown.items() if key != "unit")
    present = [one for one in signal.metrics if one in snapshot.samples]
    query = signal_query(signal, labels, window, among=present if signal.joined else present[:1])
    return query, text, shown
