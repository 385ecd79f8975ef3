"""Services that a quota does not allow, against names that nobody bears for other reasons."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.absent_services import detect

Object = dict[str, Any]
Make = Callable[..., Any]
Logs = dict[tuple[str, str, str], str]
UNKNOWN = "dial tcp: lookup stock on 10.96.0.10:53: no such host"
LATE = "dial tcp: i/o timeout"


@pytest.fixture
def quota() -> Make:
    def build(used: str = "5") -> Object:
        meta = {"name": "team", "namespace": "shop"}
        return {
            "kind": "ResourceQuota",
            "metadata": meta,
            "status": {"hard": {"services": "5"}, "used": {"services": used}},
        }

    return build


@pytest.fixture
def log(calls: Make) -> Make:
    """The log of a caller of `stock`, whose calls fail from one minute to another."""

    def build(error: str = UNKNOWN, stop: int = 30) -> Logs:
        url = "http://stock/items"
        return {("shop", "web-1", "web"): calls(url, 4, stop, error) + calls(url, stop, 30)}

    return build


@pytest.mark.parametrize("error", [UNKNOWN, LATE])
def test_a_called_name_without_a_service_and_no_room_for_one(
    scene_of: Make, workload: Make, quota: Make, log: Make, unverified: Make, error: str
) -> None:
    scene = scene_of([*workload("web"), *workload("stock"), quota()], log(error))

    (one,) = detect(scene)

    assert (one.component, one.condition, one.detail) == ("shop/deployment/stock", "quota_exceeded", "services")
    assert "-/namespace/shop" in one.names
    assert unverified(scene, [one]) == []


def test_a_connection_test_in_vain_shows_it_where_nobody_inside_calls(
    scene_of: Make, workload: Make, quota: Make, unverified: Make
) -> None:
    samples = {"probe_success": [({"instance": "stock.shop.svc:80"}, [(6, 0), (20, 0)])]}
    scene = scene_of([*workload("stock"), quota()], samples=samples)

    (one,) = detect(scene)

    assert one.component == "shop/deployment/stock"
    assert unverified(scene, [one]) == []


def test_a_quota_with_room_refuses_nothing(scene_of: Make, workload: Make, quota: Make, log: Make) -> None:
    assert list(detect(scene_of([*workload("web"), *workload("stock"), quota("4")], log()))) == []


def test_a_workload_with_its_service_has_what_it_needs(
    scene_of: Make, workload: Make, service: Make, quota: Make, log: Make
) -> None:
    assert list(detect(scene_of([*workload("web"), *workload("stock"), *service("stock"), quota()], log()))) == []


def test_a_name_of_no_workload_is_somebody_elses(scene_of: Make, workload: Make, quota: Make, log: Make) -> None:
    assert list(detect(scene_of([*workload("web"), quota()], log()))) == []


def test_calls_that_work_again_give_it_an_end(scene_of: Make, workload: Make, quota: Make, log: Make) -> None:
    (one,) = detect(scene_of([*workload("web"), *workload("stock"), quota()], log(stop=15)))

    assert one.until is not None
    assert one.until.minute == 14
