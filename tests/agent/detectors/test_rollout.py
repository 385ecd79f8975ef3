"""Rollouts that stop, revisions that bring errors, replicas taken away."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.rollout import detect
from agent.finding import Finding
from agent.scene import Scene

Object = dict[str, Any]
Make = Callable[..., Any]
POD = "web-7d9f8b6c5d-abcde"
WEB = "shop/deployment/web"
SERVED = '10.0.0.3 - - "GET /basket HTTP/1.1" {code} 15'
LOOP = {"waiting": {"reason": "CrashLoopBackOff"}}


def found(scene: Scene) -> dict[str, Finding]:
    return {one.condition: one for one in detect(scene)}


def told(at: Make, line: str, start: float, count: int = 12, step: float = 0.5) -> str:
    return "".join(f"{at(start + i * step)} {line}\n" for i in range(count))


@pytest.fixture
def progressing(deployment: Make, at: Make) -> Make:
    def build(minutes: float, status: str, reason: str, updated: int = 0, **spec: object) -> Object:
        state = {"type": "Progressing", "status": status, "reason": reason, "lastTransitionTime": at(minutes)}
        counts = {"replicas": 2, "updatedReplicas": updated, "conditions": [state]}
        made: Object = deployment(replicas=2, status=counts, **spec)
        return made

    return build


def test_a_rollout_past_its_deadline(scene_of: Make, progressing: Make, unverified: Make) -> None:
    scene = scene_of([progressing(12, "False", "ProgressDeadlineExceeded", 1)])

    one = found(scene)["rollout_stuck"]

    assert (one.component, one.strength) == (WEB, 0.8)
    assert unverified(scene, [one]) == []


def test_a_rollout_whose_pod_says_why_is_less_telling(scene_of: Make, progressing: Make, pod: Make) -> None:
    waiting = pod(state={"waiting": {"reason": "ImagePullBackOff"}}, unready_at=2)

    assert (
        found(scene_of([progressing(12, "False", "ProgressDeadlineExceeded", 1), waiting]))["rollout_stuck"].strength
        == 0.5
    )


def test_a_paused_rollout(scene_of: Make, progressing: Make, unverified: Make) -> None:
    scene = scene_of([progressing(2, "Unknown", "DeploymentPaused", 1, paused=True)])

    assert unverified(scene, [found(scene)["rollout_stuck"]]) == []


@pytest.mark.parametrize(
    ("status", "reason", "updated", "spec"),
    [
        ("True", "NewReplicaSetAvailable", 2, {}),
        ("True", "ReplicaSetUpdated", 1, {}),
        ("Unknown", "DeploymentPaused", 2, {"paused": True}),
    ],
)
def test_a_rollout_that_is_done_or_under_way_is_nothing(
    scene_of: Make, progressing: Make, status: str, reason: str, updated: int, spec: Object
) -> None:
    assert found(scene_of([progressing(12, status, reason, updated, **spec)])) == {}


def test_a_deadline_after_the_window_is_nothing(scene_of: Make, progressing: Make) -> None:
    assert found(scene_of([progressing(40, "False", "ProgressDeadlineExceeded")], asked_after=50)) == {}


@pytest.fixture
def revised(at: Make, deployment: Make) -> Make:
    """A Deployment with a second revision made at a minute of the window; `back` is when the first one came back."""

    def build(minutes: float, back: float | None = None, **container: object) -> list[Object]:
        sets = []
        older: tuple[str, float, Object, int] = ("web-5c6d7f8b9c", -9000, {}, 1 if back is None else 3)
        newer = ("web-7d9f8b6c5d", minutes, container or {"image": "registry.example/web:1.5"}, 2)
        for name, born, more, number in (older, newer):
            owner = [{"kind": "Deployment", "name": "web", "controller": True}]
            notes = {"deployment.kubernetes.io/revision": str(number)}
            meta = {"name": name, "namespace": "shop", "annotations": notes, "ownerReferences": owner}
            one = {"name": "web", "image": "registry.example/web:1.4", **more}
            spec = {"template": {"spec": {"containers": [one]}}}
            sets.append({"kind": "ReplicaSet", "metadata": meta | {"creationTimestamp": at(born)}, "spec": spec})
        made = deployment(container=container or {"image": "registry.example/web:1.5"})
        if back is not None:
            fields: Object = {"f:spec": {"f:template": {}}}
            made["metadata"]["managedFields"] = [{"manager": "kubectl-rollout", "time": at(back), "fieldsV1": fields}]
        return [made, *sets]

    return build


def test_errors_begin_with_a_revision(scene_of: Make, pod: Make, revised: Make, at: Make, unverified: Make) -> None:
    log = told(at, SERVED.format(code=200), -40, 40, 1) + told(at, SERVED.format(code=500), 6)
    scene = scene_of([*revised(5), pod()], {("shop", POD, "web"): log})

    one = found(scene)["bad_rollout"]

    assert (one.component, one.until, one.strength) == (WEB, None, 0.8)
    assert one.since is not None
    assert one.since.minute == 5
    assert unverified(scene, [one]) == []


def test_errors_that_only_the_callers_tell_of(
    scene_of: Make, pod: Make, revised: Make, deployment: Make, at: Make, unverified: Make
) -> None:
    service = {
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    log = told(at, "ERROR GET http://web/items failed: response status 500", 6)
    objects = [*revised(5), deployment("cart"), pod(), pod("cart"), service]
    scene = scene_of(objects, {("shop", "cart-7d9f8b6c5d-abcde", "cart"): log})

    one = found(scene)["bad_rollout"]

    assert one.component == WEB
    assert unverified(scene, [one]) == []


def test_a_revision_that_dies(scene_of: Make, pod: Make, revised: Make, at: Make, unverified: Make) -> None:
    ended = {"reason": "Error", "exitCode": 1, "finishedAt": at(27)}
    scene = scene_of([*revised(5), pod(state=LOOP, last=ended, restarts=5, unready_at=6)])

    assert unverified(scene, [found(scene)["bad_rollout"]]) == []


def test_errors_before_the_revision_are_not_its_own(scene_of: Make, pod: Make, revised: Make, at: Make) -> None:
    log = told(at, SERVED.format(code=200), -40, 40, 1) + told(at, SERVED.format(code=500), 2, 40)

    assert found(scene_of([*revised(15), pod()], {("shop", POD, "web"): log})) == {}


def test_more_room_is_no_revision(scene_of: Make, pod: Make, revised: Make, at: Make) -> None:
    log = told(at, SERVED.format(code=200), -40, 40, 1) + told(at, SERVED.format(code=500), 6)
    room = {"resources": {"limits": {"cpu": "200m"}}}

    assert found(scene_of([*revised(5, **room), pod()], {("shop", POD, "web"): log})) == {}


def test_a_revision_without_errors_is_nothing(scene_of: Make, pod: Make, revised: Make, at: Make) -> None:
    assert found(scene_of([*revised(5), pod()], {("shop", POD, "web"): told(at, SERVED.format(code=200), 1, 40)})) == {}


def test_a_revision_that_was_rolled_back_is_recovered(
    scene_of: Make, pod: Make, revised: Make, at: Make, unverified: Make
) -> None:
    log = told(at, SERVED.format(code=500), 6) + told(at, SERVED.format(code=200), 14, 25)
    scene = scene_of([*revised(5, back=13), pod()], {("shop", POD, "web"): log})

    one = found(scene)["bad_rollout"]

    assert one.until is not None
    assert one.until.minute == 11
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(("desired", "code", "expected"), [(1, 503, True), (1, 200, False), (4, 503, False)])
def test_replicas_taken_from_a_workload_that_suffers(
    scene_of: Make, pod: Make, deployment: Make, event: Make, at: Make, unverified: Make,
    desired: int, code: int, expected: bool,
) -> None:  # fmt: skip
    scaled = event(
        "Deployment/web", "ScalingReplicaSet", "Scaled down replica set web-7d9f8b6c5d from 4 to 1", 3, kind="Normal"
    )
    log = told(at, SERVED.format(code=200), -40, 40, 1) + told(at, SERVED.format(code=code), 4)
    scene = scene_of([deployment(replicas=desired), pod(), scaled], {("shop", POD, "web"): log})

    causes = found(scene)

    assert ("too_few_replicas" in causes) == expected
    assert unverified(scene, [one for one in causes.values() if one.condition == "too_few_replicas"]) == []
