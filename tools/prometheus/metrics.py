"""Prometheus as a source: raw samples, queries and alerts, each answered or a gap in the server's own words."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from tools.errors import ToolError
from tools.evidence import Status, Window
from tools.prometheus import watch
from tools.prometheus.checked import check, check_range
from tools.prometheus.connect import Reply, Server
from tools.prometheus.decoded import series_of
from tools.prometheus.requests import DEFAULT, Bounds, Requests, Told
from tools.selectors import Wanted, duration, selector
from tools.source import Alert, Answer, Rule, Series
from tools.unanswered import NotAnsweredError

T = TypeVar("T")

_USUAL_INTERVAL = 15
"""Seconds between two samples, where a store doesn't hold when it looked at its targets."""
_SEEN = 600


class LivePrometheus:
    """One metric store, for one diagnosis."""

    def __init__(self, server: Server, bounds: Bounds = DEFAULT) -> None:
        """Ask nothing yet."""
        self._server, self._bounds = server, bounds
        self._requests = Requests(server, bounds)

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        """Raw samples with their own times, as an instant query of a range gives them."""
        start, end = window.start.timestamp(), window.end.timestamp()
        length = max(1, round((end - start) * 1000))
        # Newer servers leave out what lies exactly on the range's start; what lies before it is left out here.
        query = f"{selector(metric, wanted)}[{duration(length + 1)}]"
        shown = f"{selector(metric, wanted)}[{duration(length)}] @ {end:.3f}"
        try:
            answer = self._instant(query, window.end, named=False)
        except ToolError as refused:
            return Answer([], shown, "error", str(refused))
        inside = [
            Series(one.labels, points)
            for one in answer.value
            if (points := [point for point in one.points if start <= point[0] <= end])
        ]
        status: Status = "empty" if answer.status == "ok" and not inside else answer.status
        return msgspec.structs.replace(answer, value=inside, query=shown, status=status)

    def sizes(self, metrics: Sequence[str], window: Window) -> Answer[dict[str, int]]:
        """About how many samples these metrics have, by namespace: the series of the last minutes, times the length."""
        query = f"count by (namespace) ({selector('', {'__name__': metrics})})"
        answer = self._instant(query, window.end, named=False)
        each = (window.end - window.start).total_seconds() / self._interval(window.end)
        found = {one.labels.get("namespace", ""): int(one.points[-1][1] * each) for one in answer.value}
        return Answer(found, answer.query, answer.status, answer.error, warnings=answer.warnings)

    def _interval(self, at: datetime) -> float:
        """Seconds between two samples, of those that are taken most often."""
        taken = self._instant(f"max(count_over_time(up[{_SEEN}s]))", at, named=False).value
        return _SEEN / taken[0].points[-1][1] if taken else _USUAL_INTERVAL

    def instant(self, query: str, at: datetime) -> Answer[list[Series]]:
        """The value of each series at one moment; a range selector's samples up to it."""
        return self._instant(query, at, named=True)

    def ranged(self, query: str, window: Window, step: float) -> Answer[list[Series]]:
        """The values over the window, one each `step` seconds."""
        check(query)
        check_range(window, step)
        timeout = self._timeout()
        return self._answer(
            query, lambda seconds: self._server.ranged(query, window, f"{step:.3f}", timeout, seconds), named=True
        )

    def alerts(self) -> Answer[list[Alert]]:
        """Alerts that are pending or firing now."""
        return self._watched("alerts", watch.alerts)

    def rules(self) -> Answer[list[Rule]]:
        """Every alerting rule."""
        return self._watched("rules", watch.rules)

    def _instant(self, query: str, at: datetime, *, named: bool) -> Answer[list[Series]]:
        check(query)
        asked = {"time": f"{at.timestamp():.3f}", **self._timeout()}
        return self._answer(query, lambda seconds: self._server.instant(query, asked, seconds), named=named)

    def _timeout(self) -> dict[str, str]:
        """So that the server ends what nobody waits for any more."""
        return {"timeout": f"{self._bounds.seconds:g}s"}

    def _answer(self, query: str, send: Callable[[float], Reply], *, named: bool) -> Answer[list[Series]]:
        try:
            told = self._requests.told(send)
            found = series_of(told.data, named=named)
        except NotAnsweredError as failed:
            return Answer([], query, failed.status, failed.said)
        except (ValueError, msgspec.DecodeError, RecursionError) as error:
            return Answer([], query, "error", f"the answer is none of Prometheus: {error}")
        kept = found[: self._bounds.series]
        status, missing = _completeness(told, len(kept), len(found))
        return Answer(kept, query, status, missing, warnings=told.said())

    def _watched(self, path: str, parse: Callable[[msgspec.Raw], list[T]]) -> Answer[list[T]]:
        try:
            told = self._requests.told(lambda seconds: self._server.ask(path, {}, seconds))
            found = parse(told.data)
        except NotAnsweredError as failed:
            return Answer([], f"/api/v1/{path}", failed.status, failed.said)
        except (ValueError, msgspec.DecodeError, RecursionError) as error:
            return Answer([], f"/api/v1/{path}", "error", f"the answer is none of Prometheus: {error}")
        status, missing = _completeness(told, len(found), len(found))
        return Answer(found, f"/api/v1/{path}", status, missing, warnings=told.said())


def _completeness(told: Told, kept: int, found: int) -> tuple[Status, str]:
    """Whether an answer holds all that was asked for, and if not, why."""
    if not told.is_whole():
        return "truncated", "; ".join(told.said()) or "the server says that its answer is partial"
    if kept < found:
        return "truncated", f"{kept} of {found} series"
    return ("ok" if found else "empty"), ""
