"""Metric queries in Datadog's own language."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from tools.datadog.names import TAGS, Alias
from tools.evidence import Window

_FINEST = 15
"""Seconds: how often an Agent's checks run by default."""
_MOST_POINTS = 1_000
"""Of one series; the API refuses or coarsens from about 1,500 on."""
_VALUE = re.compile(r"[\w.:/@-]+")


def interval(window: Window) -> int:
    """Seconds between two points: as fine as samples are taken, and coarser where that were too many."""
    seconds = (window.end - window.start) / timedelta(seconds=1)
    return max(1, -(-int(seconds) // (_FINEST * _MOST_POINTS))) * _FINEST


def series_query(alias: Alias, scope: Iterable[str], window: Window) -> str:
    """The samples of a metric within a scope of tags, one series for each combination of its own tags."""
    step = interval(window)
    tags = ",".join(dict.fromkeys(scope)) or "*"
    grouped = ",".join(alias.by)
    return f"{alias.space}:{alias.datadog}{{{tags}}} by {{{grouped}}}.rollup(avg, {step})"


def tags_of(labels: Mapping[str, str]) -> list[str] | None:
    """Labels of Prometheus as tags; None where a value can be no tag, so that nothing can have it."""
    if not all(_VALUE.fullmatch(value) for value in labels.values()):
        return None
    return [f"{TAGS.get(label, label)}:{value}" for label, value in labels.items()]
