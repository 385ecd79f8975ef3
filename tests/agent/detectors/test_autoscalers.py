"""Autoscalers that watch the wrong number, and such that cannot scale."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.autoscalers import detect
from agent.scene import Scene

At = Callable[[float], str]
TIMEOUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
REFUSED = "dial tcp 10.96.4.4:80: connect: connection refused"
LABELS = {"namespace": "shop", "pod": "web-1-x", "container": "web"}
WEB = "shop/deployment/web"


def objects(
    at: At, metric: str, current: int, conditions: list[dict[str, str]], most: int = 10
) -> list[dict[str, Any]]:
    container = {"name": "web", "image": "acme/web:1", "resources": {"limits": {"cpu": "300m"}}}
    measured = {"name": metric, "current": {"averageUtilization": 95 if metric == "cpu" else 34}}
    return [
        {
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": current, "template": {"spec": {"containers": [container]}}},
            "status": {"readyReplicas": current, "availableReplicas": current},
        },
        {
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web-hpa", "namespace": "shop"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                "minReplicas": 1,
                "maxReplicas": most,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": metric, "target": {"type": "Utilization", "averageUtilization": 70}},
                    }
                ],
            },
            "status": {
                "currentReplicas": current,
                "desiredReplicas": current,
                "currentMetrics": [{"type": "Resource", "resource": measured}],
                "conditions": conditions,
            },
        },
        {
            "kind": "Event",
            "metadata": {"name": "web-hpa.1", "namespace": "shop"},
            "involvedObject": {"kind": "HorizontalPodAutoscaler", "name": "web-hpa", "namespace": "shop"},
            "reason": "FailedGetResourceMetric",
            "message": "unable to get metrics for resource cpu: no metrics returned",
            "firstTimestamp": at(-900),
            "lastTimestamp": at(20),
            "count": 300,
        },
    ]


NO_METRICS = [{"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}]
LIMITED = [
    {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"},
    {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"},
]


def busy(cores: float) -> dict[str, Any]:
    usage, total = [], 10.0
    for minute in range(-30, 30):
        usage.append((float(minute), total))
        total += 60 * (cores if minute >= 5 else 0.02)
    return {"container_cpu_usage_seconds_total": [(LABELS, usage)]}


def answers(at: At, status: int, seconds: float) -> dict[tuple[str, ...], str]:
    calm = "".join(f"{at(m)} GET /list 200 20.000 ms - 99\n" for m in range(-29, 5, 2))
    rest = "".join(f"{at(m)} GET /list {status} {1000 * seconds:.3f} ms - 99\n" for m in range(6, 29, 2))
    return {("shop", "web-1-x", "web"): calm + rest}


CASES: dict[str, tuple[str, int, list[dict[str, str]], int]] = {
    "autoscaler_wrong_metric": ("memory", 1, [], 10),
    "autoscaler_cannot_scale": ("cpu", 1, NO_METRICS, 10),
    "autoscaler_cannot_scale ceiling": ("cpu", 3, LIMITED, 3),
}


@pytest.mark.parametrize("case", CASES)
def test_an_autoscaler_that_leaves_a_sufferer_alone_is_a_cause(
    case: str, scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of(objects(at, *CASES[case]), answers(at, 500, 6), busy(0.3))
    (finding,) = detect(scene)
    assert (finding.component, finding.condition) == (WEB, case.split(maxsplit=1)[0])
    assert "shop/web-hpa" in finding.names
    assert unverified(scene, [finding]) == []


@pytest.mark.parametrize("case", CASES)
def test_an_autoscaler_of_a_content_workload_is_none(case: str, scene_of: Callable[..., Scene], at: At) -> None:
    assert list(detect(scene_of(objects(at, *CASES[case]), answers(at, 200, 0.02), busy(0.05)))) == []


@pytest.mark.parametrize("case", CASES)
def test_suffering_before_the_window_is_over(case: str, scene_of: Callable[..., Scene], at: At) -> None:
    early = "".join(f"{at(m)} GET /list 500 6000.000 ms - 99\n" for m in range(-40, -20, 2))
    fine = "".join(f"{at(m)} GET /list 200 20.000 ms - 99\n" for m in range(2, 29, 2))
    assert (
        list(detect(scene_of(objects(at, *CASES[case]), {("shop", "web-1-x", "web"): early + fine}, busy(0.02)))) == []
    )


def test_one_that_follows_the_cpu_with_room_left_is_none(scene_of: Callable[..., Scene], at: At) -> None:
    active = [{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}]
    made = objects(at, "cpu", 2, active)[:2]
    assert list(detect(scene_of(made, answers(at, 500, 6), busy(0.3)))) == []


@pytest.mark.parametrize(("ready", "error", "told"), [(1, TIMEOUT, 1), (0, TIMEOUT, 0), (1, REFUSED, 0)])
def test_one_without_metrics_counts_while_callers_wait_for_a_whole_workload(
    scene_of: Callable[..., Scene], at: At, calls: Callable[..., str], ready: int, error: str, told: int
) -> None:
    """Without a CPU limit there is nothing to be throttled at; that it is too slow shows at its callers."""
    made = objects(at, "cpu", 1, NO_METRICS)
    made[0]["spec"]["template"]["spec"]["containers"][0].pop("resources")
    made[0]["status"] = {"readyReplicas": ready, "availableReplicas": ready}
    service = {
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.4.4", "ports": [{"port": 80}]},
    }
    made[0]["spec"]["template"]["metadata"] = {"labels": {"app": "web"}}
    log = calls("http://web/list", -30, 8) + calls("http://web/list", 8, 28, error) + calls("http://web/list", 28, 30)
    scene = scene_of([*made, service], {("shop", "front-1", "front"): log})
    assert len(list(detect(scene))) == told


def test_a_ceiling_reached_long_ago_says_nothing_of_new_trouble(scene_of: Callable[..., Scene], at: At) -> None:
    old = [LIMITED[0], {**LIMITED[1], "lastTransitionTime": at(-4000)}]
    made = objects(at, "memory", 3, old, 3)[:2]
    assert list(detect(scene_of(made, answers(at, 500, 6)))) == []


def test_more_replicas_do_not_help_where_none_is_ready(scene_of: Callable[..., Scene], at: At) -> None:
    made = objects(at, "cpu", 3, LIMITED, 3)[:2]
    made[0]["status"] = {"readyReplicas": 0}
    assert list(detect(scene_of(made, answers(at, 500, 6), busy(0.3)))) == []
