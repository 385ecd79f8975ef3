"""Signals in PromQL mean what the recorded rendering counts; tests/live asks the real Prometheus the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.sweep_metrics import METRICS
from evals.loopback.prometheus import PrometheusServer, samples_of_run
from evals.signal_agreement import agreement
from tools.evidence import Window
from tools.prometheus.checked import check
from tools.prometheus.connect import Access, Server
from tools.prometheus.metrics import LivePrometheus
from tools.prometheus.queries import signal_query
from tools.reductions import grouped
from tools.run_folder import read_head
from tools.signals import BY_NAME, SIGNALS, Signal
from tools.source import Series

RUNS = Path(__file__).parents[2] / "evals" / "runs"
AT = datetime(2025, 11, 11, 6, 40, tzinfo=UTC)
END = int(AT.timestamp())
WINDOW = Window(AT - timedelta(minutes=13), AT)
QUEER = 'a"b\\c\nd{e}|[5m]'


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: one.name)
def test_every_rendering_is_promql_whatever_the_labels_hold(signal: Signal) -> None:
    for wanted in ({}, {"namespace": "shop"}, {"namespace": QUEER, "pod": ["", QUEER]}):
        for by in ((), signal.by):
            check(signal_query(signal, wanted, WINDOW, by))


def test_the_same_question_reads_as_a_person_would_write_it() -> None:
    restarts = signal_query(BY_NAME["restarts"], {"namespace": "shop", "pod": ["a.b-1", "c-2"]}, WINDOW, ("pod",))
    assert restarts == (
        'sum by (pod) (increase(kube_pod_container_status_restarts_total{namespace="shop",pod=~"a\\\\.b-1|c-2"}'
        f"[780s] @ {END}))"
    )
    limit = signal_query(BY_NAME["cpu_limit"], {}, Window(AT, AT + timedelta(milliseconds=1500)))
    assert limit == (
        f'sum (last_over_time(kube_pod_container_resource_limits{{resource="cpu"}}[1s500ms] @ {END + 1.5}))'
    )


def test_a_kind_of_workload_has_its_own_metric() -> None:
    query = signal_query(BY_NAME["replicas_available"], {"namespace": "shop", "statefulset": "db"}, WINDOW)
    assert query.count("kube_") == 1
    assert "kube_statefulset_status_replicas_available" in query


def test_metrics_of_different_things_are_counted_together_and_others_only_where_the_first_has_none() -> None:
    joined = signal_query(BY_NAME["packets_dropped"], {}, WINDOW)
    assert joined.startswith("sum (label_replace(increase(container_network_receive_packets_dropped_total[780s]")
    assert " or label_replace(increase(container_network_transmit_packets_dropped_total" in joined
    memory = signal_query(BY_NAME["memory"], {}, WINDOW, ("pod",))
    assert memory.endswith(f"unless on() present_over_time(container_memory_working_set_bytes[780s] @ {END}))")
    known = signal_query(BY_NAME["memory"], {}, WINDOW, among=["container_memory_usage_bytes"])
    assert known == f"max (max_over_time(container_memory_usage_bytes[780s] @ {END}))"
    scaled = signal_query(BY_NAME["request_seconds"], {}, WINDOW, among=["istio_request_duration_milliseconds_sum"])
    assert scaled == f"sum (increase(istio_request_duration_milliseconds_sum[780s] @ {END}) * 0.001)"


@pytest.mark.parametrize("run", ["harbourline/r-ebf1d7", "harbourline/r-4bc47f", "cedarcare/r-4bad04"])
def test_renderings_agree_on_a_recordings_samples(run: str) -> None:
    samples, head = samples_of_run(RUNS / run), read_head(RUNS / run)
    windows = [Window(head.recorded_at - timedelta(minutes=length), head.recorded_at) for length in (25, 150)]
    compared = 0
    with PrometheusServer(samples) as server:
        store = LivePrometheus(Server(Access(url=server.url), 2**24))
        for signal in SIGNALS:
            for window in windows:
                count, differences = agreement(store, signal, samples, window)
                assert differences == []
                compared += count
    assert compared > 10


@pytest.mark.parametrize("held", [METRICS, [one.metrics[-1] for one in SIGNALS]], ids=["all", "stand-ins"])
def test_renderings_agree_on_every_signal_through_restarts_and_late_starts(held: Sequence[str]) -> None:
    alike = {"namespace": "shop", "pod": "a-1", "container": "a", "resource": "cpu", "quantile": "0.9"}
    values = [number * 7 % 40 if number < 30 else 3 * number for number in range(60)]
    points = [(END - 15.0 * (60 - number), float(value)) for number, value in enumerate(values)]
    both = [Series(alike, points), Series({**alike, "pod": "b-2"}, points[35:])]
    samples = dict.fromkeys(held, both)
    with PrometheusServer(samples) as server:
        store = LivePrometheus(Server(Access(url=server.url), 2**24))
        for signal in SIGNALS:
            assert agreement(store, signal, samples, WINDOW) == (2 if "pod" in signal.by else 1, [])


def test_the_recorded_rendering_chooses_scales_and_groups_alike() -> None:
    def series(value: float, **labels: str) -> Series:
        return Series(labels, [(END - 60, 0.0), (END, value)])

    seconds = BY_NAME["request_seconds"]
    samples = {
        "istio_request_duration_milliseconds_sum": [
            series(3000, service="a", pod="1"),
            series(500, service="a", pod="2"),
        ],
    }
    chosen = seconds.chosen(samples, {"service": "a"})
    assert grouped(chosen, seconds.function, ("service",), WINDOW) == {("a",): 3.5}
    samples["http_request_duration_seconds_sum"] = [series(9, service="b")]
    assert grouped(seconds.chosen(samples, {}), seconds.function, ("service", "job"), WINDOW) == {("b", ""): 9.0}
    memory = BY_NAME["memory"].chosen({"container_memory_usage_bytes": [series(5), series(7)]}, {})
    assert grouped(memory, "max", (), WINDOW) == {(): 7.0}
    assert grouped(memory, "avg", (), WINDOW) == {(): 3.0}
    assert grouped(memory, "max", (), Window(AT - timedelta(hours=2), AT - timedelta(hours=1))) == {}
