from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.detectors.contract import detect
from agent.scene import Scene
from tools.source import ProviderIncident, StatusFeed

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
At = Callable[[float], str]
Log = dict[tuple[str, ...], str]

CALLER = ("shop", "orders-1", "orders")
STRIPE, PAY = "https://api.stripe.com/v1", "http://payment/pay"
BAD = "unexpected status 400"
SHAPE = "json: cannot unmarshal string into Go struct field Charge.amount of type int64"


@pytest.fixture
def log(calls: Calls) -> Callable[..., Log]:
    def build(error: str = BAD, url: str = STRIPE, stop: int = 30) -> Log:
        return {CALLER: calls(url, -60, 5) + calls(url, 5, stop, error) + calls(url, stop, 30)}

    return build


def test_wrong_requests_since_our_rollout_are_ours(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    objects = workload("orders", container={"image": "x:2"}, before={"image": "x:1"}, changed=4.5)
    scene = scene_of(objects, log())
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "bad_rollout")
    assert unverified(scene, [found]) == []


def test_a_rollout_that_requests_outlived_is_not(scene_of: SceneOf, workload: Build, log: Callable[..., Log]) -> None:
    objects = workload("orders", container={"image": "x:2"}, before={"image": "x:1"}, changed=-70)
    found = {one.condition for one in detect(scene_of(objects, log()))}
    assert found == {"bad_config", "dependency_schema_change"}


def test_wrong_requests_since_the_callees_rollout_are_the_callees(
    scene_of: SceneOf, workload: Build, service: Build, log: Callable[..., Log]
) -> None:
    rolled = workload("payment", container={"image": "x:2"}, before={"image": "x:1"}, changed=4.5)
    [found] = detect(scene_of([*workload("orders"), *rolled, *service("payment")], log(url=PAY)))
    assert (found.component, found.condition) == ("shop/deployment/payment", "bad_rollout")


def test_an_edited_url_is_told_elsewhere(scene_of: SceneOf, workload: Build, log: Callable[..., Log]) -> None:
    now, old = ({"env": [{"name": "STRIPE_URL", "value": value}]} for value in (STRIPE, "https://api.stripe.com/v0"))
    assert list(detect(scene_of(workload("orders", container=now, before=old, changed=4.5), log()))) == []


def test_answers_of_another_shape_are_theirs(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    scene = scene_of(workload("orders"), log(SHAPE))
    [found] = detect(scene)
    assert (found.component, found.condition, found.strength) == ("api.stripe.com", "dependency_schema_change", 0.8)
    assert unverified(scene, [found]) == []


def test_an_incident_of_theirs_about_the_api_decides(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    scene = scene_of(workload("orders"), log())
    incident = ProviderIncident("API requests rejected after deploy", datetime(2026, 3, 2, 12, 5, tzinfo=UTC))
    scene.snapshot.feeds.append(StatusFeed("Stripe", scene.now, "major", "", [incident]))
    [found] = detect(scene)
    assert (found.condition, found.strength) == ("dependency_schema_change", 0.85)
    assert unverified(scene, [found]) == []


def test_an_end_that_was_announced_is_ours_to_follow(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], at: At
) -> None:
    logs = log("unexpected status 410")
    warned = f"{at(-50)} WARN api.stripe.com: this version is deprecated and will be retired on 2 March\n"
    [found] = detect(scene_of(workload("orders"), {CALLER: warned + logs[CALLER]}))
    assert found.component == "shop/deployment/orders"


def test_with_nothing_to_tell_both_readings_stand(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], unverified: Unverified
) -> None:
    scene = scene_of(workload("orders"), log())
    found = list(detect(scene))
    assert [(one.component, one.strength) for one in found] == [
        ("shop/deployment/orders", 0.5),
        ("api.stripe.com", 0.5),
    ]
    assert unverified(scene, found) == []


def test_one_customers_wrong_request_breaks_no_contract(scene_of: SceneOf, workload: Build, calls: Calls) -> None:
    log = {CALLER: calls(STRIPE, -60, 30) + calls(STRIPE, 7, 9, BAD)}
    assert list(detect(scene_of(workload("orders"), log))) == []


@pytest.mark.parametrize("error", [BAD, SHAPE])
def test_a_contract_that_holds_again_is_over(
    scene_of: SceneOf, workload: Build, log: Callable[..., Log], error: str
) -> None:
    found = list(detect(scene_of(workload("orders"), log(error, stop=15))))
    assert found
    assert all(one.until for one in found)
