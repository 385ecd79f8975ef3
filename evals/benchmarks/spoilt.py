"""A run as four live systems on this machine, of which one goes wrong: what is told then, and how long it takes."""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct, structs

from agent.boundary_file import boundary_from
from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.run_input import RunInput, load_run
from agent.sweep import LIVE
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.datadog import DatadogServer, account_of_run
from evals.loopback.faults import Fault, always
from evals.loopback.page_server import PageServer
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from evals.loopback.server import Loopback, Reply
from evals.loopback.store import store_of_run
from tools.datadog.connect import Account
from tools.datadog.connect import connect as connect_datadog
from tools.datadog.live import LiveDatadog
from tools.evidence import HISTORY
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.requests import Bounds
from tools.metric_stores import Filled
from tools.outbound.fetch import Outbound
from tools.outbound.guard import Guard, origins_of
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.source import Sources
from tools.status_feeds import MAX_BYTES
from tools.status_feeds.live import LiveStatus

SYSTEMS = ("kubernetes", "prometheus", "datadog", "status")
FAULTS: dict[str, Fault] = {
    "slow": Fault(delay=0.05),
    "hanging": Fault(hang=True),
    "dripping": Fault(drip=0.05),
    "401": Fault(status=401),
    "403": Fault(status=403),
    "404": Fault(status=404),
    "410": Fault(status=410),
    "429": Fault(status=429, retry_after=1),
    "500": Fault(status=500),
    "503": Fault(status=503),
    "closed": Fault(close=True),
    "cut off": Fault(keep=10),
    "garbage": Fault(body=b"<html>It works!</html>"),
    "an empty object": Fault(body=b"{}"),
}
ELSEWHERE = ("absent", "no TLS")
"""Ways to fail before any HTTP is spoken."""
HARMLESS = frozenset({"slow"})
_FEED = "/api/v2/summary.json"
_GAPS = {
    "kubernetes": ("gap/kubernetes", "gap/logs"),
    "prometheus": ("gap/prometheus",),
    "datadog": ("gap/datadog",),
    "status": ("gap/status/Stripe",),
}


class Outcome(Struct, frozen=True):
    """What came of it.

    Attributes:
        whole: The verdict with nothing wrong.
        seconds: For the whole diagnosis.
    """

    system: str
    fault: str
    whole: str
    found: Diagnosis
    seconds: float

    def problems(self, limit: float) -> list[str]:
        """What is not as it should be; empty when all is."""
        found = self.found
        named = [one for one in found.gaps if one.evidence.startswith(_GAPS[self.system])]
        said = []
        if self.seconds > limit + 1:
            said.append(f"took {self.seconds:.1f} s")
        if found.verdict not in {self.whole, "inconclusive"}:
            said.append(f"{found.verdict} instead of {self.whole}")
        if self.fault not in HARMLESS and not self.fault.startswith("killed") and not named:
            said.append("no named gap")
        said += [f"{one.evidence} does not say why" for one in named if not one.error]
        return said


def outcome(folder: Path, system: str, fault: str, limit: float, killed_after: int | None = None) -> Outcome:
    """One diagnosis of the run's live systems with one of them spoilt.

    Args:
        folder: A run folder; its boundary's status feed is served as well.
        system: One of `SYSTEMS`.
        fault: One of `FAULTS` or `ELSEWHERE`, or any name where the system is killed.
        limit: Seconds for the diagnosis.
        killed_after: So many requests the system answers, then it dies.
    """
    run = load_run(folder)
    whole = diagnose(run.incident, run.sources, run.boundary).verdict
    with _served(folder, system, fault, killed_after) as servers, _asked(run, servers, system, fault, limit) as asked:
        sources, boundary = asked
        begun = time.monotonic()
        found = diagnose(run.incident, sources, boundary, limits=structs.replace(LIVE, seconds=limit))
        seconds = time.monotonic() - begun
    return Outcome(system, fault, whole, found, seconds)


@contextmanager
def _served(folder: Path, system: str, fault: str, killed_after: int | None) -> Iterator[dict[str, Loopback]]:
    feed = {"page": {"name": "Stripe"}, "status": {"indicator": "none"}, "incidents": []}
    servers: dict[str, Loopback] = {
        "kubernetes": ApiServer(Answers(store_of_run(folder))),
        "prometheus": PrometheusServer(samples_of_run(folder)),
        "datadog": DatadogServer(account_of_run(folder)),
        "status": PageServer({_FEED: Reply(200, json.dumps(feed).encode())}),
    }
    spoilt = servers[system]
    if killed_after is not None:
        spoilt.dies_after(killed_after)
    elif fault in FAULTS:
        spoilt.faults = always(FAULTS[fault])
    with ExitStack() as running:
        for one in servers.values():
            running.enter_context(one)
        if fault == "absent":
            spoilt.kill()
        yield servers


@contextmanager
def _asked(
    run: RunInput, servers: Mapping[str, Loopback], system: str, fault: str, limit: float
) -> Iterator[tuple[Sources, Any]]:
    """Sources that ask all four, and the run's boundary with the feed's address."""
    urls = {name: one.url for name, one in servers.items()}
    if fault == "no TLS":
        urls[system] = urls[system].replace("http:", "https:")
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory()), "kubeconfig")
        api = servers["kubernetes"]
        assert isinstance(api, ApiServer)  # noqa: S101
        api.kubeconfig(place)
        place.write_text(place.read_text().replace(api.url, urls["kubernetes"]))
        cluster = connect(str(place), None)
        opened.callback(cluster.close)
        keys = DatadogServer.keys
        account = connect_datadog(Account(api_key=keys[0], app_key=keys[1], url=urls["datadog"]))
        opened.callback(account.close)
        store = Server(Access(url=urls["prometheus"]), 2**24)
        opened.callback(store.close)
        home = run.incident.namespace
        datadog = LiveDatadog(account, (), home)
        boundary, feed = _boundary(run, urls["status"])
        guard = Guard(origins_of([feed]), loopback=True)
        bounds = Bounds(seconds=limit, call_seconds=limit / 2)
        yield (
            Sources(
                name="loopback",
                now=run.sources.now,
                cluster=LiveCluster(cluster, [home] if home else [], run.incident.start - HISTORY, bounds),
                metrics=Filled(LivePrometheus(store), datadog),
                search=datadog,
                status=LiveStatus(Outbound(guard=guard, most_bytes=MAX_BYTES), limit),
            ),
            boundary,
        )


def _boundary(run: RunInput, url: str) -> tuple[Any, str]:
    """The boundary of the run's data set, its third parties' feeds all at one address."""
    feed = f"{url}{_FEED}"
    declared = yaml.safe_load((run.head.folder.parent / "boundary.yaml").read_text(encoding="utf-8"))
    for party in declared["third_party"]:
        if "status" in party:
            party["status"] = {"kind": "statuspage", "url": feed}
    return boundary_from(declared, "boundary.yaml"), feed
