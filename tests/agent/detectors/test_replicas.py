"""Workloads at zero: since when, by whom, and whether anybody misses them."""

from collections.abc import Callable, Mapping

from agent.detectors import replicas as detector
from agent.scene import Scene

Object = Mapping[str, object]


def _scaled(minutes: float, at: Callable[[float], str]) -> Object:
    fields: dict[str, object] = {"f:spec": {"f:replicas": {}}}
    return {
        "manager": "kubectl",
        "operation": "Update",
        "subresource": "scale",
        "time": at(minutes),
        "fieldsV1": fields,
    }


def _at_zero(
    deployment: Callable[..., dict[str, object]], at: Callable[[float], str], name: str = "pay", minutes: float = 5.0
) -> Object:
    one = deployment(name, 0, status={"replicas": 0})
    meta = one["metadata"]
    assert isinstance(meta, dict)
    one["metadata"] = {**meta, "managedFields": [_scaled(minutes, at)]}
    return one


def test_zero_replicas_that_callers_miss_are_a_cause_with_time_and_author(
    scene_of: Callable[..., Scene],
    deployment: Callable[..., dict[str, object]],
    workload: Callable[..., list[Object]],
    service: Callable[..., list[Object]],
    calls: Callable[..., str],
    at: Callable[[float], str],
    unverified: Callable[..., list[str]],
) -> None:
    objects = [_at_zero(deployment, at), *workload("orders"), *service("pay", ready=())]
    log = calls("http://pay/auth", 6, 20, "dial tcp 10.96.4.4:80: connect: connection refused")
    scene = scene_of(objects, {("shop", "orders-1", "orders"): log})

    found = list(detector.detect(scene))

    assert [(one.component, one.role) for one in found] == [("shop/deployment/pay", "cause")]
    assert found[0].since is not None
    assert found[0].since.isoformat().replace("+00:00", "Z") == at(5)
    assert "kubectl" in found[0].says
    assert unverified(scene, found) == []


def test_zero_replicas_that_nobody_calls_are_background(
    scene_of: Callable[..., Scene],
    deployment: Callable[..., dict[str, object]],
    workload: Callable[..., list[Object]],
    service: Callable[..., list[Object]],
    calls: Callable[..., str],
    at: Callable[[float], str],
) -> None:
    objects = [_at_zero(deployment, at), *workload("orders"), *service("pay", ready=())]
    scene = scene_of(objects, {("shop", "orders-1", "orders"): calls("http://stock/items", 6, 20)})

    assert [one.role for one in detector.detect(scene)] == ["background"]


def test_a_workload_with_replicas_has_no_finding(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]]
) -> None:
    assert list(detector.detect(scene_of(workload("pay")))) == []


def test_a_rollout_that_ends_an_old_replica_set_is_not_a_scaling_to_zero(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]], event: Callable[..., dict[str, object]]
) -> None:
    events = [
        event("Deployment/pay", "ScalingReplicaSet", "Scaled up replica set pay-2 from 0 to 1", 5, kind="Normal"),
        event("Deployment/pay", "ScalingReplicaSet", "Scaled down replica set pay-1 from 1 to 0", 6, kind="Normal"),
    ]

    assert list(detector.detect(scene_of([*workload("pay"), *events]))) == []


def test_a_time_at_zero_that_is_over_has_an_end(
    scene_of: Callable[..., Scene],
    workload: Callable[..., list[Object]],
    event: Callable[..., dict[str, object]],
    service: Callable[..., list[Object]],
    calls: Callable[..., str],
    unverified: Callable[..., list[str]],
    at: Callable[[float], str],
) -> None:
    events = [
        event("Deployment/pay", "ScalingReplicaSet", "Scaled down replica set pay-2 to 0 from 1", 5, kind="Normal"),
        event("Deployment/pay", "ScalingReplicaSet", "Scaled up replica set pay-2 to 1 from 0", 12, kind="Normal"),
    ]
    log = calls("http://pay/auth", 6, 11, "dial tcp 10.96.4.4:80: connect: connection refused")
    log += calls("http://pay/auth", 14, 25)
    scene = scene_of(
        [*workload("pay"), *workload("orders"), *service("pay"), *events], {("shop", "orders-1", "orders"): log}
    )

    found = list(detector.detect(scene))

    assert [one.until is not None for one in found] == [True]
    assert found[0].until is not None
    assert found[0].until.isoformat().replace("+00:00", "Z") == at(12)
    assert unverified(scene, found) == []


def test_only_samples_remember_a_time_at_zero(
    scene_of: Callable[..., Scene],
    workload: Callable[..., list[Object]],
    service: Callable[..., list[Object]],
    calls: Callable[..., str],
) -> None:
    labels = {"namespace": "shop", "deployment": "pay"}
    points = [(n, 0.0 if 4 <= n < 10 else 1.0) for n in range(-10, 30)]
    log = calls("http://pay/auth", 5, 9, "dial tcp 10.96.4.4:80: connect: connection refused")
    scene = scene_of(
        [*workload("pay"), *workload("orders"), *service("pay")],
        {("shop", "orders-1", "orders"): log},
        {"kube_deployment_spec_replicas": [(labels, points)]},
    )

    assert [one.until is not None for one in detector.detect(scene)] == [True]


def test_unready_pods_are_not_zero_replicas(
    scene_of: Callable[..., Scene], workload: Callable[..., list[Object]]
) -> None:
    labels = {"namespace": "shop", "deployment": "pay"}
    samples = {"kube_deployment_status_replicas_available": [(labels, [(n, float(n > 3)) for n in range(30)])]}

    assert list(detector.detect(scene_of(workload("pay"), samples=samples))) == []


def test_samples_stand_in_for_objects_that_nobody_could_read(
    scene_of: Callable[..., Scene], calls: Callable[..., str], unverified: Callable[..., list[str]]
) -> None:
    labels = {"namespace": "shop", "deployment": "gateway"}
    points = [(n, 1.0 if n < 5 else 0.0) for n in range(-10, 30)]
    log = calls("http://gateway/charges", 6, 20, "dial tcp 10.96.4.4:80: connect: connection refused")
    scene = scene_of(
        logs={("shop", "pay-5fc5fd7f78-svspw", "pay"): log},
        samples={"kube_deployment_spec_replicas": [(labels, points)]},
        denied=["Deployment", "Pod", "Service"],
    )

    found = list(detector.detect(scene))

    assert [(one.component, one.role, one.touches) for one in found] == [
        ("shop/deployment/gateway", "cause", ("gateway",))
    ]
    assert unverified(scene, found) == []
