from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.detectors.credentials import detect
from agent.scene import Scene
from tools.source import ProviderIncident, StatusFeed

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
At = Callable[[float], str]
Log = dict[tuple[str, ...], str]

CALLER = ("shop", "orders-1", "orders")
STRIPE, DB = "https://api.stripe.com/v1", "http://db:5432"
DENIED = "unexpected status 401"
NOON = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)


def key(secret: str) -> dict[str, Any]:
    source = {"secretKeyRef": {"name": secret, "key": "key"}}
    return {"env": [{"name": "STRIPE_KEY", "valueFrom": source}]}


@pytest.fixture
def log(calls: Calls) -> Callable[..., Log]:
    def build(error: str = DENIED, url: str = STRIPE, stop: int = 30) -> Log:
        return {CALLER: calls(url, -60, 5) + calls(url, 5, stop, error) + calls(url, stop, 30)}

    return build


def test_a_refusal_after_our_key_changed_is_ours(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    scene = scene_of(workload("orders", container=key("new"), before=key("old"), changed=4.5), log())
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "invalid_credentials")
    assert found.on_edge == ("shop/deployment/orders", "api.stripe.com")
    assert found.strength > 0.8
    assert unverified(scene, [found]) == []


def test_a_refusal_after_a_restart_is_ours_too(scene_of: SceneOf, workload: Build, log: Callable[..., Log]) -> None:
    [found] = detect(scene_of(workload("orders", before={}, changed=4.5), log()))
    assert (found.condition, found.strength) == ("invalid_credentials", 0.85)


def test_a_refusal_without_a_change_is_ours_with_less_certainty(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    scene = scene_of(workload("orders"), log())
    [found] = detect(scene)
    assert found.condition == "invalid_credentials"
    assert 0.5 < found.strength < 0.6
    assert unverified(scene, [found]) == []


def test_a_change_that_calls_outlived_does_not_count(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log]
) -> None:
    objects = workload("orders", container=key("new"), before=key("old"), changed=-80)
    [found] = detect(scene_of(objects, log()))
    assert found.strength < 0.6


def test_an_incident_of_theirs_about_authentication_clears_our_key(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    scene = scene_of(workload("orders"), log())
    scene.snapshot.feeds.append(
        StatusFeed("Stripe", NOON, "major", "", [ProviderIncident("Login and API key errors", NOON)])
    )
    [found] = detect(scene)
    assert (found.component, found.condition, found.strength) == ("api.stripe.com", "dependency_auth_rejected", 0.85)
    assert unverified(scene, [found]) == []


def test_a_page_of_their_firewall_is_theirs(scene_of: SceneOf, workload: Build, at: At) -> None:
    lines = "".join(
        f'{at(minute)} level=error msg="POST {STRIPE} returned 403: <title>Attention Required! | Cloudflare</title>"\n'
        for minute in range(5, 30)
    )
    [found] = detect(scene_of(workload("orders"), {CALLER: lines}))
    assert (found.component, found.condition) == ("api.stripe.com", "dependency_auth_rejected")


def test_a_plain_proxy_page_has_two_readings(scene_of: SceneOf, workload: Build, at: At) -> None:
    line = f'level=error msg="POST {STRIPE} returned 403: <center>nginx</center>"'
    lines = "".join(f"{at(minute)} {line}\n" for minute in range(5, 30))
    found = list(detect(scene_of(workload("orders"), {CALLER: lines})))
    assert [(one.condition, one.strength) for one in found] == [
        ("invalid_credentials", 0.5),
        ("dependency_auth_rejected", 0.5),
    ]


def test_a_stores_refusal_is_the_callers(
    scene_of: SceneOf, workload: Build, service: Build, log: Callable[..., Log]
) -> None:
    error = 'pq: password authentication failed for user \\"app\\"'
    objects = [*workload("orders"), *workload("db"), *service("db", port=5432, target=5432)]
    [found] = detect(scene_of(objects, log(error, DB)))
    assert (found.component, found.condition) == ("shop/deployment/orders", "invalid_credentials")


def test_a_refusal_that_stopped_is_over(scene_of: SceneOf, workload: Build, log: Callable[..., Log]) -> None:
    [found] = detect(scene_of(workload("orders"), log(stop=15)))
    assert found.until is not None


def test_other_failures_say_nothing_about_keys(scene_of: SceneOf, workload: Build, log: Callable[..., Log]) -> None:
    assert list(detect(scene_of(workload("orders"), log("connection refused")))) == []
