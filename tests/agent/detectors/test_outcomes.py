"""What speaks for nothing being broken, and what must not."""

from collections.abc import Callable, Sequence
from typing import Any

from agent.detectors.outcomes import detect
from agent.finding import Finding
from agent.scene import Scene

At = Callable[[float], str]
SHOP, VENDOR = "shop/deployment/checkout", "pay.example.com"


def workload(name: str, ready: int = 1, desired: int = 1, **metadata: object) -> dict[str, Any]:
    conditions = [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", **metadata},
        "spec": {
            "replicas": desired,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": f"acme/{name}:1"}]},
            },
        },
        "status": {"readyReplicas": ready, "availableReplicas": ready, "conditions": conditions},
    }


def pod(name: str, of: str, ended: str, started: str, ready: str = "True") -> dict[str, Any]:
    status = {
        "name": of,
        "ready": ready == "True",
        "restartCount": 3,
        "state": {"running": {"startedAt": started}},
        "lastState": {"terminated": {"exitCode": 255, "reason": "Unknown", "finishedAt": ended}},
    }
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{of}-1", "controller": True}],
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": [status],
        },
    }


def event(at: At, minute: float, text: str) -> dict[str, Any]:
    return {
        "kind": "Event",
        "metadata": {"name": f"checkout.{minute}", "namespace": "shop"},
        "involvedObject": {"kind": "Deployment", "name": "checkout", "namespace": "shop"},
        "reason": "ScalingReplicaSet",
        "message": text,
        "lastTimestamp": at(minute),
        "count": 1,
    }


def calls(at: At, status: int, *minutes: float, host: str = VENDOR) -> str:
    return "".join(f'{at(m)} DEBUG https://{host}:443 "POST /v1/charges HTTP/1.1" {status} 91\n' for m in minutes)


def refused(at: At, *minutes: float, host: str = VENDOR) -> str:
    return "".join(f"{at(m)} ERROR dial tcp {host}:443: connect: connection refused\n" for m in minutes)


def log(text: str, name: str = "checkout") -> dict[tuple[str, ...], str]:
    return {("shop", f"{name}-1-x", name): text}


def by(found: Sequence[Finding], condition: str) -> list[Finding]:
    return [one for one in found if one.condition == condition]


WORKS = [3.0, 9.0, 15.0, 21.0]


def test_a_refusal_that_was_answered_is_business(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([workload("checkout")], log(calls(at, 200, *WORKS) + calls(at, 402, 5, 6)))
    found = list(detect(scene))
    (finding,) = by(found, "business_decline")
    assert (finding.component, finding.role) == (VENDOR, "background")
    assert unverified(scene, found) == []


def test_a_refusal_beside_failing_calls_is_not_business(scene_of: Callable[..., Scene], at: At) -> None:
    scene = scene_of(
        [workload("checkout")],
        log(refused(at, 5, 6, 7) + "".join(f"{at(m)} INFO Payment declined: authorised=false\n" for m in (5, 6, 7))),
    )
    assert list(detect(scene)) == []


def test_a_refusal_before_the_window_is_nothing(scene_of: Callable[..., Scene], at: At) -> None:
    scene = scene_of([workload("checkout")], log(calls(at, 402, -9, -8) + calls(at, 200, *WORKS)))
    assert not by(list(detect(scene)), "business_decline")


def telemetry(at: At, *minutes: float) -> dict[tuple[str, ...], str]:
    return log(refused(at, *minutes, host="intake.datadoghq.com"), "datadog-agent") | log(calls(at, 200, *WORKS))


def test_broken_observation_counts_when_it_is_asked_about(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    objects = [workload("checkout"), workload("datadog-agent")]
    scene = scene_of(objects, telemetry(at, 5, 6), question="Datadog shows no logs. Is the shop down?")
    found = list(detect(scene))
    (finding,) = by(found, "telemetry_outage")
    assert finding.component == "shop/deployment/datadog-agent"
    assert by(found, "healthy")
    assert unverified(scene, found) == []


def test_broken_observation_is_no_answer_to_another_question(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [workload("checkout"), workload("datadog-agent")]
    found = list(detect(scene_of(objects, telemetry(at, 5, 6), question="Can customers pay?")))
    assert {one.condition for one in found} == {"healthy"}


def test_broken_observation_beside_a_failing_application_is_no_outage_of_its_own(
    scene_of: Callable[..., Scene], at: At
) -> None:
    logs = telemetry(at, 5, 6) | log(refused(at, 5, 6, 7))
    assert list(detect(scene_of([workload("checkout")], logs, question="Are the metrics missing?"))) == []


def test_observation_that_broke_before_the_window_is_over(scene_of: Callable[..., Scene], at: At) -> None:
    found = list(detect(scene_of([workload("checkout")], telemetry(at, -9, -8), question="Is Datadog fine?")))
    assert not by(found, "telemetry_outage")


def test_calls_that_failed_before_and_work_now_recovered(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([workload("checkout")], log(refused(at, -20, -18, -15) + calls(at, 200, *WORKS)))
    found = list(detect(scene))
    (finding,) = by(found, "recovered")
    assert finding.component == VENDOR
    assert finding.until is not None
    assert finding.until < scene.window.start
    assert unverified(scene, found) == []


def test_calls_that_fail_again_have_not_recovered(scene_of: Callable[..., Scene], at: At) -> None:
    text = refused(at, -20, -18, -15) + calls(at, 200, 3) + refused(at, 9, 12, 15)
    assert not by(list(detect(scene_of([workload("checkout")], log(text)))), "recovered")


def test_a_workload_back_from_zero_recovered(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    down = event(at, -20, "Scaled down replica set checkout-1 to 0 from 1")
    up = event(at, -12, "Scaled up replica set checkout-1 to 1 from 0")
    scene = scene_of([workload("checkout"), down, up], log(calls(at, 200, *WORKS)))
    found = list(detect(scene))
    assert [one.component for one in by(found, "recovered")] == [SHOP]
    assert unverified(scene, found) == []
    still = scene_of([workload("checkout", ready=0), down, up])
    assert not by(list(detect(still)), "recovered")


NAMES = ("a", "b", "c", "d", "e", "f")


def restarted(at: At, *minutes: float, ready: str = "True") -> list[dict[str, Any]]:
    pods = [pod(f"{n}-1-x", n, at(m), at(m + 0.5)) for n, m in zip(NAMES, minutes, strict=False)]
    pods[0]["status"]["conditions"][0]["status"] = ready
    return [*(workload(name) for name in NAMES), *pods]


def test_a_restart_of_everything_at_once_recovered(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of(restarted(at, 5, 5.2, 5.5, 5.5, 6, 6.4))
    found = list(detect(scene))
    assert len(by(found, "recovered")) == 1
    assert unverified(scene, found) == []


def test_scattered_old_or_unfinished_restarts_are_not_one(scene_of: Callable[..., Scene], at: At) -> None:
    assert list(detect(scene_of(restarted(at, -800, -300, 1, 9, 17, 26)))) == []
    assert list(detect(scene_of(restarted(at, -800, -800, -800, -800, -800, -800)))) == []
    assert list(detect(scene_of(restarted(at, 5, 5.2, 5.5, 5.5, 6, 6.4, ready="False")))) == []


def test_a_workload_put_to_sleep_is_planned(
    scene_of: Callable[..., Scene], unverified: Callable[..., list[str]]
) -> None:
    asleep = workload("checkout", 0, 0, annotations={"keda.sh/scaledobject": "checkout"})
    scene = scene_of([asleep], question="checkout shows 0/0 replicas. Is that an outage?")
    found = list(detect(scene))
    assert [(one.component, one.condition) for one in found] == [(SHOP, "planned_change")]
    assert unverified(scene, found) == []


def test_a_zero_that_nobody_looks_after_or_that_is_missed_is_not_planned(
    scene_of: Callable[..., Scene], at: At
) -> None:
    question = "checkout shows 0/0 replicas. Is that an outage?"
    assert list(detect(scene_of([workload("checkout", 0, 0)], question=question))) == []
    asleep = workload("checkout", 0, 0, annotations={"keda.sh/scaledobject": "checkout"})
    missed = log(refused(at, 5, 6, 7), "web")
    assert list(detect(scene_of([asleep, workload("web")], missed, question=question))) == []


def test_a_workload_awake_again_is_not_planned(scene_of: Callable[..., Scene]) -> None:
    awake = workload("checkout", annotations={"keda.sh/scaledobject": "checkout"})
    assert list(detect(scene_of([awake], question="checkout showed 0/0 replicas"))) == []


def test_a_finished_job_is_planned_when_jobs_are_asked_about(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    job = {
        "kind": "Job",
        "metadata": {"name": "report-1", "namespace": "shop"},
        "status": {"succeeded": 1, "completionTime": at(4)},
    }
    scene = scene_of([job], question="Pods of a job are Completed. Is that a problem?")
    found = list(detect(scene))
    assert [one.condition for one in found] == ["planned_change"]
    assert unverified(scene, found) == []
    assert list(detect(scene_of([job], question="Can customers pay?"))) == []


def test_success_that_was_seen_is_health(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([workload("checkout")], log(calls(at, 200, *WORKS)), question="Is checkout fine?")
    found = list(detect(scene))
    assert [(one.component, one.condition) for one in found] == [(SHOP, "healthy")]
    assert unverified(scene, found) == []


def test_silence_is_no_health(scene_of: Callable[..., Scene], at: At) -> None:
    assert list(detect(scene_of([workload("checkout")], question="Is checkout fine?"))) == []
    early = log(calls(at, 200, -20, -10))
    assert list(detect(scene_of([workload("checkout")], early, question="Is checkout fine?"))) == []


def test_an_asked_component_that_is_not_all_there_is_not_healthy(scene_of: Callable[..., Scene], at: At) -> None:
    logs = log(calls(at, 200, *WORKS)) | log(calls(at, 200, *WORKS), "web")
    objects = [workload("checkout", ready=0), workload("web")]
    assert not by(list(detect(scene_of(objects, logs, question="Is checkout fine?"))), "healthy")


def test_a_failing_call_is_no_health(scene_of: Callable[..., Scene], at: At) -> None:
    scene = scene_of(
        [workload("checkout")], log(calls(at, 200, 3, 9) + refused(at, 15, 20)), question="Is checkout fine?"
    )
    assert not by(list(detect(scene)), "healthy")


def rolled_out(at: At, at_minute: float) -> list[dict[str, Any]]:
    return [
        {
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"checkout-{number}",
                "namespace": "shop",
                "creationTimestamp": made,
                "annotations": {"deployment.kubernetes.io/revision": str(number)},
                "ownerReferences": [{"kind": "Deployment", "name": "checkout", "controller": True}],
            },
            "spec": {"template": {"spec": {"containers": [{"name": "checkout", "image": f"acme/checkout:{number}"}]}}},
        }
        for number, made in ((1, at(-900)), (2, at(at_minute)))
    ]


def test_a_complete_rollout_that_is_asked_about_is_planned(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([workload("checkout"), *rolled_out(at, 5)], question="Did checkout come up after the release?")
    found = list(detect(scene))
    assert [one.condition for one in found] == ["planned_change"]
    assert unverified(scene, found) == []


def test_an_unfinished_or_old_rollout_is_not_planned(scene_of: Callable[..., Scene], at: At) -> None:
    question = "Did checkout come up after the release?"
    assert list(detect(scene_of([workload("checkout", ready=0), *rolled_out(at, 5)], question=question))) == []
    assert list(detect(scene_of([workload("checkout"), *rolled_out(at, -300)], question=question))) == []


def test_a_job_that_ended_well_beside_a_failed_one_is_not_planned(scene_of: Callable[..., Scene], at: At) -> None:
    done = {
        "kind": "Job",
        "metadata": {"name": "report-1", "namespace": "shop"},
        "status": {"succeeded": 1, "completionTime": at(4)},
    }
    broken = {"kind": "Job", "metadata": {"name": "export-1", "namespace": "shop"}, "status": {"failed": 3}}
    assert list(detect(scene_of([done, broken], question="A nightly job failed. Is anything broken?"))) == []
