from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.addresses import detect, is_slip
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
At = Callable[[float], str]

REFUSED = "dial tcp 10.96.4.4:80: connect: connection refused"
UNKNOWN = "dial tcp: lookup {} on 10.96.0.10:53: no such host"
TIMEOUT = "dial tcp 10.96.4.4:81: i/o timeout"
CALLER, OTHER = ("shop", "orders-1", "orders"), ("shop", "front-1", "front")
URL = "http://payment/pay"


def env(value: str | None) -> dict[str, Any]:
    return {"env": [{"name": "PAYMENT_URL", "value": value}] if value else [{"name": "MODE", "value": "x"}]}


@pytest.fixture
def shop(workload: Build, service: Build) -> Build:
    def build(now: str, before: str = URL, changed: float = 4.5) -> list[dict[str, Any]]:
        return [
            *workload("orders", container=env(now), before=env(before), changed=changed),
            *workload("payment"),
            *service("payment"),
            *workload("front"),
        ]

    return build


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://paymnt/pay", UNKNOWN.format("paymnt")),
        ("http://payment:81/pay", TIMEOUT),
        ("https://pay.vendor.example/pay", UNKNOWN.format("pay.vendor.example")),
        ("http://payment/pya", "unexpected status 404"),
    ],
)
def test_an_edited_address_is_the_callers_fault(
    scene_of: SceneOf, shop: Build, calls: Calls, unverified: Unverified, url: str, error: str
) -> None:
    scene = scene_of(shop(url), {CALLER: calls(URL, -60, 5) + calls(url, 5, 30, error)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "wrong_address")
    assert found.on_edge is not None
    assert found.strength > 0.85
    assert unverified(scene, [found]) == []


def test_an_edit_of_something_else_is_not(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    objects = shop(URL)
    assert list(detect(scene_of(objects, {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, REFUSED)}))) == []


def test_an_edit_that_calls_outlived_is_not(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    objects = shop(URL, "http://old-payment/pay", changed=-90)
    assert list(detect(scene_of(objects, {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, REFUSED)}))) == []


def test_a_callee_that_fails_for_others_too_is_not_a_wrong_address(
    scene_of: SceneOf, shop: Build, calls: Calls
) -> None:
    log = {CALLER: calls(URL, 5, 30, REFUSED), OTHER: calls(URL, -60, 5) + calls(URL, 5, 30, REFUSED)}
    assert list(detect(scene_of(shop(URL, "http://old-payment/pay"), log))) == []


def test_a_rollback_shows_the_wrong_address_in_hindsight(scene_of: SceneOf, shop: Build, calls: Calls, at: At) -> None:
    objects = shop(URL, "http://paymnt/pay", changed=15)
    for one in objects:
        if one["kind"] == "ReplicaSet" and one["metadata"]["name"] == "orders-1":
            one["metadata"]["creationTimestamp"] = at(4.5)
    log = {
        CALLER: calls(URL, -60, 5) + calls("http://paymnt/pay", 5, 15, UNKNOWN.format("paymnt")) + calls(URL, 16, 30)
    }
    [found] = detect(scene_of(objects, log))
    assert found.condition == "wrong_address"
    assert found.until is not None


@pytest.mark.parametrize(("edited", "told"), [(4.6, True), (-60.0, False)])
def test_an_edited_config_map_counts_when_it_names_somebody_unknown(
    scene_of: SceneOf, workload: Build, calls: Calls, at: At, unverified: Unverified, edited: float, told: bool
) -> None:
    history = [{"manager": "kubectl-edit", "time": at(edited), "fieldsV1": {"f:data": {"f:app.yaml": {}}}}]
    meta = {"name": "settings", "namespace": "shop", "creationTimestamp": at(-9000), "managedFields": history}
    settings = {"kind": "ConfigMap", "metadata": meta, "data": {"app.yaml": "ledger: https://ledger.vendor.exmple/v1"}}
    volumes = [{"name": "settings", "configMap": {"name": "settings"}}]
    url = "https://ledger.vendor.exmple/v1"
    log = {CALLER: calls(URL, -60, 5) + calls(url, 5, 30, UNKNOWN.format("ledger.vendor.exmple"))}
    scene = scene_of([*workload("orders", volumes=volumes), settings], log)
    found = list(detect(scene))
    assert [one.condition for one in found] == (["wrong_address"] if told else [])
    assert not found or unverified(scene, found) == []


def test_a_name_one_slip_from_a_service_needs_no_edit(
    scene_of: SceneOf, shop: Build, calls: Calls, unverified: Unverified
) -> None:
    url = "http://paymnet/pay"
    scene = scene_of(shop(url, url), {CALLER: calls(url, 0, 30, UNKNOWN.format("paymnet"))})
    [found] = detect(scene)
    assert (found.condition, found.component) == ("wrong_address", "shop/deployment/orders")
    assert unverified(scene, [found]) == []


def test_a_name_like_no_service_is_not_called_misspelt(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    url = "http://warehouse/pay"
    assert list(detect(scene_of(shop(url, url), {CALLER: calls(url, 0, 30, UNKNOWN.format("warehouse"))}))) == []


def test_a_port_that_the_service_lacks_is_the_callers_fault(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    url = "http://payment:8081/pay"
    [found] = detect(scene_of(shop(url, url), {CALLER: calls(url, 0, 30, TIMEOUT)}))
    assert found.condition == "wrong_address"


@pytest.mark.parametrize(
    ("written", "meant", "slip"),
    [
        ("catalouge", "catalogue", True),
        ("paymnt", "payment", True),
        ("payments", "payment", True),
        ("peyment", "payment", True),
        ("user", "users", True),
        ("cart", "card", True),
        ("web", "wed", False),
        ("orders", "payment", False),
        ("paymetn2", "payment", False),
    ],
)
def test_one_slip_is_told_from_another_name(written: str, meant: str, slip: bool) -> None:
    assert is_slip(written, meant) is slip


def test_a_port_that_a_new_service_never_had_was_not_taken_from_it(
    scene_of: SceneOf, shop: Build, calls: Calls, at: At
) -> None:
    url = "http://payment:8081/pay"
    objects: list[dict[str, Any]] = shop(url, url)
    for one in objects:
        if one["kind"] == "Service":
            one["metadata"]["creationTimestamp"] = at(-5)
    [found] = detect(scene_of(objects, {CALLER: calls(url, 0, 30, TIMEOUT)}))
    assert (found.condition, found.detail) == ("wrong_address", "port")


def test_a_setting_made_over_a_config_maps_that_leads_to_nobody_is_the_callers_fault(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls, unverified: Unverified
) -> None:
    wrong = "http://payment-backend/pay"
    objects = [
        *workload("orders", container=env(wrong), before=env(None), changed=4.5),
        *workload("payment"),
        *service("payment"),
    ]
    log = calls(URL, -60, 5) + calls(wrong, 5, 30, UNKNOWN.format("payment-backend"))
    scene = scene_of(objects, {CALLER: log})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "wrong_address")
    assert unverified(scene, [found]) == []


def test_a_new_setting_for_somebody_who_is_there_is_not(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    objects = [
        *workload("orders", container=env(URL), before=env(None), changed=4.5),
        *workload("payment"),
        *service("payment"),
    ]
    assert list(detect(scene_of(objects, {CALLER: calls(URL, -60, 5) + calls(URL, 5, 30, REFUSED)}))) == []
