"""Calls that fail from one pod of a workload only."""

from collections.abc import Callable

from agent.detectors import one_pod as detector
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Pod = Callable[..., dict[str, object]]
Deployment = Callable[..., dict[str, object]]
Calls = Callable[..., str]
URL = "https://api.example.com/v1"
HANGS = "dial tcp 203.0.113.9:443: i/o timeout"
FIRST, SECOND = "7d9f8b6c5d-abcde", "7d9f8b6c5d-fghij"


def _scene(scene_of: SceneOf, pod: Pod, deployment: Deployment, logs: tuple[str, str]) -> Scene:
    objects = [deployment("web", 2), pod("web", FIRST), pod("web", SECOND)]
    return scene_of(
        objects, {("shop", f"web-{end}", "web"): log for end, log in zip((FIRST, SECOND), logs, strict=True)}
    )


def test_the_pod_that_alone_fails_is_blamed_not_the_callee(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, calls: Calls, unverified: Callable[..., list[str]]
) -> None:
    broken = calls(URL, -20, 4) + calls(URL, 4, 28, HANGS)
    scene = _scene(scene_of, pod, deployment, (broken, calls(URL, -20, 28)))

    found = list(detector.detect(scene))

    assert [(one.component, one.condition, one.names) for one in found] == [
        ("shop/deployment/web", "egress_down", (f"shop/web-{FIRST}",))
    ]
    assert unverified(scene, found) == []


def test_pods_that_all_fail_leave_the_callee_to_blame(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, calls: Calls
) -> None:
    log = calls(URL, -20, 4) + calls(URL, 4, 28, HANGS)

    assert list(detector.detect(_scene(scene_of, pod, deployment, (log, log)))) == []


def test_failures_now_and_then_in_both_pods_say_nothing_about_a_pod(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, calls: Calls
) -> None:
    first = "".join(calls(URL, n, n + 1, HANGS if n % 2 else "") for n in range(2, 28))
    second = "".join(calls(URL, n, n + 1, HANGS if n % 3 == 0 else "") for n in range(2, 28))

    assert list(detector.detect(_scene(scene_of, pod, deployment, (first, second)))) == []


def test_a_pod_that_works_again_has_an_end(scene_of: SceneOf, pod: Pod, deployment: Deployment, calls: Calls) -> None:
    broken = calls(URL, -20, 4) + calls(URL, 4, 26, HANGS) + calls(URL, 26, 29)
    scene = _scene(scene_of, pod, deployment, (broken, calls(URL, -20, 29)))

    assert [one.until is not None for one in detector.detect(scene)] == [True]


def test_a_pod_that_is_answered_with_errors_reaches_its_callee(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, calls: Calls
) -> None:
    refused = calls(URL, -20, 4) + calls(URL, 4, 28, "unexpected status 502")
    scene = _scene(scene_of, pod, deployment, (refused, calls(URL, -20, 28)))

    assert scene.failing
    assert list(detector.detect(scene)) == []
