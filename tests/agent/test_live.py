"""A live cluster gives the diagnosis that its recording gives; whatever the server does, there is one in time."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.run_input import RunInput, load_run
from agent.sweep import LIVE, Limits, sweep
from evals.decided import decided
from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.faults import Fault, Faults, after, always, on
from evals.loopback.live_cluster import live_cluster
from evals.loopback.store import store_of_run
from evals.loopback.what_is_left import WhatIsLeft
from tools.evidence import Window
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.guard import check
from tools.kubernetes.paths import LISTED
from tools.kubernetes.requests import Bounds
from tools.objects.events import Event
from tools.objects.meta import Wire
from tools.snapshot import Snapshot
from tools.source import ClusterSource, LogRef, Sources

RUNS = Path(__file__).parents[2] / "evals" / "runs"
ALL = sorted(path.parent for path in RUNS.glob("*/*/run.yaml"))
DEMO = RUNS / yaml.safe_load((RUNS / "demo.yaml").read_text())["runs"][0]
LATELY = Window(datetime(2025, 11, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
SHORT = Limits(logs=LIVE.logs, seconds=2.0)


class AsAsked(WhatIsLeft):
    """The same, asked for the logs that the API server knows of: where not all are read, the choice is the same."""

    def __init__(self, recorded: ClusterSource, live: ClusterSource | None) -> None:
        super().__init__(recorded)
        self._live = live

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        return self._live.log_refs(namespace) if self._live is not None else []


@contextmanager
def _asked(run: RunInput, server: ApiServer, seconds: float = 30.0, *, alone: bool = False) -> Iterator[Sources]:
    """The run's sources with the cluster asked over HTTP; `alone` leaves only the cluster."""
    with live_cluster(server, run.incident, Bounds(seconds=seconds, call_seconds=min(15.0, seconds / 2))) as cluster:
        whole = msgspec.structs.replace(run.sources, cluster=cluster)
        yield Sources(name="loopback", now=run.sources.now, cluster=cluster) if alone else whole


def _read(snapshot: Snapshot) -> dict[str, object]:
    objects = {kind: sorted(repr(_shown(one)) for one in several) for kind, several in snapshot.objects.items()}
    logs = {ref: (digest.lines, digest.mentions) for ref, digest in snapshot.logs.items()}
    gaps = sorted((one.id, one.status, one.error) for one in snapshot.gaps)
    return {"objects": objects, "logs": logs, "gaps": gaps}


def _shown(one: Wire) -> object:
    """An object; an event by what it says, because the two APIs call the same things differently."""
    if not isinstance(one, Event):
        return one
    return one.metadata.name, one.type, one.reason, one.text, one.first, one.last, one.times, one.about


@pytest.mark.parametrize("folder", ALL, ids=lambda one: one.name)
def test_live_and_recorded_agree(folder: Path) -> None:
    run = load_run(folder)
    assert run.sources.cluster is not None
    recorded = msgspec.structs.replace(run.sources, cluster=WhatIsLeft(run.sources.cluster))
    with ApiServer(Answers(store_of_run(folder))) as server:
        with _asked(run, server) as live:
            snapshot = sweep(run.incident, live, LIVE)
            assert len(server.requests) <= LIVE.requests
            room = LIVE.requests - sum("/log?" not in one.target for one in server.requests)
            same = msgspec.structs.replace(run.sources, cluster=AsAsked(run.sources.cluster, live.cluster))
            assert _read(snapshot) == _read(sweep(run.incident, same, Limits(logs=room)))
        with _asked(run, server) as live:
            found = diagnose(run.incident, live, run.boundary, limits=LIVE)
    assert decided(found) == decided(diagnose(run.incident, recorded, run.boundary))


FAULTS: dict[str, Faults] = {
    "slow": always(Fault(delay=0.3)),
    "hanging": always(Fault(hang=True)),
    "hanging logs": on("/log", Fault(hang=True)),
    "hanging pods": on("/api/v1/pods", Fault(hang=True)),
    "dripping": always(Fault(drip=0.05)),
    "401": always(Fault(status=401)),
    "403": always(Fault(status=403)),
    "403 on logs": on("/log", Fault(status=403)),
    "404": always(Fault(status=404)),
    "410": always(Fault(status=410)),
    "429": always(Fault(status=429, retry_after=1)),
    "429 once": on("/", Fault(status=429, retry_after=0), times=1),
    "500": always(Fault(status=500)),
    "503 on deployments": on("/deployments", Fault(status=503)),
    "closed": always(Fault(close=True)),
    "cut off": always(Fault(keep=10)),
    "cut off logs": on("/log", Fault(keep=10)),
    "garbage": always(Fault(body=b"<html>It works!</html>")),
    "an empty object": always(Fault(body=b"{}")),
    "an empty list of something": always(Fault(body=b'{"kind":"FooList","metadata":{},"items":[]}')),
}
HARMLESS = {"slow", "429 once"}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_the_server_does_there_is_a_diagnosis_in_time_with_named_gaps(name: str) -> None:
    run = load_run(DEMO)
    server = ApiServer(Answers(store_of_run(DEMO)), FAULTS[name])
    with server, _asked(run, server, seconds=2.0, alone=True) as live:
        begun = time.monotonic()
        found = diagnose(run.incident, live, run.boundary, limits=SHORT)
        took = time.monotonic() - begun
    assert took < 3.0
    assert found.verdict in {"external", "inconclusive"}
    lost = [one for one in found.gaps if one.evidence.startswith(("gap/kubernetes", "gap/logs"))]
    assert all(one.error for one in lost)
    if name not in HARMLESS:
        assert lost
    assert len(server.requests) <= LIVE.requests


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://nowhere.invalid"])
def test_a_server_that_is_not_there_is_one_gap(address: str, tmp_path: Path) -> None:
    found = _diagnosed_at(address, tmp_path)
    gap = next(one for one in found.gaps if one.evidence == "gap/kubernetes/objects")
    assert (gap.status, f"{address} cannot be reached" in gap.error) == ("error", True)
    assert "0x" not in gap.error


def test_a_server_without_tls_where_tls_is_expected_is_a_gap(tmp_path: Path) -> None:
    with ApiServer(Answers(store_of_run(DEMO))) as server:
        found = _diagnosed_at(server.url.replace("http", "https"), tmp_path)
    assert "cannot be reached" in found.gaps[0].error
    assert server.requests == []


def _diagnosed_at(address: str, folder: Path) -> Diagnosis:
    run = load_run(DEMO)
    with ApiServer(Answers(store_of_run(DEMO))) as elsewhere:
        config = elsewhere.kubeconfig(folder / "kubeconfig")
        config.write_text(config.read_text().replace(elsewhere.url, address))
    connection = connect(str(config), None)
    cluster = LiveCluster(connection, bounds=Bounds(seconds=2.0))
    found = diagnose(run.incident, Sources(name="x", now=run.sources.now, cluster=cluster), run.boundary, limits=SHORT)
    connection.close()
    assert found.verdict == "inconclusive"
    return found


@pytest.mark.parametrize("run_id", ["r-2a6171", "r-b02a29"])
@pytest.mark.parametrize("requests", [0, 1, 2, 5, 10, 15, 20, 22, 25, 30, 40])
def test_a_server_that_dies_in_mid_sweep_leaves_no_healthy_system_behind(run_id: str, requests: int) -> None:
    folder = RUNS / "sockshop" / run_id
    run = load_run(folder)
    whole = diagnose(run.incident, run.sources, run.boundary)
    with ApiServer(Answers(store_of_run(folder))) as server:
        server.dies_after(requests)
        with _asked(run, server, seconds=2.0, alone=True) as live:
            begun = time.monotonic()
            found = diagnose(run.incident, live, run.boundary, limits=SHORT)
            assert time.monotonic() - begun < 15
    assert found.verdict in {whole.verdict, "inconclusive"}
    assert any(one.status == "error" for one in found.gaps)


QUIET = [one for one in ALL if load_run(one).incident.question]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(folder=st.sampled_from(QUIET), requests=st.integers(0, 60), fault=st.sampled_from(["close", "403", "cut"]))
def test_what_was_not_read_never_makes_a_system_healthy(folder: Path, requests: int, fault: str) -> None:
    run = load_run(folder)
    whole = diagnose(run.incident, run.sources, run.boundary)
    spoilt = {"close": Fault(close=True), "403": Fault(status=403), "cut": Fault(keep=30)}[fault]
    server = ApiServer(Answers(store_of_run(folder)), after(requests, spoilt))
    with server, _asked(run, server, seconds=5.0) as live:
        found = diagnose(run.incident, live, run.boundary, limits=LIVE)
    # What healed within the window may be told as recovered: that was seen itself.
    healed = found.failure_mode == "recovered" and whole.status == "recovered"
    assert not (found.verdict == "no_fault" and whole.verdict in {"internal", "external"}) or healed


NAMES = st.one_of(
    st.sampled_from(["sock-shop", "orders", "../secrets", "a/b", "", "x?watch=1", "%2e%2e", "A", "a\nb"]),
    st.text(max_size=12),
)


@settings(max_examples=3000, deadline=None)
@given(
    kind=st.one_of(st.sampled_from([*LISTED, "Secret", "secrets", "pods/exec"]), st.text(max_size=8)),
    namespace=st.one_of(st.none(), NAMES),
    ref=st.builds(LogRef, NAMES, NAMES, NAMES, st.booleans()),
)
def test_no_question_makes_the_source_send_anything_but_reads(
    busy: tuple[ApiServer, LiveCluster], kind: str, namespace: str | None, ref: LogRef
) -> None:
    server, cluster = busy
    sent = len(server.requests)
    cluster.objects(kind, namespace)
    cluster.log_refs(ref.namespace)
    cluster.logs(ref, LATELY)
    for request in server.requests[sent:]:
        assert request.method == "GET"
        check(request.method, request.target, set(request.headers) - {"host"})
        assert "secret" not in request.path.lower()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiServer, LiveCluster]]:
    with ApiServer(Answers(store_of_run(DEMO), Rights())) as server:
        connection = connect(str(server.kubeconfig(tmp_path_factory.mktemp("busy") / "kubeconfig")), None)
        yield server, LiveCluster(connection, ["sock-shop"], bounds=Bounds(requests=100_000, seconds=600))
        assert len(server.requests) > 100, "too few questions reached the server to say anything of them"
        connection.close()
