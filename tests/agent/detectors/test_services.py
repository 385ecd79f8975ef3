from collections.abc import Callable

import pytest

from agent.detectors.services import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
Log = dict[tuple[str, ...], str]

REFUSED = "dial tcp 10.96.4.4:80: connect: connection refused"
TIMEOUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
URL = "http://payment/pay"
CALLER = ("shop", "orders-1", "orders")
Build = Callable[..., list[object]]


@pytest.fixture
def log(calls: Callable[..., str]) -> dict[tuple[str, str, str], str]:
    return {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, REFUSED)}


def test_a_selector_that_misses_running_pods_is_the_services_fault(
    scene_of: SceneOf, workload: Build, service: Build, log: Log, unverified: Unverified
) -> None:
    objects = [
        *workload("orders"),
        *workload("payment"),
        *service("payment", {"app": "payments"}, ready=(), edited=("selector", 4.5)),
    ]
    scene = scene_of(objects, log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/service/payment", "selector_mismatch")
    assert "shop/payment" in found.names
    assert "shop/deployment/payment" in found.touches
    assert found.until is None
    assert found.strength > 0.9
    assert unverified(scene, [found]) == []


def test_a_service_without_endpoints_counts_with_timeouts_too(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    log = {CALLER: calls(URL, -60, 5) + calls(URL, 5, 20, TIMEOUT) + calls(URL, 20, 30, REFUSED)}
    objects = [*workload("orders"), *workload("payment"), *service("payment", {"app": "pay"}, ready=())]
    assert [one.condition for one in detect(scene_of(objects, log))] == ["selector_mismatch"]


def test_no_endpoints_because_no_pod_is_ready_is_no_selector_fault(
    scene_of: SceneOf, workload: Build, service: Build, log: Log
) -> None:
    objects = [*workload("orders"), *workload("payment", ready=False), *service("payment", ready=())]
    assert list(detect(scene_of(objects, log))) == []


def test_an_empty_service_that_nobody_calls_in_vain_is_not_told(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    objects = [*workload("orders"), *workload("payment"), *service("payment", {"app": "payments"}, ready=())]
    assert list(detect(scene_of(objects, {CALLER: calls(URL, -60, 30)}))) == []


@pytest.mark.parametrize(("part", "condition"), [("selector", "selector_mismatch"), ("ports", "target_port_mismatch")])
def test_a_repair_of_the_service_shows_what_was_wrong(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls, unverified: Unverified, part: str, condition: str
) -> None:
    log = {CALLER: calls(URL, -60, 5) + calls(URL, 5, 15, REFUSED) + calls(URL, 16, 30)}
    objects = [*workload("orders"), *workload("payment"), *service("payment", edited=(part, 15.2))]
    scene = scene_of(objects, log)
    [found] = detect(scene)
    assert found.condition == condition
    assert found.until is not None
    assert unverified(scene, [found]) == []


def test_an_edit_long_before_the_repair_of_something_else_is_not_told(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    log = {CALLER: calls(URL, -60, 5) + calls(URL, 5, 15, REFUSED) + calls(URL, 16, 30)}
    objects = [*workload("orders"), *workload("payment"), *service("payment", edited=("selector", -40))]
    assert list(detect(scene_of(objects, log))) == []


PORTS = {"ports": [{"containerPort": 8080}]}


def test_a_target_port_that_no_pod_declares_fails_since_the_edit(
    scene_of: SceneOf, workload: Build, service: Build, log: Log, unverified: Unverified
) -> None:
    objects = [
        *workload("orders"),
        *workload("payment", container=PORTS),
        *service("payment", target=9090, edited=("ports", 4.6)),
    ]
    scene = scene_of(objects, log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/service/payment", "target_port_mismatch")
    assert unverified(scene, [found]) == []


def test_a_target_port_that_never_worked_counts_without_an_edit(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    objects = [*workload("orders"), *workload("payment", container=PORTS), *service("payment", target=9090)]
    [found] = detect(scene_of(objects, {CALLER: calls(URL, 0, 30, REFUSED)}))
    assert found.condition == "target_port_mismatch"
    assert found.strength < 0.9


def test_an_undeclared_port_that_worked_before_is_informational(
    scene_of: SceneOf, workload: Build, service: Build, log: Log
) -> None:
    objects = [*workload("orders"), *workload("payment", container=PORTS), *service("payment", target=9090)]
    assert list(detect(scene_of(objects, log))) == []


def test_timeouts_do_not_show_a_closed_port(scene_of: SceneOf, workload: Build, service: Build, calls: Calls) -> None:
    objects = [*workload("orders"), *workload("payment", container=PORTS), *service("payment", target=9090)]
    assert list(detect(scene_of(objects, {CALLER: calls(URL, 0, 30, TIMEOUT)}))) == []


def test_a_port_for_datagrams_carries_no_http(
    scene_of: SceneOf, workload: Build, service: Build, log: Log, unverified: Unverified
) -> None:
    objects = [
        *workload("orders"),
        *workload("payment", container=PORTS),
        *service("payment", protocol="UDP", edited=("ports", 4.6)),
    ]
    scene = scene_of(objects, log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/service/payment", "protocol_mismatch")
    assert unverified(scene, [found]) == []


def test_refusals_on_a_stream_port_are_no_protocol_fault(
    scene_of: SceneOf, workload: Build, service: Build, log: Log
) -> None:
    objects = [*workload("orders"), *workload("payment", container=PORTS), *service("payment")]
    assert list(detect(scene_of(objects, log))) == []


def test_a_healed_protocol_is_not_told_as_lasting(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    log = {CALLER: calls(URL, -60, 5) + calls(URL, 5, 15, REFUSED) + calls(URL, 16, 30)}
    objects = [*workload("orders"), *workload("payment"), *service("payment", protocol="UDP", edited=("ports", 4.6))]
    lasting = {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, REFUSED)}
    assert [one.condition for one in detect(scene_of(objects, lasting))] == ["protocol_mismatch"]
    assert list(detect(scene_of(objects, log))) == []


def test_a_target_name_that_no_container_bears_leads_nowhere_however_callers_notice(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls, unverified: Unverified
) -> None:
    box = {"ports": [{"name": "http", "containerPort": 8080}]}
    objects = [*workload("orders"), *workload("payment", container=box), *service("payment", target="htpp", ready=())]
    scene = scene_of(objects, {CALLER: calls(URL, 5, 30, TIMEOUT)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/service/payment", "target_port_mismatch")
    assert unverified(scene, [found]) == []


def test_a_quoted_refusal_two_calls_away_is_the_unread_callers_in_between(
    scene_of: SceneOf, workload: Build, service: Build, at: Callable[[float], str]
) -> None:
    quote = (
        "ERROR failed to place the order: rpc error: code = Internal desc = could not charge the card: rpc error: "
        "code = Unavailable desc = connection error: dial tcp 10.96.4.4:80: connect: connection refused"
    )
    orders = workload("orders", container={"env": [{"name": "PAYMENT", "value": URL}]})
    web = workload("web", container={"env": [{"name": "ORDERS", "value": "http://orders"}]})
    box = {"ports": [{"containerPort": 8080}]}
    objects = [*web, *orders, *workload("payment", container=box, address="10.244.0.5")]
    objects += [*service("orders", cluster_ip="10.96.4.7"), *service("payment", target=81, ready=("10.244.0.5",))]
    scene = scene_of(objects, {("shop", "web-1", "web"): "".join(f"{at(minute)} {quote}\n" for minute in (5, 6, 7))})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/service/payment", "target_port_mismatch")
    assert found.on_edge == ("shop/deployment/orders", "shop/deployment/payment")
