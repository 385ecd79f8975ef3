"""Connection tests of a blackbox exporter: which Services nobody reaches."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.reached import detect

Object = dict[str, Any]
Make = Callable[..., Any]
Points = list[tuple[float, float]]
WORKED: Points = [(-20, 1), (-5, 1), (3, 1)]


@pytest.fixture
def tried(scene_of: Make, workload: Make, service: Make) -> Make:
    """A scene with one Service and the tests of it, by node."""

    def build(instance: str = "web.shop.svc:80", **by_node: Points) -> Any:  # noqa: ANN401 - a fixture
        series = [({"instance": instance, "node": node}, points) for node, points in by_node.items()]
        return scene_of([*workload("web"), *service("web")], samples={"probe_success": series})

    return build


@pytest.mark.parametrize(
    "instance", ["web.shop.svc:80", "http://web.shop.svc.cluster.local:80/healthz", "10.96.4.4:80"]
)
def test_a_service_that_no_place_reaches(tried: Make, unverified: Make, instance: str) -> None:
    scene = tried(instance, a=[*WORKED, (8, 0), (28, 0)], b=[*WORKED, (9, 0), (28, 0)])

    (one,) = detect(scene)

    assert (one.component, one.condition, one.role) == ("shop/deployment/web", "unreachable", "symptom")
    assert one.since is not None
    assert (one.since.minute, one.until) == (8, None)
    assert unverified(scene, [one]) == []


def test_a_service_that_was_reached_again(tried: Make, unverified: Make) -> None:
    scene = tried(a=[*WORKED, (8, 0), (12, 0), (20, 1), (28, 1)])

    (one,) = detect(scene)

    assert one.until is not None
    assert one.until.minute == 20
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(
    "by_node",
    [
        {"a": [*WORKED, (28, 1)]},
        {"a": [*WORKED, (8, 0), (28, 0)], "b": [*WORKED, (28, 1)]},
        {"a": [(-20, 0), (-5, 0), (8, 0), (28, 0)]},
        {"a": [(-20, 1), (-5, 0)]},
    ],
    ids=["reached", "reached from elsewhere", "never was", "not tried in the window"],
)
def test_what_is_reached_or_never_was(tried: Make, by_node: dict[str, Points]) -> None:
    assert list(detect(tried(**by_node))) == []


def test_targets_outside_are_not_told_here(tried: Make) -> None:
    assert list(detect(tried("https://api.stripe.com", a=[(8, 0), (28, 0)]))) == []
