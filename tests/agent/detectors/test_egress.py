from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.egress import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]

TIMEOUT = "dial tcp 203.0.113.7:443: i/o timeout"
VIA_PROXY = "Cannot connect to proxy: connection refused"
CALLER, OTHER, THIRD = ("shop", "orders-1", "orders"), ("shop", "mail-1", "mail"), ("shop", "tax-1", "tax")
STRIPE, MAIL, TAX = "https://api.stripe.com/v1", "https://api.sendgrid.com/v3", "https://api.taxjar.com/v2"


@pytest.fixture
def shop(workload: Build) -> list[dict[str, Any]]:
    return [*workload("orders"), *workload("mail"), *workload("tax", node="node-2")]


def broken(calls: Calls, url: str, error: str = TIMEOUT, stop: int = 30) -> str:
    healed = calls(url, stop, 30) if stop < 30 else ""
    return calls(url, -60, 5) + calls(url, 5, stop, error) + healed


def test_unrelated_hosts_failing_at_once_are_our_way_out(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop, {CALLER: broken(calls, STRIPE), OTHER: broken(calls, MAIL), THIRD: broken(calls, TAX)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("-/namespace/shop", "egress_down")
    assert len(found.touches) == 3
    assert found.strength >= 0.9
    assert unverified(scene, [found]) == []


def test_callers_in_several_namespaces_share_the_clusters_way_out(
    scene_of: SceneOf, workload: Build, calls: Calls
) -> None:
    objects = [*workload("orders"), *workload("mail", namespace="post")]
    log = {CALLER: broken(calls, STRIPE), ("post", "mail-1", "mail"): broken(calls, MAIL)}
    [found] = detect(scene_of(objects, log))
    assert found.component == "-/cluster/egress"


def test_hosts_of_one_operator_are_not_unrelated(scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls) -> None:
    log = {CALLER: broken(calls, STRIPE), OTHER: broken(calls, "https://files.stripe.com/v1")}
    assert list(detect(scene_of(shop, log))) == []


def test_one_vendor_failing_for_everybody_is_the_vendor(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {CALLER: broken(calls, STRIPE), OTHER: broken(calls, STRIPE), THIRD: calls(TAX, -60, 30)}
    assert list(detect(scene_of(shop, log))) == []


def test_another_host_that_still_answers_speaks_against_the_way_out(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {CALLER: broken(calls, STRIPE), OTHER: broken(calls, MAIL), THIRD: calls(TAX, -60, 30)}
    [found] = detect(scene_of(shop, log))
    assert found.strength < 0.5


def test_a_way_out_that_came_back_is_over(scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls) -> None:
    log = {CALLER: broken(calls, STRIPE, stop=15), OTHER: broken(calls, MAIL, stop=15)}
    [found] = detect(scene_of(shop, log))
    assert found.until is not None


def test_the_proxy_that_callers_are_told_to_use_is_named(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls, unverified: Unverified
) -> None:
    env = {"env": [{"name": "HTTPS_PROXY", "value": "http://squid:3128"}]}
    objects = [*workload("orders", container=env), *workload("squid"), *service("squid", port=3128, target=3128)]
    scene = scene_of(objects, {CALLER: broken(calls, STRIPE, VIA_PROXY)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/squid", "proxy_down")
    assert unverified(scene, [found]) == []


def test_one_caller_that_alone_cannot_get_out_is_at_fault_itself(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {CALLER: broken(calls, STRIPE) + broken(calls, MAIL), THIRD: calls(TAX, -60, 30)}
    [found] = detect(scene_of(shop, log))
    assert found.component == "shop/deployment/orders"


def test_one_host_that_answers_another_caller_is_not_down(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    [found] = detect(scene_of(shop, {CALLER: broken(calls, STRIPE), THIRD: calls(STRIPE, -60, 30)}))
    assert (found.component, found.condition) == ("shop/deployment/orders", "egress_down")


def test_pods_of_one_node_alone_failing_point_at_the_node(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    log = {CALLER: broken(calls, STRIPE), OTHER: broken(calls, STRIPE), THIRD: calls(STRIPE, -60, 30)}
    scene = scene_of(shop, log)
    [found] = detect(scene)
    assert found.component == "-/node/node-1"
    assert unverified(scene, [found]) == []


def test_telemetry_that_fails_at_the_same_time_uses_the_same_way_out(
    scene_of: SceneOf, shop: list[dict[str, Any]], workload: Build, calls: Calls
) -> None:
    objects = [*shop, *workload("datadog-agent", namespace="datadog")]
    agent = ("datadog", "datadog-agent-1", "agent")
    log = {CALLER: broken(calls, STRIPE), agent: broken(calls, "https://intake.datadoghq.com/v1")}
    [found] = detect(scene_of(objects, log))
    assert (found.component, found.condition) == ("-/cluster/egress", "egress_down")


def test_telemetry_that_fails_alone_is_no_way_out(
    scene_of: SceneOf, shop: list[dict[str, Any]], workload: Build, calls: Calls
) -> None:
    objects = [*shop, *workload("datadog-agent", namespace="datadog")]
    log = {("datadog", "datadog-agent-1", "agent"): broken(calls, "https://intake.datadoghq.com/v1")}
    assert list(detect(scene_of(objects, log))) == []


def test_unrelated_hosts_that_forbid_together_were_answered_for(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    env = {"env": [{"name": "HTTPS_PROXY", "value": "http://squid:3128"}]}
    objects = [*workload("orders", container=env), *workload("squid"), *service("squid", port=3128, target=3128)]
    error = "unexpected status 403"
    log = {CALLER: broken(calls, STRIPE, error) + broken(calls, MAIL, error)}
    [found] = detect(scene_of(objects, log))
    assert (found.component, found.condition) == ("shop/deployment/squid", "proxy_down")
    assert list(detect(scene_of(objects, {CALLER: broken(calls, STRIPE, error)}))) == []


def test_a_pod_address_that_is_gone_is_no_second_host(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {CALLER: broken(calls, STRIPE), OTHER: broken(calls, "http://10.244.7.7:8080/x")}
    assert list(detect(scene_of(shop, log))) == []
    log = {CALLER: broken(calls, STRIPE), OTHER: broken(calls, "http://8.8.4.4:8080/x")}
    assert [one.condition for one in detect(scene_of(shop, log))] == ["egress_down"]
