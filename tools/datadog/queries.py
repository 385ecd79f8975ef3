"""Metric queries in Datadog's own language."""

import re
from collections.abc import Iterable
from datetime import timedelta

from tools.datadog.names import LABELS, TAGS, Alias, aliases_of
from tools.evidence import Window
from tools.reductions import Reduction
from tools.selectors import Wanted
from tools.signals import Signal

_FINEST = 15
"""Seconds: how often an Agent's checks run by default."""
_MOST_POINTS = 1_000
"""Of one series; the API refuses or coarsens from about 1,500 on."""
_CHOICE = " IN ("
_VALUE = re.compile(r"[\w.:/@-]+")


def interval(window: Window) -> int:
    """Seconds between two points: as fine as samples are taken, and coarser where that were too many."""
    seconds = (window.end - window.start) / timedelta(seconds=1)
    return max(1, -(-int(seconds) // (_FINEST * _MOST_POINTS))) * _FINEST


READ: dict[Reduction, Reduction] = {"last": "last", "increase": "last", "rate": "avg", "max": "max", "avg": "avg"}
"""How the points of a rendered signal become its one number."""


def signal_query(signal: Signal, wanted: Wanted, window: Window) -> str:
    """A signal as a query to paste, several with commas between; empty where Datadog has no such metric.

    What it gives is read as `READ` says. It counts as ours does but for one thing: what a counter has already gained at
    the first sample after its restart is lost.
    """
    known = [_fitting(signal, metric, wanted) for metric in signal.metrics]
    found = [one for one in known if one is not None][: None if signal.joined else 1]
    queries = [_rendered(one, signal, filters_of(wanted, one), window) for one in found]
    return ",".join(query for query in queries if query)


def _fitting(signal: Signal, metric: str, wanted: Wanted) -> Alias | None:
    """The first alias that keeps apart what the signal does, and what is asked for."""
    for one in aliases_of(metric):
        has = {LABELS.get(tag, tag) for tag in one.by}
        if all(one.labels.get(label) == value for label, value in signal.matchers.items()) and has >= wanted.keys():
            return one
    return None


def _rendered(alias: Alias, signal: Signal, filters: Iterable[str] | None, window: Window) -> str:
    if filters is None:
        return ""
    extreme = "max" if signal.function == "max" else "avg"
    query = series_query(alias, filters, window).replace(".rollup(avg,", f".rollup({extreme},")
    if signal.function == "increase":
        query = f"integral({query})" if alias.kept == "rate" else f"cumsum(monotonic_diff({query}))"
    return query if alias.factor == 1 else f"{query} / {1 / alias.factor:.0f}"


def is_tag_value(text: str) -> bool:
    """Whether a text can stand in a query as a tag's value, and as nothing else."""
    return _VALUE.fullmatch(text) is not None


def tags_of(label: str, alias: Alias) -> list[str]:
    """The tags that may hold a label of Prometheus in a metric."""
    own = [tag for tag in alias.by if LABELS.get(tag, tag) == label]
    return own or [TAGS.get(label, label)]


def series_query(alias: Alias, scope: Iterable[str], window: Window, labels: Iterable[str] = ()) -> str:
    """The samples of a metric within a scope of filters, one series for each combination of its own tags.

    Args:
        alias: The metric.
        scope: Filters, such as `filters_of` gives.
        window: How fine the points are depends on its length.
        labels: Of Prometheus, that each series must tell as well.
    """
    filters = list(dict.fromkeys(scope)) or ["*"]
    # The commas of plain tags and the words of a choice are two notations, and don't mix.
    joined = (" AND " if any(_CHOICE in one for one in filters) else ",").join(filters)
    grouped = ",".join(dict.fromkeys((*alias.by, *(tag for label in labels for tag in tags_of(label, alias)))))
    return f"{alias.space}:{alias.datadog}{{{joined}}} by {{{grouped}}}.rollup(avg, {interval(window)})"


def filters_of(wanted: Wanted, alias: Alias) -> list[str] | None:
    """Labels of Prometheus as filters of tags; None where one can be no tag, so that nothing can have it.

    A label that may be missing, or that one of several tags may hold, is left to whoever reads the answer.
    """
    found = []
    for label, value in wanted.items():
        values = [value] if isinstance(value, str) else sorted(value)
        tags = tags_of(label, alias)
        tag = tags[0]
        optional = "" in values and not (alias.always_tagged and tag in alias.by and values != [""])
        if is_tag_value(label) and (optional or len(tags) > 1):
            continue
        values = [one for one in values if one]
        if not values or not all(map(is_tag_value, (label, *values))):
            return None
        found.append(f"{tag}:{values[0]}" if len(values) == 1 else f"{tag}{_CHOICE}{','.join(values)})")
    return found
