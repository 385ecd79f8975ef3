"""Failing calls as symptoms, and the callee as their plainest explanation."""

from collections.abc import Callable, Mapping

import pytest

from agent.detectors import calls as detector
from agent.finding import Finding
from agent.scene import Scene

Object = Mapping[str, object]

URL = "http://api.example.com/v1/charges"
REFUSED = "dial tcp 203.0.113.9:80: connect: connection refused"


def _found(scene: Scene, role: str) -> list[Finding]:
    return [one for one in detector.detect(scene) if one.role == role]


@pytest.mark.parametrize(
    ("error", "mode"),
    [
        (REFUSED, "dependency_unavailable"),
        ("dial tcp 203.0.113.9:80: i/o timeout", "dependency_timeout"),
        ("read tcp 10.0.0.1:4:203.0.113.9:80: read: connection reset by peer", "dependency_resets"),
        ("dial tcp: lookup api.example.com on 10.96.0.10:53: no such host", "dependency_dns_failure"),
        ("x509: certificate has expired or is not yet valid", "dependency_tls_failure"),
    ],
)
def test_an_outside_callee_is_named_after_how_calls_to_it_fail(
    scene_of: Callable[..., Scene],
    workload: Callable[..., list[Object]],
    calls: Callable[..., str],
    unverified: Callable[..., list[str]],
    error: str,
    mode: str,
) -> None:
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): calls(URL, -20, 5) + calls(URL, 5, 15, error)})

    causes = _found(scene, "cause")

    assert [(one.component, one.condition) for one in causes] == [("api.example.com", mode)]
    assert unverified(scene, list(detector.detect(scene))) == []


def test_an_edge_without_failures_has_no_finding(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], calls: Callable[..., str]
) -> None:
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): calls(URL, -20, 20)})

    assert list(detector.detect(scene)) == []


def test_failures_that_ended_in_sustained_success_have_an_end(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], calls: Callable[..., str]
) -> None:
    log = calls(URL, -20, 5) + calls(URL, 5, 9, REFUSED) + calls(URL, 9, 25)
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): log})

    assert all(one.until is not None for one in detector.detect(scene))
    assert len(_found(scene, "symptom")) == 1


def test_failures_with_successes_between_count(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], calls: Callable[..., str]
) -> None:
    log = "".join(calls(URL, n, n + 1, REFUSED if n % 3 else "") for n in range(2, 28))
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): log})

    symptom = _found(scene, "symptom")[0]

    assert symptom.until is None
    assert 0.5 < symptom.strength < 0.8


def test_what_failed_as_often_before_the_window_is_nothing_new(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], calls: Callable[..., str]
) -> None:
    log = "".join(calls(URL, n, n + 1, REFUSED if n % 2 else "") for n in range(-40, 28))
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): log})

    assert list(detector.detect(scene)) == []


def test_a_relayed_error_is_no_call_of_the_one_who_quotes_it(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], at: Callable[[float], str]
) -> None:
    line = (
        f"{at(6)} INFO Received payment response: PaymentResponse{{authorised=false, message=Payment gateway error: "
        f'Post "{URL}": {REFUSED}}}\n'
    )
    scene = scene_of(workload("orders"), {("shop", "orders-1", "orders"): line})

    assert list(detector.detect(scene)) == []


def test_a_telemetry_agent_that_can_t_deliver_is_no_symptom(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], calls: Callable[..., str]
) -> None:
    scene = scene_of(workload("datadog-agent"), {("shop", "datadog-agent-1", "agent"): calls(URL, 2, 20, REFUSED)})

    assert list(detector.detect(scene)) == []


def test_answers_with_a_server_error_are_the_callee_s(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], at: Callable[[float], str]
) -> None:
    good = "".join(f"{at(n)} POST {URL} returned status 200 in 12ms\n" for n in range(-20, 5))
    bad = "".join(f"{at(n)} POST {URL} returned status 502 in 12ms\n" for n in range(5, 20))
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): good + bad})

    assert [one.condition for one in _found(scene, "cause")] == ["dependency_errors"]


def test_users_own_404s_inside_the_cluster_are_no_failure(
    scene_of: Callable[..., Scene],
    workload: Callable[..., list[Object]],
    service: Callable[..., list[Object]],
    at: Callable[[float], str],
) -> None:
    log = "".join(
        f"{at(n)} GET http://shop-web/x returned status {404 if n % 6 == 0 else 200} in 3ms\n" for n in range(28)
    )
    scene = scene_of(
        [*workload("edge"), *workload("shop-web"), *service("shop-web")], {("shop", "edge-1", "edge"): log}
    )

    assert list(detector.detect(scene)) == []


def test_a_few_retried_failures_among_many_calls_are_everyday(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], calls: Callable[..., str]
) -> None:
    log = calls(URL, 0, 10, each=0.1) + calls(URL, 10, 10.1, REFUSED, each=0.1) + calls(URL, 10.1, 20, each=0.1)
    log += calls(URL, 20, 20.1, REFUSED, each=0.1) + calls(URL, 20.1, 28, each=0.1)
    scene = scene_of(workload("pay"), {("shop", "pay-1", "pay"): log})

    assert list(detector.detect(scene)) == []
