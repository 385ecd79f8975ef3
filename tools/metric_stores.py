"""Two metric stores as one: samples from the first that has them, alerts from both."""

from typing import TypeVar

from tools.evidence import Window
from tools.selectors import Wanted
from tools.source import Alert, AlertSource, Answer, MetricSource, Rule, Series

T = TypeVar("T")


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
        if own.known:
            return other
        return Answer(other.value, other.query, own.status, own.error)


class Both:
    """What watches over either of two stores."""

    def __init__(self, first: AlertSource, second: AlertSource) -> None:
        """Ask neither yet."""
        self._each = (first, second)

    def alerts(self) -> Answer[list[Alert]]:
        """Alerts of both."""
        return _joined([one.alerts() for one in self._each])

    def rules(self) -> Answer[list[Rule]]:
        """Rules of both."""
        return _joined([one.rules() for one in self._each])


def _joined(answers: list[Answer[list[T]]]) -> Answer[list[T]]:
    """Both answers; what one of them could not tell is told."""
    found = [one for answer in answers for one in answer.value]
    query = "; ".join(answer.query for answer in answers)
    failed = next((one for one in answers if not one.known), None)
    if failed is not None:
        return Answer(found, query, failed.status, failed.error)
    return Answer(found, query, "ok" if found else "empty")
