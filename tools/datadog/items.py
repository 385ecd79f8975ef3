"""Items in the API's own shapes (logs v2, events v2, v1 query series, v1 monitors) as ours.

What the API may leave out or send as null is optional here, and what it may add is ignored.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise

from msgspec import Struct

from tools.datadog.names import BY_DATADOG, LABELS
from tools.source import Alert, Rule, SearchedLine, Series

_TRACED = re.compile(r"trace\.[\w.]+\.duration\.by\.service\.(\d\d)p")
"""Datadog's latency of traced requests by percentile, in seconds."""
_NOT_THERE = "n/a"
"""What a series is grouped under that lacks the tag."""


_STATES = {"Alert": "firing", "OK": "inactive"}
_MEASURED = frozenset({"Alert", "Warn", "OK"})


class Attributes(Struct, frozen=True):
    """The `attributes` of a log or an event; an event's own are nested once more."""

    timestamp: datetime | int | float | None = None
    message: str | None = None
    service: str | None = None
    status: str | None = None
    host: str | None = None
    tags: list[str] | None = None
    attributes: dict[str, object] | None = None


class Item(Struct, frozen=True):
    """A log or an event of the v2 APIs."""

    attributes: Attributes = Attributes()


class QuerySeries(Struct, frozen=True):
    """One series of a v1 metric query."""

    metric: str
    pointlist: list[tuple[float | None, float | None]] = []
    scope: str | None = None
    tag_set: list[str] | None = None
    query_index: int = 0


class _Group(Struct, frozen=True):
    status: str | None = None
    last_triggered_ts: float | None = None


class _Groups(Struct, frozen=True):
    groups: dict[str, _Group] | None = None


class MonitorItem(Struct, frozen=True):
    """A monitor of the v1 API."""

    name: str | None = None
    query: str | None = None
    overall_state: str | None = None
    overall_state_modified: datetime | None = None
    tags: list[str] | None = None
    state: _Groups | None = None


def line_of(item: Item) -> SearchedLine | None:
    """A log or event as a line; None where it has no time."""
    body = item.attributes
    at = _moment(body.timestamp)
    if at is None:
        return None
    tags = dict(_pairs(body.tags or ()))
    more = body.attributes or {}
    title = more.get("title")
    return SearchedLine(
        at=at,
        text=body.message or str(more.get("message") or ""),
        namespace=tags.get("kube_namespace", ""),
        pod=tags.get("pod_name", ""),
        container=tags.get("kube_container_name", tags.get("container_name", "")),
        service=body.service or tags.get("service", ""),
        title=title if isinstance(title, str) else "",
        status=body.status or "",
        host=body.host or tags.get("host", ""),
        tags=tuple(body.tags or ()),
        attributes=more,
    )


def item_of(line: SearchedLine) -> dict[str, object]:
    """The line as an item of the API, from which `read_lines` reads the same line."""
    named = (("kube_namespace", line.namespace), ("pod_name", line.pod), ("kube_container_name", line.container))
    known = dict(_pairs([*line.tags]))
    tags = [*line.tags, *(f"{key}:{value}" for key, value in named if value and key not in known)]
    inner = {**line.attributes, **({"title": line.title} if line.title else {})}
    attributes = {
        "timestamp": f"{line.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "message": line.text,
        "service": line.service,
        "status": line.status,
        "host": line.host,
        "tags": tags,
        "attributes": inner,
    }
    return {"type": "event" if line.title else "log", "attributes": attributes}


def series_by_name(items: Iterable[QuerySeries]) -> dict[str, list[Series]]:
    """Series under their Prometheus names where one is known, else with dots as underscores.

    Of several names of one metric, the first one that has series counts: the others would tell the same twice.
    """
    ranks = {name: rank for rank, name in enumerate(BY_DATADOG)}
    rows = [(*_series_of(item), ranks.get(item.metric, len(ranks))) for item in items]
    best: dict[tuple[str, str, str], int] = {}
    for name, series, rank in rows:
        best[_kind(name, series)] = min(rank, best.get(_kind(name, series), rank))
    found: dict[str, list[Series]] = {}
    for name, series, rank in rows:
        if rank == best[_kind(name, series)]:
            found.setdefault(name, []).append(series)
    return found


def _kind(name: str, series: Series) -> tuple[str, str, str]:
    """What two names must not both tell: a metric, of limits one resource, of latencies one percentile."""
    return name, series.labels.get("resource", ""), series.labels.get("quantile", "")


def _series_of(item: QuerySeries) -> tuple[str, Series]:
    alias = BY_DATADOG.get(item.metric)
    tags = item.tag_set or [part for part in (item.scope or "").split(",") if ":" in part]
    labels = {label: value for label, value in _labels(tags) if value.lower() != _NOT_THERE}
    points = sorted((at / 1000, value) for at, value in item.pointlist if at is not None and value is not None)
    if traced := _TRACED.fullmatch(item.metric):
        return "http_request_duration_seconds", Series(labels | {"quantile": f"{int(traced[1]) / 100:g}"}, points)
    if alias is None:
        return item.metric.replace(".", "_"), Series(labels, points)
    points = _integrated(points, alias.factor) if alias.kept == "rate" else points
    return alias.prometheus, Series(labels | alias.labels, points)


def _integrated(points: list[tuple[float, float]], factor: float) -> list[tuple[float, float]]:
    """A rate over time as a counter, which is how Prometheus keeps such things."""
    total, found = 0.0, []
    for (start, value), (end, _) in pairwise(points):
        found.append((start, total))
        total += value * factor * (end - start)
    return [*found, (points[-1][0], total)] if points else []


def alerts_of(monitors: Iterable[MonitorItem]) -> list[Alert]:
    """What is not all right: an alert for each group of a monitor, what fires first."""
    found = [alert for one in monitors for alert in _alerts(one)]
    return sorted(found, key=lambda one: (one.state != "firing", one.name, sorted(one.labels.items())))


def _alerts(item: MonitorItem) -> Iterator[Alert]:
    groups: Mapping[str, _Group] = (item.state and item.state.groups) or {}
    troubled = {name: one for name, one in groups.items() if one.status not in {None, "OK"}}
    if not troubled and item.overall_state not in {None, "OK"}:
        troubled = {"*": _Group(item.overall_state)}
    own = dict(_labels(item.tags or ()))
    for name, one in troubled.items():
        at = one.last_triggered_ts
        yield Alert(
            name=item.name or "",
            state=_state(one.status),
            labels=own | dict(_labels(name.split(","))),
            annotations={"query": item.query} if item.query else {},
            since=_moment(at) if at else item.overall_state_modified,
        )


def rule_of(item: MonitorItem) -> Rule:
    """A monitor as an alerting rule; one that gets no samples is of unknown health."""
    state = item.overall_state or ""
    health = "ok" if state in _MEASURED else "unknown"
    return Rule(name=item.name or "", query=item.query or "", state=_state(state), health=health)


def _state(state: str | None) -> str:
    return _STATES.get(state or "", (state or "unknown").lower())


def _labels(tags: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((LABELS.get(key, key), value) for key, value in _pairs(tags))


def _moment(value: datetime | float | None) -> datetime | None:
    """A time, also where it is told in (milli)seconds; None where it is none of our days."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    seconds = None if value is None else value / 1000 if value > 1e11 else value
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 <= seconds < 1e11 else None


def _pairs(tags: Iterable[str]) -> Iterator[tuple[str, str]]:
    for tag in tags:
        key, colon, value = tag.partition(":")
        if colon:
            yield key, value
