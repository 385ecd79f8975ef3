"""Datadog items in the API's own shapes: logs v2, events v2, and one v1 metric query series a line."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from evals.generator.kit import Object, digest


@dataclass
class Datadog:
    """What was exported from Datadog. `host` and `tags` are on every log and event."""

    host: str
    tags: tuple[str, ...]
    logs: list[tuple[datetime, Object]] = field(default_factory=list)
    events: list[tuple[datetime, Object]] = field(default_factory=list)
    metrics: list[Object] = field(default_factory=list)

    def log(self, pod: str, container: str, at: datetime, message: str, **parts: str) -> None:
        """`service` (the short image name), `status` (stderr lines are `error`), `deployment`, `namespace`."""
        tags = [
            *self.tags,
            f"pod_name:{pod}",
            f"kube_container_name:{container}",
            f"kube_namespace:{parts['namespace']}",
        ]
        tags += [f"kube_deployment:{parts.get('deployment', container)}", f"service:{parts['service']}"]
        attributes: Object = {"status": parts.get("status", "info"), "service": parts["service"], "host": self.host}
        attributes |= {"timestamp": _milli(at), "message": message, "tags": tags, "attributes": {}}
        key = digest("log", pod, container, _milli(at), message, len(self.logs), length=32)
        self.logs.append((at, {"id": f"AwAAA{key}", "type": "log", "attributes": attributes}))

    def event(
        self, at: datetime, title: str, message: str, tags: Iterable[str] = (), source: str = "kubernetes"
    ) -> None:
        """An event of the stream; `tags` come after those that every item has."""
        inner: Object = {
            "title": title,
            "service": "undefined",
            "status": "info",
            "timestamp": int(at.timestamp() * 1000),
        }
        inner["evt"] = {"id": str(int(digest(title, _milli(at)), 16)), "name": title, "source_id": 154, "type": source}
        outer = {
            "timestamp": _milli(at),
            "message": message,
            "tags": [*self.tags, f"source:{source}", *tags],
            "attributes": inner,
        }
        self.events.append(
            (at, {"id": f"AwAAA{digest('event', title, _milli(at), length=32)}", "type": "event", "attributes": outer})
        )

    def metric(self, name: str, scope: str, points: Iterable[tuple[datetime, float]], aggregator: str = "avg") -> None:
        """One series of a v1 query, `scope` being its tags with commas."""
        pairs = [[int(at.timestamp() * 1000), value] for at, value in points]
        series: Object = {"metric": name, "display_name": name, "scope": scope, "aggr": aggregator, "interval": 60}
        series |= {"expression": f"{aggregator}:{name}{{{scope}}}", "tag_set": [], "unit": None, "query_index": 0}
        series |= {"length": len(pairs), "pointlist": pairs}
        self.metrics.append(series | ({"start": pairs[0][0], "end": pairs[-1][0]} if pairs else {}))

    def files(self, until: datetime) -> dict[str, str]:
        """Path below the run folder to text, without what is later than `until`."""
        logs = [item for at, item in sorted(self.logs, key=lambda pair: pair[0]) if at <= until]
        events = [item for at, item in sorted(self.events, key=lambda pair: pair[0]) if at <= until]
        found = {"datadog/logs.jsonl": logs, "datadog/events.jsonl": events, "datadog/metrics.jsonl": self.metrics}
        return {
            name: "".join(json.dumps(i, ensure_ascii=False) + "\n" for i in items)
            for name, items in found.items()
            if items
        }


def _milli(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
