"""Symptoms beside failing edges: bad or slow answers, unnamed failures, missing replicas."""

from collections.abc import Callable
from typing import Any

from agent.detectors.serving import detect
from agent.finding import Finding
from agent.scene import Scene

At = Callable[[float], str]
Logs = dict[tuple[str, ...], str]
WEB = "shop/deployment/web"


def workload(ready: int = 2, desired: int = 2) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": desired, "template": {"spec": {"containers": [{"name": "web", "image": "acme/web:1"}]}}},
        "status": {"readyReplicas": ready, "availableReplicas": ready},
    }


def answered(at: At, status: int, seconds: float, *minutes: float) -> str:
    return "".join(f"{at(m)} GET /list {status} {1000 * seconds:.3f} ms - 99\n" for m in minutes)


def log(text: str) -> Logs:
    return {("shop", "web-1-x", "web"): text}


def named(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.condition, one.role) for one in found]


def test_server_errors_that_are_new_are_a_symptom(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    text = answered(at, 200, 0.02, *range(-29, 5, 2)) + answered(at, 500, 0.02, *range(6, 29, 2))
    scene = scene_of([workload()], log(text))
    found = list(detect(scene))
    assert named(found) == [("served_errors", "symptom")]
    assert (found[0].component, found[0].until) == (WEB, None)
    assert unverified(scene, found) == []


def test_server_errors_behind_a_failing_call_are_told_there(scene_of: Callable[..., Scene], at: At) -> None:
    text = answered(at, 500, 0.02, *range(6, 29, 2))
    text += "".join(
        f"{at(m)} ERROR dial tcp pay.example.com:443: connect: connection refused\n" for m in range(6, 29, 2)
    )
    assert named(list(detect(scene_of([workload()], log(text))))) == [("served_errors", "background")]


def test_client_errors_and_usual_errors_are_no_symptom(scene_of: Callable[..., Scene], at: At) -> None:
    clients = answered(at, 404, 0.02, *range(2, 29, 2))
    usual = answered(at, 500, 0.02, *range(-28, 29, 4)) + answered(at, 200, 0.02, *range(-27, 29, 4))
    assert list(detect(scene_of([workload()], log(clients)))) == []
    assert list(detect(scene_of([workload()], log(usual)))) == []


def test_server_errors_that_stopped_have_an_end(scene_of: Callable[..., Scene], at: At) -> None:
    text = answered(at, 500, 0.02, 4, 5, 6) + answered(at, 200, 0.02, *range(10, 29, 2))
    (finding,) = detect(scene_of([workload()], log(text)))
    assert finding.until is not None


def test_slow_answers_are_a_symptom_until_they_are_fast(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    before = answered(at, 200, 0.05, *range(-29, 0, 2))
    slow = scene_of([workload()], log(before + answered(at, 200, 3, *range(2, 29, 2))))
    assert named(list(detect(slow))) == [("served_slowly", "symptom")]
    assert unverified(slow, list(detect(slow))) == []
    assert list(detect(scene_of([workload()], log(before + answered(at, 200, 0.06, *range(2, 29, 2)))))) == []
    healed = answered(at, 200, 3, 1, 2) + answered(at, 200, 0.05, *range(3, 29, 2))
    assert list(detect(scene_of([workload()], log(before + healed)))) == []


OPEN = "ERROR circuit breaker 'List' is open"


def test_failures_that_name_nobody_are_a_symptom(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([workload()], log("".join(f"{at(m)} {OPEN}\n" for m in (5, 6, 7))))
    found = list(detect(scene))
    assert named(found) == [("unnamed_calls_fail", "symptom")]
    assert unverified(scene, found) == []


def test_failures_as_ever_or_before_are_none(scene_of: Callable[..., Scene], at: At) -> None:
    ever = "".join(f"{at(m)} {OPEN}\n" for m in (-50, -40, -30, -20, 5, 6))
    before = "".join(f"{at(m)} {OPEN}\n" for m in (-12, -11, -10))
    assert list(detect(scene_of([workload()], log(ever)))) == []
    assert list(detect(scene_of([workload()], log(before)))) == []


def test_missing_replicas_are_a_symptom(scene_of: Callable[..., Scene], unverified: Callable[..., list[str]]) -> None:
    scene = scene_of([workload(ready=0)])
    found = list(detect(scene))
    assert named(found) == [("unready", "symptom")]
    assert unverified(scene, found) == []


def test_ready_or_unwanted_replicas_are_none(scene_of: Callable[..., Scene]) -> None:
    assert list(detect(scene_of([workload()]))) == []
    assert list(detect(scene_of([workload(ready=0, desired=0)]))) == []


def test_what_became_unready_after_the_window_is_none(scene_of: Callable[..., Scene], at: At) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {
            "name": "web-1-x",
            "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "controller": True}],
        },
        "status": {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": at(33)}]},
    }
    assert list(detect(scene_of([workload(ready=0), pod], asked_after=40))) == []


def test_answers_that_are_still_fast_are_not_slow(scene_of: Callable[..., Scene], at: At) -> None:
    text = answered(at, 200, 0.01, *range(-29, 0, 2)) + answered(at, 200, 0.1, *range(2, 29, 2))
    assert list(detect(scene_of([workload()], log(text)))) == []


def test_missing_replicas_of_another_namespace_that_nobody_calls_are_background(scene_of: Callable[..., Scene]) -> None:
    scene = scene_of([workload(ready=0)])
    for namespace, role in (("shop", "symptom"), ("bank", "background")):
        incident = scene.incident.model_copy(update={"namespace": namespace})
        assert named(list(detect(Scene(incident, scene.snapshot)))) == [("unready", role)]
