"""Programs that look for their store at a port where nobody listens."""

from collections.abc import Callable
from typing import Any

from agent.detectors.store_ports import detect
from agent.scene import Scene

At = Callable[[float], str]
SceneOf = Callable[..., Scene]
Pod = Callable[..., dict[str, Any]]
Deployment = Callable[..., dict[str, Any]]
LOG = ("shop", "web-7d9f8b6c5d-abcde", "web")
TRACE = (
    "ERROR com.zaxxer.hikari.pool.HikariPool : HikariPool-1 - Exception during pool initialization.\n"
    "Caused by: com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure\n"
    "Caused by: java.net.ConnectException: Connection refused (Connection refused)\n"
)
STORE = {"image": "mysql:8"}


def crashed(pod: Pod, at: At, owner: str = "web") -> dict[str, Any]:
    last = {"reason": "Error", "exitCode": 1, "startedAt": at(5), "finishedAt": at(6)}
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    return pod(owner, state=waiting, last=last, restarts=1, unready_at=5)


def objects(pod: Pod, deployment: Deployment, at: At, *more: dict[str, Any]) -> list[dict[str, Any]]:
    store = [deployment("db", container=STORE), pod("db", container=STORE)]
    return [deployment(), crashed(pod, at), *store, *more]


def test_one_program_refused_while_its_only_store_is_up_has_a_wrong_port(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of(objects(pod, deployment, at), {LOG: f"{at(5.9)} {TRACE}"})
    [found] = detect(scene)
    assert (found.component, found.condition, found.detail) == ("shop/deployment/web", "wrong_address", "port")
    assert (found.role, found.until) == ("cause", None)
    assert "shop/deployment/db" in found.names
    assert unverified(scene, [found]) == []


def test_a_store_that_is_down_itself_is_no_wrong_port(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At
) -> None:
    store = [deployment("db", container=STORE), pod("db", container=STORE, unready_at=4)]
    scene = scene_of([deployment(), crashed(pod, at), *store], {LOG: f"{at(5.9)} {TRACE}"})
    assert list(detect(scene)) == []


def test_two_programs_refused_alike_are_no_wrong_port(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At
) -> None:
    other = [deployment("jobs"), crashed(pod, at, "jobs")]
    logs = {LOG: f"{at(5.9)} {TRACE}", ("shop", "jobs-7d9f8b6c5d-abcde", "jobs"): f"{at(5.8)} {TRACE}"}
    assert list(detect(scene_of(objects(pod, deployment, at, *other), logs))) == []


def test_without_a_store_of_that_kind_nothing_can_be_said(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At
) -> None:
    cache = [deployment("sessions", container={"image": "redis:7"}), pod("sessions", container={"image": "redis:7"})]
    assert list(detect(scene_of([deployment(), crashed(pod, at), *cache], {LOG: f"{at(5.9)} {TRACE}"}))) == []


def test_a_program_that_came_up_since_has_no_wrong_port(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At
) -> None:
    last = {"reason": "Error", "exitCode": 1, "startedAt": at(5), "finishedAt": at(6)}
    running = {"running": {"startedAt": at(8)}}
    store = [deployment("db", container=STORE), pod("db", container=STORE)]
    healed = pod(state=running, last=last, restarts=1, ready_at=9)
    assert list(detect(scene_of([deployment(), healed, *store], {LOG: f"{at(5.9)} {TRACE}"}))) == []
