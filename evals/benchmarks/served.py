"""A run folder as live systems: Kubernetes, Prometheus and Datadog behind loopback servers, and a toolbox over them."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from agent.live_input import LATER
from agent.run_input import load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from agent.toolbox import toolbox_for
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.datadog import DatadogServer, account_of_run
from evals.loopback.faults import Request
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from evals.loopback.store import store_of_run
from tools.datadog.connect import Account
from tools.datadog.connect import connect as connect_datadog
from tools.datadog.guard import READS
from tools.datadog.live import LiveDatadog
from tools.evidence import HISTORY
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.guard import check
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import DEFAULT
from tools.questions import Toolbox
from tools.read_only import ReadOnlyError
from tools.source import Sources

SWEPT_LOGS = 4
"""So few that most logs are left for the tools to read."""
_PATHS = ("/api/v1/query?", "/api/v1/query_range?")


class Served(Struct):
    """The toolbox, and the servers with every request that they got."""

    toolbox: Toolbox
    kubernetes: ApiServer
    prometheus: PrometheusServer
    datadog: DatadogServer

    @property
    def requests(self) -> list[Request]:
        """What all of them got."""
        return [*self.kubernetes.requests, *self.prometheus.requests, *self.datadog.requests]

    def changing(self) -> Iterator[str]:
        """Requests that are none of the allowed reads."""
        for one in self.kubernetes.requests:
            if one.method != "GET" or "secret" in one.path.lower() or not _is_read(one):
                yield f"{one.method} {one.target}"
        for one in self.prometheus.requests:
            if one.method != "GET" or not one.target.startswith(_PATHS):
                yield f"{one.method} {one.target}"
        for one in self.datadog.requests:
            if (one.method, one.path) not in READS:
                yield f"{one.method} {one.target}"


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a run folder, sweep it, and make the toolbox."""
    run = load_run(folder)
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        kubernetes = opened.enter_context(ApiServer(Answers(store_of_run(folder))))
        prometheus = opened.enter_context(PrometheusServer(samples_of_run(folder)))
        datadog = opened.enter_context(DatadogServer(account_of_run(folder)))
        cluster = connect(str(kubernetes.kubeconfig(place / "kubeconfig")), None)
        opened.callback(cluster.close)
        account = connect_datadog(Account(api_key=datadog.keys[0], app_key=datadog.keys[1], url=datadog.url))
        opened.callback(account.close)
        store = Server(Access(url=prometheus.url), DEFAULT.answer_bytes)
        opened.callback(store.close)
        metrics = LivePrometheus(store)
        sources = Sources(
            name="loopback",
            now=run.incident.asked_at,
            cluster=LiveCluster(cluster, [run.incident.namespace or "default"], run.incident.start - HISTORY),
            later=LiveCluster(cluster, bounds=LATER),
            metrics=metrics,
            promql=metrics,
            search=LiveDatadog(account, (), run.incident.namespace),
            status=run.sources.status,
        )
        scene = Scene(run.incident, sweep(run.incident, sources, Limits(logs=SWEPT_LOGS, seconds=30.0)))
        yield Served(toolbox_for(scene, sources, run.boundary), kubernetes, prometheus, datadog)


def _is_read(one: Request) -> bool:
    try:
        check(one.method, one.target, set(one.headers) - {"host"})
    except ReadOnlyError:
        return False
    return True
