"""Probes that ask wrongly, probes that are right about a broken program, and probes missed under load."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.probes import detect

Object = dict[str, Any]
Make = Callable[..., Any]
POD = "web-7d9f8b6c5d-abcde"
LOOP = {"waiting": {"reason": "CrashLoopBackOff"}}
HTTP = {"httpGet": {"path": "/healthz", "port": 8080}}
PORTS = {"ports": [{"containerPort": 8080}]}
LATE = 'Get "http://10.0.0.9:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'

REST = (
    ': connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.9:8080: connect: connection refused"'
)


@pytest.fixture
def failing(pod: Make, event: Make, at: Make) -> Make:
    """A container whose liveness probe fails and which the kubelet ends, and the events of it."""

    def build(
        text: str,
        kind: str = "Liveness",
        code: int = 137,
        probe: object = HTTP,
        ports: Object = PORTS,
        kills: int = 6,
        **how: object,
    ) -> list[Object]:
        ended = {"reason": "Completed" if code == 0 else "Error", "exitCode": code, "finishedAt": at(26)}
        container = {**ports, f"{kind.lower()}Probe": probe, **how}
        dying = kind != "Readiness"
        one = pod(
            state=LOOP if dying else None, last=ended if dying else None, restarts=6 * dying, unready_at=5,
            container=container,
        )  # fmt: skip
        events = [event(f"Pod/{POD}", "Unhealthy", f"{kind} probe failed: {text}", 4, 29, count=30)]
        if dying and kills:
            killing = f"Container web failed {kind.lower()} probe, will be restarted"
            events.append(event(f"Pod/{POD}", "Killing", killing, 5, 26, count=kills, kind="Normal"))
        return [one, *events]

    return build


@pytest.mark.parametrize(
    ("kind", "text", "detail"),
    [
        ("Liveness", "HTTP probe failed with statuscode: 404", "liveness_path"),
        ("Readiness", "HTTP probe failed with statuscode: 404", "readiness_path"),
        ("Startup", "HTTP probe failed with statuscode: 405", "startup_path"),
        ("Liveness", 'Get "http://10.0.0.9:8080/": malformed HTTP response "\\x00\\x00\\x06"', "liveness_protocol"),
        ("Readiness", "http: server gave HTTP response to HTTPS client", "readiness_protocol"),
    ],
)
def test_an_answer_that_shows_the_program_up(
    scene_of: Make, failing: Make, unverified: Make, kind: str, text: str, detail: str
) -> None:
    scene = scene_of(failing(text, kind))

    (one,) = detect(scene)

    assert (one.condition, one.detail, one.until) == ("probe_misconfigured", detail, None)
    assert unverified(scene, [one]) == []


def test_a_wrong_liveness_path_ends_the_program_with_code_zero(scene_of: Make, failing: Make) -> None:
    (one,) = detect(scene_of(failing("HTTP probe failed with statuscode: 404", code=0)))

    assert one.detail == "liveness_path"


def test_a_port_that_the_pod_does_not_offer(scene_of: Make, failing: Make, unverified: Make) -> None:
    text = 'timeout: failed to connect service "10.0.0.9:9090" within 1s: context deadline exceeded'
    scene = scene_of(failing(text, probe={"grpc": {"port": 9090}}))

    (one,) = detect(scene)

    assert one.detail == "liveness_port"
    assert unverified(scene, [one]) == []


def test_a_grpc_probe_in_vain_is_no_wrong_question_where_a_sibling_answers_it_or_the_start_is_cut_short(
    scene_of: Make, failing: Make, pod: Make
) -> None:
    text = 'timeout: failed to connect service "10.0.0.9:8080" within 1s: context deadline exceeded'
    calm = {"grpc": {"port": 8080}, "initialDelaySeconds": 30, "periodSeconds": 10}
    hasty = {"grpc": {"port": 8080}, "initialDelaySeconds": 1, "periodSeconds": 1}
    sibling = pod(ending="7d9f8b6c5d-fffff", container={**PORTS, "livenessProbe": calm})

    (alone,) = detect(scene_of(failing(text, probe=calm)))
    (cut,) = detect(scene_of(failing(text, probe=hasty)))
    beside = list(detect(scene_of([*failing(text, probe=calm), sibling])))

    assert (alone.detail, cut.detail) == ("liveness_protocol", "liveness_timing")
    assert [one.detail for one in beside if one.condition == "probe_misconfigured"] == []


def test_a_grpc_probe_that_is_not_understood_where_the_pod_listens(scene_of: Make, failing: Make) -> None:
    text = 'timeout: failed to connect service "10.0.0.9:8080" within 1s: context deadline exceeded'
    told = {said: list(detect(scene_of(failing(said, probe={"grpc": {"port": 8080}})))) for said in (text, text + REST)}

    assert [one.detail for one in told[text]] == ["liveness_protocol"]
    assert [one.detail for one in told[text + REST]] != ["liveness_protocol"]


def test_another_probe_that_is_content_shows_the_right_port(scene_of: Make, failing: Make) -> None:
    text = "dial tcp 10.0.0.9:9090: connect: connection refused"
    two = [{"containerPort": 8080}, {"containerPort": 9090}]
    wrong = {"tcpSocket": {"port": 9090}}
    (one,) = detect(scene_of(failing(text, probe=wrong, ports={"ports": two}, readinessProbe=HTTP)))

    assert one.detail == "liveness_port"


def test_a_probe_that_kills_before_the_program_is_up(scene_of: Make, failing: Make) -> None:
    hasty = {**HTTP, "periodSeconds": 2, "failureThreshold": 2}
    (one,) = detect(scene_of(failing('Get "http://10.0.0.9:8080/": connect: connection refused', probe=hasty)))

    assert one.detail == "liveness_timing"


@pytest.mark.parametrize(
    "text", ["HTTP probe failed with statuscode: 503", "dial tcp 10.0.0.9:8080: connection refused"]
)
def test_a_program_that_is_down_is_not_the_probes_fault(scene_of: Make, failing: Make, text: str) -> None:
    assert list(detect(scene_of(failing(text, "Readiness")))) == []


def test_a_program_that_ends_by_itself_is_not_the_probes_fault(scene_of: Make, failing: Make) -> None:
    text = "dial tcp 10.0.0.9:9090: connect: connection refused"

    assert list(detect(scene_of(failing(text, code=1, probe={"tcpSocket": {"port": 9090}}, kills=0)))) == []


def test_how_a_killed_program_ends_is_not_its_own_doing(scene_of: Make, failing: Make) -> None:
    """Go's runtime, for one, answers the signal to stop with exit code 2."""
    text = 'timeout: failed to connect service "10.0.0.9:9090" within 1s: context deadline exceeded'

    (one,) = detect(scene_of(failing(text, code=2, probe={"grpc": {"port": 9090}})))

    assert one.detail == "liveness_port"


def test_a_probe_of_another_container_of_the_pod_is_told_apart_by_its_port(scene_of: Make, failing: Make) -> None:
    """Events that are printed without their field path leave open whose probe failed."""
    text = 'Get "http://10.0.0.9:15020/healthz": dial tcp 10.0.0.9:15020: connect: connection refused'

    assert list(detect(scene_of(failing(text)))) == []


def test_a_program_that_waits_for_what_it_needs_is_not_probed_wrongly(scene_of: Make, pod: Make, event: Make) -> None:
    text = "Startup probe failed: dial tcp 10.0.0.9:9090: connect: connection refused"
    waiting = pod(unready_at=5, container={**PORTS, "startupProbe": {"tcpSocket": {"port": 9090}}})
    said = '2026-03-02T12:06:00Z level=error msg="dial tcp: lookup store.shop.svc: i/o timeout"'
    objects = [waiting, event(f"Pod/{POD}", "Unhealthy", text, 4, 29, count=30)]

    (alone,) = detect(scene_of(objects))

    assert alone.detail == "startup_port"
    assert list(detect(scene_of(objects, {("shop", POD, "web"): said}))) == []


def test_flaps_of_a_starting_pod_are_noise(scene_of: Make, pod: Make, event: Make, at: Make) -> None:
    young = pod(state={"running": {"startedAt": at(3)}}, ready_at=4, container={"readinessProbe": HTTP})
    text = "Readiness probe failed: HTTP probe failed with statuscode: 404"

    assert list(detect(scene_of([young, event(f"Pod/{POD}", "Unhealthy", text, 3, 4, count=5)]))) == []


def test_a_probe_that_was_corrected_is_recovered(scene_of: Make, pod: Make, event: Make) -> None:
    well = pod(ready_at=12, container={"readinessProbe": HTTP})
    text = "Readiness probe failed: HTTP probe failed with statuscode: 404"

    (one,) = detect(scene_of([well, event(f"Pod/{POD}", "Unhealthy", text, 3, 11, count=40)]))

    assert one.until is not None
    assert one.until.minute == 12


def test_a_restart_of_everything_explains_old_probe_failures(scene_of: Make, pod: Make, event: Make, at: Make) -> None:
    ended = {"reason": "Unknown", "exitCode": 255, "finishedAt": at(3)}
    names = ("web", "cart", "stock", "mail")
    pods = [pod(name, last=ended, restarts=1, ready_at=4, container={"livenessProbe": HTTP}) for name in names]

    assert (
        list(detect(scene_of([*pods, event(f"Pod/{POD}", "Unhealthy", f"Liveness probe failed: {LATE}", 3, 4)]))) == []
    )


def counters(rate: float, held: float) -> Object:
    labels = {"namespace": "shop", "pod": POD, "container": "web"}
    minutes = range(-10, 31, 2)

    def grown(loud: float) -> list[tuple[float, float]]:
        return [(at, 1000 + max(0, at) * 60 * loud) for at in minutes]

    return {
        "container_cpu_usage_seconds_total": [(labels, grown(rate))],
        "container_cpu_cfs_periods_total": [(labels, grown(10))],
        "container_cpu_cfs_throttled_periods_total": [(labels, grown(held))],
    }


@pytest.mark.parametrize(("rate", "held"), [(0.2, 9.0), (0.29, 0.0)])
def test_a_busy_container_is_killed_by_its_probe(
    scene_of: Make, failing: Make, unverified: Make, rate: float, held: float
) -> None:
    limits = {"resources": {"limits": {"cpu": "300m"}}}
    scene = scene_of(failing(LATE, **limits), samples=counters(rate, held))

    (one,) = detect(scene)

    assert (one.condition, one.strength) == ("probe_killed_under_load", 0.9)
    assert unverified(scene, [one]) == []


def test_a_rush_of_requests_is_load_too(scene_of: Make, failing: Make, at: Make, unverified: Make) -> None:
    line = '10.0.0.3 - - "GET /basket HTTP/1.1" 200 15'
    before = "".join(f"{at(-30 + i * 3)} {line}\n" for i in range(10))
    crowd = "".join(f"{at(4 + i * 0.1)} {line}\n" for i in range(200))
    scene = scene_of(failing(LATE), {("shop", POD, "web"): before + crowd})

    (one,) = detect(scene)

    assert (one.condition, one.strength) == ("probe_killed_under_load", 0.9)
    assert unverified(scene, [one]) == []


def test_late_answers_without_any_sign_of_load_are_doubtful(scene_of: Make, failing: Make) -> None:
    (one,) = detect(scene_of(failing(LATE), samples=counters(0.01, 0.0)))

    assert one.strength < 0.5


def test_a_readiness_flap_at_rest_is_nothing(scene_of: Make, pod: Make, event: Make) -> None:
    well = pod(container={"readinessProbe": HTTP})

    assert list(detect(scene_of([well, event(f"Pod/{POD}", "Unhealthy", f"Readiness probe failed: {LATE}", 9)]))) == []


def test_a_rush_that_passed_is_recovered(scene_of: Make, pod: Make, event: Make, at: Make) -> None:
    ended = {"reason": "Error", "exitCode": 137, "finishedAt": at(9)}
    well = pod(last=ended, restarts=3, ready_at=10, container={"livenessProbe": HTTP, **PORTS})
    failed = event(f"Pod/{POD}", "Unhealthy", f"Liveness probe failed: {LATE}", 4, 9, count=9)
    (one,) = detect(scene_of([well, failed], samples=counters(0.2, 9.0)))

    assert one.until is not None
    assert one.until.minute == 10


def test_a_start_up_probe_that_failed_before_it_succeeded_is_no_fault(scene_of: Make, pod: Make, event: Make) -> None:
    text = "Startup probe failed: HTTP probe failed with statuscode: 404"
    early = event(f"Pod/{POD}", "Unhealthy", text, 4, 12, count=9)

    assert list(detect(scene_of([pod(container={**PORTS, "startupProbe": HTTP}), early]))) == []
