"""Two metric stores as one."""

from tools.evidence import Window
from tools.source import Answer, MetricSource, Series


class Filled:
    """A store with another one behind it, which fills what the first lacks."""

    def __init__(self, first: MetricSource, second: MetricSource) -> None:
        """Ask neither yet."""
        self._first, self._second = first, second

    def series(self, metric: str, matchers: dict[str, str], window: Window) -> Answer[list[Series]]:
        """The first store's samples; where it has none the second's, and if it failed, that it did."""
        own = self._first.series(metric, matchers, window)
        if own.value:
            return own
        other = self._second.series(metric, matchers, window)
        if not other.value:
            return own
        if own.status in {"ok", "empty"}:
            return other
        return Answer(other.value, other.query, own.status, own.error)
