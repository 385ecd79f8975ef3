"""The numbers in Cloud-OpsBench's alerts as samples, under the names of the exporters that measure such things.

An anomaly tells what was normal, what is now, and when that was seen; both become steps of one sample a minute.
Counters are what such rates are kept as in Prometheus.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from tools.source import Series

BASELINE = timedelta(minutes=30)
"""How long before the window the normal value is taken to have held."""
_STEP = 60.0
_RISE = re.compile(
    r"(?P<name>[^|:]*?):?\s*Normal=(?P<before>[\d.]+)\s?(?P<unit>[^\s\d]\S*|cores)\s*->\s*Cur(?:rent)?=(?P<now>[\d.]+)\S*"
    r"(?: cores)?(?: \((?P<percent>[+-][\d.]+)%\))?"
)
_ONLY_NOW = re.compile(r"Val: (?P<now>[\d.]+)s \(Throttled\)")
_LATENCY = re.compile(r"p(?P<percent>\d+)latency$")
_SENT = "container_network_transmit_packets_total"
_COUNTERS = {
    "pps": "container_network_receive_packets_total",
    "req/s": "http_requests_total",
    "cores": "container_cpu_usage_seconds_total",
    "retrans": "node_netstat_Tcp_RetransSegs",
}


class Span:
    """When the normal value held and when the other did, in unix seconds."""

    def __init__(self, start: datetime, since: datetime, now: datetime) -> None:
        """The window's start, the onset that the anomaly tells, and the moment of asking."""
        self.first = (start - BASELINE).timestamp()
        self.since, self.last = since.timestamp(), now.timestamp()

    def gauge(self, before: float | None, now: float) -> list[tuple[float, float]]:
        """One sample a minute; without a normal value only since the onset."""
        return [(at, value) for at in self._times() if (value := now if at >= self.since else before) is not None]

    def counter(self, before: float | None, now: float) -> list[tuple[float, float]]:
        """The same as a counter that grows so much a second."""
        total, found = 0.0, []
        for at, rate in self.gauge(before, now):
            found.append((at, total))
            total += rate * _STEP
        return found

    def _times(self) -> Iterator[float]:
        at = self.last - _STEP * ((self.last - self.first) // _STEP)
        while at <= self.last:
            yield at
            at += _STEP


def samples_of(answer: object, namespace: str, start: datetime, taken: datetime) -> dict[str, list[Series]]:
    """Series by metric name; `taken` is the moment of asking in the zone of the answer's times."""
    rows = answer.get("alerts") if isinstance(answer, Mapping) else None
    found: dict[str, list[Series]] = {}
    for row in rows if isinstance(rows, list) else ():
        evidence = row.get("evidence") if isinstance(row, Mapping) else None
        about = _about(row, namespace) if isinstance(evidence, list) else {}
        for one in evidence if isinstance(evidence, list) else ():
            for metric, series in _series(str(one), about, Span(start, _onset(row, start, taken), taken)):
                found.setdefault(metric, []).append(series)
    return found


def _about(row: Mapping[str, object], namespace: str) -> dict[str, str]:
    name = str(row.get("name"))
    return {"node": name} if row.get("type") == "Node" else {"namespace": namespace, "service": name}


def _onset(row: Mapping[str, object], start: datetime, now: datetime) -> datetime:
    """The begin of the time that the anomaly covers, in the zone of the other times."""
    try:
        since = datetime.fromisoformat(str(row.get("time_range")).partition(" ~ ")[0])
    except ValueError:
        return start
    return min(max(since.replace(tzinfo=now.tzinfo), start), now)


def _series(text: str, about: dict[str, str], span: Span) -> Iterator[tuple[str, Series]]:
    for part in text.split(" | ")[1:]:
        match = _RISE.search(part)
        only = _ONLY_NOW.search(part)
        if match:
            yield from _measured(match, about, span)
        elif only and "node" not in about:
            points = span.counter(None, float(only["now"]))
            yield "container_cpu_cfs_throttled_seconds_total", Series(_per_workload(about), points)


def _measured(match: re.Match[str], about: dict[str, str], span: Span) -> Iterator[tuple[str, Series]]:
    name, unit = match["name"].strip().lower(), match["unit"]
    now = float(match["now"])
    before = _before(match, now)
    latency = _LATENCY.search(name)
    if latency and unit == "ms":
        labels = {**about, "quantile": f"{int(latency['percent']) / 100:g}"}
        yield "http_request_duration_seconds", Series(labels, span.gauge(before / 1000, now / 1000))
        return
    metric = _SENT if unit == "pps" and "outbound" in name else _COUNTERS.get(unit)
    if metric is not None:
        labels = _per_workload(about) if unit == "cores" else about
        yield metric, Series(labels, span.counter(before, now))


def _before(match: re.Match[str], now: float) -> float:
    """The normal value; where it was rounded to nothing, as the percentage tells."""
    before, percent = float(match["before"]), match["percent"]
    return now / (1 + float(percent) / 100) if percent and not before else before


def _per_workload(about: dict[str, str]) -> dict[str, str]:
    """Container metrics know workloads, not Services; the benchmark calls both the same."""
    return {"namespace": about["namespace"], "deployment": about["service"]} if "service" in about else about
