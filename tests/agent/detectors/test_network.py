"""Delay and loss, told from what is measured at both ends, against everything else that makes answers late."""

from collections.abc import Callable, Sequence

from agent.detectors import network as detector
from agent.finding import Finding
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, object]]]
Sampled = dict[str, list[tuple[dict[str, str], list[tuple[float, float]]]]]

LATENCY = "http_request_duration_seconds"
CALLS = (("shop/door", "shop/till"), ("shop/till", "shop/stock"), ("shop/till", "shop/price"))


def gauge(before: float, now: float, since: float = 5, until: float = 99) -> list[tuple[float, float]]:
    return [(minute, now if since <= minute < until else before) for minute in range(-30, 31)]


def counter(before: float, now: float, since: float = 5, until: float = 99) -> list[tuple[float, float]]:
    total, points = 0.0, []
    for minute, rate in gauge(before, now, since, until):
        points.append((minute, total))
        total += 60 * rate
    return points


def latency(**levels: tuple[float, float]) -> Sampled:
    """Quantiles 0.5 and 0.9 of Services, the latter 1.5 times the former."""
    rows = []
    for name, (before, now) in levels.items():
        labels = {"namespace": "shop", "service": name}
        rows += [({**labels, "quantile": "0.5"}, gauge(before, now))]
        rows += [({**labels, "quantile": "0.9"}, gauge(1.5 * before, 1.5 * now))]
    return {LATENCY: rows}


def shop(workload: Build, **nodes: str) -> list[dict[str, object]]:
    names = ("door", "till", "stock", "price")
    return [one for name in names for one in workload(name, node=nodes.get(name, "node-1"))]


def nodes(*names: str) -> list[dict[str, object]]:
    return [{"kind": "Node", "metadata": {"name": name}} for name in names]


def causes(scene: Scene) -> list[tuple[str, str]]:
    return [(one.component, one.condition) for one in _found(scene) if one.role == "cause"]


def _found(scene: Scene) -> list[Finding]:
    return list(detector.detect(scene))


def test_the_callee_that_nobody_further_down_explains_is_delayed(
    scene_of: SceneOf, workload: Build, unverified: Callable[[Scene, Sequence[Finding]], list[str]]
) -> None:
    samples = latency(door=(0.04, 2.6), till=(0.02, 2.3), stock=(0.005, 1.2), price=(0.005, 0.005))
    scene = scene_of(shop(workload), samples=samples, declared=CALLS)

    found = _found(scene)

    assert causes(scene) == [("shop/deployment/stock", "network_delay")]
    assert {one.component for one in found if one.role == "symptom"} == {
        f"shop/deployment/{name}" for name in ("door", "till", "stock")
    }
    cause = next(one for one in found if one.role == "cause")
    assert cause.touches == ("shop/deployment/door", "shop/deployment/till")
    assert cause.since is not None
    assert cause.since.minute == 5
    assert cause.until is None
    assert unverified(scene, found) == []


def test_a_delayed_caller_is_not_its_callees_fault_that_feel_it_a_little(scene_of: SceneOf, workload: Build) -> None:
    samples = latency(till=(0.05, 9.0), stock=(0.005, 0.3), price=(0.005, 0.005))

    assert causes(scene_of(shop(workload), samples=samples, declared=CALLS)) == [
        ("shop/deployment/till", "network_delay")
    ]


def test_a_mean_of_sum_and_count_tells_the_same(scene_of: SceneOf, workload: Build) -> None:
    labels = {"destination_workload": "stock", "destination_workload_namespace": "shop", "namespace": "shop"}
    seconds, count = counter(5 * 10.0, 5 * 900.0), counter(5, 5)
    samples = {
        "istio_request_duration_milliseconds_sum": [(labels, seconds)],
        "istio_request_duration_milliseconds_count": [(labels, count)],
    }

    scene = scene_of(shop(workload), samples=samples, declared=CALLS)

    assert causes(scene) == [("shop/deployment/stock", "network_delay")]
    assert "0.900 s to answer instead of 0.010 s" in _found(scene)[0].says


def test_who_works_at_its_cpu_limit_is_not_delayed(scene_of: SceneOf, workload: Build) -> None:
    box = {"resources": {"limits": {"cpu": "500m"}}}
    objects = [*workload("till"), *workload("stock", container=box)]
    busy = ({"namespace": "shop", "deployment": "stock"}, counter(0.05, 0.49))
    samples = latency(stock=(0.005, 0.9)) | {"container_cpu_usage_seconds_total": [busy]}

    assert causes(scene_of(objects, samples=samples, declared=CALLS)) == []


def test_who_waits_for_a_vendor_that_times_out_is_not_delayed(
    scene_of: SceneOf, workload: Build, calls: Callable[..., str]
) -> None:
    url = "https://api.example.com/v1/prices"
    log = calls(url, -30, 5) + calls(url, 5, 28, "context deadline exceeded")
    scene = scene_of(shop(workload), {("shop", "stock-1", "stock"): log}, samples=latency(stock=(0.01, 5.0)))

    assert causes(scene) == []


def test_a_delay_that_is_over_has_an_end(scene_of: SceneOf, workload: Build) -> None:
    labels = {"namespace": "shop", "service": "stock", "quantile": "0.5"}
    scene = scene_of(shop(workload), samples={LATENCY: [(labels, gauge(0.005, 1.2, 5, 15))]}, declared=CALLS)

    cause = next(one for one in _found(scene) if one.role == "cause")

    assert cause.until is not None
    assert cause.until.minute == 15


def test_a_spike_and_a_rise_that_nobody_feels_are_no_delay(scene_of: SceneOf, workload: Build) -> None:
    labels = {"namespace": "shop", "service": "stock", "quantile": "0.9"}
    spike = scene_of(shop(workload), samples={LATENCY: [(labels, gauge(0.005, 3.0, 9, 10))]})
    tiny = scene_of(shop(workload), samples=latency(stock=(0.001, 0.01)))

    assert _found(spike) == []
    assert _found(tiny) == []


def test_several_who_are_slow_by_themselves_on_one_node_are_the_nodes(scene_of: SceneOf, workload: Build) -> None:
    samples = latency(till=(0.02, 4.0), stock=(0.005, 1.5), price=(0.004, 1.4))
    objects = [*shop(workload, stock="node-2", price="node-2"), *nodes("node-1", "node-2")]

    assert causes(scene_of(objects, samples=samples, declared=CALLS)) == [("-/node/node-2", "network_delay")]


def test_several_on_different_nodes_are_not_a_nodes(scene_of: SceneOf, workload: Build) -> None:
    samples = latency(stock=(0.005, 1.5), price=(0.004, 1.4))
    objects = [*shop(workload, stock="node-2"), *nodes("node-1", "node-2")]

    assert {one for one, _ in causes(scene_of(objects, samples=samples, declared=CALLS))} == {
        "shop/deployment/stock",
        "shop/deployment/price",
    }


def retransmits(**levels: tuple[float, float]) -> Sampled:
    rows = [({"instance": f"{name.replace('_', '-')}:9100"}, counter(*level)) for name, level in levels.items()]
    return {"node_netstat_Tcp_RetransSegs": rows}


def test_a_node_that_retransmits_far_more_than_others_loses_packets(
    scene_of: SceneOf, workload: Build, unverified: Callable[[Scene, Sequence[Finding]], list[str]]
) -> None:
    samples = latency(stock=(0.005, 0.2)) | retransmits(node_1=(0.1, 0.9), node_2=(0.1, 12.0))
    objects = [*shop(workload, stock="node-2"), *nodes("node-1", "node-2")]
    scene = scene_of(objects, samples=samples, declared=CALLS)

    assert causes(scene) == [("-/node/node-2", "packet_loss")]
    assert unverified(scene, _found(scene)) == []


def test_retransmissions_everywhere_or_with_nobody_hurt_are_no_cause(scene_of: SceneOf, workload: Build) -> None:
    objects = [*shop(workload), *nodes("node-1", "node-2")]
    everywhere = retransmits(node_1=(0.1, 10.0), node_2=(0.1, 12.0))

    assert causes(scene_of(objects, samples=everywhere)) == []
    assert causes(scene_of(objects, samples=retransmits(node_1=(0.1, 9.0)))) == []


def test_packet_loss_that_is_over_has_an_end(scene_of: SceneOf, workload: Build) -> None:
    row = ({"node": "node-1"}, counter(0.1, 12.0, 5, 15))
    samples = latency(stock=(0.005, 0.2)) | {"node_netstat_Tcp_RetransSegs": [row]}

    found = _found(scene_of([*shop(workload), *nodes("node-1")], samples=samples))

    assert [(one.condition, one.until.minute) for one in found if one.until] == [("packet_loss", 16)]


def requests(**levels: tuple[float, float]) -> Sampled:
    rows = [({"namespace": "shop", "service": name}, counter(*level)) for name, level in levels.items()]
    return {"http_requests_total": rows}


def test_who_answers_less_than_its_callers_send_holds_requests_up(
    scene_of: SceneOf, workload: Build, unverified: Callable[[Scene, Sequence[Finding]], list[str]]
) -> None:
    samples = requests(door=(6.0, 2.0), till=(6.0, 1.2), stock=(3.0, 0.7))
    scene = scene_of(shop(workload), samples=samples, declared=CALLS)

    assert causes(scene) == [("shop/deployment/till", "network_delay")]
    assert unverified(scene, _found(scene)) == []


def test_less_traffic_everywhere_is_only_less_traffic(scene_of: SceneOf, workload: Build) -> None:
    samples = requests(door=(6.0, 2.0), till=(6.0, 2.0), stock=(3.0, 1.0))

    assert _found(scene_of(shop(workload), samples=samples, declared=CALLS)) == []
