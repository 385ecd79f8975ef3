"""Files that a running program may not use."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.file_permissions import detect
from agent.scene import Scene

At = Callable[[float], str]
SceneOf = Callable[..., Scene]
Make = Callable[..., dict[str, Any]]
LOG = ("shop", "web-7d9f8b6c5d-abcde", "web")
MOUNTED = {"volumeMounts": [{"name": "uploads", "mountPath": "/data"}]}
NODE = "Error: EACCES: permission denied, open '/data/uploads/1.png'"
PYTHON = "ERROR PermissionError: [Errno 13] Permission denied: '/data/uploads/1.png'"
GO = '{"level":"error","msg":"cannot write","err":"open /data/uploads/1.png: permission denied"}'


def told(at: At, line: str, *minutes: float) -> str:
    return "".join(f"{at(minute)} {line}\n" for minute in minutes)


@pytest.mark.parametrize("line", [NODE, PYTHON, GO])
def test_a_refused_file_in_the_programs_volume_is_the_volumes_permission(
    scene_of: SceneOf, pod: Make, deployment: Make, at: At, unverified: Callable[..., list[str]], line: str
) -> None:
    scene = scene_of([deployment(container=MOUNTED), pod(container=MOUNTED)], {LOG: told(at, line, 20, 24, 28)})
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/web", "volume_permission_denied")
    assert (found.role, found.until) == ("cause", None)
    assert unverified(scene, [found]) == []


@pytest.mark.parametrize("line", [NODE.replace("/data/", "/proc/"), NODE.replace("/data/", "/database/")])
def test_a_file_outside_of_every_volume_is_not(
    scene_of: SceneOf, pod: Make, deployment: Make, at: At, line: str
) -> None:
    scene = scene_of([deployment(container=MOUNTED), pod(container=MOUNTED)], {LOG: told(at, line, 20, 24, 28)})
    assert list(detect(scene)) == []


def test_refusals_that_stopped_have_an_end(scene_of: SceneOf, pod: Make, deployment: Make, at: At) -> None:
    scene = scene_of([deployment(container=MOUNTED), pod(container=MOUNTED)], {LOG: told(at, NODE, 3, 4, 5)})
    [found] = detect(scene)
    assert found.until is not None
