import json
from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.policies import detect
from agent.detectors.policy_rules import Party, governs, verdict
from agent.scene import Scene
from tools.objects.decode import decode_list
from tools.objects.network import NetworkPolicy

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
At = Callable[[float], str]
Log = dict[tuple[str, ...], str]

TIMEOUT = "dial tcp 10.96.4.4:80: i/o timeout"
URL = "http://payment/pay"
CALLER = ("shop", "orders-1", "orders")
PORTS = {"ports": [{"containerPort": 8080, "name": "web"}]}
ONLY_WEB = {"from": [{"podSelector": {"matchLabels": {"app": "front"}}}], "ports": [{"port": 8080}]}


@pytest.fixture
def policy(at: At) -> Callable[..., dict[str, Any]]:
    def build(name: str = "guard", *, made: float = 4.5, namespace: str = "shop", **spec: object) -> dict[str, Any]:
        spec.setdefault("podSelector", {})
        meta = {"name": name, "namespace": namespace, "creationTimestamp": at(made), "managedFields": []}
        return {"kind": "NetworkPolicy", "metadata": meta, "spec": spec}

    return build


@pytest.fixture
def shop(workload: Build, service: Build) -> list[dict[str, Any]]:
    return [*workload("orders"), *workload("payment", container=PORTS), *service("payment")]


@pytest.fixture
def log(calls: Calls) -> Log:
    return {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, TIMEOUT)}


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {"matchLabels": {"app": "payment"}}, "policyTypes": ["Ingress"], "ingress": [ONLY_WEB]},
        {"policyTypes": ["Ingress"]},
        {"policyTypes": ["Egress"], "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}]},
    ],
)
def test_a_policy_that_forbids_the_failing_call_is_the_cause(
    scene_of: SceneOf,
    shop: list[dict[str, Any]],
    log: Log,
    policy: Callable[..., dict[str, Any]],
    unverified: Unverified,
    spec: dict[str, Any],
) -> None:
    scene = scene_of([*shop, policy(**spec)], log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/networkpolicy/guard", "network_policy_blocks")
    assert {"shop/orders", "shop/payment"} <= set(found.names)
    assert found.on_edge == ("shop/deployment/orders", "shop/deployment/payment")
    assert found.strength > 0.9
    assert unverified(scene, [found]) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {"matchLabels": {"app": "front"}}, "policyTypes": ["Ingress"]},
        {"policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "orders"}}}]}]},
        {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": "web"}]}]},
        {"policyTypes": ["Ingress"], "ingress": [{"from": [{"ipBlock": {"cidr": "10.244.0.0/16"}}]}]},
        {"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]},
    ],
)
def test_a_policy_that_lets_the_failing_call_through_is_not(
    scene_of: SceneOf, shop: list[dict[str, Any]], log: Log, policy: Callable[..., dict[str, Any]], spec: dict[str, Any]
) -> None:
    assert list(detect(scene_of([*shop, policy(**spec)], log))) == []


def test_a_policy_that_calls_outlived_forbids_nothing(
    scene_of: SceneOf, shop: list[dict[str, Any]], log: Log, policy: Callable[..., dict[str, Any]]
) -> None:
    assert list(detect(scene_of([*shop, policy(made=-600, policyTypes=["Ingress"])], log))) == []


def test_a_policy_without_a_failing_call_is_not_told(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, policy: Callable[..., dict[str, Any]]
) -> None:
    scene = scene_of([*shop, policy(policyTypes=["Ingress"])], {CALLER: calls(URL, -60, 30)})
    assert list(detect(scene)) == []


def test_a_policy_that_was_loosened_when_calls_recovered_is_over(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, policy: Callable[..., dict[str, Any]], at: At
) -> None:
    log = {CALLER: calls(URL, -60, 5) + calls(URL, 5, 15, TIMEOUT) + calls(URL, 16, 30)}
    loosened = policy(made=-600, policyTypes=["Ingress"], ingress=[{}])
    loosened["metadata"]["managedFields"] = [
        {"manager": "kubectl-edit", "time": at(15.2), "fieldsV1": {"f:spec": {"f:ingress": {}}}}
    ]
    [found] = detect(scene_of([*shop, loosened], log))
    assert found.until is not None
    assert found.strength < 0.7


def test_names_that_cannot_be_looked_up_lead_to_the_policy_that_forbids_dns(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, policy: Callable[..., dict[str, Any]]
) -> None:
    error = "dial tcp: lookup payment on 10.96.0.10:53: read udp 10.244.0.9:4->10.96.0.10:53: i/o timeout"
    spec = {"policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}]}]}
    [found] = detect(scene_of([*shop, policy(**spec)], {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, error)}))
    assert found.condition == "network_policy_blocks"


def test_a_host_outside_is_forbidden_by_an_egress_default(
    scene_of: SceneOf, workload: Build, calls: Calls, policy: Callable[..., dict[str, Any]]
) -> None:
    url = "https://api.vendor.example/v1"
    spec = {
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, {"ports": [{"port": 53, "protocol": "UDP"}]}],
    }
    log = {CALLER: calls(url, -60, 5) + calls(url, 5, 30, "dial tcp 203.0.113.7:443: i/o timeout")}
    [found] = detect(scene_of([*workload("orders"), policy(**spec)], log))
    assert found.on_edge == ("shop/deployment/orders", "api.vendor.example")


def read(spec: dict[str, object]) -> NetworkPolicy:
    one = {"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}, "spec": {"podSelector": {}, **spec}}
    [(_, found)] = decode_list(json.dumps({"kind": "List", "items": [one]}).encode(), "test")
    assert isinstance(found, NetworkPolicy)
    return found


TEAM = {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]}
BLOCK = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}
POD = Party("shop", {"app": "a"}, {"kubernetes.io/metadata.name": "shop"}, ("10.1.1.1",), 80, {"web": 80})


@pytest.mark.parametrize(
    ("ingress", "peer", "wanted"),
    [
        ([TEAM], POD, "allowed"),
        ([TEAM], Party("other", {}, {"kubernetes.io/metadata.name": "other"}), "denied"),
        ([{"from": [{"podSelector": {}}]}], Party("other", {"app": "a"}), "denied"),
        ([{"from": [{"podSelector": {}, "namespaceSelector": {}}]}], Party("other", {"app": "a"}), "allowed"),
        ([{"from": [BLOCK]}], POD, "denied"),
        ([{"from": [BLOCK]}], Party(addresses=("203.0.113.1",)), "allowed"),
        ([{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}], Party(), "maybe"),
        ([{"ports": [{"port": "web"}]}], POD, "allowed"),
        ([{"ports": [{"port": 70, "endPort": 90}]}], POD, "allowed"),
        ([{"ports": [{"port": 81}]}], POD, "denied"),
        ([{"ports": [{"port": 80, "protocol": "UDP"}]}], POD, "denied"),
        ([{"from": [], "ports": []}], POD, "allowed"),
        ([], POD, "denied"),
    ],
)
def test_rules_are_read_as_the_api_defines_them(ingress: list[dict[str, Any]], peer: Party, wanted: str) -> None:
    assert verdict([read({"policyTypes": ["Ingress"], "ingress": ingress})], "ingress", peer, POD) == wanted


def test_policies_add_up_and_types_default() -> None:
    closed, open_to_all = read({"policyTypes": ["Ingress"]}), read({"ingress": [{}]})
    assert verdict([closed, open_to_all], "ingress", POD, POD) == "allowed"
    assert governs(open_to_all, "ingress", POD)
    assert not governs(open_to_all, "egress", POD)
    assert governs(read({"egress": [{}]}), "egress", POD)
