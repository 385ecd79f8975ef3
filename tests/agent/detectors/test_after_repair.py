"""What is told of trouble that is over: an outage is no start-up, and a window may begin in the middle of one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from agent.causes import OVER, rank
from agent.detectors import addresses, outcomes, services
from agent.finding import Finding
from agent.scene import Scene

Make = Callable[..., Any]
URL = "http://payment/pay"
REFUSED = "dial tcp 10.96.4.4:80: connect: connection refused"
EDGE = ("shop/deployment/orders", "shop/deployment/payment")
POD = "orders-7d9f8b6c5d-abcde"


def started(pod: Make, at: Make, owner: str, minute: float) -> dict[str, Any]:
    made: dict[str, Any] = pod(owner, state={"running": {"startedAt": at(minute)}})
    return made


@pytest.fixture
def traded(scene_of: Make, pod: Make, at: Make, deployment: Make, service: Make) -> Callable[..., Scene]:
    """A scene in which orders calls payment, with when both started and what orders logged."""

    def build(orders: float, payment: float, log: str) -> Scene:
        pods = [started(pod, at, "orders", orders), started(pod, at, "payment", payment)]
        objects = [deployment("orders"), deployment("payment"), *pods, *service("payment")]
        scene: Scene = scene_of(objects, {("shop", POD, "orders"): log}, namespace="shop")
        return scene

    return build


def test_errors_of_a_start_are_noise_until_calls_have_worked_one_after_another(traded: Make, calls: Make) -> None:
    early = calls(URL, 3, 5, REFUSED, each=0.2) + calls(URL, 5, 25)
    later = calls(URL, 3, 4, each=0.1) + calls(URL, 4, 5, REFUSED, each=0.1) + calls(URL, 5, 25)
    assert traded(3, -600, early).failing == []
    [(edge, _)] = traded(3, -600, later).failing
    assert (edge.caller, edge.callee) == EDGE


def test_calls_of_which_only_the_start_is_logged_end_a_start_as_well(traded: Make, calls: Make, at: Make) -> None:
    def begun(start: float, stop: float) -> str:
        minutes = [start + number / 20 for number in range(int((stop - start) * 20))]
        return "".join(f"{at(minute)} POST {URL} 201 (0.01s)\n" for minute in minutes)

    outage = calls(URL, 5, 6, REFUSED, each=0.1)
    assert traded(4.9, -600, outage + begun(6, 25)).failing == []
    assert traded(3, -600, begun(3, 5) + outage + begun(6, 25)).failing != []


def test_an_outage_that_a_start_ended_is_none_of_its_errors(traded: Make, calls: Make) -> None:
    outage = calls(URL, 0, 5, each=0.2) + calls(URL, 5, 6, REFUSED, each=0.05) + calls(URL, 6, 25)
    assert traded(-600, 5.1, outage).failing == []
    assert traded(-600, 5.4, outage).failing != []


def test_a_window_that_begins_in_an_outage_takes_it_for_nothing_usual(traded: Make, calls: Make) -> None:
    known = calls(URL, -20, -8) + calls(URL, -8, 6, REFUSED) + calls(URL, 6, 30)
    mixed = "".join(calls(URL, minute, minute + 1, REFUSED if minute % 3 else "") for minute in range(-20, 30))
    unknown = calls(URL, -20, 6, REFUSED) + calls(URL, 6, 30)
    assert traded(-600, -600, known).traffic[EDGE].failed_before == 0
    assert traded(-600, -600, known).failing != []
    assert traded(-600, -600, mixed).failing == []
    assert traded(-600, -600, unknown).traffic[EDGE].failed_before == 20


def test_failures_after_the_window_do_not_last_when_calls_have_worked_since(traded: Make, calls: Make) -> None:
    log = calls(URL, -20, 20) + calls(URL, 20, 29, REFUSED)
    assert not traded(-600, -600, log + calls(URL, 29, 30)).traffic[EDGE].healed
    assert traded(-600, -600, log + calls(URL, 31, 33, REFUSED) + calls(URL, 33, 40)).traffic[EDGE].healed
    assert not traded(-600, -600, log + calls(URL, 31, 40, REFUSED)).traffic[EDGE].healed


def test_what_was_over_before_anything_failed_is_doubted_though_it_explains_the_question(
    scene_of: Make, workload: Make, at: Make
) -> None:
    moments = [datetime.fromisoformat(at(minute)) for minute in (1, 3, 20)]
    scene = scene_of([*workload("payment"), *workload("orders")], question="Is payment down?", namespace="shop")
    zero = Finding(
        component=EDGE[1], condition="scaled_to_zero", role="cause", since=moments[0], until=moments[1], strength=0.95
    )
    later = Finding(component=EDGE[0], condition="answers_slow", role="symptom", since=moments[2])
    assert rank(scene, [zero])[0].doubts == []
    assert rank(scene, [zero, later])[0].doubts == [OVER]


def test_what_recovered_far_from_the_question_is_not_its_answer(
    scene_of: Make, workload: Make, event: Make, calls: Make
) -> None:
    spans = [
        event("Deployment/payment", "ScalingReplicaSet", "Scaled down replica set payment-2 to 0 from 1", -20),
        event("Deployment/payment", "ScalingReplicaSet", "Scaled up replica set payment-2 to 1 from 0", -12),
    ]
    objects = [*workload("payment"), *spans, *workload("portal", namespace="desk")]
    logs = {("desk", "portal-1", "portal"): calls("http://api.example.com/x", -20, 30)}

    def recovered(namespace: str) -> list[str]:
        found = outcomes.detect(scene_of(objects, logs, namespace=namespace))
        return [one.component for one in found if one.condition == "recovered"]

    assert recovered("shop") == [EDGE[1]]
    assert recovered("desk") == []


def test_what_was_written_before_the_trouble_did_not_repair_it(
    scene_of: Make, workload: Make, service: Make, calls: Make
) -> None:
    log = {("shop", "orders-1", "orders"): calls(URL, -60, 5) + calls(URL, 5, 6, REFUSED, each=0.2) + calls(URL, 6, 30)}
    objects = [*workload("orders"), *workload("payment")]
    assert list(services.detect(scene_of([*objects, *service("payment", edited=("ports", 4.9))], log))) == []
    [found] = services.detect(scene_of([*objects, *service("payment", edited=("ports", 5.9))], log))
    assert found.condition == "target_port_mismatch"


def test_a_failed_call_that_only_its_caller_quotes_is_told_once_the_pod_that_made_it_is_gone(
    scene_of: Make, pod: Make, at: Make, deployment: Make, service: Make
) -> None:
    quote = 'payment answered: {"error": "Post \\"http://gatewya/charge\\": dial tcp: lookup gatewya: no such host"}'
    told = "".join(f"{at(5 + minute / 10)} INFO Received response from {quote}\n" for minute in range(8))
    logs = {("shop", POD, "orders"): told, ("shop", "payment-7d9f8b6c5d-abcde", "payment"): f"{at(7)} started\n"}
    objects = [deployment("orders"), deployment("payment"), pod("orders"), *service("payment"), *service("gateway")]

    def misspelt(born: float) -> list[tuple[str, str]]:
        one = pod("payment")
        one["metadata"]["creationTimestamp"] = at(born)
        return [(f.component, f.condition) for f in addresses.detect(scene_of([*objects, one], logs))]

    assert misspelt(6.5) == [(EDGE[1], "wrong_address")]
    assert misspelt(-600) == []
