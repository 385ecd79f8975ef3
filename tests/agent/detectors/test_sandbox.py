"""Pods whose set-up is killed for memory before any container runs."""

from collections.abc import Callable
from typing import Any

from agent.detectors.sandbox import detect
from agent.scene import Scene

Make = Callable[..., Any]
POD = "web-7d9f8b6c5d-abcde"
KILLED = "runc create failed: container init was OOM-killed (memory limit too low?): unknown"


def test_a_set_up_that_is_killed_for_memory_is_oom(
    scene_of: Make, deployment: Make, pod: Make, event: Make, unverified: Make
) -> None:
    told = event(f"Pod/{POD}", "FailedCreatePodSandBox", KILLED, 4, 20, count=3)
    scene: Scene = scene_of([deployment(), pod(unready_at=3), told])

    (one,) = detect(scene)

    assert (one.component, one.condition, one.role) == ("shop/deployment/web", "oom_killed", "cause")
    assert one.since is not None
    assert one.since.minute == 4
    assert one.until is None
    assert unverified(scene, [one]) == []


def test_a_set_up_that_fails_for_another_reason_is_not(
    scene_of: Make, deployment: Make, pod: Make, event: Make
) -> None:
    network = event(f"Pod/{POD}", "FailedCreatePodSandBox", "failed to set up network: no addresses left", 4, 20)
    before = event(f"Pod/{POD}", "FailedCreatePodSandBox", KILLED, -90, -80)

    assert list(detect(scene_of([deployment(), pod(unready_at=3), network, before]))) == []


def test_a_pod_that_became_ready_since_has_an_end(scene_of: Make, deployment: Make, pod: Make, event: Make) -> None:
    told = event(f"Pod/{POD}", "FailedCreatePodSandBox", KILLED, 4, 9)

    (one,) = detect(scene_of([deployment(), pod(ready_at=12), told]))

    assert one.until is not None
    assert one.until.minute == 12
