"""Queues without consumers, with slow ones, at their limit, and brokers out of reach."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from agent.detectors.queues import detect
from agent.finding import Finding
from agent.scene import Scene

At = Callable[[float], str]
Points = Sequence[tuple[float, float]]
LABELS = {"namespace": "shop", "queue": "parcels", "vhost": "/"}
BROKER, PACKER = "shop/deployment/broker", "shop/deployment/packer"


def workload(name: str, image: str, replicas: int = 1, **env: str) -> dict[str, Any]:
    container = {"name": name, "image": image, "env": [{"name": key, "value": value} for key, value in env.items()]}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
        "status": {"readyReplicas": replicas, "availableReplicas": replicas},
    }


def scaled_down(at: At, minute: float, name: str = "packer") -> dict[str, Any]:
    return {
        "kind": "Event",
        "metadata": {"name": f"{name}.1", "namespace": "shop"},
        "involvedObject": {"kind": "Deployment", "name": name, "namespace": "shop"},
        "reason": "ScalingReplicaSet",
        "message": f"Scaled down replica set {name}-7d9 to 0 from 1",
        "lastTimestamp": at(minute),
        "firstTimestamp": at(minute),
        "count": 1,
    }


def world(packers: int = 1) -> list[dict[str, Any]]:
    url = "amqp://broker:5672"
    service = {
        "kind": "Service",
        "metadata": {"name": "broker", "namespace": "shop"},
        "spec": {"selector": {"app": "broker"}, "ports": [{"port": 5672}], "clusterIP": "10.0.0.8"},
    }
    return [
        workload("broker", "rabbitmq:3.13"),
        workload("packer", "acme/packer:4", packers, BROKER_URL=url),
        workload("sender", "acme/sender:4", BROKER_URL=url),
        service,
    ]


def samples(depth: Points, consumers: Points) -> dict[str, Any]:
    return {"rabbitmq_queue_messages": [(LABELS, depth)], "rabbitmq_queue_consumers": [(LABELS, consumers)]}


def lines(at: At, text: str, *minutes: float) -> str:
    return "".join(f"{at(minute)} INFO {text}\n" for minute in minutes)


def by(found: Sequence[Finding], condition: str) -> list[Finding]:
    return [one for one in found if one.condition == condition]


GROWS: Points = [(-30, 0), (-10, 0), (2, 0), (6, 2), (10, 5), (20, 9)]
SENT, REJECTED, TAKEN = "Message confirmed by broker", "Message rejected by broker: full", "Received message 7"


def test_a_queue_that_lost_its_consumer_accuses_the_workload_at_zero(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    logs = {("shop", "sender-1-x", "sender"): lines(at, SENT, 6, 8, 10)}
    metrics = samples(GROWS, [(-30, 1), (-10, 1), (2, 1), (6, 0), (20, 0)])
    scene = scene_of([*world(0), scaled_down(at, 5)], logs, metrics)
    found = list(detect(scene))
    (finding,) = by(found, "consumer_absent")
    assert (finding.component, finding.until) == (PACKER, None)
    assert finding.since == scene.window.start + timedelta(minutes=5)
    assert BROKER in finding.touches
    (symptom,) = by(found, "queue_grows")
    assert (symptom.role, symptom.component) == ("symptom", BROKER)
    assert not by(found, "queue_backlog")
    assert unverified(scene, found) == []


def test_without_samples_publishing_into_nothing_is_enough(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    logs = {
        ("shop", "sender-1-x", "sender"): lines(at, SENT, 6, 8, 10),
        ("shop", "packer-1-x", "packer"): lines(at, TAKEN, -20, -10),
    }
    scene = scene_of([*world(0), scaled_down(at, 5)], logs)
    found = list(detect(scene))
    assert [one.component for one in by(found, "consumer_absent")] == [PACKER]
    assert unverified(scene, found) == []


def test_an_empty_queue_misses_no_consumer(scene_of: Callable[..., Scene], at: At) -> None:
    metrics = samples([(-30, 0), (2, 0), (20, 0)], [(-30, 1), (2, 1), (6, 0), (20, 0)])
    assert list(detect(scene_of([*world(0), scaled_down(at, 5)], {}, metrics))) == []


def test_a_service_at_zero_that_only_publishes_is_no_consumer(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [*world(), workload("shopfront", "acme/front:1", 0)]
    metrics = samples([(-30, 0), (2, 0), (10, 1), (20, 0)], [(-30, 1), (2, 1), (20, 1)])
    assert not by(list(detect(scene_of([*objects, scaled_down(at, 5, "shopfront")], {}, metrics))), "consumer_absent")


def test_a_consumer_that_came_back_ends_it(scene_of: Callable[..., Scene]) -> None:
    depth: Points = [(-30, 0), (2, 0), (6, 2), (10, 5), (14, 5), (20, 3)]
    metrics = samples(depth, [(-30, 1), (2, 1), (6, 0), (10, 0), (14, 1), (20, 1)])
    (finding,) = by(list(detect(scene_of(world(), {}, metrics))), "consumer_absent")
    assert finding.until is not None


def test_a_growing_queue_with_consumers_is_a_backlog(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    depth: Points = [(-30, 1), (-10, 2), (2, 3), (6, 20), (10, 60), (20, 140)]
    logs = {("shop", "packer-1-x", "packer"): lines(at, TAKEN, 3, 9, 15)}
    scene = scene_of(world(), logs, samples(depth, [(-30, 1), (2, 1), (20, 1)]))
    found = list(detect(scene))
    (finding,) = by(found, "queue_backlog")
    assert finding.component == PACKER
    assert not by(found, "consumer_absent")
    assert unverified(scene, found) == []


@pytest.mark.parametrize(("depth", "told"), [([(-30, 4), (2, 4), (10, 60), (20, 140)], 1), ([(-30, 4), (2, 5)], 0)])
def test_a_stream_names_its_durable_consumer(
    scene_of: Callable[..., Scene], depth: Points, told: int, unverified: Callable[..., list[str]]
) -> None:
    labels = {"namespace": "shop", "stream_name": "PARCELS", "consumer_name": "packer"}
    scene = scene_of(world(), {}, {"jetstream_consumer_num_pending": [(labels, depth)]})
    found = by(list(detect(scene)), "queue_backlog")
    assert [one.component for one in found] == [PACKER] * told
    assert unverified(scene, found) == []


def test_a_queue_as_long_as_ever_is_no_backlog(scene_of: Callable[..., Scene]) -> None:
    depth: Points = [(-30, 90), (-10, 150), (2, 100), (10, 140), (20, 120)]
    assert list(detect(scene_of(world(), {}, samples(depth, [(-30, 1), (2, 1), (20, 1)])))) == []


def test_a_queue_that_was_worked_off_is_no_backlog(scene_of: Callable[..., Scene]) -> None:
    depth: Points = [(-30, 1), (-10, 2), (2, 2), (10, 60), (16, 30), (20, 1)]
    assert list(detect(scene_of(world(), {}, samples(depth, [(-30, 1), (2, 1), (20, 1)])))) == []


def test_rejected_messages_fill_the_broker_beside_the_absent_consumer(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    logs = {("shop", "sender-1-x", "sender"): lines(at, SENT, 6, 7) + lines(at, REJECTED, 10, 11, 12)}
    metrics = samples([(-30, 0), (2, 0), (6, 2), (20, 2)], [(-30, 1), (2, 1), (6, 0), (20, 0)])
    scene = scene_of([*world(0), scaled_down(at, 5)], logs, metrics)
    found = list(detect(scene))
    (full,), (absent,) = by(found, "queue_full"), by(found, "consumer_absent")
    assert (full.component, absent.component) == (BROKER, PACKER)
    assert full.strength > absent.strength
    assert unverified(scene, found) == []


def test_confirmed_messages_fill_nothing(scene_of: Callable[..., Scene], at: At) -> None:
    logs = {("shop", "sender-1-x", "sender"): lines(at, SENT, 6, 7, 8)}
    assert list(detect(scene_of(world(), logs))) == []


def test_confirmations_after_the_last_rejection_end_it(scene_of: Callable[..., Scene], at: At) -> None:
    logs = {("shop", "sender-1-x", "sender"): lines(at, REJECTED, 6, 7) + lines(at, SENT, 15, 17, 19)}
    (finding,) = by(list(detect(scene_of(world(), logs))), "queue_full")
    assert finding.until is not None


REFUSED = "dial tcp broker:5672: connect: connection refused"


def test_a_broker_that_refuses_is_unavailable(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    logs = {("shop", "sender-1-x", "sender"): "".join(f"{at(m)} ERROR {REFUSED}\n" for m in (5, 6, 7))}
    scene = scene_of(world(), logs)
    (finding,) = by(list(detect(scene)), "broker_unavailable")
    assert (finding.component, finding.until) == (BROKER, None)
    assert unverified(scene, [finding]) == []


def test_a_port_that_only_telemetry_scrapes_is_not_the_broker(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [*world(), workload("datadog-agent", "datadog/agent:7")]
    refused = "dial tcp broker:15692: connect: connection refused"
    logs = {("shop", "datadog-agent-1-x", "agent"): "".join(f"{at(m)} ERROR {refused}\n" for m in (5, 6, 7))}
    assert list(detect(scene_of(objects, logs))) == []


def test_a_broker_that_answers_again_has_an_end(scene_of: Callable[..., Scene], at: At) -> None:
    text = "".join(f"{at(m)} ERROR {REFUSED}\n" for m in (5, 6)) + lines(at, "connected to amqp://broker:5672", 9, 12)
    (finding,) = by(list(detect(scene_of(world(), {("shop", "sender-1-x", "sender"): text}))), "broker_unavailable")
    assert finding.until is not None


def test_a_backlog_names_the_workload_of_its_consumer_group(scene_of: Callable[..., Scene]) -> None:
    group = {"namespace": "shop", "topic": "parcels", "consumergroup": "packer-v2"}
    lag: Points = [(-30, 1), (-10, 2), (2, 3), (6, 20), (10, 60), (20, 140)]
    metrics = {
        "kafka_consumergroup_lag": [(group, lag)],
        "kafka_consumergroup_members": [(group, [(-30, 2), (2, 2), (20, 2)])],
    }
    assert [one.component for one in by(list(detect(scene_of(world(), {}, metrics))), "queue_backlog")] == [PACKER]


def test_with_no_publisher_in_sight_who_is_asked_about_may_be_one(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [
        workload("broker", "rabbitmq:3.13"),
        workload("packer", "acme/packer:4", 0),
        workload("till", "acme/till:1"),
    ]
    metrics = samples(GROWS, [(-30, 1), (2, 1), (6, 0), (20, 0)])
    objects.append(scaled_down(at, 5))
    (asked,) = by(list(detect(scene_of(objects, {}, metrics, question="Are till orders stuck?"))), "consumer_absent")
    (other,) = by(list(detect(scene_of(objects, {}, metrics, question="Are orders stuck?"))), "consumer_absent")
    assert "shop/deployment/till" in asked.touches
    assert "shop/deployment/till" not in other.touches


def test_a_consumer_put_to_sleep_is_not_missed_on_its_publishers_word_alone(
    scene_of: Callable[..., Scene], at: At
) -> None:
    objects = [*world(0), scaled_down(at, 5)]
    logs = {
        ("shop", "sender-1-x", "sender"): lines(at, SENT, 6, 8, 10),
        ("shop", "packer-1-x", "packer"): lines(at, TAKEN, -20, -10),
    }
    awake = list(detect(scene_of(objects, logs)))
    objects[1]["metadata"]["annotations"] = {"keda.sh/scaledobject": "packer"}
    assert by(awake, "consumer_absent")
    assert not by(list(detect(scene_of(objects, logs))), "consumer_absent")
