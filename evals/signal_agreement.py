"""Whether a signal asked in PromQL and counted from samples is the same, within what Prometheus extrapolates."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from tools.evidence import Window
from tools.prometheus.queries import signal_query
from tools.reductions import grouped
from tools.signals import Signal
from tools.source import QuerySource, Series

Group = tuple[str, ...]
_EXACT = 1e-9


def agreement(
    store: QuerySource, signal: Signal, samples: Mapping[str, Sequence[Series]], window: Window
) -> tuple[int, list[str]]:
    """How many groups both renderings give, and what they disagree in; `samples` are what the store holds."""
    chosen = signal.chosen(_inside(samples, window), {})
    answer = store.instant(signal_query(signal, {}, window, signal.by), window.end + timedelta(minutes=1))
    if answer.status not in {"ok", "empty"}:
        return 0, [f"{signal.name}: {answer.error}"]
    found = {_group(signal, one): one.points[-1][1] for one in answer.value}
    bounds = {group: _bounds(signal, several, window) for group, several in _groups(signal, chosen, window).items()}
    return len(found), list(_differences(signal.name, found, bounds))


def _differences(name: str, found: Mapping[Group, float], bounds: Mapping[Group, tuple[float, float]]) -> Iterator[str]:
    for group in found.keys() ^ bounds.keys():
        yield f"{name}: {group} is in one of both only"
    for group in found.keys() & bounds.keys():
        low, high = bounds[group]
        if not low - 1e-6 <= found[group] <= high + 1e-6:
            yield f"{name}: {group} is {found[group]}, expected {low} to {high}"


def _inside(samples: Mapping[str, Sequence[Series]], window: Window) -> dict[str, list[Series]]:
    start, end = window.start.timestamp(), window.end.timestamp()
    cut = {
        name: [Series(one.labels, [point for point in one.points if start <= point[0] <= end]) for one in several]
        for name, several in samples.items()
    }
    return {name: kept for name, several in cut.items() if (kept := [one for one in several if one.points])}


def _group(signal: Signal, series: Series) -> Group:
    return tuple(series.labels.get(label, "") for label in signal.by)


def _groups(signal: Signal, chosen: Sequence[Series], window: Window) -> dict[Group, list[Series]]:
    known = grouped(chosen, signal.function, signal.by, window)
    return {group: [one for one in chosen if _group(signal, one) == group] for group in known}


def _bounds(signal: Signal, several: Sequence[Series], window: Window) -> tuple[float, float]:
    """What PromQL may say: the same; of counters what lies between no extrapolation and the most of it."""
    if signal.function not in {"increase", "rate"}:
        (exact,) = grouped(several, signal.function, (), window).values()
        return exact - abs(exact) * _EXACT, exact + abs(exact) * _EXACT
    low = high = 0.0
    scale = 1 / (window.end - window.start).total_seconds() if signal.function == "rate" else 1.0
    for one in several:
        if len(one.points) > 1:
            gained = grouped([one], "increase", (), window)[()] * scale
            low, high = low + gained, high + gained * (1 + 2.2 / (len(one.points) - 1))
    return low, high
