"""Workloads that are stopped again and again, told from those that always are a little."""

from collections.abc import Callable, Sequence
from typing import Any

from agent.detectors.capacity import detect
from agent.finding import Finding
from agent.scene import Scene

Make = Callable[..., Any]
WEB = "shop/deployment/web"
LIMITED = {"resources": {"limits": {"cpu": "200m"}}}


def counter(before: float, now: float, until: float = 99) -> list[tuple[float, float]]:
    total = 0.0
    points: list[tuple[float, float]] = []
    for minute in range(-30, 31):
        points.append((minute, total))
        total += 60 * (now if 5 <= minute < until else before)
    return points


def samples(stopped: tuple[float, float], used: tuple[float, float], latency: float) -> dict[str, Any]:
    labels = {"namespace": "shop", "deployment": "web"}
    answers = [(minute, latency if minute >= 5 else 0.01) for minute in range(-30, 31)]
    return {
        "container_cpu_cfs_throttled_seconds_total": [(labels, counter(*stopped))],
        "container_cpu_usage_seconds_total": [(labels, counter(*used))],
        "http_request_duration_seconds": [({"namespace": "shop", "service": "web", "quantile": "0.9"}, answers)],
    }


def causes(scene: Scene) -> list[Finding]:
    return [one for one in detect(scene) if one.role == "cause"]


def test_late_answers_of_a_workload_that_is_stopped_at_work_are_its_cpu(
    scene_of: Make, deployment: Make, unverified: Callable[[Scene, Sequence[Finding]], list[str]]
) -> None:
    scene = scene_of([deployment(container=LIMITED)], samples=samples((0.0, 0.9), (0.03, 0.16), 0.3))

    found = causes(scene)

    assert {(one.component, one.condition) for one in found} == {(WEB, "cpu_throttled"), (WEB, "overload")}
    assert {one.since.minute for one in found if one.since} == {5}
    assert unverified(scene, found) == []


def test_who_always_is_stopped_a_little_and_uses_no_more_is_not(scene_of: Make, deployment: Make) -> None:
    steady = samples((0.5, 0.5), (0.12, 0.13), 0.3)

    assert causes(scene_of([deployment(container=LIMITED)], samples=steady)) == []


def test_a_busy_workload_that_nobody_waits_for_is_no_cause(scene_of: Make, deployment: Make) -> None:
    assert causes(scene_of([deployment(container=LIMITED)], samples=samples((0.0, 0.9), (0.03, 0.16), 0.01))) == []
