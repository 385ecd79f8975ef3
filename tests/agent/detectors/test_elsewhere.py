"""Failed calls of others are no cause while what was asked about works."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.causes import rank
from agent.detectors import detect_all
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
CART, VENDOR = "http://cart/items", "https://api.example.com/v1"
HANGS = "dial tcp 203.0.113.9:443: i/o timeout"


@pytest.fixture
def scene(scene_of: SceneOf, workload: Build, service: Build, calls: Calls) -> Callable[[str], Scene]:
    """Web calls cart, cart calls a vendor that stops answering; `answer` is what web then gets from cart."""

    def build(answer: str) -> Scene:
        objects = [*workload("web"), *workload("cart"), *service("cart")]
        logs = {
            ("shop", "web-1", "web"): calls(CART, -60, 15) + calls(CART, 15, 30, answer),
            ("shop", "cart-1", "cart"): calls(VENDOR, -60, 15) + calls(VENDOR, 15, 30, HANGS),
        }
        return scene_of(objects, logs, question="Why does web fail?", namespace="shop")

    return build


def test_a_vendor_that_fails_without_anybody_noticing_is_no_cause(scene: Callable[[str], Scene]) -> None:
    found = scene("")
    assert found.failing
    assert rank(found, detect_all(found)) == []


def test_a_vendor_whose_failure_reaches_what_was_asked_about_is(scene: Callable[[str], Scene]) -> None:
    found = scene("unexpected status 502")
    assert rank(found, detect_all(found))[0].finding.component == "api.example.com"
