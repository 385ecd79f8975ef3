"""Services that take no pod though the workload of their name is ready."""

from collections.abc import Callable
from typing import Any

from agent.detectors.empty_services import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
OTHER = {"app": "front_end"}


def test_a_selector_that_misses_the_services_own_workload_is_a_cause(
    scene_of: SceneOf, workload: Build, service: Build, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([*workload("front"), *service("front", OTHER, ready=())])
    cause, symptom = detect(scene)
    assert (cause.component, cause.condition, cause.role) == ("shop/service/front", "selector_mismatch", "cause")
    assert (symptom.component, symptom.role) == ("shop/deployment/front", "symptom")
    assert unverified(scene, [cause, symptom]) == []


def test_a_service_of_another_name_may_be_empty(scene_of: SceneOf, workload: Build, service: Build) -> None:
    assert list(detect(scene_of([*workload("front"), *service("front-canary", OTHER, ready=())]))) == []


def test_a_service_that_takes_its_pods_again_is_no_finding(scene_of: SceneOf, workload: Build, service: Build) -> None:
    assert list(detect(scene_of([*workload("front"), *service("front")]))) == []


def test_endpoints_kept_by_hand_need_no_selector(scene_of: SceneOf, workload: Build, service: Build) -> None:
    assert list(detect(scene_of([*workload("front"), *service("front", OTHER)]))) == []


def test_failing_calls_through_it_are_told_by_their_edge(
    scene_of: SceneOf, workload: Build, service: Build, calls: Calls
) -> None:
    logs = {("shop", "edge-1", "edge"): calls("http://front", 5, 20, "connection refused")}
    scene = scene_of(
        [*workload("front"), *workload("edge", address="10.244.0.3"), *service("front", OTHER, ready=())], logs
    )
    assert list(detect(scene)) == []
