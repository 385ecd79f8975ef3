"""Callees that answer much later than before."""

from collections.abc import Callable, Mapping

from agent.detectors import slow as detector
from agent.finding import Finding
from agent.scene import Scene

Object = Mapping[str, object]
SceneOf = Callable[..., Scene]
Build = Callable[..., list[Object]]
At = Callable[[float], str]
LOG = ("shop", "pay-1", "pay")


def _line(at: str, seconds: float) -> str:
    return f"{at} POST https://api.example.com/v1/charges returned status 200 in {int(seconds * 1000)}ms\n"


def _found(scene: Scene) -> list[Finding]:
    return list(detector.detect(scene))


def test_answers_that_take_much_longer_make_the_callee_slow(
    scene_of: SceneOf, workload: Build, at: At, unverified: Callable[..., list[str]]
) -> None:
    log = "".join(_line(at(n), 0.2) for n in range(-20, 0)) + "".join(_line(at(n), 4.0) for n in range(3, 20))
    scene = scene_of(workload("pay"), {LOG: log})

    found = _found(scene)

    assert [(one.component, one.condition) for one in found] == [
        ("shop/deployment/pay", "calls_slow"),
        ("api.example.com", "dependency_slow"),
    ]
    assert found[1].since is not None
    assert found[1].since.isoformat().replace("+00:00", "Z") == at(3)
    assert found[1].until is None
    assert unverified(scene, found) == []


def test_a_callee_that_was_always_slow_is_not_slow_now(scene_of: SceneOf, workload: Build, at: At) -> None:
    log = "".join(_line(at(n), 4.0) for n in range(-20, 20))

    assert _found(scene_of(workload("pay"), {LOG: log})) == []


def test_a_rise_that_nobody_feels_is_none(scene_of: SceneOf, workload: Build, at: At) -> None:
    log = "".join(_line(at(n), 0.005) for n in range(-20, 0)) + "".join(_line(at(n), 0.1) for n in range(3, 20))

    assert _found(scene_of(workload("pay"), {LOG: log})) == []


def test_one_slow_answer_among_many_is_none(scene_of: SceneOf, workload: Build, at: At) -> None:
    log = "".join(_line(at(n), 4.0 if n == 7 else 0.2) for n in range(-20, 20))

    assert _found(scene_of(workload("pay"), {LOG: log})) == []


def test_slowness_that_is_over_has_an_end(scene_of: SceneOf, workload: Build, at: At) -> None:
    log = "".join(_line(at(n), 0.2) for n in range(-20, 0)) + "".join(_line(at(n), 4.0) for n in range(3, 16))
    log += "".join(_line(at(n), 0.2) for n in range(16, 24))

    found = _found(scene_of(workload("pay"), {LOG: log}))

    assert [one.until and one.until.isoformat().replace("+00:00", "Z") for one in found] == [at(15), at(15)]
