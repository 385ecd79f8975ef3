"""The metric view: one signal over one set of labels, before and in the window."""

from datetime import UTC, datetime

from tools.evidence import Window
from tools.reductions import reduce
from tools.signals import BY_NAME, Signal
from tools.snapshot import Snapshot
from tools.source import Series


def metric_id(signal: str, labels: dict[str, str]) -> str:
    """The evidence id of a signal over some labels."""
    return f"metric/{signal}/" + ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def series_of(snapshot: Snapshot, signal: Signal) -> list[Series]:
    """The samples of a signal, under whichever of its names there are any."""
    wanted = signal.matchers.items()
    found: list[Series] = []
    for name in signal.metrics:
        matching = [one for one in snapshot.samples.get(name, ()) if all(one.labels.get(k) == v for k, v in wanted)]
        found += scaled(signal, name, matching)
        if found and not signal.joined:
            break
    return found


def scaled(signal: Signal, metric: str, series: list[Series]) -> list[Series]:
    """Samples of one of a signal's metrics, in the signal's own unit."""
    factor = signal.scales.get(metric)
    if factor is None:
        return series
    return [Series(one.labels, [(at, value * factor) for at, value in one.points]) for one in series]


def metric_view(snapshot: Snapshot, what: str) -> tuple[str, str, object] | None:
    """Query, text and value of `signal/label=value,…`; None when there are no such samples."""
    name, _, rest = what.partition("/")
    labels = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    signal = BY_NAME.get(name)
    if signal is None:
        return None
    found = [
        one for one in series_of(snapshot, signal) if all(one.labels.get(key) == value for key, value in labels.items())
    ]
    if not found:
        return None
    points = sorted(point for one in found for point in one.points)
    window = snapshot.window
    before = Window(datetime.fromtimestamp(points[0][0], UTC), window.start)
    reduced = [reduce(one, signal.function, window) for one in found]
    inside = [value for value in reduced if value is not None]
    earlier = [value for one in found if (value := reduce(one, signal.function, before)) is not None]
    in_window = [value for at, value in points if window.start.timestamp() <= at <= window.end.timestamp()]
    shown: dict[str, str | float | None] = {
        "unit": signal.unit,
        "value": sum(inside) if inside else None,
        "before": sum(earlier) if earlier else None,
        "first": in_window[0] if in_window else None,
        "last": in_window[-1] if in_window else None,
        "min": min(in_window, default=None),
        "max": max(in_window, default=None),
        "lowest": min(value for _, value in points),
        "samples": len(in_window),
    }
    text = f"{signal.name} ({signal.unit}): " + ", ".join(f"{key} {one}" for key, one in shown.items() if key != "unit")
    return signal.promql(labels, window), text, shown
