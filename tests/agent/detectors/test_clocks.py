from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.clocks import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
At = Callable[[float], str]

CALLER, OTHER = ("shop", "orders-1", "orders"), ("shop", "mail-1", "mail")
STRIPE = "https://api.stripe.com/v1"
EARLY = "tls: failed to verify certificate: x509: certificate is not yet valid: current time is before 2026-02-25"
DAYS = 24 * 60


def node(name: str, at: At, problem: bool = False) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True"}]
    conditions.append({"type": "NTPProblem", "status": str(problem), "lastTransitionTime": at(8)})
    return {"kind": "Node", "metadata": {"name": name}, "status": {"conditions": conditions}}


@pytest.fixture
def stepped(calls: Calls) -> Calls:
    """A log whose clock is set back nine days, ten minutes into the window."""

    def build(error: str = EARLY) -> str:
        return calls(STRIPE, -60, 10) + calls(STRIPE, 10 - 9 * DAYS, 29 - 9 * DAYS, error)

    return build


@pytest.fixture
def shop(workload: Build, at: At) -> Build:
    def build(problem: bool) -> list[dict[str, Any]]:
        pods = [*workload("orders"), *workload("mail", node="node-2")]
        return [*pods, node("node-1", at, problem), node("node-2", at)]

    return build


@pytest.mark.parametrize(("problem", "strength"), [(True, 0.93), (False, 0.85)])
def test_a_node_whose_pods_fall_back_in_time_has_a_wrong_clock(
    scene_of: SceneOf, shop: Build, stepped: Calls, calls: Calls, unverified: Unverified, problem: bool, strength: float
) -> None:
    scene = scene_of(shop(problem), {CALLER: stepped(), OTHER: calls(STRIPE, -60, 30)})
    [found] = detect(scene)
    assert (found.component, found.condition, found.strength) == ("-/node/node-1", "clock_skew", strength)
    assert found.touches == ("shop/deployment/orders",)
    assert unverified(scene, [found]) == []


def test_certificates_rejected_in_the_right_time_are_not_told_here(
    scene_of: SceneOf, shop: Build, calls: Calls
) -> None:
    assert list(detect(scene_of(shop(False), {CALLER: calls(STRIPE, -60, 5) + calls(STRIPE, 5, 30, EARLY)}))) == []


def test_a_step_that_nothing_suffers_from_is_not_told(scene_of: SceneOf, shop: Build, stepped: Calls) -> None:
    assert list(detect(scene_of(shop(True), {CALLER: stepped("connection refused")}))) == []


def test_lines_that_mix_within_seconds_are_no_step(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    mixed = calls(STRIPE, 5, 9) + calls(STRIPE, 6, 30, EARLY)
    assert list(detect(scene_of(shop(True), {CALLER: mixed}))) == []


def test_a_step_long_before_the_window_is_history(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    old = calls(STRIPE, -300, -290) + calls(STRIPE, -9 * DAYS, 9 - 9 * DAYS, EARLY) + calls(STRIPE, -200, 30)
    assert list(detect(scene_of(shop(False), {CALLER: old}))) == []


def test_a_clock_that_was_set_right_again_is_over(scene_of: SceneOf, shop: Build, stepped: Calls, calls: Calls) -> None:
    [found] = detect(scene_of(shop(False), {CALLER: stepped() + calls(STRIPE, 20, 30)}))
    assert found.until is not None
