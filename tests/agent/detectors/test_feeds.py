from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from agent.detectors.feeds import concerns, detect
from agent.provider_scope import is_about
from agent.scene import Scene
from tools.callgraph import Edge
from tools.source import ProviderIncident, StatusFeed

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Calls = Callable[..., str]
Unverified = Callable[..., list[str]]

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CALLER = ("shop", "orders-1", "orders")
STRIPE = "https://api.stripe.com/v1"
TIMEOUT = "context deadline exceeded"


def feed(
    title: str = "API errors",
    started: float = 6.0,
    resolved: float | None = None,
    provider: str = "Stripe",
    impact: str = "major",
) -> StatusFeed:
    ended = NOON + timedelta(minutes=resolved) if resolved is not None else None
    incident = ProviderIncident(title, NOON + timedelta(minutes=started), ended, impact)
    return StatusFeed(provider, NOON + timedelta(minutes=29), "major", "", [incident])


@pytest.fixture
def scene(scene_of: SceneOf, workload: Build, calls: Calls) -> Callable[..., Scene]:
    def build(one: StatusFeed, error: str = TIMEOUT, stop: int = 30) -> Scene:
        log = calls(STRIPE, -60, 5) + calls(STRIPE, 5, stop, error) + calls(STRIPE, stop, 30)
        found = scene_of(workload("orders"), {CALLER: log if error else calls(STRIPE, -60, 30)})
        found.snapshot.feeds.append(one)
        return found

    return build


def test_an_open_incident_confirms_the_failing_vendor(scene: Callable[..., Scene], unverified: Unverified) -> None:
    shown = scene(feed())
    [found] = detect(shown)
    assert (found.component, found.condition, found.strength) == ("api.stripe.com", "dependency_timeout", 0.85)
    assert "Stripe" in found.names
    assert unverified(shown, [found]) == []


def test_an_incident_that_nothing_of_ours_feels_is_background(
    scene: Callable[..., Scene], unverified: Unverified
) -> None:
    shown = scene(feed(), error="")
    [found] = detect(shown)
    assert found.role == "background"
    assert unverified(shown, [found]) == []


@pytest.mark.parametrize(
    "one",
    [
        feed(resolved=-30.0, started=-90.0),
        feed(provider="Twilio"),
        feed(impact="maintenance"),
    ],
)
def test_an_incident_that_is_over_or_another_ones_confirms_nothing(
    scene: Callable[..., Scene], one: StatusFeed
) -> None:
    assert all(found.role == "background" for found in detect(scene(one)))


def test_an_incident_about_something_else_does_not_excuse_our_key(scene: Callable[..., Scene]) -> None:
    assert [one.role for one in detect(scene(feed("Slow exports"), "unexpected status 401"))] == ["background"]
    [found] = detect(scene(feed("Elevated authentication failures"), "unexpected status 401"))
    assert (found.role, found.condition) == ("cause", "dependency_auth_rejected")


def test_a_confirmed_vendor_that_healed_is_over(scene: Callable[..., Scene]) -> None:
    [found] = detect(scene(feed(resolved=20.0), stop=15))
    assert found.until is not None


@pytest.mark.parametrize(
    ("provider", "callee", "names", "related"),
    [
        ("Stripe", "api.stripe.com", (), True),
        ("stripe", "shop/deployment/stripe-mock", ("shop/stripe-mock",), True),
        ("Stripe", "api.adyen.com", (), False),
        ("Stripe", "shop/deployment/pinstripes", (), False),
        ("Acme Pay", "gw.acmepay.example", (), True),
    ],
)
def test_a_provider_is_matched_by_host_or_name(
    provider: str, callee: str, names: tuple[str, ...], related: bool
) -> None:
    assert concerns(provider, Edge("shop/deployment/orders", callee, names)) is related


S3 = ("Amazon Simple Storage Service", "s3")


@pytest.mark.parametrize(
    ("provider", "host", "services", "places", "about"),
    [
        ("Amazon S3", "s3.eu-west-1.amazonaws.com", S3, ("eu-west-1",), True),
        ("Amazon S3", "files.s3.eu-west-1.amazonaws.com", S3, ("us-east-1",), False),
        ("Amazon S3", "s3.amazonaws.com", S3, ("us-east-1",), True),
        ("Amazon S3", "s3.eu-west-1.amazonaws.com", ("ec2", "Amazon Elastic Compute Cloud"), ("eu-west-1",), False),
        ("Amazon Web Services", "x.eu-west-1.amazonaws.com", ("es",), (), False),
        ("Google Cloud", "pubsub.googleapis.com", ("Cloud Pub/Sub",), ("global", "us-east1"), True),
        ("Google Cloud", "pubsub.googleapis.com", ("Google Meet",), (), False),
        ("Stripe", "api.stripe.com", (), (), True),
    ],
)
def test_an_incident_of_another_service_or_region_is_about_nobody_of_ours(
    provider: str, host: str, services: tuple[str, ...], places: tuple[str, ...], about: bool
) -> None:
    assert is_about(ProviderIncident("Errors", services=services, places=places), provider, (host, "x/y")) is about


def test_an_incident_of_a_service_that_nobody_calls_is_not_told(scene: Callable[..., Scene]) -> None:
    of_many = feed()
    elsewhere = [msgspec.structs.replace(one, services=("Tax calculation",)) for one in of_many.incidents]
    shown = scene(msgspec.structs.replace(of_many, incidents=elsewhere))
    assert list(detect(shown)) == []
