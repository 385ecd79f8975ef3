from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.dns import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]

DEAD = "dial tcp: lookup {} on 10.96.0.10:53: read udp 10.244.0.9:4->10.96.0.10:53: i/o timeout"
UNKNOWN = "dial tcp: lookup {} on 10.96.0.10:53: no such host"
CALLER, OTHER = ("shop", "orders-1", "orders"), ("shop", "front-1", "front")
PAY, STRIPE, MAIL = "http://payment/pay", "https://api.stripe.com/v1", "https://api.sendgrid.com/v3"


@pytest.fixture
def shop(workload: Build, service: Build) -> list[dict[str, Any]]:
    return [*workload("orders"), *workload("front"), *workload("payment"), *service("payment")]


@pytest.fixture
def coredns(workload: Build, service: Build) -> Build:
    def build(ready: bool) -> list[dict[str, Any]]:
        labels = {"k8s-app": "kube-dns"}
        return [
            *workload("coredns", namespace="kube-system", labels=labels, ready=ready),
            *service(
                "kube-dns",
                labels,
                namespace="kube-system",
                cluster_ip="10.96.0.10",
                ready=("10.1.1.1",) if ready else (),
            ),
        ]

    return build


def test_dns_pods_down_and_names_failing_are_the_dns_workloads_fault(
    scene_of: SceneOf, shop: list[dict[str, Any]], coredns: Build, calls: Calls, unverified: Unverified
) -> None:
    log = {CALLER: calls(PAY, -60, 5) + calls(PAY, 5, 30, DEAD.format("payment"))}
    scene = scene_of([*shop, *coredns(False)], log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("kube-system/deployment/coredns", "cluster_dns_down")
    assert "kube-system/kube-dns" in found.names
    assert found.touches == ("shop/deployment/orders",)
    assert found.strength > 0.95
    assert unverified(scene, [found]) == []


def test_names_of_every_kind_failing_for_several_callers_need_no_dns_pods(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    log = {
        CALLER: calls(PAY, -60, 5) + calls(PAY, 5, 30, DEAD.format("payment")),
        OTHER: calls(STRIPE, -60, 5) + calls(STRIPE, 5, 30, DEAD.format("api.stripe.com")),
    }
    scene = scene_of(shop, log)
    [found] = detect(scene)
    assert found.condition == "cluster_dns_down"
    assert found.component == "kube-system/service/kube-dns"
    assert len(found.touches) == 2
    assert found.strength > 0.8
    assert unverified(scene, [found]) == []


def test_one_log_can_show_that_dns_is_down(scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls) -> None:
    log = {CALLER: calls(PAY, -60, 5) + calls(PAY, 5, 30, DEAD.format("payment"))}
    [found] = detect(scene_of(shop, log))
    assert (found.condition, found.strength) == ("cluster_dns_down", 0.75)


def test_dns_that_works_for_others_is_hardly_to_blame(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {CALLER: calls(PAY, 5, 30, DEAD.format("payment")), OTHER: calls(PAY, -60, 30)}
    [found] = detect(scene_of(shop, log))
    assert found.strength < 0.5


def test_dns_that_answers_again_is_over(scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls) -> None:
    log = {CALLER: calls(PAY, -60, 5) + calls(PAY, 5, 15, DEAD.format("payment")) + calls(PAY, 15, 30)}
    [found] = detect(scene_of(shop, log))
    assert found.until is not None


def test_dns_pods_down_without_failing_calls_are_not_told_here(
    scene_of: SceneOf, shop: list[dict[str, Any]], coredns: Build, calls: Calls
) -> None:
    assert list(detect(scene_of([*shop, *coredns(False)], {CALLER: calls(PAY, -60, 30)}))) == []


def test_one_outside_name_failing_alone_is_that_name(
    scene_of: SceneOf, shop: list[dict[str, Any]], coredns: Build, calls: Calls, unverified: Unverified
) -> None:
    log = {
        CALLER: calls(STRIPE, -60, 5) + calls(STRIPE, 5, 30, UNKNOWN.format("api.stripe.com")),
        OTHER: calls(MAIL, -60, 30),
    }
    scene = scene_of([*shop, *coredns(True)], log)
    [found] = detect(scene)
    assert (found.component, found.condition, found.strength) == ("api.stripe.com", "dependency_dns_failure", 0.8)
    assert unverified(scene, [found]) == []


def test_one_outside_name_with_nothing_to_compare_is_weaker(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {CALLER: calls(STRIPE, -60, 5) + calls(STRIPE, 5, 30, UNKNOWN.format("api.stripe.com"))}
    [found] = detect(scene_of(shop, log))
    assert found.strength < 0.6


def test_two_outside_names_failing_are_not_one_vendors_dns(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {
        CALLER: calls(STRIPE, 5, 30, UNKNOWN.format("api.stripe.com")),
        OTHER: calls(MAIL, 5, 30, UNKNOWN.format("api.sendgrid.com")),
    }
    assert list(detect(scene_of(shop, log))) == []


def test_an_outside_name_that_resolves_again_is_over(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    log = {
        CALLER: calls(STRIPE, -60, 5) + calls(STRIPE, 5, 15, UNKNOWN.format("api.stripe.com")) + calls(STRIPE, 15, 30),
        OTHER: calls(MAIL, -60, 30),
    }
    [found] = detect(scene_of(shop, log))
    assert found.until is not None


def test_a_name_that_was_asked_for_before_its_service_was_made(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    """Resolvers keep a denial for a while; only what fails after that is theirs."""
    service = next(one for one in shop if one["kind"] == "Service")
    service["metadata"]["creationTimestamp"] = "2026-03-02T12:06:00Z"
    early, long = calls(PAY, 5, 6.5, UNKNOWN.format("payment")), calls(PAY, 5, 30, UNKNOWN.format("payment"))

    assert list(detect(scene_of(shop, {CALLER: early}))) == []
    assert [one.condition for one in detect(scene_of(shop, {CALLER: long}))] == ["cluster_dns_down"]
