"""Containers that die or never start, against those that only look so."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.containers import detect
from agent.finding import Finding
from agent.scene import Scene

Object = dict[str, Any]
Make = Callable[..., Any]
POD = "web-7d9f8b6c5d-abcde"
WEB = "shop/deployment/web"
LOOP = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container"}}


def found(scene: Scene) -> dict[str, Finding]:
    return {one.condition: one for one in detect(scene) if one.role == "cause"}


@pytest.fixture
def ended(at: Callable[[float], str]) -> Make:
    def build(minutes: float, reason: str = "Error", code: int = 1) -> Object:
        return {"reason": reason, "exitCode": code, "startedAt": at(minutes - 1), "finishedAt": at(minutes)}

    return build


def test_a_memory_kill_in_the_window_is_oom(
    scene_of: Make, pod: Make, deployment: Make, ended: Make, unverified: Make
) -> None:
    limits = {"resources": {"limits": {"memory": "96Mi"}}}
    dying = pod(last=ended(27, "OOMKilled", 137), restarts=4, ready_at=28, container=limits)
    scene = scene_of([deployment(), dying])

    one = found(scene)["oom_killed"]

    assert (one.component, one.until, one.strength) == (WEB, None, 0.95)
    assert "96Mi" in one.says
    assert unverified(scene, [one]) == []


def test_deaths_begin_where_the_counter_of_restarts_rises(scene_of: Make, pod: Make, ended: Make) -> None:
    labels = {"namespace": "shop", "pod": POD, "container": "web"}
    dying = pod(last=ended(27, "OOMKilled", 137), restarts=4, ready_at=28)
    counter = {"kube_pod_container_status_restarts_total": [(labels, [(-5, 1), (5, 1), (6, 2), (20, 3), (28, 4)])]}

    since = found(scene_of([dying], samples=counter))["oom_killed"].since

    assert since is not None
    assert since.minute == 5


def test_a_status_that_remembers_one_death_of_many_tells_no_beginning(scene_of: Make, pod: Make, ended: Make) -> None:
    assert found(scene_of([pod(last=ended(27, "OOMKilled", 137), restarts=4)]))["oom_killed"].since is None


def test_an_old_memory_kill_is_no_finding(scene_of: Make, pod: Make, deployment: Make, ended: Make) -> None:
    assert found(scene_of([deployment(), pod(last=ended(-90, "OOMKilled", 137), restarts=31)])) == {}


def test_a_memory_kill_that_was_survived_has_an_end(scene_of: Make, pod: Make, deployment: Make, ended: Make) -> None:
    scene = scene_of([deployment(), pod(last=ended(4, "OOMKilled", 137), restarts=1, ready_at=5)])

    until = found(scene)["oom_killed"].until

    assert until is not None
    assert until.minute == 5


def test_a_crash_loop_that_says_nothing(
    scene_of: Make, pod: Make, deployment: Make, event: Make, ended: Make, unverified: Make
) -> None:
    looping = pod(state=LOOP, last=ended(26), restarts=6, unready_at=26)
    back = event(f"Pod/{POD}", "BackOff", f"Back-off restarting failed container web in pod {POD}", 6, 28, count=20)
    scene = scene_of([deployment(), looping, back])

    one = found(scene)["crash_loop"]

    assert one.since is not None
    assert (one.since.minute, one.until) == (6, None)
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize("code", [255, 137, 2])
def test_a_restart_of_the_whole_cluster_is_noise(scene_of: Make, pod: Make, ended: Make, code: int) -> None:
    reason = "Unknown" if code == 255 else "Error"
    names = ("web", "cart", "stock", "mail", "bill")
    pods = [pod(name, last=ended(3 + 0.2 * i, reason, code), restarts=9, ready_at=4) for i, name in enumerate(names)]

    assert found(scene_of(pods)) == {}


@pytest.mark.parametrize(("namespace", "role"), [("shop", "cause"), ("", "cause"), ("billing", "background")])
def test_a_crash_elsewhere_that_is_linked_to_nothing(
    scene_of: Make, pod: Make, ended: Make, namespace: str, role: str
) -> None:
    looping = pod(state=LOOP, last=ended(26), restarts=6, unready_at=26)

    assert [one.role for one in detect(scene_of([looping], namespace=namespace))] == [role]


def test_old_restarts_are_noise(scene_of: Make, pod: Make, ended: Make) -> None:
    assert found(scene_of([pod(last=ended(-300), restarts=48)])) == {}


def test_a_crash_loop_that_ended_is_recovered(scene_of: Make, pod: Make, ended: Make) -> None:
    one = found(scene_of([pod(last=ended(8), restarts=5, ready_at=9)]))["crash_loop"]

    assert one.until is not None


def test_a_crash_after_a_failed_call_names_the_callee(scene_of: Make, pod: Make, ended: Make, at: Make) -> None:
    line = f"{at(25)} ERROR startup failed: dial tcp: lookup ledger.shop.svc on 10.96.0.10:53: no such host\n"
    scene = scene_of(
        [pod(state=LOOP, last=ended(26), restarts=6, unready_at=26)], {("shop", POD, "web", "previous"): line}
    )

    one = found(scene)["crash_loop"]

    assert one.strength == 0.5
    assert "ledger" in one.says


@pytest.mark.parametrize(
    ("line", "condition"),
    [
        ("FATAL listen tcp :8080: bind: address already in use", "port_conflict"),
        ("Error: environment variable LEDGER_TOKEN is required", "missing_config"),
        ("error: invalid value 'fast' for '--mode'", "bad_config"),
        ("FATAL open /var/lib/web/store.db: permission denied", "volume_permission_denied"),
    ],
)
def test_last_words_pin_a_crash_down(
    scene_of: Make, pod: Make, ended: Make, at: Make, unverified: Make, line: str, condition: str
) -> None:
    mounts = {"volumeMounts": [{"name": "store", "mountPath": "/var/lib/web"}]}
    looping = pod(state=LOOP, last=ended(26), restarts=6, unready_at=26, container=mounts)
    scene = scene_of([looping], {("shop", POD, "web", "previous"): f"{at(25)} {line}\n"})

    causes = found(scene)

    assert list(causes) == [condition]
    assert unverified(scene, list(causes.values())) == []


@pytest.mark.parametrize(
    "line",
    [
        "FATAL listen tcp :8080: bind: address already in use",
        "Error: environment variable LEDGER_TOKEN is required",
        "error: invalid value 'fast' for '--mode'",
        "FATAL open /var/lib/web/store.db: permission denied",
    ],
)
def test_the_same_words_of_a_running_container_are_nothing(scene_of: Make, pod: Make, at: Make, line: str) -> None:
    assert found(scene_of([pod()], {("shop", POD, "web"): f"{at(25)} {line}\n"})) == {}


def test_denied_without_a_volume_is_just_a_crash(scene_of: Make, pod: Make, ended: Make, at: Make) -> None:
    looping = pod(state=LOOP, last=ended(26), restarts=6, unready_at=26)
    scene = scene_of(
        [looping], {("shop", POD, "web", "previous"): f"{at(25)} FATAL open /etc/shadow: permission denied\n"}
    )

    assert list(found(scene)) == ["crash_loop"]


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        ('failed to start container: exec: "/srv/run": executable file not found in $PATH', "bad_config"),
        ("container init was OOM-killed (memory limit too low?)", "oom_killed"),
    ],
)
def test_a_container_that_cannot_be_started(
    scene_of: Make, pod: Make, unverified: Make, message: str, condition: str
) -> None:
    waiting = {"waiting": {"reason": "RunContainerError", "message": message}}
    scene = scene_of([pod(state=waiting, unready_at=2)])

    causes = found(scene)

    assert list(causes) == [condition]
    assert unverified(scene, list(causes.values())) == []


def test_a_finished_job_is_nothing(scene_of: Make, pod: Make, at: Make) -> None:
    done = pod(
        "report", state={"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": at(3)}}, unready_at=3
    )
    done["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "report", "controller": True}]
    done["status"]["phase"] = "Succeeded"

    assert list(detect(scene_of([done]))) == []


def report(pod: Make, state: Object, phase: str) -> Object:
    failed: Object = pod("report", state=state, unready_at=3)
    failed["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "report", "controller": True}]
    failed["status"]["phase"] = phase
    return failed


@pytest.mark.parametrize(("question", "roles"), [("Why is web slow?", []), ("Why does report fail?", ["background"])])
def test_a_failed_job_is_told_when_asked_about(
    scene_of: Make, pod: Make, at: Make, question: str, roles: list[str]
) -> None:
    ended = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": at(3)}}
    scene = scene_of([report(pod, ended, "Failed"), pod()], question=question)

    assert [one.role for one in detect(scene)] == roles


def test_a_job_that_cannot_start_is_a_cause_when_asked_about(scene_of: Make, pod: Make) -> None:
    waiting = {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "export" not found'}}
    scene = scene_of([report(pod, waiting, "Pending"), pod()], question="Why does report fail?")

    assert list(found(scene)) == ["missing_config"]


CRASHES = "ERROR request failed: NullPointerException at Basket.total(Basket.java:31)"
SERVED = '10.0.0.3 - - "GET /basket HTTP/1.1" {code} 15'


def told(at: Make, line: str, start: float, count: int = 12, step: float = 0.5) -> str:
    return "".join(f"{at(start + i * step)} {line}\n" for i in range(count))


@pytest.mark.parametrize("line", [CRASHES, SERVED.format(code=500)])
def test_errors_of_its_own_begin_in_the_window(
    scene_of: Make, pod: Make, deployment: Make, at: Make, unverified: Make, line: str
) -> None:
    log = told(at, SERVED.format(code=200), -40, 30, 1) + told(at, line, 20)
    scene = scene_of([deployment(), pod()], {("shop", POD, "web"): log})

    one = found(scene)["application_errors"]

    assert (one.component, one.until) == (WEB, None)
    assert one.since is not None
    assert one.since.minute == 20
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize("line", [CRASHES, SERVED.format(code=500)])
def test_errors_that_were_always_there_are_nothing(scene_of: Make, pod: Make, at: Make, line: str) -> None:
    assert found(scene_of([pod()], {("shop", POD, "web"): told(at, line, -60, 90, 1)})) == {}


def test_errors_after_failed_calls_are_the_callees(scene_of: Make, pod: Make, at: Make) -> None:
    call = 'ERROR Get "http://ledger.partner.example/v1": dial tcp 203.0.113.5:443: connect: connection refused'
    log = told(at, call, 10) + told(at, SERVED.format(code=500), 10)

    assert found(scene_of([pod()], {("shop", POD, "web"): log})) == {}


def test_errors_that_ended_are_recovered(scene_of: Make, pod: Make, at: Make) -> None:
    log = told(at, SERVED.format(code=500), 5) + told(at, SERVED.format(code=200), 15, 20)

    one = found(scene_of([pod()], {("shop", POD, "web"): log}))["application_errors"]

    assert one.until is not None
    assert one.until.minute == 10


def test_errors_of_one_moment_that_never_came_again_are_weaker(
    scene_of: Callable[..., Scene], pod: Callable[..., dict[str, Any]], at: Callable[[float], str]
) -> None:
    line = "ERROR java.lang.NullPointerException: no price"
    burst = "".join(f"{at(5 + second / 60)} {line}\n" for second in range(5))
    lasting = "".join(f"{at(5 + minute)} {line}\n" for minute in range(5))
    short = found(scene_of([pod()], {("shop", POD, "web"): burst}))["application_errors"]
    long = found(scene_of([pod()], {("shop", POD, "web"): lasting}))["application_errors"]
    assert short.strength < long.strength
