"""Workloads that resolve names by settings of their own."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors import dns
from agent.detectors.own_dns import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]

CALLER = ("shop", "orders-1", "orders")
PAY, STRIPE = "http://payment/pay", "https://api.stripe.com/v1"
DEAD = "dial tcp: lookup payment on 10.66.1.1:53: read udp 10.244.0.9:4->10.66.1.1:53: i/o timeout"
UNKNOWN = "dial tcp: lookup payment on 10.66.1.1:53: no such host"
OWN = {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.66.1.1"]}}


@pytest.fixture
def shop(workload: Build, service: Build) -> Build:
    """Orders with resolver settings, payment, and the Service of the cluster's DNS."""

    def build(**settings: object) -> list[dict[str, Any]]:
        orders = workload("orders")
        for one in orders:
            if one["kind"] == "Deployment":
                one["spec"]["template"]["spec"].update(settings)
        cluster_dns = service("kube-dns", {"k8s-app": "kube-dns"}, namespace="kube-system", cluster_ip="10.96.0.10")
        return [*orders, *workload("payment"), *service("payment"), *cluster_dns]

    return build


def test_a_nameserver_of_its_own_that_does_not_answer(
    scene_of: SceneOf, shop: Build, calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop(**OWN), {CALLER: calls(PAY, -60, 5) + calls(PAY, 5, 30, DEAD)})

    (one,) = detect(scene)

    assert (one.component, one.condition, one.until) == ("shop/deployment/orders", "dns_misconfigured", None)
    assert "10.66.1.1" in one.says
    assert unverified(scene, [one]) == []
    assert list(dns.detect(scene)) == []


def test_a_pod_that_resolves_like_its_node_finds_no_name_of_the_cluster(
    scene_of: SceneOf, shop: Build, calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop(dnsPolicy="Default"), {CALLER: calls(PAY, 5, 30, UNKNOWN)})

    (one,) = detect(scene)

    assert one.condition == "dns_misconfigured"
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dnsPolicy": "ClusterFirst", "dnsConfig": {"nameservers": ["10.66.1.1"]}},
        {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.96.0.10"]}},
        {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["169.254.20.10"]}},
    ],
)
def test_who_asks_the_cluster_s_dns_is_not_to_blame(
    scene_of: SceneOf, shop: Build, calls: Calls, settings: dict[str, object]
) -> None:
    assert list(detect(scene_of(shop(**settings), {CALLER: calls(PAY, 5, 30, UNKNOWN)}))) == []


def test_settings_of_its_own_alone_prove_nothing(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    assert list(detect(scene_of(shop(**OWN), {CALLER: calls(PAY, -60, 30)}))) == []


def test_an_outside_name_is_none_that_only_the_cluster_knows(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    failing = "dial tcp: lookup api.stripe.com on 10.66.1.1:53: no such host"

    assert list(detect(scene_of(shop(dnsPolicy="Default"), {CALLER: calls(STRIPE, 5, 30, failing)}))) == []


def test_lookups_that_work_again_have_an_end(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    log = calls(PAY, -60, 5) + calls(PAY, 5, 15, DEAD) + calls(PAY, 15, 30)

    (one,) = detect(scene_of(shop(**OWN), {CALLER: log}))

    assert one.until is not None
    assert one.until.minute in {14, 15}
