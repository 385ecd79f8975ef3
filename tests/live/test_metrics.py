"""Real Prometheus and Alertmanager over recordings: what is read is what was recorded, and signals mean the same."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import msgspec
import pytest

from agent.diagnose import diagnose
from agent.run_input import RunInput, load_run
from agent.scene import Scene
from agent.sweep import LIVE, Limits, sweep
from agent.sweep_metrics import METRICS
from agent.toolbox import toolbox_for
from evals.lab.debian import Unpacked
from evals.lab.telemetry.program import Program
from evals.lab.telemetry.prometheus import alertmanager, backfill, packages, prometheus, scraping
from evals.lab.telemetry.replay import Receiver, ReplayExporter
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.prometheus import samples_of_run
from evals.loopback.store import store_of_run
from evals.signal_agreement import agreement
from tools.errors import ToolError
from tools.evidence import HISTORY, Window
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import DEFAULT, Bounds
from tools.questions import QUESTIONS
from tools.recorded import RecordedMetrics
from tools.signals import SIGNALS, Signal
from tools.source import Series, Sources

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "evals" / "runs"
MEASURED = sorted(path.parent for path in RUNS.glob("*/*/metrics.om"))
QUEUE = RUNS / "cedarcare" / "r-4bad04"


@pytest.fixture(scope="module")
def programs() -> Unpacked:
    return packages()


@pytest.fixture
def recorded_store(programs: Unpacked, tmp_path: Path) -> Iterator[Callable[[Path], Program]]:
    """Starts a Prometheus that holds a run's samples."""
    running: list[Program] = []

    def started(folder: Path) -> Program:
        place = tmp_path / folder.name
        place.mkdir()
        backfill(programs, samples_of_run(folder), place / "data")
        running.append(prometheus(programs, place).__enter__())
        return running[-1]

    yield started
    for program in running:
        program.kill()


def _source(url: str, bounds: Bounds = DEFAULT) -> LivePrometheus:
    return LivePrometheus(Server(Access(url=url), bounds.answer_bytes), bounds)


COVERING = ["harbourline/r-ebf1d7", "sockshop/r-f40432", "sockshop/r-e2521e", "harbourline/r-4bc47f",
            "cedarcare/r-4bad04", "harbourline/r-d0c9cd", "harbourline/r-574e5f"]  # fmt: skip
"""Together they hold every metric of a signal that any shipped recording holds."""


@pytest.mark.parametrize("name", COVERING)
def test_the_store_gives_the_recordings_samples_and_signals_agree(
    name: str, recorded_store: Callable[[Path], Program]
) -> None:
    run = load_run(RUNS / name)
    samples = samples_of_run(RUNS / name)
    store = _source(recorded_store(RUNS / name).url)
    recorded = RecordedMetrics(samples)
    wide = Window(run.incident.start - HISTORY, run.sources.now)
    for metric in METRICS:
        for wanted in ({}, {"namespace": ["", run.incident.namespace]}):
            expected, found = recorded.series(metric, wanted, wide), store.series(metric, wanted, wide)
            assert (found.status, _shown(found.value)) == (expected.status, _shown(expected.value))
    sizes = store.sizes(METRICS, wide)
    assert sizes.status == "ok"
    assert sum(sizes.value.values()) > 0
    compared = sum(_agree(store, one, samples, window) for window in (run.incident.window, wide) for one in SIGNALS)
    assert compared > 10


def test_tools_ask_the_store(recorded_store: Callable[[Path], Program]) -> None:
    folder = RUNS / "harbourline/r-6114d9"
    run, store = load_run(folder), _source(recorded_store(folder).url)
    sources = msgspec.structs.replace(run.sources, metrics=store, promql=store)
    toolbox = toolbox_for(Scene(run.incident, sweep(run.incident, sources, Limits())), sources, run.boundary)
    asked = {"namespace": "booking", "workload": "cashier"}
    digest = QUESTIONS["metric_query"].ask(toolbox, asked)
    assert digest.text.splitlines()[1].startswith("cpu_throttled_periods (periods): before 192 (12 a minute), ")
    query = 'sum by (pod) (rate(container_cpu_cfs_throttled_periods_total{namespace="booking"}[5m]))'
    found = QUESTIONS["promql"].ask(toolbox, {"query": query, "over_window": True})
    assert (found.status, found.text.splitlines()[1].partition(": ")[2]) == (
        "ok",
        "first 0.1, last 7.8, min 0.1, max 7.8",
    )


def _shown(series: list[Series]) -> list[str]:
    return sorted(repr((sorted(one.labels.items()), one.points)) for one in series)


def _agree(store: LivePrometheus, signal: Signal, samples: dict[str, list[Series]], window: Window) -> int:
    compared, differences = agreement(store, signal, samples, window)
    assert differences == []
    return compared


@pytest.mark.parametrize("held", [METRICS, [one.metrics[-1] for one in SIGNALS]], ids=["all", "stand-ins"])
def test_every_signal_agrees_also_where_no_shipped_recording_holds_it(
    held: Sequence[str], programs: Unpacked, tmp_path: Path
) -> None:
    run = load_run(QUEUE)
    end = run.sources.now.timestamp()
    alike = {"namespace": "shop", "pod": "a-1", "container": "a", "resource": "cpu", "quantile": "0.9"}
    samples: dict[str, list[Series]] = {}
    for place, metric in enumerate(METRICS):
        values = [((number * 7 + place) % 40) if number < 30 else 3 * number for number in range(60)]
        points = [(end - 15 * (60 - number), float(value)) for number, value in enumerate(values)]
        late = [(at, value + 1) for at, value in points[35:]]
        if metric in held:
            samples[metric] = [Series(alike, points), Series({**alike, "pod": "b-2"}, late)]
    backfill(programs, samples, tmp_path / "data")
    with prometheus(programs, tmp_path) as program:
        store = _source(program.url)
        window = Window(run.sources.now - timedelta(seconds=600), run.sources.now)
        for one in SIGNALS:
            assert _agree(store, one, samples, window) == (2 if "pod" in one.by else 1), one.name


@pytest.mark.parametrize(
    "name", ["cedarcare/r-4bad04", "sockshop/r-e2521e", "harbourline/r-ebf1d7", "harbourline/r-574e5f"]
)
def test_a_diagnosis_with_the_real_store_is_the_recordings(
    name: str, recorded_store: Callable[[Path], Program], tmp_path: Path
) -> None:
    folder = RUNS / name
    run = load_run(folder)
    whole = diagnose(run.incident, run.sources, run.boundary)
    with ApiServer(Answers(store_of_run(folder))) as cluster:
        sources = _live(run, cluster, tmp_path, recorded_store(folder).url)
        swept = sweep(run.incident, sources, LIVE)
        found = diagnose(run.incident, sources, run.boundary, limits=LIVE)
    recorded = sweep(run.incident, run.sources, Limits())
    assert {key: _shown(several) for key, several in swept.samples.items()} == {
        key: _shown(several) for key, several in recorded.samples.items()
    }
    assert (found.verdict, found.component, found.failure_mode, found.confidence) == (
        whole.verdict, whole.component, whole.failure_mode, whole.confidence,
    )  # fmt: skip


def _live(run: RunInput, cluster: ApiServer, folder: Path, url: str, bounds: Bounds = DEFAULT) -> Sources:
    connection = connect(str(cluster.kubeconfig(folder / "kubeconfig")), None)
    source = LiveCluster(connection, [run.incident.namespace or "default"], run.incident.start - HISTORY)
    store = _source(url, bounds)
    return Sources(
        name="loopback", now=run.sources.now, cluster=source, metrics=store, sizes=store, promql=store, alerts=store
    )


def test_the_command_line_reads_the_real_store(recorded_store: Callable[[Path], Program], tmp_path: Path) -> None:
    run = load_run(QUEUE)
    with ApiServer(Answers(store_of_run(QUEUE))) as cluster:
        command = [sys.executable, "-m", "agent.cli", "diagnose", run.incident.question, "--format", "json"]
        command += ["-n", run.incident.namespace, "--kubeconfig", str(cluster.kubeconfig(tmp_path / "kubeconfig"))]
        command += ["--start", run.incident.start.isoformat(), "--end", run.incident.end.isoformat()]
        environment = {"PYTHONPATH": str(ROOT), "PROMETHEUS_URL": recorded_store(QUEUE).url}
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    found: dict[str, Any] = json.loads(ran.stdout)
    assert (found["verdict"], found["failure_mode"]) == ("internal", "queue_backlog")
    assert any(one["source"] == "prometheus" for one in found["evidence"])
    assert not any(one["evidence"].startswith("gap/prometheus") for one in found["gaps"])


def test_every_query_of_the_evidence_gives_its_value_again(recorded_store: Callable[[Path], Program]) -> None:
    run = load_run(QUEUE)
    store = _source(recorded_store(QUEUE).url)
    found = diagnose(run.incident, run.sources, run.boundary)
    cited = [one for one in found.evidence if one.source == "prometheus"]
    assert cited
    for one in cited:
        answer = store.instant(one.query, run.sources.now + timedelta(days=3))
        assert answer.status == "ok", (one.query, answer.error)
        assert answer.value[0].points[-1][1] == pytest.approx(one.value["value"], rel=0.25)  # type: ignore[index,call-overload]


def test_what_the_real_store_refuses_is_told_in_its_words(recorded_store: Callable[[Path], Program]) -> None:
    store, run = _source(recorded_store(QUEUE).url), load_run(QUEUE)
    answer = store.instant("vector(1) + on(a) group_left(b) (vector(1) or vector(2))", run.sources.now)
    assert answer.status in {"ok", "error"}
    with pytest.raises(ToolError):
        store.instant("rate(kube_deployment_spec_replicas)", run.sources.now)
    assert store.instant("vector(1)", run.sources.now).value == [Series({}, [(run.sources.now.timestamp(), 1.0)])]
    assert store.instant("1 + 1", run.sources.now).value[0].points[0][1] == 2.0
    ranged = store.ranged("count(kube_deployment_spec_replicas)", run.incident.window, 60.0)
    assert ranged.status == "ok"
    assert len(ranged.value[0].points) > 3
    refused = store.ranged("kube_deployment_spec_replicas[5m]", run.incident.window, 60.0)
    assert (refused.status, "invalid expression type" in refused.error) == ("error", True)
    twice = store.instant('rate({__name__=~"kube_deployment_.*"}[1h])', run.sources.now)
    assert (twice.status, "same labelset" in twice.error) == ("error", True)


def test_a_servers_warning_makes_an_answer_partial(programs: Unpacked, tmp_path: Path) -> None:
    run = load_run(QUEUE)
    backfill(programs, samples_of_run(QUEUE), tmp_path / "data")
    elsewhere = {"remote_read": [{"url": "http://127.0.0.1:9/read", "read_recent": True, "remote_timeout": "1s"}]}
    with prometheus(programs, tmp_path, elsewhere) as program:
        answer = _source(program.url).series("kube_deployment_spec_replicas", {}, run.incident.window)
    assert (answer.status, bool(answer.value)) == ("truncated", True)
    assert "remote_read" in answer.error
    assert answer.warnings


def test_an_alert_of_a_replayed_incident_reaches_a_webhook(programs: Unpacked, tmp_path: Path) -> None:
    run, samples = load_run(QUEUE), samples_of_run(QUEUE)
    query = "jetstream_consumer_num_pending > 0"
    backlog = {"alert": "Backlog", "expr": query, "annotations": {"summary": "it grows"}}
    rules: list[dict[str, Any]] = [backlog, {"alert": "Never", "expr": "absent(up)"}]
    with Receiver() as receiver, ReplayExporter(samples, run.sources.now.timestamp() - 60) as exporter:
        to = alertmanager(programs, tmp_path, f"{receiver.url}/hook", receiver.token)
        with to, prometheus(programs, tmp_path, scraping(exporter.url, to.url), rules) as program:
            body = json.loads(_first(receiver))
            store = _source(program.url)
            alerts, known = store.alerts(), store.rules()
    assert body["version"] == "4"
    assert {one["labels"]["alertname"] for one in body["alerts"]} == {"Backlog"}
    assert [(one.name, one.state, one.annotations["summary"]) for one in alerts.value][:1] == [
        ("Backlog", "firing", "it grows")
    ]
    assert alerts.value[0].since is not None
    assert alerts.value[0].value is not None
    assert [(one.name, one.state, one.health) for one in known.value] == [
        ("Backlog", "firing", "ok"),
        ("Never", "inactive", "ok"),
    ]


def _first(receiver: Receiver) -> bytes:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if receiver.bodies:
            return receiver.bodies[0]
        time.sleep(0.05)
    pytest.fail("no alert within 30 s")


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
@pytest.mark.parametrize("after", [0.0, 0.15, 0.4])
def test_a_store_that_dies_in_mid_sweep_never_hangs_the_diagnosis(
    blow: signal.Signals, after: float, recorded_store: Callable[[Path], Program], tmp_path: Path
) -> None:
    run = load_run(QUEUE)
    program = recorded_store(QUEUE)
    with ApiServer(Answers(store_of_run(QUEUE))) as cluster:
        sources = _live(run, cluster, tmp_path, program.url)
        strike = Timer(after, os.kill, (program.process.pid, blow))
        strike.start()
        if not after:
            strike.join()
        begun = time.monotonic()
        found = diagnose(run.incident, sources, run.boundary, limits=Limits(logs=40, seconds=3.0))
        assert time.monotonic() - begun < 4.0
        strike.join()
    assert found.verdict in {"internal", "inconclusive"}
    if not after:
        assert any(one.evidence == "gap/prometheus/metrics" and one.error for one in found.gaps)
