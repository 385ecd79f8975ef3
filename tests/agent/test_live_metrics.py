"""A live sweep with a metric store: what a recording gives, in time, and of a large store what is near."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from agent.diagnose import diagnose
from agent.run_input import RunInput, load_run
from agent.sweep import LIVE, Limits, sweep
from agent.sweep_metrics import METRICS, Near, scope_of
from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.faults import Fault, Faults, after, always, on
from evals.loopback.live_cluster import live_cluster
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from evals.loopback.store import store_of_run
from evals.loopback.what_is_left import WhatIsLeft
from tools.kubernetes.requests import Bounds
from tools.prometheus.checked import check
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.requests import Bounds as QuestionBounds
from tools.selectors import is_wanted, selector
from tools.source import Answer, Series, Sources

RUNS = Path(__file__).parents[2] / "evals" / "runs"
MEASURED = sorted(path.parent for path in RUNS.glob("*/*/metrics.om"))
QUEUE = RUNS / "cedarcare" / "r-4bad04"
SHORT = Limits(logs=LIVE.logs, seconds=2.0)


@contextmanager
def _asked(run: RunInput, cluster: ApiServer, metrics: PrometheusServer, patience: float = 10.0) -> Iterator[Sources]:
    """The run's two live systems, and nothing of its recording; each question may take `patience` seconds."""
    store = LivePrometheus(Server(Access(url=metrics.url), 2**24), QuestionBounds(seconds=patience))
    with live_cluster(cluster, run.incident, Bounds(call_seconds=patience)) as source:
        yield Sources(name="loopback", now=run.sources.now, cluster=source, metrics=store, sizes=store)


@pytest.mark.parametrize("folder", MEASURED[::9], ids=lambda one: one.name)
def test_a_live_store_gives_the_recordings_samples_and_verdict(folder: Path) -> None:
    run = load_run(folder)
    recorded = sweep(run.incident, run.sources, Limits())
    cluster, metrics = ApiServer(Answers(store_of_run(folder))), PrometheusServer(samples_of_run(folder))
    with cluster, metrics:
        with _asked(run, cluster, metrics) as sources:
            swept = sweep(run.incident, sources, LIVE)
        with _asked(run, cluster, metrics) as sources:
            found = diagnose(run.incident, sources, run.boundary, limits=LIVE)
    assert run.sources.cluster is not None
    left = msgspec.structs.replace(run.sources, cluster=WhatIsLeft(run.sources.cluster))
    whole = diagnose(run.incident, left, run.boundary)
    if not (folder / "datadog").exists():
        assert _sorted(swept.samples) == _sorted(recorded.samples)
    assert (found.verdict, found.component, found.failure_mode) == (whole.verdict, whole.component, whole.failure_mode)


def _sorted(samples: dict[str, list[Series]]) -> dict[str, list[str]]:
    return {
        name: sorted(repr((sorted(one.labels.items()), one.points)) for one in several)
        for name, several in samples.items()
    }


FAULTS: dict[str, Faults] = {
    "hanging": always(Fault(hang=True)),
    "dripping": always(Fault(drip=0.05)),
    "401": always(Fault(status=401)),
    "403": always(Fault(status=403)),
    "429": always(Fault(status=429, retry_after=1)),
    "500": always(Fault(status=500)),
    "closed": always(Fault(close=True)),
    "cut off": always(Fault(keep=10)),
    "garbage": always(Fault(body=b"<html>It works!</html>")),
    "after five": after(5, Fault(hang=True)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_the_store_does_there_is_a_diagnosis_in_time_with_a_named_gap(name: str) -> None:
    run = load_run(QUEUE)
    whole = diagnose(run.incident, run.sources, run.boundary)
    cluster, metrics = ApiServer(Answers(store_of_run(QUEUE))), PrometheusServer(samples_of_run(QUEUE), FAULTS[name])
    with cluster, metrics, _asked(run, cluster, metrics, patience=1.0) as sources:
        begun = time.monotonic()
        found = diagnose(run.incident, sources, run.boundary, limits=SHORT)
        assert time.monotonic() - begun < 15
    assert found.verdict in {whole.verdict, "inconclusive"}
    gap = next(one for one in found.gaps if one.evidence.startswith("gap/prometheus"))
    assert gap.error


@pytest.mark.parametrize("fault", [Fault(hang=True), Fault(status=422)], ids=["hangs", "refused"])
def test_one_metric_that_is_not_answered_costs_no_other(fault: Fault) -> None:
    run = load_run(QUEUE)
    faults = on("kube_deployment_spec_replicas%5B", fault)
    cluster, metrics = ApiServer(Answers(store_of_run(QUEUE))), PrometheusServer(samples_of_run(QUEUE), faults)
    with cluster, metrics, _asked(run, cluster, metrics, patience=4.0) as sources:
        found = diagnose(run.incident, sources, run.boundary, limits=LIVE)
    gap = next(one for one in found.gaps if one.evidence.startswith("gap/prometheus"))
    assert gap.error.startswith("kube_deployment_spec_replicas of ")
    assert found.verdict == diagnose(run.incident, run.sources, run.boundary).verdict


@pytest.mark.parametrize("requests", [0, 1, 2, 8, 20, 30])
def test_a_store_that_is_killed_in_mid_sweep_never_hangs(requests: int) -> None:
    run = load_run(QUEUE)
    metrics = PrometheusServer(samples_of_run(QUEUE))
    metrics.dies_after(requests)
    with (
        ApiServer(Answers(store_of_run(QUEUE))) as cluster,
        metrics,
        _asked(run, cluster, metrics) as sources,
    ):
        begun = time.monotonic()
        found = diagnose(run.incident, sources, run.boundary, limits=SHORT)
        assert time.monotonic() - begun < 15
    assert found.verdict != "no_fault"
    assert any(one.evidence.startswith("gap/prometheus") and "broke" in one.error for one in found.gaps) or any(
        "cannot be reached" in one.error for one in found.gaps
    )


def test_a_diagnosis_ends_in_time_though_everything_hangs_and_tells_of_each() -> None:
    run = load_run(QUEUE)
    hanging = always(Fault(hang=True))
    cluster, metrics = ApiServer(Answers(store_of_run(QUEUE)), hanging), PrometheusServer({}, hanging)
    with cluster, metrics, _asked(run, cluster, metrics) as sources:
        everything = msgspec.structs.replace(sources, search=_Forever())
        begun = time.monotonic()
        found = diagnose(run.incident, everything, run.boundary, limits=SHORT)
        assert time.monotonic() - begun < 8  # where anybody waited for a question's own end it would be 10
    assert found.verdict == "inconclusive"
    told = {one.evidence for one in found.gaps}
    assert {"gap/prometheus/metrics", "gap/datadog/logs", "gap/datadog/events"} <= told
    assert any(one.startswith("gap/kubernetes/") for one in told)


def test_a_hanging_cluster_leaves_the_metrics_their_time() -> None:
    run = load_run(QUEUE)
    cluster, metrics = (
        ApiServer(Answers(store_of_run(QUEUE)), always(Fault(hang=True))),
        PrometheusServer(samples_of_run(QUEUE)),
    )
    with cluster, metrics, _asked(run, cluster, metrics) as sources:
        swept = sweep(run.incident, sources, Limits(logs=LIVE.logs, seconds=6.0))
    assert _sorted(swept.samples) == _sorted(sweep(run.incident, run.sources, Limits()).samples)


class _Forever:
    """A search that never answers."""

    def logs(self, *_: object) -> Answer[list[object]]:
        time.sleep(20)
        return Answer([], "")

    events = search = logs


def test_of_too_many_samples_the_near_ones_are_read() -> None:
    sizes = {"": 10, "shop": 400, "bank": 300, "far": 200, "huge": 90_000}
    near = Near(["shop", "bank"], ["cart-1", "till-1"])
    scope = scope_of(sizes, near, 1000)
    assert scope.wanted == {"namespace": ["", "shop", "bank", "far"]}
    assert scope.note == "samples of 4 of 5 namespaces were read: of 90910 samples about 1000 are read"
    tight = scope_of(sizes, Near(["huge", "shop"], ["cart-1", "till-1"]), 1000)
    assert tight.wanted == {"namespace": ["", "huge", "shop"], "pod": ["", "cart-1", "till-1"]}
    assert "those of 2 near ones" in tight.note


def test_a_scope_is_a_query_that_may_be_sent_however_long_the_names_are() -> None:
    spaces = [f"{'n.' * 30}{number:03}" for number in range(300)]
    for most in (10, 1000):
        near = Near(spaces[:90], [f"{'p.' * 120}{number:03}" for number in range(90)])
        scope = scope_of(dict.fromkeys(spaces, 20), near, most)
        assert len(list(scope.wanted["namespace"])) > 3
        check(selector(METRICS[0], scope.wanted))


def test_a_store_of_a_large_cluster_is_not_read_whole_and_that_is_told() -> None:
    run = load_run(QUEUE)
    samples = samples_of_run(QUEUE)
    at = run.sources.now.timestamp() - 30
    samples["container_memory_working_set_bytes"] = samples.get("container_memory_working_set_bytes", []) + [
        Series({"namespace": "elsewhere", "pod": f"p-{number}", "container": "c"}, [(at, 1.0)])
        for number in range(3000)
    ]
    cluster, metrics = ApiServer(Answers(store_of_run(QUEUE))), PrometheusServer(samples)
    with cluster, metrics, _asked(run, cluster, metrics) as sources:
        swept = sweep(run.incident, sources, LIVE)
    read = [one for several in swept.samples.values() for one in several]
    assert read
    assert not any(is_wanted(one.labels, {"namespace": "elsewhere"}) for one in read)
    assert any("namespaces were read: of" in one for one in swept.notes)
