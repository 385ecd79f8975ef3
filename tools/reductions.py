"""How samples of one series become one number."""

from collections.abc import Iterable, Sequence
from typing import Literal

from tools.evidence import Window
from tools.source import Series

Reduction = Literal["last", "increase", "rate", "max", "avg"]


def reduce(series: Series, function: Reduction, window: Window) -> float | None:
    """One number of the samples in the window; None without samples (for `increase` and `rate`, without two)."""
    start, end = window.start.timestamp(), window.end.timestamp()
    points = [point for point in series.points if start <= point[0] <= end]
    if not points:
        return None
    values = [value for _, value in points]
    match function:
        case "last":
            return values[-1]
        case "max":
            return max(values)
        case "avg":
            return sum(values) / len(values)
        case "increase":
            return _increase(values) if len(values) > 1 else None
        case "rate":
            span = points[-1][0] - points[0][0]
            return _increase(values) / span if span > 0 else None


def together(values: Sequence[float], function: Reduction) -> float | None:
    """Several series' numbers as one: a maximum's largest, an average's mean, else the sum; None without any."""
    if not values:
        return None
    if function == "max":
        return max(values)
    return sum(values) / len(values) if function == "avg" else sum(values)


def grouped(
    series: Iterable[Series], function: Reduction, by: Sequence[str], window: Window
) -> dict[tuple[str, ...], float]:
    """One number for each combination of the labels' values; without labels one for all."""
    found: dict[tuple[str, ...], list[float]] = {}
    for one in series:
        value = reduce(one, function, window)
        if value is not None:
            found.setdefault(tuple(one.labels.get(label, "") for label in by), []).append(value)
    return {key: number for key, values in found.items() if (number := together(values, function)) is not None}


def _increase(values: Iterable[float]) -> float:
    """The growth of a counter; a fall is a restart from zero."""
    total, before = 0.0, None
    for value in values:
        if before is not None:
            total += value - before if value >= before else value
        before = value
    return total
