"""Records that exist already."""

from collections.abc import Callable
from typing import Any

from agent.detectors.duplicates import detect
from agent.finding import Finding
from agent.scene import Scene

At = Callable[[float], str]
API = "shop/deployment/api"


def workload(name: str, image: str) -> dict[str, Any]:
    container = {"name": name, "image": image}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 1, "template": template},
        "status": {"readyReplicas": 1, "availableReplicas": 1},
    }


def said(at: At, text: str, *minutes: float, level: str = "ERROR") -> str:
    return "".join(f"{at(minute)} {level} {text}\n" for minute in minutes)


def one(found: list[Finding], condition: str) -> Finding:
    chosen = [finding for finding in found if finding.condition == condition]
    assert len(chosen) == 1, [finding.condition for finding in found]
    return chosen[0]


def causes(found: list[Finding]) -> list[str]:
    return [finding.condition for finding in found if finding.role == "cause"]


DUPLICATE = 'err="E11000 duplicate key error collection: users index: name_1"'


def test_a_duplicate_that_ends_in_a_server_error_is_a_cause(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    text = said(at, DUPLICATE, 5, 6) + said(at, '10.0.0.1 - - "POST /register HTTP/1.1" 500 21', 5, 6, level="INFO")
    scene = scene_of([workload("api", "acme/api:1")], {("shop", "api-1-x", "api"): text})
    finding = one(list(detect(scene)), "duplicate_key")
    assert (finding.component, finding.role) == (API, "cause")
    assert unverified(scene, [finding]) == []


def test_a_duplicate_that_is_answered_properly_is_background(scene_of: Callable[..., Scene], at: At) -> None:
    text = said(at, DUPLICATE, 5, 6) + said(at, '10.0.0.1 - - "POST /register HTTP/1.1" 409 21', 5, 6, level="INFO")
    scene = scene_of([workload("api", "acme/api:1")], {("shop", "api-1-x", "api"): text})
    assert causes(list(detect(scene))) == []


def test_a_duplicate_before_the_window_is_nothing(scene_of: Callable[..., Scene], at: At) -> None:
    scene = scene_of([workload("api", "acme/api:1")], {("shop", "api-1-x", "api"): said(at, DUPLICATE, -9, -8)})
    assert list(detect(scene)) == []


def test_a_duplicate_followed_by_a_neighbours_server_errors_is_a_cause(scene_of: Callable[..., Scene], at: At) -> None:
    access = '10.0.0.1 - - "POST /register HTTP/1.1" 500 21'
    objects = [workload("api", "acme/api:1"), workload("web", "acme/web:1")]
    logs = {("shop", "api-1-x", "api"): said(at, DUPLICATE, 5, 6)}
    soon = scene_of(objects, logs | {("shop", "web-1-x", "web"): said(at, access, 5.01, 6.01, level="INFO")})
    late = scene_of(objects, logs | {("shop", "web-1-x", "web"): said(at, access, 9, 12, level="INFO")})
    assert causes(list(detect(soon))) == ["duplicate_key"]
    assert causes(list(detect(late))) == []
