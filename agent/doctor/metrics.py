"""The metric store: is it reached, are its targets up, and which of our signals have samples."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agent.doctor.check import Asked, Check, check, some
from agent.live_prometheus import access_of
from agent.settings import PrometheusSettings, read
from tools.prometheus.connect import Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import Bounds
from tools.selectors import selector
from tools.signals import SIGNALS, Signal
from tools.source import Answer, Series

_SYSTEM = "prometheus"
_CALL_SECONDS = 8.0
_AT_ONCE = 40
_STATE_METRICS = re.compile(r"kube_(?!state_metrics_)")


def checks(asked: Asked) -> Iterator[Check]:
    """From the address to the signals; where it does not answer, nothing more is asked."""
    access = access_of(read(PrometheusSettings))
    if access is None:
        said = "not configured: PROMETHEUS_URL is not set"
        yield check(_SYSTEM, "server", "off", said, "export PROMETHEUS_URL=http://prometheus.example:9090")
        return
    # Whatever hangs is the last question, and there is always one before it.
    bounds = Bounds(seconds=min(_CALL_SECONDS, asked.left / 2))
    server = Server(access, bounds.answer_bytes)
    store, now = LivePrometheus(server, bounds), datetime.now(UTC)
    targets = store.instant("up", now)
    yield _reached(server.address, targets)
    if targets.status in {"ok", "empty", "truncated"}:
        yield _up(targets.value)
        yield from _signals(store, now)
    server.close()


def _reached(address: str, answer: Answer[list[Series]]) -> Check:
    if answer.status == "denied":
        do = "set PROMETHEUS_TOKEN, or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD; a tenant: PROMETHEUS_HEADERS"
        return check(_SYSTEM, "server", "missing", f"{address} refuses the question: {answer.error}", do)
    if answer.status == "error":
        do = "check PROMETHEUS_URL and the network; in a cluster: kubectl port-forward service/prometheus 9090"
        return check(_SYSTEM, "server", "missing", answer.error, do, unreached=True)
    said = "; ".join((f"{address} answers", *answer.warnings))
    return check(_SYSTEM, "server", "warning" if answer.status == "truncated" else "ok", said)


def _up(targets: Sequence[Series]) -> Check:
    if not targets:
        said = "no target is known (`up` has no samples); a store that is only written to has none"
        return check(_SYSTEM, "targets", "warning", said)
    down = [one for one in targets if not one.points[-1][1]]
    if not down:
        return check(_SYSTEM, "targets", "ok", f"{len(targets)} of {len(targets)} are up")
    jobs = list(dict.fromkeys(one.labels.get("job", "?") for one in down))
    said = f"{len(down)} of {len(targets)} are down: {some(jobs)}"
    return check(_SYSTEM, "targets", "warning", said, "see /targets of the server for what it fails to scrape, and why")


def _signals(store: LivePrometheus, now: datetime) -> Iterator[Check]:
    metrics = list(dict.fromkeys(name for signal in SIGNALS for name in signal.metrics))
    found: set[str] = set()
    for begin in range(0, len(metrics), _AT_ONCE):
        query = f"count by (__name__) ({selector('', {'__name__': metrics[begin : begin + _AT_ONCE]})})"
        answer = store.instant(query, now)
        if not answer.known:
            yield check(_SYSTEM, "signals", "warning", f"not known which have samples: {answer.error}")
            return
        found |= {one.labels.get("__name__", "") for one in answer.value}
    yield _counted(found)
    if not found:
        return
    if any(_STATE_METRICS.match(name) for name in found):
        yield check(_SYSTEM, "kube-state-metrics", "ok", "its metrics have samples")
    else:
        do = "install kube-state-metrics and let the server scrape it: it tells of replicas, restarts and phases"
        yield check(_SYSTEM, "kube-state-metrics", "warning", "none of its metrics has samples now", do)


def _counted(found: set[str]) -> Check:
    def has(signal: Signal) -> bool:
        return bool(found & set(signal.metrics))

    seen, unseen = [one for one in SIGNALS if has(one)], [one.name for one in SIGNALS if not has(one)]
    said = f"{len(seen)} of {len(SIGNALS)} have samples now"
    if not seen:
        do = "is it the right server and tenant, and does it scrape kube-state-metrics and cAdvisor?"
        return check(_SYSTEM, "signals", "warning", said, do)
    return check(_SYSTEM, "signals", "ok", f"{said}; without: {some(unseen)}" if unseen else said)
