from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.tls import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]

X509 = "tls: failed to verify certificate: x509: certificate has expired"
EXPIRED = f"{X509}: current time 2026-03-02T12:10:00Z is after 2026-03-01T00:00:00Z"
EARLY = f"{X509} or is not yet valid: current time 2020-03-02T12:10:00Z is before 2026-01-01T00:00:00Z"
UNTRUSTED = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
CALLER, OTHER = ("shop", "orders-1", "orders"), ("shop", "mail-1", "mail")
STRIPE, MAIL, OWN = "https://api.stripe.com/v1", "https://api.sendgrid.com/v3", "https://payment/pay"


def broken(calls: Calls, url: str, error: str, stop: int = 30) -> str:
    return calls(url, -60, 5) + calls(url, 5, stop, error) + calls(url, stop, 30)


@pytest.fixture
def shop(workload: Build, service: Build) -> list[dict[str, Any]]:
    return [*workload("orders"), *workload("mail"), *workload("payment"), *service("payment")]


def test_one_vendors_expired_certificate_is_the_vendors(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop, {CALLER: broken(calls, STRIPE, EXPIRED) + calls(MAIL, -60, 30)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("api.stripe.com", "dependency_tls_failure")
    assert found.strength > 0.8
    assert unverified(scene, [found]) == []


def test_an_expired_certificate_in_the_cluster_is_its_owners(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop, {CALLER: broken(calls, OWN, EXPIRED)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/payment", "certificate_expired")
    assert unverified(scene, [found]) == []


def test_all_vendors_expired_at_once_is_our_clock(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop, {CALLER: broken(calls, STRIPE, EXPIRED) + broken(calls, MAIL, EXPIRED)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "clock_skew")
    assert unverified(scene, [found]) == []


def test_callers_of_one_node_share_its_clock(scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls) -> None:
    scene = scene_of(shop, {CALLER: broken(calls, STRIPE, EARLY), OTHER: broken(calls, MAIL, EARLY)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("-/node/node-1", "clock_skew")


def test_a_certificate_from_the_future_is_our_clock(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    [found] = detect(scene_of(shop, {CALLER: broken(calls, STRIPE, EARLY)}))
    assert (found.component, found.condition) == ("shop/deployment/orders", "clock_skew")


def test_a_clock_that_accepts_other_certificates_is_right(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    [found] = detect(scene_of(shop, {CALLER: broken(calls, STRIPE, EARLY) + calls(MAIL, -60, 30)}))
    assert (found.component, found.condition) == ("api.stripe.com", "dependency_tls_failure")


def test_nobody_trusted_any_more_is_our_bundle(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(shop, {CALLER: broken(calls, STRIPE, UNTRUSTED) + broken(calls, MAIL, UNTRUSTED)})
    found = list(detect(scene))
    assert {(one.component, one.condition) for one in found} == {("shop/deployment/orders", "ca_bundle_missing")}
    assert unverified(scene, found) == []


def test_one_vendor_untrusted_since_our_image_changed_is_our_bundle(
    scene_of: SceneOf, workload: Build, calls: Calls
) -> None:
    objects = workload("orders", container={"image": "x:2"}, before={"image": "x:1"}, changed=4.5)
    [found] = detect(scene_of(objects, {CALLER: broken(calls, STRIPE, UNTRUSTED)}))
    assert found.condition == "ca_bundle_missing"


def test_one_vendor_untrusted_while_others_are_trusted_is_the_vendor(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    [found] = detect(scene_of(shop, {CALLER: broken(calls, STRIPE, UNTRUSTED) + calls(MAIL, -60, 30)}))
    assert (found.component, found.condition) == ("api.stripe.com", "dependency_tls_failure")


def test_one_vendor_untrusted_with_nothing_to_compare_has_two_readings(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls
) -> None:
    found = list(detect(scene_of(shop, {CALLER: broken(calls, STRIPE, UNTRUSTED)})))
    assert {one.condition for one in found} == {"dependency_tls_failure", "ca_bundle_missing"}


@pytest.mark.parametrize("error", [EXPIRED, EARLY, UNTRUSTED])
def test_a_caller_that_alone_rejects_a_certificate_is_at_fault(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, error: str
) -> None:
    log = {CALLER: broken(calls, STRIPE, error), OTHER: calls(STRIPE, -60, 30)}
    [found] = detect(scene_of(shop, log))
    assert found.component == "shop/deployment/orders"


@pytest.mark.parametrize("error", [EXPIRED, EARLY, UNTRUSTED])
def test_a_handshake_that_works_again_is_over(
    scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls, error: str
) -> None:
    found = list(detect(scene_of(shop, {CALLER: broken(calls, STRIPE, error, 15)})))
    assert found
    assert all(one.until for one in found)


def test_other_failures_are_no_handshakes(scene_of: SceneOf, shop: list[dict[str, Any]], calls: Calls) -> None:
    assert list(detect(scene_of(shop, {CALLER: broken(calls, STRIPE, "connection refused")}))) == []
