from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.detectors.rates import detect
from agent.scene import Scene
from tools.source import ProviderIncident, StatusFeed

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]

CALLER, OTHER = ("shop", "orders-1", "orders"), ("shop", "mail-1", "mail")
STRIPE = "https://api.stripe.com/v1"
MANY = "unexpected status 429"


@pytest.fixture
def log(calls: Calls) -> Calls:
    def build(before: float, during: float, stop: int = 30) -> str:
        limited = calls(STRIPE, 10, stop, MANY, during)
        return (
            calls(STRIPE, -60, 8, each=before) + calls(STRIPE, 8, 10, each=during) + limited + calls(STRIPE, stop, 30)
        )

    return build


def test_a_risen_rate_of_ours_is_ours(scene_of: SceneOf, workload: Build, log: Calls, unverified: Unverified) -> None:
    scene = scene_of(workload("orders"), {CALLER: log(1, 0.25)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", "own_rate_above_quota")
    assert found.strength > 0.8
    assert unverified(scene, [found]) == []


def test_a_flat_rate_is_theirs(scene_of: SceneOf, workload: Build, log: Calls, unverified: Unverified) -> None:
    scene = scene_of(workload("orders"), {CALLER: log(0.5, 0.5)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("api.stripe.com", "dependency_rate_limited")
    assert found.strength >= 0.8
    assert unverified(scene, [found]) == []


def test_the_caller_whose_rate_rose_is_named_among_several(scene_of: SceneOf, workload: Build, log: Calls) -> None:
    objects = [*workload("orders"), *workload("mail")]
    [found] = detect(scene_of(objects, {OTHER: log(1, 1), CALLER: log(1, 0.1)}))
    assert found.component == "shop/deployment/orders"


def test_without_a_rate_before_both_readings_stand(
    scene_of: SceneOf, workload: Build, calls: Calls, unverified: Unverified
) -> None:
    scene = scene_of(workload("orders"), {CALLER: calls(STRIPE, 5, 30, MANY)})
    found = list(detect(scene))
    assert [(one.condition, one.strength) for one in found] == [
        ("own_rate_above_quota", 0.5),
        ("dependency_rate_limited", 0.5),
    ]
    assert unverified(scene, found) == []


def test_sparse_traffic_is_watched_longer(scene_of: SceneOf, workload: Build, calls: Calls) -> None:
    flat = calls(STRIPE, -100, 4, each=8) + calls(STRIPE, 4, 30, MANY, 6)
    [found] = detect(scene_of(workload("orders"), {CALLER: flat}))
    assert found.condition == "dependency_rate_limited"


def test_a_burst_after_hardly_any_call_is_a_rise(scene_of: SceneOf, workload: Build, calls: Calls) -> None:
    burst = calls(STRIPE, -40, 2, each=14) + calls(STRIPE, 8, 10, each=0.1) + calls(STRIPE, 10, 30, MANY, 0.1)
    [found] = detect(scene_of(workload("orders"), {CALLER: burst}))
    assert found.condition == "own_rate_above_quota"


def test_repetitions_after_a_refusal_are_no_rise(scene_of: SceneOf, workload: Build, log: Calls, calls: Calls) -> None:
    retries = calls(STRIPE, 10, 30, "retry 1: " + MANY, 0.1)
    [found] = detect(scene_of(workload("orders"), {CALLER: log(0.5, 0.5) + retries}))
    assert found.condition == "dependency_rate_limited"


def test_an_incident_of_theirs_leaves_no_doubt_to_tell(scene_of: SceneOf, workload: Build, calls: Calls) -> None:
    scene = scene_of(workload("orders"), {CALLER: calls(STRIPE, 5, 30, MANY)})
    incident = ProviderIncident("Erroneous 429 responses", datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    scene.snapshot.feeds.append(StatusFeed("Stripe", scene.now, "major", "", [incident]))
    assert list(detect(scene)) == []


@pytest.mark.parametrize("during", [0.25, 1])
def test_a_limit_that_was_lifted_is_over(scene_of: SceneOf, workload: Build, log: Calls, during: float) -> None:
    [found] = detect(scene_of(workload("orders"), {CALLER: log(1, during, 20)}))
    assert found.until is not None


def test_a_counter_tells_the_rate_that_logs_do_not(
    scene_of: SceneOf, workload: Build, calls: Calls, unverified: Unverified
) -> None:
    counter = [(minute, 10.0 * max(0, minute + 60) + 90.0 * max(0, minute - 4)) for minute in range(-60, 30)]
    samples = {"http_requests_total": [({"namespace": "shop", "service": "orders"}, counter)]}
    scene = scene_of(workload("orders"), {CALLER: calls(STRIPE, 6, 30, MANY)}, samples)
    [found] = detect(scene)
    assert found.condition == "own_rate_above_quota"
    assert unverified(scene, [found]) == []


def test_other_failures_are_no_limit(scene_of: SceneOf, workload: Build, calls: Calls) -> None:
    assert list(detect(scene_of(workload("orders"), {CALLER: calls(STRIPE, 5, 30, "connection refused")}))) == []
