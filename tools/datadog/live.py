"""Datadog as a source of log lines, events, samples and the state of monitors."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

import msgspec
from msgspec import Struct

from tools.datadog.connect import Call
from tools.datadog.items import Item, MonitorItem, QuerySeries, alerts_of, line_of, rule_of, series_by_name
from tools.datadog.names import Alias, aliases_of
from tools.datadog.pages import Found, decoded, items, searched
from tools.datadog.queries import filters_of, is_tag_value, series_query
from tools.datadog.requests import DEFAULT, Bounds, Connection, Requests
from tools.errors import ToolError
from tools.evidence import Window
from tools.plain_text import plain
from tools.search_syntax import in_pairs
from tools.selectors import Wanted, is_wanted
from tools.source import MOST_FOUND, Alert, Answer, Rule, SearchedLine, Series
from tools.unanswered import NotAnsweredError

_LOGS, _EVENTS = "/api/v2/logs/events/search", "/api/v2/events/search"
_PAGE = 1_000
_LOG_PAGES = 5
_EVENT_PAGES = 2
_MONITOR_PAGES = 4
_MOST_SERIES = 2_000
_BAD_REQUEST = 400


class _Queried(Struct):
    """An answer to a v1 metric query; a query that failed is answered with 200 as well."""

    series: list[msgspec.Raw]
    error: str | None = None


class LiveDatadog:
    """One account, for one diagnosis."""

    def __init__(self, server: Connection, scope: Sequence[str] = (), home: str = "", bounds: Bounds = DEFAULT) -> None:
        """Ask nothing yet.

        Args:
            server: The way to the API.
            scope: Tags that everything must have, such as `kube_cluster_name:prod`: an account sees many clusters.
            home: The namespace whose metrics are asked for; empty for all of the scope.
            bounds: How much may be asked, and how long it may take.
        """
        self._requests = Requests(server, bounds)
        self._scope, self._home = tuple(scope), home
        self._watched: Answer[list[MonitorItem]] | None = None
        self._reading = Lock()

    def logs(self, namespace: str, window: Window) -> Answer[list[SearchedLine]]:
        """Log lines of a namespace, oldest first; of very many the newest."""
        if namespace and not is_tag_value(namespace):
            return Answer([], "", "error", f"{plain(namespace, 80)!r} is no namespace")
        query = " ".join((*self._scope, f"kube_namespace:{namespace or '*'}"))
        found = self._searched(_LOGS, query, window, _PAGE, _LOG_PAGES)
        return _lines(found, query, window)

    def events(self, window: Window) -> Answer[list[SearchedLine]]:
        """Events of every kind, oldest first; of very many the newest."""
        query = " ".join(self._scope) or "*"
        found = self._searched(_EVENTS, query, window, _PAGE, _EVENT_PAGES)
        return _lines(found, query, window)

    def search(self, query: str, window: Window) -> Answer[list[SearchedLine]]:
        """Log lines that a query finds, newest first.

        Raises:
            ToolError: the query is open-ended, or Datadog does not take it; then the text is its own.
        """
        if not in_pairs(query):
            raise ToolError(f"quotes and parentheses come in pairs, not so in {plain(query, 200)!r}")
        whole = " ".join((*self._scope, f"({query})")) if self._scope and query.strip() else query.strip() or "*"
        found = self._searched(_LOGS, whole, window, MOST_FOUND, 1)
        if found.code == _BAD_REQUEST:
            raise ToolError(f"Datadog does not take the query {plain(query, 200)!r}: {found.said}")
        answer = _lines(found, whole, window)
        answer.value.reverse()
        return answer

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        """Samples of a metric by its Prometheus name; `empty` where Datadog has no such metric."""
        aliases = aliases_of(metric)
        queries = [one for one in (self._query(alias, wanted, window) for alias in aliases) if one]
        if not queries:
            return Answer([], metric, "empty", "Datadog has no metric that is known under this name")
        query = ",".join(queries)
        start, end = window.start.timestamp(), window.end.timestamp()
        asked = {"from": str(int(start)), "to": str(-int(-end // 1)), "query": query}
        try:
            body = self._requests.ask(Call("GET", "/api/v1/query", asked), self._requests.deadline())
            answer = decoded(body, _Queried)
        except NotAnsweredError as failed:
            return Answer([], query, failed.status, failed.said)
        if answer.error:
            return Answer([], query, "error", plain(answer.error, 300))
        read, odd = items(answer.series, QuerySeries)
        several = [_within(one, start, end) for one in series_by_name(read[:_MOST_SERIES]).get(metric, ())]
        found = [one for one in several if one.points and is_wanted(one.labels, wanted)]
        left = len(read) - _MOST_SERIES
        if odd or left > 0:
            said = f"{odd} of {len(read) + odd} series could not be read" if odd else f"{left} series were left out"
            return Answer(found, query, "truncated", said)
        return Answer(found, query, "ok" if found else "empty")

    def alerts(self) -> Answer[list[Alert]]:
        """What is not all right of the monitors that the keys may see, what fires first."""
        found = self._monitors()
        alerts = alerts_of(found.value)
        return Answer(
            alerts, found.query, "empty" if found.status == "ok" and not alerts else found.status, found.error
        )

    def rules(self) -> Answer[list[Rule]]:
        """Every monitor that the keys may see."""
        found = self._monitors()
        return Answer([rule_of(one) for one in found.value], found.query, found.status, found.error)

    def _monitors(self) -> Answer[list[MonitorItem]]:
        """The monitors with the groups that are not all right; read once, unless that failed."""
        with self._reading:
            if self._watched is None or self._watched.status not in {"ok", "empty", "truncated"}:
                self._watched = self._read_monitors()
            return self._watched

    def _read_monitors(self) -> Answer[list[MonitorItem]]:
        query = "GET /api/v1/monitor"
        deadline = self._requests.deadline()
        found: list[MonitorItem] = []
        odd = 0
        more = f"the first {_MONITOR_PAGES * _PAGE}; there are more"
        for page in range(_MONITOR_PAGES):
            asked = {"group_states": "alert,warn,no data", "page": str(page), "page_size": str(_PAGE)}
            try:
                body = self._requests.ask(Call("GET", "/api/v1/monitor", asked), deadline)
                raw = decoded(body, list[msgspec.Raw])
            except NotAnsweredError as failed:
                return Answer(found, query, failed.status, failed.said)
            read, unread = items(raw, MonitorItem)
            found += read
            odd += unread
            if len(raw) < _PAGE:
                more = ""
                break
        said = f"{odd} of {len(found) + odd} monitors could not be read" if odd else more
        return Answer(found, query, "truncated" if said else "ok" if found else "empty", said)

    def _searched(self, path: str, query: str, window: Window, limit: int, pages: int) -> Found:
        # The end is a millisecond late, since the API leaves it open whether the end itself counts.
        end = window.end + timedelta(milliseconds=1)
        asked: dict[str, object] = {
            "filter": {"query": query, "from": _milliseconds(window.start), "to": _milliseconds(end)},
            "sort": "-timestamp",
        }
        return searched(self._requests, path, asked, limit, pages)

    def _query(self, alias: Alias, wanted: Wanted, window: Window) -> str:
        """One alias's query; empty where what it is matched with can't be there."""
        fixed = {label: value for label, value in wanted.items() if label in alias.labels}
        others = {label: value for label, value in wanted.items() if label not in alias.labels}
        filters = filters_of(others, alias)
        if filters is None or not is_wanted(alias.labels, fixed):
            return ""
        at_home = self._home and "namespace" not in wanted and alias.always_tagged
        if at_home and not is_tag_value(self._home):
            return ""
        home = [f"kube_namespace:{self._home}"] if at_home else []
        return series_query(alias, (*self._scope, *home, *filters), window, others)


def _lines(found: Found, query: str, window: Window) -> Answer[list[SearchedLine]]:
    read, odd = items(reversed(found.raw), Item)
    lines = [line_of(item) for item in read]
    inside = [line for line in lines if line is not None and window.holds(line.at)]
    odd += sum(line is None for line in lines)
    status, said = found.status, found.said
    if status == "ok" and odd:
        status, said = "truncated", f"{odd} of {len(found.raw)} could not be read"
    if status == "ok" and not inside:
        status = "empty"
    return Answer(inside, query, status, said)


def _within(series: Series, start: float, end: float) -> Series:
    return Series(series.labels, [point for point in series.points if start <= point[0] <= end])


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
