"""The checkup of a metric store: its targets, and which of our signals have samples."""

import time
from collections.abc import Iterator

import pytest

from agent.doctor import Asked, Check, examine, exit_status
from agent.doctor.metrics import checks as section
from evals.loopback.faults import Fault, on
from evals.loopback.prometheus import PrometheusServer
from tools.source import Series

SHOWN = "a-token-of-some-length"
REPLICAS = "kube_deployment_status_replicas_available"


@pytest.fixture
def samples() -> dict[str, list[Series]]:
    before = time.time() - 5
    targets = [Series({"job": job, "instance": job}, [(before, value)]) for job, value in (("a", 1.0), ("b", 0.0))]
    return {"up": targets, REPLICAS: [Series({"namespace": "x"}, [(before, 1.0)])]}


@pytest.fixture
def store(samples: dict[str, list[Series]], monkeypatch: pytest.MonkeyPatch) -> Iterator[PrometheusServer]:
    with PrometheusServer(samples) as running:
        running.wanted = {"authorization": f"Bearer {SHOWN}"}
        monkeypatch.setenv("PROMETHEUS_URL", running.url)
        monkeypatch.setenv("PROMETHEUS_TOKEN", SHOWN)
        yield running


def _examined() -> list[Check]:
    return examine(Asked(deadline=time.monotonic() + 5), {"prometheus": section})


def test_targets_and_signals(store: PrometheusServer, samples: dict[str, list[Series]]) -> None:
    checks = _examined()
    assert exit_status(checks) == 0
    told = {(one.name, one.state): one for one in checks}
    assert list(told) == [
        ("server", "ok"), ("targets", "warning"), ("signals", "ok"), ("kube-state-metrics", "ok"),
    ]  # fmt: skip
    assert told["targets", "warning"].said == "1 of 2 are down: b"
    assert "1 of " in told["signals", "ok"].said
    samples["up"].pop()
    samples["kube_state_metrics_list_total"] = samples["container_memory_working_set_bytes"] = samples.pop(REPLICAS)
    server, targets, signals, state_metrics = _examined()
    assert (targets.said, signals.state) == ("1 of 1 are up", "ok")
    assert state_metrics.do.startswith("install kube-state-metrics")
    del samples["container_memory_working_set_bytes"]
    assert [(one.name, one.state) for one in _examined()][2:] == [("signals", "warning")]
    assert {request.method for request in store.requests} == {"GET"}
    assert server.said == f"{store.url} answers"


def test_a_store_without_targets_of_its_own(store: PrometheusServer, samples: dict[str, list[Series]]) -> None:
    del samples["up"]
    assert [one.state for one in _examined()] == ["ok", "warning", "ok", "ok"]
    store.faults = on("count", Fault(status=422))
    checks = _examined()
    assert ("signals", "warning") in [(one.name, one.state) for one in checks]
    assert exit_status(checks) == 0


def test_a_store_that_refuses_is_away_or_is_none(store: PrometheusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    store.wanted = {"authorization": "Bearer another"}
    [refused] = _examined()
    assert (refused.state, exit_status([refused])) == ("missing", 2)
    assert "PROMETHEUS_TOKEN" in refused.do
    store.kill()
    [away] = _examined()
    assert (away.state, exit_status([away])) == ("missing", 3)
    monkeypatch.setenv("PROMETHEUS_URL", "prometheus:9090")
    [wrong] = _examined()
    assert (wrong.state, exit_status([wrong])) == ("missing", 2)
    assert "PROMETHEUS_URL" in wrong.said
    assert SHOWN not in repr([refused, away, wrong])
