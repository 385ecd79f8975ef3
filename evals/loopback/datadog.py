"""Datadog's API on this machine: it answers in the API's own shapes from the files of a run folder.

Log and event searches with cursors, metric queries, monitors, and the check of a key; everything else is refused, and
kept as well. A run's `datadog/monitors.jsonl` is served as it is; where there is none, the monitor is made from the
alert that the run's incident holds: its name, its labels as tags, in state `Alert` since it fires. By hand:

    python -m evals.loopback.datadog RUN
"""

import base64
import gzip
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from evals.loopback.datadog_queries import QueryError, Sampled, evaluate
from evals.loopback.faults import Faults, Request
from evals.loopback.server import Loopback, Reply
from evals.loopback.serving import until_interrupted
from tools.datadog.items import Item, line_of
from tools.errors import InputError, ToolError
from tools.run_folder import RunHead, read_head
from tools.search_syntax import parsed
from tools.source import SearchedLine

Object = dict[str, Any]
_MOST_OF_A_PAGE = 1_000
_DEFAULT_PAGE = 10


class Account(Struct):
    """What an account holds: items in the API's shapes, lines oldest first, each with what a search sees of it."""

    name: str
    logs: list[tuple[SearchedLine, Object]]
    events: list[tuple[SearchedLine, Object]]
    samples: list[Sampled]
    monitors: list[Object]


def account_of_run(folder: Path) -> Account:
    """The account that a run folder was recorded from, at its `recorded_at`.

    Raises:
        InputError: the folder is malformed.
    """
    head = read_head(folder)
    datadog = folder / "datadog"
    return Account(
        name=head.id,
        logs=_lines(datadog / "logs.jsonl", head.recorded_at),
        events=_lines(datadog / "events.jsonl", head.recorded_at),
        samples=[sampled(one, head.recorded_at) for one in _read(datadog / "metrics.jsonl")],
        monitors=_read(datadog / "monitors.jsonl") or _monitors(head),
    )


class DatadogServer(Loopback):
    """A loopback Datadog: `with DatadogServer(account_of_run(folder)) as server: ...`.

    Attributes:
        keys: The API key and the application key that have to be shown; anything else is answered 403.
    """

    keys = ("loopback-api-key", "loopback-app-key")

    def __init__(
        self, account: Account, faults: Faults | None = None, certificate: Path | None = None, port: int = 0
    ) -> None:
        """Bind to a port of 127.0.0.1."""
        super().__init__(faults, certificate, port)
        self.account = account
        self._routes: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("POST", "/api/v2/logs/events/search"): lambda one: self._search(one, account.logs),
            ("POST", "/api/v2/events/search"): lambda one: self._search(one, account.events),
            ("GET", "/api/v1/query"): self._query,
            ("GET", "/api/v1/monitor"): self._monitors,
            ("GET", "/api/v1/validate"): lambda _: _json({"valid": True}),
        }

    def reply(self, request: Request) -> Reply:
        """What a healthy server answers."""
        shown = (request.headers.get("dd-api-key"), request.headers.get("dd-application-key"))
        if shown != self.keys:
            return self.failure(403, "Forbidden", {})
        route = self._routes.get((request.method, request.path))
        found = route(request) if route else self.failure(404, "Not found", {})
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return found
        return Reply(found.status, gzip.compress(found.body, 1), headers={**found.headers, "Content-Encoding": "gzip"})

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """The API's errors; with a rate limit come the headers that tell when it ends."""
        limits = {}
        if status == 429:
            reset = headers.pop("Retry-After", "1")
            limits = {"X-RateLimit-Limit": "300", "X-RateLimit-Period": "3600", "X-RateLimit-Remaining": "0"}
            limits |= {"X-RateLimit-Reset": reset, "X-RateLimit-Name": "logs_public_search_api"}
        return Reply(status, json.dumps({"errors": [message]}).encode(), headers={**headers, **limits})

    def _search(self, request: Request, lines: list[tuple[SearchedLine, Object]]) -> Reply:
        try:
            asked = json.loads(request.body)
            wanted, page = asked.get("filter", {}), asked.get("page", {})
            test = parsed(wanted.get("query", "*"))
            start, end = (_at(wanted[name]) for name in ("from", "to"))
        except ToolError as error:
            return self.failure(400, str(error), {})
        except (ValueError, KeyError, AttributeError):
            return self.failure(400, "Bad Request: the body is not a search", {})
        found = [item for line, item in lines if start <= line.at < end and test(line)]
        if asked.get("sort", "timestamp").startswith("-"):
            found.reverse()
        size = min(page.get("limit", _DEFAULT_PAGE), _MOST_OF_A_PAGE)
        first = _number(page["cursor"]) if page.get("cursor") else 0
        answer: Object = {"data": found[first : first + size], "meta": {"elapsed": 1, "status": "done"}}
        if first + size < len(found):
            cursor = base64.urlsafe_b64encode(json.dumps({"after": first + size}).encode()).decode()
            answer["meta"]["page"] = {"after": cursor}
            answer["links"] = {"next": f"{self.url}{request.path}?page[cursor]={cursor}"}
        return _json(answer)

    def _query(self, request: Request) -> Reply:
        asked = dict(parse_qsl(request.target.partition("?")[2]))
        if not {"from", "to", "query"} <= asked.keys():
            return self.failure(400, "Missing required parameter", {})
        start, end, query = int(asked["from"]), int(asked["to"]), asked["query"]
        head = {"from_date": start * 1000, "to_date": end * 1000, "query": query, "res_type": "time_series"}
        try:
            rows = evaluate(query, self.account.samples, start, end)
        except QueryError as error:
            return _json({**head, "status": "error", "error": str(error), "series": []})
        series = [
            {
                "metric": one.metric,
                "display_name": one.metric,
                "scope": one.scope,
                "tag_set": one.tag_set,
                "interval": one.step,
                "length": len(one.points),
                "query_index": one.index,
                "unit": None,
                "pointlist": [[at * 1000, value] for at, value in one.points],
            }
            for one in rows
        ]
        return _json({**head, "status": "ok", "message": "", "series": series})

    def _monitors(self, request: Request) -> Reply:
        asked = dict(parse_qsl(request.target.partition("?")[2]))
        size = int(asked.get("page_size", 100))
        first = int(asked.get("page", 0)) * size
        return _json(self.account.monitors[first : first + size])


def _json(answer: object) -> Reply:
    return Reply(200, json.dumps(answer).encode())


def _number(cursor: str) -> int:
    return int(json.loads(base64.urlsafe_b64decode(cursor))["after"])


def _at(text: str) -> datetime:
    """A moment in milliseconds or as RFC 3339."""
    if text.isdecimal():
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text))
    return datetime.fromisoformat(text)


def _read(path: Path) -> list[Object]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _lines(path: Path, until: datetime) -> list[tuple[SearchedLine, Object]]:
    found = [(line_of(msgspec.convert(item, Item)), item) for item in _read(path)]
    kept = [(line, item) for line, item in found if line is not None and line.at <= until]
    return sorted(kept, key=lambda pair: pair[0].at)


def sampled(item: Mapping[str, Any], until: datetime) -> Sampled:
    """One v1 query series as samples."""
    tags = item.get("tag_set") or item.get("scope", "").split(",")
    points = sorted((at / 1000, value) for at, value in item["pointlist"] if value is not None)
    kept = [point for point in points if point[0] <= until.timestamp()]
    pairs = (tag.partition(":") for tag in tags)
    return Sampled(item["metric"], {key: value for key, colon, value in pairs if colon}, kept)


def _monitors(head: RunHead) -> list[Object]:
    alert = head.incident.get("alert")
    if not isinstance(alert, Mapping):
        return []
    several = alert.get("alerts") or [alert]
    return [_monitor(number, one) for number, one in enumerate(several, start=1)]


def _monitor(number: int, alert: Mapping[str, Any]) -> Object:
    """A monitor that fires as the alert does."""
    labels = {str(key): str(value) for key, value in (alert.get("labels") or {}).items()}
    since = alert.get("startsAt")
    at = datetime.fromisoformat(str(since)) if since else None
    group = ",".join(f"{key}:{value}" for key, value in sorted(labels.items()) if key != "alertname")
    triggered = {"last_triggered_ts": int(at.timestamp())} if at else {}
    return {
        "id": number,
        "name": labels.get("alertname", "alert"),
        "type": "query alert",
        "query": str((alert.get("annotations") or {}).get("expr", "")),
        "message": "",
        "tags": [f"{key}:{value}" for key, value in sorted(labels.items()) if key != "alertname"],
        "overall_state": "Alert",
        "state": {"groups": {group or "*": {"name": group or "*", "status": "Alert", **triggered}}},
    }


def main() -> None:
    """Serve a run folder until Ctrl-C, and say which variables lead here."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m evals.loopback.datadog RUN")
    try:
        account = account_of_run(Path(sys.argv[1]))
    except InputError as error:
        sys.exit(str(error))
    with DatadogServer(account) as server:
        keys = f"DD_API_KEY={server.keys[0]} DD_APP_KEY={server.keys[1]}"
        until_interrupted(f"serving {account.name}: export DD_URL={server.url} {keys}\n")


if __name__ == "__main__":
    main()
