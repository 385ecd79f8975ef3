"""What the programs of a team write while requests go through it: each language has its own logger and HTTP client."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from evals.benchmarks.estate.team import Hop, Team
from evals.generator.harbourline.voices import AXIOS, GO, HTTPX, REASONS
from evals.generator.kit import Object, later
from evals.generator.kit_logs import Logs


@dataclass(frozen=True)
class Break:
    """Calls of a hop that fail from the fault on: `kind` is a client's failure, or `status` an answer."""

    caller: str
    callee: str
    kind: str = ""
    status: int = 0
    share: float = 1.0


@dataclass
class Traffic:
    """Requests through one team. `breaks` hold while they are set, `usual` is what always fails now and then."""

    team: Team
    logs: Logs
    breaks: tuple[Break, ...] = ()
    usual: tuple[Break, ...] = ()
    count: int = 0
    pods: dict[str, list[Object]] = field(default_factory=dict)

    def run(self, start: datetime, end: datetime, step: float) -> None:
        """One request in every `step` seconds, along each route in turn."""
        self.pods = {word: self.team.place.pods(word) for word in {hop.caller for hop in self.team.hops.values()}}
        at = start
        while at < end:
            self.count += 1
            route = self.team.rng.choice(self.team.routes)
            self._request(route, at)
            at = later(at, step * (0.6 + 0.8 * self.team.rng.random()))

    def _request(self, route: list[Hop], at: datetime) -> None:
        """Calls go down the route until one fails; answers come back up."""
        met: list[tuple[Hop, Break | None]] = []
        for hop in route:
            broken = self._broken(hop)
            met.append((hop, broken))
            if broken:
                break
        status = 404 if self.count % 41 == 0 else 200
        for number, (hop, broken) in enumerate(reversed(met)):
            moment = later(at, 0.02 * (number + 1))
            if broken:
                self._say(hop.caller, moment, self._failure(hop, broken, moment))
                status = 502
            elif status == 502 and number:
                self._say(hop.caller, moment, self._answer(hop, 502, moment))
            elif not hop.url.startswith("postgresql"):
                self._say(hop.caller, moment, self._answer(hop, 200, moment))
            self._say(hop.caller, later(moment, 0.01), self._served(hop.caller, status, moment))

    def _broken(self, hop: Hop) -> Break | None:
        callee = hop.callee.rpartition("/")[2]
        meets = (one for one in (*self.breaks, *self.usual) if one.caller in ("*", hop.caller))
        met = next((one for one in meets if one.callee in ("*", callee)), None)
        return met if met and self.team.rng.random() < met.share else None

    def _say(self, word: str, at: datetime, line: str) -> None:
        pods = self.pods[word]
        if pods:
            name = self.team.rng.choice(pods)["metadata"]["name"]
            self.logs.add(f"{self.team.namespace}/{name}", word, at, line.replace("POD", name))

    def _line(self, word: str, at: datetime, level: str, text: str, **parts: object) -> str:
        match self.team.language[word]:
            case "python":
                return f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} {level} [app.calls] {text}"
            case "go":
                head: Object = {"level": level.lower(), "ts": round(at.timestamp(), 3), "caller": "rest/client.go:88"}
                return json.dumps({**head, **parts}, separators=(",", ":"))
        number = 50 if level == "ERROR" else 30
        head = {"level": number, "time": int(at.timestamp() * 1000), "pid": 1, "hostname": "POD"}
        return json.dumps({**head, **parts}, separators=(",", ":"))

    def _answer(self, hop: Hop, status: int, at: datetime) -> str:
        level = "ERROR" if status >= 500 else "INFO"
        reason = REASONS.get(status, "OK")
        text = f'HTTP Request: POST {hop.url} "HTTP/1.1 {status} {reason}"'
        said = f"POST {hop.url} answered {status} {reason}"
        return self._line(hop.caller, at, level, text, msg=said, url=hop.url, status=status)

    def _failure(self, hop: Hop, broken: Break, at: datetime) -> str:
        if broken.status:
            return self._answer(hop, broken.status, at)
        host = hop.url.split("//")[1].split("/")[0].split("@")[-1].split(":")[0]
        values = {"host": host, "address": hop.address, "milli": 5000}
        if hop.url.startswith("postgresql"):
            return self._store_failure(hop, broken.kind, values, at)
        match self.team.language[hop.caller]:
            case "python":
                return self._line(hop.caller, at, "ERROR", f"POST {hop.url} failed: {HTTPX[broken.kind]}")
            case "go":
                error = f'Post "{hop.url}": {GO[broken.kind].format(**values)}'
                return self._line(hop.caller, at, "ERROR", "", msg="call failed", error=error)
        text, code = AXIOS[broken.kind]
        err = {"type": "AxiosError", "message": text.format(**values), "code": code, "config": {"url": hop.url}}
        return self._line(hop.caller, at, "ERROR", "", err=err, msg="request failed")

    def _store_failure(self, hop: Hop, kind: str, values: Object, at: datetime) -> str:
        match self.team.language[hop.caller]:
            case "python":
                why = {"refused": "Connection refused", "connect_timeout": "timeout expired"}[kind]
                text = f'psycopg.OperationalError: connection to server at "{values["host"]}", port 5432 failed: {why}'
                return self._line(hop.caller, at, "ERROR", text)
            case "go":
                error = f"failed to connect to `user=app database=items`: {GO[kind].format(**values)}"
                return self._line(hop.caller, at, "ERROR", "", msg="query failed", error=error)
        text, code = AXIOS[kind]
        err = {"type": "Error", "message": text.format(**values), "code": code}
        return self._line(hop.caller, at, "ERROR", "", err=err, msg="query failed")

    def _served(self, word: str, status: int, at: datetime) -> str:
        if self.team.language[word] == "python":
            return f'INFO:     10.20.0.5:41822 - "GET /v1/items HTTP/1.1" {status} {REASONS.get(status, "OK")}'
        return self._line(word, at, "INFO", "", msg="request served", method="GET", path="/v1/items", status=status)
