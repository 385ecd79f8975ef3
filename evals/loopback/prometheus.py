"""A loopback server in the shape of Prometheus's HTTP API, with as much of PromQL as `promql.py` evaluates."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from evals.loopback.faults import Faults, Request
from evals.loopback.promql import Evaluation, Labels, Point, Samples, UnknownError
from evals.loopback.server import Loopback, Reply
from tools.openmetrics import parse_openmetrics
from tools.run_folder import read_head
from tools.source import Series


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
        if request.method != "GET" or request.path not in _SERVED or "query" not in asked:
            return self.failure(404, f"{request.method} {request.path} is not served here", {})
        try:
            kind, rows = _SERVED[request.path](self.samples, asked)
        except (UnknownError, ValueError) as error:
            return self.failure(400, f"loopback cannot evaluate it: {error}", {})
        body = {"status": "success", "data": {"resultType": kind, "result": rows}}
        return Reply(200, json.dumps({**body, "warnings": self.warnings} if self.warnings else body).encode())

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """The API's error object."""
        body = {"status": "error", "errorType": "bad_data" if status < 500 else "internal", "error": message}
        return Reply(status, json.dumps(body).encode(), headers=headers)


def _instant(samples: Samples, asked: Mapping[str, str]) -> tuple[str, list[Any]]:
    """Raises UnknownError or ValueError for what is not evaluated here, or is no PromQL."""
    import promql_parser

    expression, at = promql_parser.parse(asked["query"]), float(asked["time"])
    evaluation = Evaluation(samples, at)
    if isinstance(expression, promql_parser.MatrixSelector):
        return "matrix", [_row(labels, points) for labels, points in evaluation.matrix(expression)]
    found = evaluation.vector(expression)
    if isinstance(found, float):
        return "scalar", [at, str(found)]
    return "vector", [{"metric": dict(labels), "value": [at, str(value)]} for labels, value in found.items()]


def _ranged(samples: Samples, asked: Mapping[str, str]) -> tuple[str, list[Any]]:
    import promql_parser

    expression = promql_parser.parse(asked["query"])
    at, end, step = float(asked["start"]), float(asked["end"]), float(asked["step"])
    rows: dict[Labels, list[Point]] = {}
    while at <= end:
        found = Evaluation(samples, at).vector(expression)
        for labels, value in ({(): found} if isinstance(found, float) else found).items():
            rows.setdefault(labels, []).append((at, value))
        at += step
    return "matrix", [_row(labels, points) for labels, points in rows.items()]


def _row(labels: Labels, points: Sequence[Point]) -> dict[str, Any]:
    return {"metric": dict(labels), "values": [[at, str(value)] for at, value in points]}


_SERVED: dict[str, Callable[[Samples, Mapping[str, str]], tuple[str, list[Any]]]] = {
    "/api/v1/query": _instant,
    "/api/v1/query_range": _ranged,
}
