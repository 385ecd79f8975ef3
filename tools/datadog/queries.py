"""Metric queries in Datadog's own language."""

import re
from collections.abc import Iterable
from datetime import timedelta

from tools.datadog.names import TAGS, Alias
from tools.evidence import Window
from tools.selectors import Wanted

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


def series_query(alias: Alias, scope: Iterable[str], window: Window) -> str:
    """The samples of a metric within a scope of filters, one series for each combination of its own tags."""
    filters = list(dict.fromkeys(scope)) or ["*"]
    # The commas of plain tags and the words of a choice are two notations, and don't mix.
    joined = (" AND " if any(_CHOICE in one for one in filters) else ",").join(filters)
    grouped = ",".join(alias.by)
    return f"{alias.space}:{alias.datadog}{{{joined}}} by {{{grouped}}}.rollup(avg, {interval(window)})"


def filters_of(wanted: Wanted) -> list[str] | None:
    """Labels of Prometheus as filters of tags; None where a value can be no tag, so that nothing can have it.

    What may be missing as well is no filter here: it is left to whoever reads the answer.
    """
    found = []
    for label, value in wanted.items():
        values = [value] if isinstance(value, str) else sorted(value)
        if "" in values:
            continue
        if not values or not all(_VALUE.fullmatch(one) for one in values):
            return None
        tag = TAGS.get(label, label)
        found.append(f"{tag}:{values[0]}" if len(values) == 1 else f"{tag}{_CHOICE}{','.join(values)})")
    return found
