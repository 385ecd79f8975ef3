"""Images that cannot be pulled: whose name, whose credentials, or whose registry."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.images import detect, registry

Object = dict[str, Any]
Make = Callable[..., Any]
WEB = "shop/deployment/web"
IMAGE = "registry.example/web:1.4"
BACKOFF = {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{IMAGE}"'}}
NOT_FOUND = (
    f'Failed to pull image "{IMAGE}": rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": '
    f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'
)
UNAUTHORIZED = f'Failed to pull image "{IMAGE}": failed to authorize: failed to fetch anonymous token: 401 Unauthorized'
NO_HOST = f'Failed to pull image "{IMAGE}": failed to do request: dial tcp: lookup registry.example: no such host'
TOO_MANY = f'Failed to pull image "{IMAGE}": toomanyrequests: You have reached your pull rate limit.'


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (NOT_FOUND, "name_or_tag"),
        (UNAUTHORIZED, "credentials"),
        (NO_HOST, "registry_unreachable"),
        (TOO_MANY, "rate_limited"),
        (f'Failed to pull image "{IMAGE}": denied: requested access to the resource is denied', "credentials"),
        (f'Failed to pull image "{IMAGE}": manifest unknown: manifest unknown', "name_or_tag"),
        (
            (
                f'Failed to pull image "{IMAGE}": unexpected status from HEAD request to https://mirror.example/v2/library/web/'
                "manifests/1.9?ns=docker.io: 403 Forbidden"
            ),
            "name_or_tag",
        ),
        (
            (
                f'Failed to pull image "{IMAGE}": unexpected status from HEAD request to https://mirror.example/v2/acme/web/'
                "manifests/1.9?ns=docker.io: 403 Forbidden"
            ),
            "credentials",
        ),
    ],
)
def test_one_workload_and_its_image(
    scene_of: Make, pod: Make, event: Make, unverified: Make, message: str, detail: str
) -> None:
    waiting = pod(state=BACKOFF, unready_at=4)
    scene = scene_of([waiting, event(f"Pod/{waiting['metadata']['name']}", "Failed", message, 4, 25, count=6)])

    (one,) = detect(scene)

    assert (one.component, one.detail, one.until) == (WEB, detail, None)
    assert unverified(scene, [one]) == []


def test_an_invalid_name_needs_no_event(scene_of: Make, pod: Make, unverified: Make) -> None:
    message = "Failed to apply default image tag: couldn't parse image reference"
    scene = scene_of([pod(state={"waiting": {"reason": "InvalidImageName", "message": message}}, unready_at=4)])

    (one,) = detect(scene)

    assert one.detail == "name_or_tag"
    assert unverified(scene, [one]) == []


def test_access_denied_without_a_secret_is_a_wrong_name(scene_of: Make, pod: Make, event: Make) -> None:
    text = f'Failed to pull image "{IMAGE}": pull access denied, repository does not exist or may require authorization'
    secrets = {"imagePullSecrets": [{"name": "registry"}]}
    details = []
    for more in ({}, secrets):
        waiting = pod(state=BACKOFF, unready_at=4, **more)
        scene = scene_of([waiting, event(f"Pod/{waiting['metadata']['name']}", "Failed", text, 4)])
        details += [one.detail for one in detect(scene)]

    assert details == ["name_or_tag", "credentials"]


def test_a_registry_that_fails_everybody_is_itself_the_component(
    scene_of: Make, pod: Make, event: Make, unverified: Make
) -> None:
    objects = []
    for owner in ("web", "cart"):
        image = f"registry.example/{owner}:1.4"
        waiting = pod(owner, state={"waiting": {"reason": "ErrImagePull"}}, unready_at=4)
        text = f'Failed to pull image "{image}": failed to do request: dial tcp 203.0.113.9:443: i/o timeout'
        objects += [waiting, event(f"Pod/{waiting['metadata']['name']}", "Failed", text, 4, 25, count=6)]
    scene = scene_of(objects)

    (one,) = detect(scene)

    assert (one.component, one.detail) == ("registry.example", "registry_unreachable")
    assert set(one.touches) == {WEB, "shop/deployment/cart"}
    assert set(one.names) == {"shop/web", "shop/cart"}
    assert unverified(scene, [one]) == []


def test_a_registry_that_still_serves_others_is_not_blamed(scene_of: Make, pod: Make, event: Make) -> None:
    waiting = pod(state=BACKOFF, unready_at=4)
    refused = event(f"Pod/{waiting['metadata']['name']}", "Failed", TOO_MANY, 4)
    pulled = event("Pod/cart-1", "Pulled", 'Successfully pulled image "registry.example/cart:1.4" in 1s', 12)

    (one,) = detect(scene_of([waiting, pod("cart"), refused, pulled]))

    assert one.component == WEB


def test_a_pull_that_worked_in_the_end_is_recovered(scene_of: Make, pod: Make, event: Make) -> None:
    running = pod(ready_at=9)
    scene = scene_of([running, event(f"Pod/{running['metadata']['name']}", "Failed", NOT_FOUND, 4, 6, count=3)])

    (one,) = detect(scene)

    assert one.until is not None
    assert one.until.minute == 9


def test_a_pull_that_worked_before_the_window_is_nothing(scene_of: Make, pod: Make, event: Make) -> None:
    running = pod(ready_at=-20)

    assert (
        list(detect(scene_of([running, event(f"Pod/{running['metadata']['name']}", "Failed", NOT_FOUND, -25)]))) == []
    )


def test_a_container_that_waits_for_another_reason_is_nothing(scene_of: Make, pod: Make) -> None:
    assert list(detect(scene_of([pod(state={"waiting": {"reason": "ContainerCreating"}}, unready_at=4)]))) == []


def test_the_registry_of_an_image() -> None:
    images = ("redis:7", "library/redis", "ghcr.io/a/b:1", "localhost:5000/x", "Quay.IO/a/b@sha256:0")

    assert [registry(one) for one in images] == ["docker.io", "docker.io", "ghcr.io", "localhost:5000", "quay.io"]
