"""Configuration that is not there, against configuration that is only late."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.containers import detect
from agent.finding import Finding
from agent.scene import Scene

Object = dict[str, Any]
Make = Callable[..., Any]
POD = "web-7d9f8b6c5d-abcde"


def causes(scene: Scene) -> dict[str, Finding]:
    return {one.condition: one for one in detect(scene) if one.role == "cause"}


@pytest.mark.parametrize(
    "message",
    [
        'configmap "web-settings" not found',
        'secret "web-token" not found',
        "couldn't find key region in ConfigMap shop/web-settings",
    ],
)
def test_an_absent_reference_keeps_the_container_from_being_made(
    scene_of: Make, pod: Make, deployment: Make, unverified: Make, message: str
) -> None:
    waiting = {"waiting": {"reason": "CreateContainerConfigError", "message": message}}
    scene = scene_of([deployment(), pod(state=waiting, unready_at=3)])

    one = causes(scene)["missing_config"]

    assert one.component == "shop/deployment/web"
    assert unverified(scene, [one]) == []


def test_an_event_tells_where_the_status_does_not(scene_of: Make, pod: Make, event: Make, unverified: Make) -> None:
    waiting = pod(state={"waiting": {"reason": "CreateContainerConfigError"}}, unready_at=3)
    told = event(f"Pod/{POD}", "Failed", 'Error: secret "web-token" not found', 4, 20, count=12)
    scene = scene_of([waiting, told])

    assert unverified(scene, [causes(scene)["missing_config"]]) == []


def test_an_absent_volume_source(scene_of: Make, pod: Make, event: Make, unverified: Make) -> None:
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    text = 'MountVolume.SetUp failed for volume "settings" : configmap "web-settings" not found'
    scene = scene_of([pod(state=waiting, unready_at=3), event(f"Pod/{POD}", "FailedMount", text, 4, 20, count=9)])

    assert unverified(scene, [causes(scene)["missing_config"]]) == []


def test_a_cache_that_is_not_filled_yet_is_nothing(scene_of: Make, pod: Make, event: Make) -> None:
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    text = 'MountVolume.SetUp failed for volume "settings" : failed to sync configmap cache: timed out'
    scene = scene_of([pod(state=waiting, unready_at=3), event(f"Pod/{POD}", "FailedMount", text, 4)])

    assert causes(scene) == {}


def test_a_mount_that_worked_later_is_nothing(scene_of: Make, pod: Make, event: Make) -> None:
    text = 'MountVolume.SetUp failed for volume "settings" : configmap "web-settings" not found'

    assert causes(scene_of([pod(), event(f"Pod/{POD}", "FailedMount", text, 4)])) == {}


@pytest.fixture
def revisions(at: Callable[[float], str], deployment: Make) -> Make:
    """A Deployment whose second revision, at a minute of the window, has another environment than the first."""

    def build(minutes: float, before: list[object], after: list[object]) -> list[Object]:
        sets = []
        for number, env in ((1, before), (2, after)):
            notes = {"deployment.kubernetes.io/revision": str(number)}
            owner = [{"kind": "Deployment", "name": "web", "controller": True}]
            name = "web-5c6d7f8b9c" if number == 1 else "web-7d9f8b6c5d"
            meta = {"name": name, "namespace": "shop", "annotations": notes, "ownerReferences": owner}
            container = {"name": "web", "image": "registry.example/web:1.4", "env": env}
            spec = {"replicas": number - 1, "template": {"spec": {"containers": [container]}}}
            born = {"creationTimestamp": at(-9000 if number == 1 else minutes)}
            sets.append({"kind": "ReplicaSet", "metadata": meta | born, "spec": spec})
        return [deployment(container={"env": after}), *sets]

    return build


SECRET = [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "web-token", "key": "token"}}}]
LOOP = {"waiting": {"reason": "CrashLoopBackOff"}}


def test_a_revision_that_drops_a_secret(scene_of: Make, pod: Make, revisions: Make, at: Make, unverified: Make) -> None:
    ended = {"reason": "Error", "exitCode": 1, "finishedAt": at(26)}
    scene = scene_of([*revisions(5, SECRET, []), pod(state=LOOP, last=ended, restarts=5, unready_at=6)])

    one = causes(scene)["missing_secret_binding"]

    assert one.since is not None
    assert one.since.minute == 5
    assert unverified(scene, [one]) == []


def test_a_dropped_secret_that_nobody_misses_is_nothing(scene_of: Make, pod: Make, revisions: Make) -> None:
    assert causes(scene_of([*revisions(5, SECRET, []), pod()])) == {}


def test_a_secret_dropped_long_ago_does_not_explain_a_crash_now(
    scene_of: Make, pod: Make, revisions: Make, at: Make
) -> None:
    ended = {"reason": "Error", "exitCode": 1, "finishedAt": at(26)}
    scene = scene_of([*revisions(-4000, SECRET, []), pod(state=LOOP, last=ended, restarts=5, unready_at=6)])

    assert list(causes(scene)) == ["crash_loop"]


def test_a_revision_that_passes_the_secret_in_again_is_no_cause(
    scene_of: Make, pod: Make, revisions: Make, at: Make
) -> None:
    # A rollback shows only its own step: what was dropped before it is bound again.
    ended = {"reason": "Error", "exitCode": 1, "finishedAt": at(12)}
    scene = scene_of([*revisions(13, [], SECRET), pod(last=ended, restarts=5)])

    assert "missing_secret_binding" not in causes(scene)
