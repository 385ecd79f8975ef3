"""Creations that the API refuses, against workloads that merely have too few pods."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.quota import detect

Object = dict[str, Any]
Make = Callable[..., Any]
WEB = "shop/deployment/web"
FORBIDDEN = 'Error creating: pods "web-7d9f8b6c5d-x2x4z" is forbidden: '


def exceeded(resource: str) -> str:
    return f"{FORBIDDEN}exceeded quota: team, requested: {resource}=2, used: {resource}=10, limited: {resource}=10"


@pytest.fixture
def revision() -> Object:
    owner = [{"kind": "Deployment", "name": "web", "controller": True}]
    return {"kind": "ReplicaSet", "metadata": {"name": "web-7d9f8b6c5d", "namespace": "shop", "ownerReferences": owner}}


@pytest.fixture
def quota() -> Make:
    def build(**hard: str) -> Object:
        meta = {"name": "team", "namespace": "shop"}
        named = {key.replace("_", "."): value for key, value in hard.items()}
        return {"kind": "ResourceQuota", "metadata": meta, "status": {"hard": named, "used": named}}

    return build


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (exceeded("requests.cpu"), "cpu"),
        (exceeded("limits.memory"), "memory"),
        (exceeded("pods"), "pods"),
        (f"{FORBIDDEN}failed quota: team: must specify limits.cpu for: web", "cpu"),
        (f"{FORBIDDEN}maximum memory usage per Container is 1Gi, but limit is 2Gi", "memory"),
    ],
)
@pytest.mark.parametrize("told_by", ["event", "condition"])
def test_a_quota_that_keeps_pods_from_being_made(
    scene_of: Make, deployment: Make, event: Make, revision: Object, quota: Make, unverified: Make,
    message: str, detail: str, told_by: str,
) -> None:  # fmt: skip
    failed = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    status = (
        {"conditions": [failed | {"lastTransitionTime": "2026-03-02T12:04:00Z"}]} if told_by == "condition" else None
    )
    objects = [deployment(status=status), revision, quota(requests_cpu="10")]
    if told_by == "event":
        objects.append(event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", message, 4, 28, count=14))
    scene = scene_of(objects)

    (one,) = detect(scene)

    assert (one.component, one.condition, one.detail, one.until) == (WEB, "quota_exceeded", detail, None)
    assert one.since is not None
    assert one.since.minute == 4
    assert "-/namespace/shop" in one.names
    assert unverified(scene, [one]) == []


def test_a_missing_service_account(
    scene_of: Make, deployment: Make, event: Make, revision: Object, unverified: Make
) -> None:
    text = f'{FORBIDDEN}error looking up service account shop/web: serviceaccount "web" not found'
    scene = scene_of([deployment(), revision, event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", text, 4, 28)])

    (one,) = detect(scene)

    assert (one.component, one.condition) == (WEB, "service_account_missing")
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize("message", [exceeded("pods"), f'{FORBIDDEN}serviceaccount "web" not found'])
def test_a_refusal_that_was_overcome_is_recovered(
    scene_of: Make, deployment: Make, pod: Make, event: Make, revision: Object, message: str
) -> None:
    refused = event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", message, 4, 9)

    (one,) = detect(scene_of([deployment(), pod(), revision, refused]))

    assert one.until is not None
    assert one.until.minute == 9


@pytest.mark.parametrize("message", [exceeded("pods"), f'{FORBIDDEN}serviceaccount "web" not found'])
def test_a_refusal_before_the_window_is_nothing(
    scene_of: Make, deployment: Make, pod: Make, event: Make, revision: Object, message: str
) -> None:
    refused = event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", message, -40, -35)

    assert list(detect(scene_of([deployment(), pod(), revision, refused]))) == []


def test_another_refusal_is_neither(scene_of: Make, deployment: Make, event: Make, revision: Object) -> None:
    text = f"{FORBIDDEN}violates PodSecurity: runAsNonRoot"

    assert (
        list(detect(scene_of([deployment(), revision, event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", text, 4)])))
        == []
    )


def test_a_full_quota_that_refuses_nothing_is_nothing(scene_of: Make, deployment: Make, pod: Make, quota: Make) -> None:
    assert list(detect(scene_of([deployment(), pod(), quota(pods="1")]))) == []


def test_a_claim_that_was_never_made(
    scene_of: Make, deployment: Make, pod: Make, event: Make, quota: Make, unverified: Make
) -> None:
    text = '0/4 nodes are available: persistentvolumeclaim "web-store" not found.'
    waiting = pod(unscheduled=text, ready_at=4)
    told = event("Pod/web-7d9f8b6c5d-abcde", "FailedScheduling", text, 4, scheduler=True)
    scene = scene_of([deployment(), waiting, told, quota(requests_storage="10Gi")])

    (one,) = detect(scene)

    assert (one.condition, one.detail) == ("quota_exceeded", "storage")
    assert unverified(scene, [one]) == []
    assert list(detect(scene_of([deployment(), waiting, told]))) == []


def test_a_creation_refused_once_and_made_a_moment_later_is_how_a_namespace_comes_up(
    scene_of: Make, deployment: Make, pod: Make, event: Make, revision: Object
) -> None:
    message = f'{FORBIDDEN}error looking up service account shop/web: serviceaccount "web" not found'
    refused = event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", message, 4, 4.1, count=3)

    assert list(detect(scene_of([deployment(), revision, pod(), refused]))) == []


def test_a_replica_failure_without_words_is_explained_by_its_events(
    scene_of: Make, deployment: Make, event: Make, revision: Object
) -> None:
    silent = {"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}]}
    refused = event("ReplicaSet/web-7d9f8b6c5d", "FailedCreate", exceeded("pods"), 4, 28, count=14)

    (one,) = detect(scene_of([deployment(status=silent), revision, refused]))

    assert (one.condition, one.detail) == ("quota_exceeded", "pods")
