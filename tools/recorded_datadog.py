"""Datadog items in the API's own shapes: logs v2, events v2, one v1 query series a line."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from tools.errors import InputError
from tools.source import SearchedLine, Series

T = TypeVar("T")
_RATES = {
    "kubernetes.cpu.usage.total": ("container_cpu_usage_seconds_total", 1e-9),
    "kubernetes.network.rx_dropped": ("container_network_receive_packets_dropped_total", 1.0),
    "kubernetes.network.tx_dropped": ("container_network_transmit_packets_dropped_total", 1.0),
    "system.net.tcp.retrans_segs": ("node_netstat_Tcp_RetransSegs", 1.0),
}
"""What Datadog keeps as a rate (CPU in nanocores) and Prometheus as a counter, with the factor to the latter's unit."""
_TRACED = re.compile(r"trace\.[\w.]+\.duration\.by\.service\.(\d\d)p")
"""Datadog's latency of traced requests by percentile, in seconds."""
MAX_BYTES = 64 * 2**20

# Datadog's names for what kube-state-metrics, cAdvisor and the RabbitMQ exporter call otherwise.
# Source: the integrations' documented metric lists; both spellings of a family occur in the field.
PROMETHEUS_NAMES = {
    "kubernetes_state.deployment.replicas_available": "kube_deployment_status_replicas_available",
    "kubernetes_state.deployment.replicas_desired": "kube_deployment_spec_replicas",
    "kubernetes_state.deployment.replicas_ready": "kube_deployment_status_replicas_ready",
    "kubernetes_state.deployment.replicas_unavailable": "kube_deployment_status_replicas_unavailable",
    "kubernetes_state.statefulset.replicas_ready": "kube_statefulset_status_replicas_ready",
    "kubernetes_state.statefulset.replicas_desired": "kube_statefulset_replicas",
    "kubernetes_state.container.restarts": "kube_pod_container_status_restarts_total",
    "kubernetes.containers.restarts": "kube_pod_container_status_restarts_total",
    "kubernetes.cpu.cfs.throttled.seconds": "container_cpu_cfs_throttled_seconds_total",
    "kubernetes.cpu.cfs.throttled.periods": "container_cpu_cfs_throttled_periods_total",
    "kubernetes.cpu.cfs.periods": "container_cpu_cfs_periods_total",
    "kubernetes.memory.usage": "container_memory_usage_bytes",
    "kubernetes.memory.working_set": "container_memory_working_set_bytes",
    "kubernetes.memory.limits": "kube_pod_container_resource_limits_memory",
    "rabbitmq.queue.messages": "rabbitmq_queue_messages",
    "rabbitmq.queue.messages.ready": "rabbitmq_queue_messages_ready",
    "rabbitmq.queue.consumers": "rabbitmq_queue_consumers",
    "kafka.consumer_lag": "kafka_consumergroup_lag",
    "kubernetes_state.hpa.current_replicas": "kube_horizontalpodautoscaler_status_current_replicas",
    "kubernetes_state.hpa.desired_replicas": "kube_horizontalpodautoscaler_status_desired_replicas",
    "kubernetes_state.hpa.max_replicas": "kube_horizontalpodautoscaler_spec_max_replicas",
    "kubernetes_state.horizontalpodautoscaler.current_replicas": "kube_horizontalpodautoscaler_status_current_replicas",
    "kubernetes_state.horizontalpodautoscaler.desired_replicas": "kube_horizontalpodautoscaler_status_desired_replicas",
    "kubernetes_state.horizontalpodautoscaler.max_replicas": "kube_horizontalpodautoscaler_spec_max_replicas",
}

# Datadog's tags for what Prometheus calls otherwise.
_LABEL_NAMES = {
    "kube_namespace": "namespace",
    "kube_deployment": "deployment",
    "kube_stateful_set": "statefulset",
    "pod_name": "pod",
    "kube_container_name": "container",
    "container_name": "container",
    "horizontalpodautoscaler": "horizontalpodautoscaler",
    "hpa": "horizontalpodautoscaler",
    "queue_name": "queue",
    "rabbitmq_queue": "queue",
    "host": "node",
}


class _Attributes(Struct, frozen=True):
    timestamp: datetime | int | float | None = None
    message: str = ""
    service: str = ""
    status: str = ""
    host: str = ""
    tags: list[str] = []
    attributes: dict[str, object] = {}


class _Item(Struct, frozen=True):
    attributes: _Attributes = _Attributes()


class _QuerySeries(Struct, frozen=True):
    metric: str
    pointlist: list[tuple[float | None, float | None]] = []
    scope: str = ""
    tag_set: list[str] = []


def read_lines(path: Path, until: datetime) -> list[SearchedLine]:
    """Log lines not younger than `until`, oldest first.

    Raises:
        InputError: a line is not a logs v2 item.
    """
    return sorted((one for one in _searched(path) if one.at <= until), key=lambda one: one.at)


def read_events(path: Path, until: datetime) -> list[SearchedLine]:
    """Events not younger than `until`, oldest first.

    Raises:
        InputError: a line is not an events v2 item.
    """
    return read_lines(path, until)


def read_series(path: Path, until: datetime) -> dict[str, list[Series]]:
    """Series under their Prometheus names where one is known, else with dots as underscores.

    Raises:
        InputError: a line is not a v1 query series.
    """
    found: dict[str, list[Series]] = {}
    last = until.timestamp()
    for one in _parsed(path, _QuerySeries):
        name = PROMETHEUS_NAMES.get(one.metric, one.metric.replace(".", "_"))
        tags = one.tag_set or [part for part in one.scope.split(",") if ":" in part]
        points = [(at / 1000, value) for at, value in one.pointlist if at is not None and value is not None]
        labels = {_LABEL_NAMES.get(key, key): value for key, value in _pairs(tags)}
        if one.metric in _RATES:
            name, factor = _RATES[one.metric]
            points = _integrated(sorted(points), factor)
        elif traced := _TRACED.fullmatch(one.metric):
            name, labels = "http_request_duration_seconds", labels | {"quantile": f"{int(traced[1]) / 100:g}"}
        found.setdefault(name, []).append(Series(labels, sorted(point for point in points if point[0] <= last)))
    return found


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


def _integrated(points: list[tuple[float, float]], factor: float) -> list[tuple[float, float]]:
    """A rate over time as a counter, which is how Prometheus keeps such things."""
    total, found = 0.0, []
    for (start, value), (end, _) in pairwise(points):
        found.append((start, total))
        total += value * factor * (end - start)
    return [*found, (points[-1][0], total)] if points else []


def _searched(path: Path) -> Iterator[SearchedLine]:
    for number, item in enumerate(_parsed(path, _Item), start=1):
        body = item.attributes
        at = _moment(body.timestamp)
        if at is None:
            raise InputError(str(path), number, "attributes.timestamp: expected a time")
        tags = dict(_pairs(body.tags))
        title = body.attributes.get("title")
        yield SearchedLine(
            at=at,
            text=body.message or str(body.attributes.get("message", "")),
            namespace=tags.get("kube_namespace", ""),
            pod=tags.get("pod_name", ""),
            container=tags.get("kube_container_name", tags.get("container_name", "")),
            service=body.service or tags.get("service", ""),
            title=title if isinstance(title, str) else "",
            status=body.status,
            host=body.host or tags.get("host", ""),
            tags=tuple(body.tags),
            attributes=body.attributes,
        )


def _parsed(path: Path, struct: type[T]) -> Iterator[T]:
    if not path.exists():
        return
    if path.stat().st_size > MAX_BYTES:
        raise InputError(str(path), None, f"expected at most {MAX_BYTES} bytes")
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=struct)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(str(path), number, f"expected one item of the Datadog API ({error})") from None


def _moment(value: datetime | float | None) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if value is None:
        return None
    return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)


def _pairs(tags: list[str]) -> Iterator[tuple[str, str]]:
    for tag in tags:
        key, colon, value = tag.partition(":")
        if colon:
            yield key, value
