"""Datadog's series under the names that Prometheus has for the same."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tools.recorded_datadog import read_series

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def written(folder: Path, metric: str, scope: str, *values: float) -> Path:
    start = NOON.timestamp() - 60 * len(values)
    points = [[1000 * (start + 60 * number), value] for number, value in enumerate(values)]
    path = folder / "metrics.jsonl"
    path.write_text(json.dumps({"metric": metric, "scope": scope, "pointlist": points}) + "\n")
    return path


def test_a_rate_becomes_a_counter(tmp_path: Path) -> None:
    path = written(tmp_path, "system.net.tcp.retrans_segs", "host:node-1", 0.5, 0.5, 12.0)

    (one,) = read_series(path, NOON)["node_netstat_Tcp_RetransSegs"]

    assert one.labels == {"node": "node-1"}
    assert [value for _, value in one.points] == [0.0, 30.0, 60.0]


def test_traced_latency_becomes_a_quantile_in_seconds(tmp_path: Path) -> None:
    path = written(tmp_path, "trace.servlet.request.duration.by.service.95p", "service:till,kube_namespace:shop", 0.2)

    (one,) = read_series(path, NOON)["http_request_duration_seconds"]

    assert one.labels == {"service": "till", "namespace": "shop", "quantile": "0.95"}
    assert [value for _, value in one.points] == [0.2]
