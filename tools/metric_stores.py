"""Two metric stores as one."""

from tools.evidence import Window
from tools.selectors import Wanted
from tools.source import Answer, MetricSource, Series


class Filled:
    """A store with another one behind it, which fills what the first lacks."""

    def __init__(self, first: MetricSource, second: MetricSource) -> None:
        """Ask neither yet."""
        self._first, self._second = first, second

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        """The first store's samples; where it has none the second's, and if it failed, that it did."""
        own = self._first.series(metric, wanted, window)
        if own.value:
            return own
        other = self._second.series(metric, wanted, window)
        if not other.value:
            return own
        if own.status in {"ok", "empty"}:
            return other
        return Answer(other.value, other.query, own.status, own.error)
