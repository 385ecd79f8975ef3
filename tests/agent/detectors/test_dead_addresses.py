"""Settings that lead to nobody although somebody of nearly that address is there."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.dead_addresses import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Unverified = Callable[..., list[str]]


def objects(workload: Build, service: Build, value: str, *, ready: bool = False) -> list[dict[str, Any]]:
    box = {"env": [{"name": "SEATS_ADDR", "value": value}]}
    return [*workload("orders", container=box, ready=ready), *workload("seats"), *service("seats", port=7000)]


def unready(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    pod = next(one for one in found if one["kind"] == "Pod")
    pod["status"]["containerStatuses"] = [{"name": "orders", "ready": False, "state": {"running": {}}}]
    return found


@pytest.mark.parametrize(
    ("value", "detail"),
    [("seats-old:7000", "host"), ("http://seatz:7000", "host"), ("my-seats:7000", "host"), ("seats:7001", "port")],
)
def test_a_program_in_trouble_whose_setting_leads_to_nobody_has_a_wrong_address(
    scene_of: SceneOf, workload: Build, service: Build, value: str, detail: str, unverified: Unverified
) -> None:
    scene = scene_of(unready(objects(workload, service, value)))
    [found] = detect(scene)
    assert (found.component, found.condition, found.detail) == ("shop/deployment/orders", "wrong_address", detail)
    assert found.role == "cause"
    assert unverified(scene, [found]) == []


@pytest.mark.parametrize("value", ["seats:7000", "chat-assistant:7000", "seats-old.example.com:7000", "7001", "seats"])
def test_right_outside_and_unlike_addresses_are_no_finding(
    scene_of: SceneOf, workload: Build, service: Build, value: str
) -> None:
    assert list(detect(scene_of(unready(objects(workload, service, value))))) == []


def test_a_program_that_suffers_nothing_may_have_dead_settings(
    scene_of: SceneOf, workload: Build, service: Build
) -> None:
    assert list(detect(scene_of(objects(workload, service, "seats-old:7000", ready=True)))) == []


def test_without_the_list_of_services_nothing_can_be_said(scene_of: SceneOf, workload: Build, service: Build) -> None:
    scene = scene_of(unready(objects(workload, service, "seats-old:7000")), denied=["Service"])
    assert list(detect(scene)) == []


def twin(workload: Build, key: str, value: str) -> list[dict[str, Any]]:
    return workload("web", container={"env": [{"name": key, "value": value}]}, address="10.244.0.4")


@pytest.mark.parametrize("value", ["seats-old:7000", "seats:7001"])
def test_a_silent_program_counts_where_the_same_setting_is_right_elsewhere(
    scene_of: SceneOf, workload: Build, service: Build, value: str, unverified: Unverified
) -> None:
    parts = [*objects(workload, service, value, ready=True), *twin(workload, "SEATS_ADDR", "seats:7000")]
    scene = scene_of(parts)
    cause, symptom = detect(scene)
    assert (cause.component, cause.condition, symptom.role) == ("shop/deployment/orders", "wrong_address", "symptom")
    assert cause.strength < 0.8
    assert unverified(scene, [cause, symptom]) == []


def test_a_setting_of_another_name_shows_nothing_of_a_silent_program(
    scene_of: SceneOf, workload: Build, service: Build
) -> None:
    parts = [*objects(workload, service, "seats-old:7000", ready=True), *twin(workload, "SEATS_URL", "seats:7000")]
    assert list(detect(scene_of(parts))) == []


def test_a_spare_address_beside_the_right_one_is_no_finding(scene_of: SceneOf, workload: Build, service: Build) -> None:
    box = {"env": [{"name": "SEATS_SPARE", "value": "seats-old:7000"}, {"name": "SEATS_ADDR", "value": "seats:7000"}]}
    parts = [*workload("orders", container=box), *workload("seats"), *service("seats", port=7000)]
    assert list(detect(scene_of([*parts, *twin(workload, "SEATS_SPARE", "seats:7000")]))) == []
