"""CPU limits that hold, crowds, pools and handles that run out."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from agent.detectors.capacity import detect
from agent.finding import Finding
from agent.scene import Scene

At = Callable[[float], str]
Points = list[tuple[float, float]]
LABELS = {"namespace": "shop", "pod": "web-1-x", "container": "web"}
WEB = "shop/deployment/web"


def workload(name: str = "web", cpu: str = "300m", **env: str) -> dict[str, Any]:
    container = {
        "name": name,
        "image": f"acme/{name}:1",
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "resources": {"limits": {"cpu": cpu, "memory": "100Mi"}},
    }
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
        "status": {"readyReplicas": 1, "availableReplicas": 1},
    }


def revision(number: int, limits: dict[str, str], made: str) -> dict[str, Any]:
    container = {"name": "web", "image": "acme/web:1", "resources": {"limits": limits}}
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"web-{number}",
            "namespace": "shop",
            "creationTimestamp": made,
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [{"kind": "Deployment", "name": "web", "controller": True}],
        },
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


def kills(at: At, minute: float, times: int = 6) -> list[dict[str, Any]]:
    late = 'Liveness probe failed: Get "http://10.0.0.1:80/": context deadline exceeded'
    killed = "Container web failed liveness probe, will be restarted"
    return [
        {
            "kind": "Event",
            "metadata": {"name": f"web.{reason}", "namespace": "shop"},
            "involvedObject": {"kind": "Pod", "name": "web-1-x", "namespace": "shop"},
            "reason": reason,
            "message": text,
            "firstTimestamp": at(minute - 2),
            "lastTimestamp": at(minute),
            "count": times,
        }
        for reason, text in (("Unhealthy", late), ("Killing", killed))
    ]


def counter(*parts: tuple[float, float, float]) -> Points:
    """A counter from `(from minute, to minute, growth a second)` parts, sampled each minute."""
    total, points = 100.0, [(parts[0][0], 100.0)]
    for start, end, rate in parts:
        for minute in range(int(start), int(end)):
            total += rate * 60
            points.append((minute + 1, total))
    return points


def cpu(before: float, busy: float, share: float, until: float = 30) -> dict[str, Any]:
    """Cores used and throttled share of periods: before minute 5, and from then on until `until`."""
    return {
        "container_cpu_usage_seconds_total": [
            (LABELS, counter((-30, 5, before), (5, until, busy), (until, 30, before)))
        ],
        "container_cpu_cfs_periods_total": [(LABELS, counter((-30, 30, 10)))],
        "container_cpu_cfs_throttled_periods_total": [
            (LABELS, counter((-30, 5, 0.05), (5, until, 10 * share), (until, 30, 0.05)))
        ],
    }


def served(at: At, status: int, seconds: float, *minutes: float) -> str:
    row = "{} GET /list {} {:.3f} ms - 99\n"
    return "".join(row.format(at(minute), status, 1000 * seconds) for minute in minutes)


def by(found: Sequence[Finding], condition: str) -> list[Finding]:
    return [one for one in found if one.condition == condition]


@pytest.fixture
def slow(at: At) -> dict[tuple[str, ...], str]:
    """Fast answers before minute 5, slow and broken ones after."""
    return {
        ("shop", "web-1-x", "web"): served(at, 200, 0.02, *range(-29, 5, 2))
        + served(at, 200, 4, *range(6, 29, 3))
        + served(at, 500, 6, *range(7, 29, 3))
    }


def test_a_lowered_limit_that_is_used_up_throttles(
    scene_of: Callable[..., Scene], at: At, slow: dict[tuple[str, ...], str], unverified: Callable[..., list[str]]
) -> None:
    revisions = [revision(1, {"cpu": "500m"}, at(-900)), revision(2, {"cpu": "50m"}, at(4))]
    scene = scene_of([workload(cpu="50m"), *revisions], slow, cpu(0.03, 0.05, 0.9))
    found = list(detect(scene))
    (finding,) = by(found, "cpu_throttled")
    assert (finding.component, finding.role) == (WEB, "cause")
    assert finding.since == scene.window.start + timedelta(minutes=4)
    assert not by(found, "overload")
    assert unverified(scene, found) == []


def test_a_raised_limit_is_no_cause(scene_of: Callable[..., Scene], at: At, slow: dict[tuple[str, ...], str]) -> None:
    revisions = [revision(1, {"cpu": "50m"}, at(-900)), revision(2, {"cpu": "500m"}, at(4))]
    assert list(detect(scene_of([workload(cpu="500m"), *revisions], slow, cpu(0.03, 0.05, 0.02)))) == []


def test_throttling_that_nobody_feels_is_background(scene_of: Callable[..., Scene], at: At) -> None:
    logs = {("shop", "web-1-x", "web"): served(at, 200, 0.02, *range(-29, 29, 2))}
    found = list(detect(scene_of([workload()], logs, cpu(0.28, 0.3, 0.5))))
    assert [one.role for one in by(found, "cpu_throttled")] == ["background"]
    assert not by(found, "overload")


def test_throttling_before_the_window_is_over(scene_of: Callable[..., Scene]) -> None:
    early = {
        "container_cpu_cfs_periods_total": [(LABELS, counter((-60, 30, 10)))],
        "container_cpu_cfs_throttled_periods_total": [(LABELS, counter((-60, -20, 9), (-20, 30, 0.01)))],
    }
    assert list(detect(scene_of([workload()], {}, early))) == []


def test_a_crowd_that_kills_its_server_overloads_it(
    scene_of: Callable[..., Scene], at: At, slow: dict[tuple[str, ...], str], unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of([workload(), *kills(at, 20)], slow, cpu(0.02, 0.3, 0.9))
    found = list(detect(scene))
    (finding,) = by(found, "overload")
    assert (finding.component, finding.role) == (WEB, "cause")
    assert finding.strength > by(found, "cpu_throttled")[0].strength
    assert unverified(scene, found) == []


def test_probe_kills_without_load_are_no_overload(scene_of: Callable[..., Scene], at: At) -> None:
    logs = {("shop", "web-1-x", "web"): served(at, 200, 0.02, *range(-29, 29, 2))}
    assert not by(list(detect(scene_of([workload(), *kills(at, 20)], logs, cpu(0.02, 0.02, 0)))), "overload")


def test_a_server_whose_callee_fails_is_no_overload(
    scene_of: Callable[..., Scene], at: At, slow: dict[tuple[str, ...], str]
) -> None:
    refused = "".join(
        f"{at(m)} ERROR dial tcp pay.example.com:443: connect: connection refused\n" for m in range(6, 28)
    )
    logs = {key: text + refused for key, text in slow.items()}
    assert not by(list(detect(scene_of([workload(), *kills(at, 20)], logs, cpu(0.02, 0.3, 0.9)))), "overload")


def test_kills_before_the_window_are_no_overload(scene_of: Callable[..., Scene], at: At) -> None:
    assert list(detect(scene_of([workload(), *kills(at, -40)], {}))) == []


def test_memory_near_its_limit_is_told(scene_of: Callable[..., Scene], unverified: Callable[..., list[str]]) -> None:
    scene = scene_of(
        [workload()], {}, {"container_memory_working_set_bytes": [(LABELS, [(-20, 3e7), (5, 1e8), (20, 1.01e8)])]}
    )
    found = list(detect(scene))
    assert [(one.condition, one.role) for one in found] == [("memory_pressure", "background")]
    assert unverified(scene, found) == []


@pytest.mark.parametrize("points", [[(-20, 3e7), (5, 4e7), (20, 5e7)], [(-40, 1e8), (-30, 1e8), (5, 4e7)]])
def test_memory_with_room_is_not_told(points: Points, scene_of: Callable[..., Scene]) -> None:
    assert list(detect(scene_of([workload()], {}, {"container_memory_working_set_bytes": [(LABELS, points)]}))) == []


EXHAUSTED = {
    "pool": "QueuePool limit of size 5 overflow 10 reached, connection timed out",
    "handles": "accept4: too many open files; retrying in 1s",
}


@pytest.mark.parametrize("line", EXHAUSTED.values(), ids=EXHAUSTED.keys())
def test_what_runs_out_is_the_callers(
    line: str, scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    text = "".join(f"{at(minute)} ERROR {line}\n" for minute in (5, 6, 7))
    scene = scene_of([workload()], {("shop", "web-1-x", "web"): text})
    (finding,) = by(list(detect(scene)), "connection_exhaustion")
    assert (finding.component, finding.role) == (WEB, "cause")
    assert unverified(scene, [finding]) == []


@pytest.mark.parametrize("line", EXHAUSTED.values(), ids=EXHAUSTED.keys())
def test_what_always_runs_out_is_no_cause(line: str, scene_of: Callable[..., Scene], at: At) -> None:
    text = "".join(f"{at(minute)} ERROR {line}\n" for minute in (-50, -40, -30, -20, 7))
    found = detect(scene_of([workload()], {("shop", "web-1-x", "web"): text}))
    assert [one for one in found if one.role == "cause"] == []


@pytest.mark.parametrize("line", EXHAUSTED.values(), ids=EXHAUSTED.keys())
def test_what_ran_out_before_the_window_is_over(line: str, scene_of: Callable[..., Scene], at: At) -> None:
    text = "".join(f"{at(minute)} ERROR {line}\n" for minute in (-20, -10))
    assert list(detect(scene_of([workload()], {("shop", "web-1-x", "web"): text}))) == []


def test_throttling_after_the_own_calls_failed_is_weaker(
    scene_of: Callable[..., Scene], at: At, slow: dict[tuple[str, ...], str]
) -> None:
    refused = "".join(f"{at(m)} ERROR dial tcp pay.example.com:443: i/o timeout\n" for m in (1, 2, 3, 9))
    logs = {key: refused + text for key, text in slow.items()}
    alone = by(list(detect(scene_of([workload()], slow, cpu(0.2, 0.3, 0.6)))), "cpu_throttled")
    after = by(list(detect(scene_of([workload()], logs, cpu(0.2, 0.3, 0.6)))), "cpu_throttled")
    assert after[0].strength < alone[0].strength
