from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.routes import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]
At = Callable[[float], str]

CALLER = ("shop", "orders-1", "orders")
LOOPBACK = (
    'level=error msg="call failed" err="Post \\"http://localhost:8080/pay\\": '
    'dial tcp 127.0.0.1:8080: connect: connection refused"'
)
URL = "http://payment/pay"


def env(value: str | None) -> dict[str, Any]:
    return {"env": [{"name": "PAYMENT_URL", "value": value}] if value else [{"name": "MODE", "value": "x"}]}


@pytest.fixture
def shop(workload: Build, service: Build) -> Build:
    def build(now: str | None, before: str = URL, changed: float = 4.5) -> list[dict[str, Any]]:
        return [
            *workload("orders", container=env(now), before=env(before), changed=changed),
            *workload("payment"),
            *service("payment"),
            *workload("front"),
        ]

    return build


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        ("ERROR PAYMENT_URL must be set", "missing_config"),
        (
            LOOPBACK,
            "wrong_address",
        ),
    ],
)
def test_a_removed_address_shows_in_the_callers_own_words(
    scene_of: SceneOf, shop: Build, calls: Calls, at: At, unverified: Unverified, line: str, condition: str
) -> None:
    log = {CALLER: calls(URL, -60, 5) + "".join(f"{at(minute)} {line}\n" for minute in range(6, 30))}
    scene = scene_of(shop(None), log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/deployment/orders", condition)
    assert unverified(scene, [found]) == []


def test_a_removed_address_that_nothing_misses_is_not_told(scene_of: SceneOf, shop: Build, calls: Calls) -> None:
    assert list(detect(scene_of(shop(None), {CALLER: calls(URL, -60, 30)}))) == []


def route(at: At, backend: str, edited: float) -> dict[str, Any]:
    history = [{"manager": "kubectl-edit", "time": at(edited), "fieldsV1": {"f:spec": {"f:rules": {}}}}]
    path = {"path": "/", "backend": {"service": {"name": backend, "port": {"number": 80}}}}
    meta = {"name": "web", "namespace": "shop", "creationTimestamp": at(-9000), "managedFields": history}
    return {"kind": "Ingress", "metadata": meta, "spec": {"rules": [{"host": "x", "http": {"paths": [path]}}]}}


def test_a_route_to_a_service_that_does_not_exist_is_the_ingresss_fault(
    scene_of: SceneOf, shop: Build, at: At, unverified: Unverified
) -> None:
    errors = "".join(f'{at(minute)} 10.0.0.1 - - [x] "GET /cart HTTP/1.1" 503 12\n' for minute in range(5, 30))
    log = {("ingress", "controller-1", "controller"): errors}
    scene = scene_of([*shop(URL), route(at, "frnt", 4.5)], log)
    [found] = detect(scene)
    assert (found.component, found.condition) == ("shop/ingress/web", "wrong_address")
    assert unverified(scene, [found]) == []
    assert list(detect(scene_of([*shop(URL), route(at, "payment", 4.5)], log))) == []
    assert list(detect(scene_of([*shop(URL), route(at, "frnt", 4.5)]))) == []


def test_a_route_that_was_mended_is_not_told(scene_of: SceneOf, shop: Build, at: At) -> None:
    errors = "".join(f'{at(minute)} 10.0.0.1 - - [x] "GET /cart HTTP/1.1" 503 12\n' for minute in range(5, 15))
    log = {("ingress", "controller-1", "controller"): errors}
    assert list(detect(scene_of([*shop(URL), route(at, "payment", 15.5)], log))) == []
