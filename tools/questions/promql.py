"""PromQL, where a metric store evaluates it."""

import shlex

from tools.evidence import Window
from tools.questions.answers import Found, Row
from tools.questions.toolbox import Toolbox
from tools.source import Answer, Series

_POINTS = 60


def promql(toolbox: Toolbox, query: str, over_window: bool = False) -> Found:
    """A PromQL query at the window's end, or as a range over the window; metric_query is simpler."""
    store = toolbox.sources.promql
    assert store is not None  # noqa: S101 - not offered without
    window = toolbox.snapshot.window
    step = max(15.0, (window.end - window.start).total_seconds() // _POINTS)
    answer = store.ranged(query, window, step) if over_window else store.instant(query, window.end)
    rows = {_label(one): _row(one) for one in answer.value}
    order = sorted(rows, key=lambda name: -(rows[name]["last"] or 0.0))
    return Found(
        about=("range" if over_window else "", query),
        query=_again(window, answer.query, step if over_window else None),
        heading=_heading(toolbox, answer, query, len(rows), over_window),
        rows=[f"{name}: {_told(rows[name])}" for name in order],
        of="series, the largest first",
        source="prometheus",
        value={"count": len(rows), "series": {name: rows[name] for name in order}},
        status=answer.status if answer.status != "ok" or rows else "empty",
    )


def _again(window: Window, query: str, step: float | None) -> str:
    """For the program that comes with Prometheus."""
    quoted, end = shlex.quote(query), f"{window.end:%Y-%m-%dT%H:%M:%SZ}"
    if step is None:
        return f"promtool query instant --time={end} $PROMETHEUS_URL {quoted}"
    start = f"{window.start:%Y-%m-%dT%H:%M:%SZ}"
    return f"promtool query range --start={start} --end={end} --step={step:g}s $PROMETHEUS_URL {quoted}"


def _heading(toolbox: Toolbox, answer: Answer[list[Series]], query: str, count: int, over_window: bool) -> str:
    window = toolbox.snapshot.window
    at = f"from {toolbox.clock(window.start)} to " if over_window else "at "
    said = f"\n{answer.status}: {answer.error}" if answer.error else ""
    return f"{query} {at}{toolbox.clock(window.end)}: {count} series{said}"


def _label(one: Series) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(one.labels.items())) or "value"


def _row(one: Series) -> Row:
    values = [value for _, value in one.points]
    return {
        "first": values[0] if values else None,
        "last": values[-1] if values else None,
        "min": min(values, default=None),
        "max": max(values, default=None),
        "points": len(values),
    }


def _told(row: Row) -> str:
    if row["points"] <= 1:
        return "no value" if row["last"] is None else f"{row['last']:g}"
    return f"first {row['first']:g}, last {row['last']:g}, min {row['min']:g}, max {row['max']:g}"
