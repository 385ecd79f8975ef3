"""A loopback server in the shape of Prometheus's HTTP API: it answers what the source sends, not PromQL as such.

What it knows: selectors, range selectors, `count by (label) (selector)`. For everything else there is the real one, in
tests/live.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from evals.loopback.faults import Faults, Request
from evals.loopback.server import Loopback, Reply
from tools.openmetrics import parse_openmetrics
from tools.run_folder import read_head
from tools.source import Series

Samples = Mapping[str, list[Series]]
_LOOKBACK = 300.0
_QUERY = re.compile(
    r"(?P<name>[a-zA-Z_:][\w:]*)?(?:\{(?P<inner>.*)\})?(?:\[(?:(?P<seconds>\d+)s)?(?:(?P<rest>\d+)ms)?\])?", re.DOTALL
)
_COUNT = re.compile(r"count by \((?P<label>\w+)\) \((?P<query>.*)\)", re.DOTALL)
_MATCHER = re.compile(r'(\w+)(=~?)("(?:[^"\\]|\\.)*")(?:,|$)')


def samples_of_run(folder: Path) -> dict[str, list[Series]]:
    """A run folder's samples up to its `recorded_at`.

    Raises:
        InputError: the folder is malformed.
    """
    path = folder / "metrics.om"
    until = read_head(folder).recorded_at.timestamp()
    return parse_openmetrics(path.read_text(encoding="utf-8"), str(path), until) if path.exists() else {}


class PrometheusServer(Loopback):
    """A loopback metric store: `with PrometheusServer(samples_of_run(folder)) as server: ...`.

    Attributes:
        wanted: Headers that have to be shown, in lower case; else the answer is 401.
        warnings: Told beside every result.
    """

    def __init__(
        self, samples: Samples, faults: Faults | None = None, certificate: Path | None = None, port: int = 0
    ) -> None:
        """Bind to a port of 127.0.0.1; `certificate` is a PEM file with key and certificate."""
        super().__init__(faults, certificate, port)
        self.samples = samples
        self.wanted: dict[str, str] = {}
        self.warnings: list[str] = []

    def reply(self, request: Request) -> Reply:
        """What a healthy server answers."""
        if any(request.headers.get(name) != value for name, value in self.wanted.items()):
            return self.failure(401, "Unauthorized", {})
        asked = dict(parse_qsl(request.target.partition("?")[2]))
        if request.method != "GET" or request.path != "/api/v1/query" or "query" not in asked:
            return self.failure(404, f"{request.method} {request.path} is not served here", {})
        found = _result(self.samples, asked["query"], float(asked["time"]))
        if found is None:
            return self.failure(400, f"loopback cannot evaluate {asked['query']}", {})
        kind, rows = found
        body = {"status": "success", "data": {"resultType": kind, "result": rows}}
        return Reply(200, json.dumps({**body, "warnings": self.warnings} if self.warnings else body).encode())

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """The API's error object."""
        body = {"status": "error", "errorType": "bad_data" if status < 500 else "internal", "error": message}
        return Reply(status, json.dumps(body).encode(), headers=headers)


def _result(samples: Samples, query: str, at: float) -> tuple[str, list[dict[str, Any]]] | None:
    if counted := _COUNT.fullmatch(query):
        inner = _result(samples, counted["query"], at)
        if inner is None or inner[0] != "vector":
            return None
        label = counted["label"]
        found = Counter(one["metric"].get(label, "") for one in inner[1])
        return "vector", [
            {"metric": {label: name} if name else {}, "value": [at, str(count)]} for name, count in found.items()
        ]
    match = _QUERY.fullmatch(query)
    if match is None or not query:
        return None
    chosen = _chosen(samples, match["name"], match["inner"] or "")
    if match["seconds"] or match["rest"]:
        return "matrix", list(_matrix(chosen, at - int(match["seconds"] or 0) - int(match["rest"] or 0) / 1000, at))
    return "vector", list(_vector(chosen, at))


def _chosen(samples: Samples, name: str | None, inner: str) -> Iterator[tuple[dict[str, str], Series]]:
    wanted = [(label, sign, json.loads(text)) for label, sign, text in _MATCHER.findall(inner)]
    for metric, several in samples.items():
        for one in several:
            labels = {"__name__": metric, **one.labels}
            if name in {None, metric} and all(_fits(labels.get(key, ""), *rest) for key, *rest in wanted):
                yield labels, one


def _fits(value: str, sign: str, text: str) -> bool:
    return value == text if sign == "=" else re.fullmatch(text, value) is not None


def _matrix(chosen: Iterator[tuple[dict[str, str], Series]], start: float, end: float) -> Iterator[dict[str, Any]]:
    """As Prometheus 3 does: a sample on the range's start is left out."""
    for labels, one in chosen:
        values = [[at, str(value)] for at, value in one.points if start < at <= end]
        if values:
            yield {"metric": labels, "values": values}


def _vector(chosen: Iterator[tuple[dict[str, str], Series]], at: float) -> Iterator[dict[str, Any]]:
    for labels, one in chosen:
        last = [value for moment, value in one.points if at - _LOOKBACK < moment <= at]
        if last:
            yield {"metric": labels, "value": [at, str(last[-1])]}
