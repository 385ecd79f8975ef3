"""A live sweep with Datadog: the recording's diagnosis, in time whatever Datadog does, and nothing sent but reads."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from agent.diagnose import diagnose
from agent.live_datadog import with_datadog
from agent.run_input import RunInput, load_run
from agent.scene import Scene
from agent.sweep import LIVE, Limits, sweep
from agent.toolbox import toolbox_for
from evals.decided import decided
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.datadog import DatadogServer, account_of_run
from evals.loopback.faults import Fault, Faults, after, always, on
from evals.loopback.live_cluster import live_cluster
from evals.loopback.store import store_of_run
from tools.datadog.guard import check
from tools.errors import InputError
from tools.metric_stores import Filled
from tools.openmetrics import parse_openmetrics
from tools.questions import QUESTIONS
from tools.recorded import RecordedMetrics
from tools.source import Sources

RUNS = Path(__file__).parents[2] / "evals" / "runs"
ALL = sorted(path.parent.parent for path in RUNS.glob("*/*/datadog/logs.jsonl"))
ONE = RUNS / "sockshop" / "r-2a6171"
SHORT = Limits(logs=LIVE.logs, seconds=1.0)
KEYS = {"DD_API_KEY": DatadogServer.keys[0], "DD_APP_KEY": DatadogServer.keys[1]}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@contextmanager
def asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, faults: Faults | None = None
) -> Iterator[tuple[RunInput, DatadogServer, Sources]]:
    """The run's sources, of which Datadog is asked over HTTP, as the environment says."""
    run = load_run(folder)
    with DatadogServer(account_of_run(folder), faults) as server:
        monkeypatch.setenv("DD_URL", server.url)
        alone = msgspec.structs.replace(run.sources, search=None, alerts=None, metrics=_prometheus(folder))
        yield run, server, with_datadog(alone, run.incident)


def _prometheus(folder: Path) -> RecordedMetrics | None:
    path = folder / "metrics.om"
    return RecordedMetrics(parse_openmetrics(path.read_text(), str(path), 1e12)) if path.exists() else None


@pytest.mark.parametrize("folder", ALL, ids=lambda one: one.name)
def test_live_and_recorded_are_diagnosed_alike(folder: Path, monkeypatch: pytest.MonkeyPatch, keys: None) -> None:
    del keys
    with asked(folder, monkeypatch) as (run, server, sources), ApiServer(Answers(store_of_run(folder))) as cluster:
        found = diagnose(run.incident, sources, run.boundary, limits=LIVE)
        assert decided(found) == decided(diagnose(run.incident, run.sources, run.boundary))
        with live_cluster(cluster, run.incident) as live:
            both = msgspec.structs.replace(sources, cluster=live)
            whole = diagnose(run.incident, both, run.boundary, limits=LIVE)
        assert decided(whole)["verdict"] == decided(found)["verdict"]
        for request in server.requests:
            check(request.method, request.target, set(request.headers) - {"host", "content-length"})


FAULTS: dict[str, Faults] = {
    "hanging": always(Fault(hang=True)),
    "slow": always(Fault(delay=0.4)),
    "dripping": always(Fault(drip=0.05)),
    "401": always(Fault(status=401)),
    "403": always(Fault(status=403)),
    "403 on logs": on("/logs/", Fault(status=403)),
    "429": always(Fault(status=429, retry_after=600)),
    "500": always(Fault(status=500)),
    "closed": always(Fault(close=True)),
    "cut off": always(Fault(keep=10)),
    "garbage": always(Fault(body=b"<html>It works!</html>")),
    "an empty object": always(Fault(body=b"{}")),
    "after two": after(2, Fault(hang=True)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_datadog_does_there_is_a_diagnosis_in_time_with_named_gaps(
    name: str, monkeypatch: pytest.MonkeyPatch, keys: None
) -> None:
    del keys
    with asked(ONE, monkeypatch, FAULTS[name]) as (run, _, sources):
        begun = time.monotonic()
        found = diagnose(run.incident, sources, run.boundary, limits=SHORT)
        assert time.monotonic() - begun < 15
    assert found.verdict in {"external", "inconclusive"}
    lost = [one for one in found.gaps if one.evidence.startswith(("gap/datadog", "gap/prometheus"))]
    assert all(one.error for one in lost)
    assert lost


@pytest.mark.parametrize("requests", [0, 1, 6])
def test_datadog_killed_in_mid_sweep_never_hangs_and_is_told(
    requests: int, monkeypatch: pytest.MonkeyPatch, keys: None
) -> None:
    del keys
    with asked(ONE, monkeypatch) as (run, server, sources):
        server.dies_after(requests)
        begun = time.monotonic()
        found = diagnose(run.incident, sources, run.boundary, limits=SHORT)
        assert time.monotonic() - begun < 15
    assert found.verdict in {"external", "inconclusive"}
    assert any(one.evidence.startswith(("gap/datadog", "gap/prometheus")) and one.error for one in found.gaps)


def test_a_search_tells_what_alerts_beside_its_lines(monkeypatch: pytest.MonkeyPatch, keys: None) -> None:
    del keys
    with asked(RUNS / "sockshop" / "r-f2988c", monkeypatch) as (run, server, sources):
        scene = Scene(run.incident, sweep(run.incident, run.sources, Limits()))
        found = QUESTIONS["datadog_search"].ask(toolbox_for(scene, sources, run.boundary), {"query": "status:error"})
        server.faults = always(Fault(status=403))
        denied = with_datadog(msgspec.structs.replace(run.sources, alerts=None), run.incident)
        again = QUESTIONS["datadog_search"].ask(toolbox_for(scene, denied, run.boundary), {"query": "status:error"})
    assert "\nalerts now: KubeDeploymentAtZero firing since 11:31:00Z (" in found.text
    assert "\nalerts now: denied: HTTP 403: fault on order" in again.text


def test_with_the_cluster_out_of_reach_datadog_alone_tells_who_failed(
    monkeypatch: pytest.MonkeyPatch, keys: None, tmp_path: Path
) -> None:
    del keys
    config = tmp_path / "kubeconfig"
    user, cluster = "{name: a, user: {token: t}}", "{name: a, cluster: {server: 'http://127.0.0.1:9'}}"
    head = f"apiVersion: v1\nkind: Config\ncurrent-context: a\nusers: [{user}]\nclusters: [{cluster}]\n"
    config.write_text(f"{head}contexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n")
    arguments = ["diagnose", "Customers cannot pay", "-n", "sock-shop", "--kubeconfig", str(config), "--format", "json"]
    arguments += ["--start", "2025-11-11T06:30:00Z", "--end", "2025-11-11T06:43:00Z"]
    arguments += ["--boundary", str(RUNS / "sockshop" / "boundary.yaml")]
    with asked(ONE, monkeypatch) as (_, server, _sources):
        sent = len(server.requests)
        alone = {"PYTHONPATH": str(RUNS.parents[1]), "DD_URL": server.url, **KEYS}
        command = [sys.executable, "-m", "agent.cli", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, env=alone, check=False, timeout=50)
        assert len(server.requests) > sent
        wrong = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env={**alone, "DD_URL": "", "DD_SITE": "us1"},
            check=False,
            timeout=50,
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    found = json.loads(ran.stdout)
    assert (found["verdict"], found["failure_mode"]) == ("external", "scaled_to_zero")
    assert any(one["evidence"] == "gap/kubernetes/objects" for one in found["gaps"])
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("faultside: DD_SITE: expected a site of Datadog, got 'us1'")


def test_without_keys_datadog_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with asked(ONE, monkeypatch) as (_, server, sources):
        assert (sources.search, sources.alerts, server.requests) == (None, None, [])


@pytest.mark.parametrize(("given", "missing"), [("DD_API_KEY", "DD_APP_KEY"), ("DD_APP_KEY", "DD_API_KEY")])
def test_one_key_without_the_other_is_a_gap(given: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(given, KEYS[given])
    with asked(ONE, monkeypatch) as (run, _, sources):
        found = diagnose(run.incident, sources, run.boundary)
    gap = next(one for one in found.gaps if one.evidence == "gap/datadog/logs")
    assert missing in gap.error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DD_SITE", "app.datadoghq.com"),
        ("DD_URL", "ftp://example"),
        ("DD_APP_KEY", "short"),
        ("FAULTSIDE_DATADOG_SCOPE", "prod"),
        ("FAULTSIDE_DATADOG_SCOPE", "env:prod OR *"),
    ],
)
def test_what_is_wrong_with_a_variable_names_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, keys: None
) -> None:
    del keys
    monkeypatch.setenv(name, value)
    run = load_run(ONE)
    with pytest.raises(InputError) as error:
        with_datadog(run.sources, run.incident)
    assert error.value.file == name


def test_prometheus_wins_and_datadog_fills(monkeypatch: pytest.MonkeyPatch, keys: None) -> None:
    del keys
    with asked(RUNS / "sockshop" / "r-42e400", monkeypatch) as (run, server, sources):
        assert isinstance(sources.metrics, Filled)
        window = run.incident.window
        assert sources.metrics.series("rabbitmq_queue_messages", {}, window).value
        assert server.requests == []
        assert sources.metrics.series("kube_deployment_spec_replicas", {}, window).value
        assert [one.path for one in server.requests] == ["/api/v1/query"]
