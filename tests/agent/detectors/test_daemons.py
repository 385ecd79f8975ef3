"""Daemons of nodes and of the control plane, told in four ways, against those that are well."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.daemons import detect

Object = dict[str, Any]
Make = Callable[..., Any]
At = Callable[[float], str]
CHIEF = {"node-role.kubernetes.io/control-plane": ""}
TARGETS = ("web", "cart", "pay")


@pytest.fixture
def node(at: At) -> Make:
    """A node that is ready, with further conditions since five minutes after the window's start."""

    def build(name: str = "node-a", labels: Object | None = None, **states: str) -> Object:
        conditions = [
            {"type": kind, "status": status, "message": f"{kind}: {status}", "lastTransitionTime": at(5)}
            for kind, status in {"Ready": "True", **states}.items()
        ]
        return {
            "kind": "Node",
            "metadata": {"name": name, "labels": labels or {}},
            "status": {"conditions": conditions},
        }

    return build


@pytest.fixture
def silent(at: At) -> Make:
    """A pod that waits for a node, made so many minutes after the window's start."""

    def build(minutes: float = 6, conditions: list[Object] | None = None, **spec: object) -> Object:
        owner = [{"kind": "ReplicaSet", "name": "web-7d9f8b6c5d", "controller": True}]
        born = {"creationTimestamp": at(minutes), "ownerReferences": owner}
        meta = {"name": "web-7d9f8b6c5d-fffff", "namespace": "shop", **born}
        box = [{"name": "web", "image": "web:1"}]
        status = {"phase": "Pending", "conditions": conditions or []}
        return {"kind": "Pod", "metadata": meta, "spec": {"containers": box, **spec}, "status": status}

    return build


@pytest.fixture
def system(at: At) -> Make:
    """A pod of kube-system on a node."""

    def build(name: str, ready: bool = False, on: str = "node-a") -> Object:
        state = {"type": "Ready", "status": str(ready), "lastTransitionTime": at(7)}
        box = [{"name": "one", "image": "one:1"}]
        return {
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "kube-system"},
            "spec": {"nodeName": on, "containers": box},
            "status": {"phase": "Running", "conditions": [state]},
        }

    return build


@pytest.mark.parametrize(
    ("state", "detail", "ready"),
    [
        ("KubeletUnhealthy", "kubelet", "False"),
        ("ContainerRuntimeUnhealthy", "containerd", "False"),
        ("KubeProxyUnhealthy", "kube_proxy", "True"),
    ],
)
def test_a_condition_of_the_node_names_the_daemon(
    scene_of: Make, pod: Make, node: Make, unverified: Make, state: str, detail: str, ready: str
) -> None:
    scene = scene_of([node(**{"Ready": ready, state: "True"}), pod()])

    (one,) = detect(scene)

    assert (one.component, one.condition, one.detail) == ("-/node/node-a", "node_component_down", detail)
    assert (one.role, one.touches) == ("cause", ("shop/deployment/web",))
    assert one.since is not None
    assert one.since.minute == 5
    assert unverified(scene, [one]) == []


def test_pods_that_run_go_on_without_their_kubelet(scene_of: Make, pod: Make, node: Make) -> None:
    (well,) = detect(scene_of([node(KubeletUnhealthy="True"), pod()]))
    (sick,) = detect(scene_of([node(KubeletUnhealthy="True"), pod(unready_at=6)]))

    assert (well.role, well.touches) == ("background", ())
    assert (sick.role, sick.touches) == ("cause", ("shop/deployment/web",))


def test_daemons_that_are_well_or_came_back_are_nothing(scene_of: Make, pod: Make, node: Make, system: Make) -> None:
    objects = [
        node(KubeletUnhealthy="False", KubeProxyUnhealthy="False"),
        pod(),
        system("kube-proxy-x7x7x", ready=True),
    ]

    assert list(detect(scene_of(objects))) == []


def test_a_daemon_that_failed_after_the_window_is_none_of_its_trouble(
    scene_of: Make, pod: Make, node: Make, at: At
) -> None:
    late = node(KubeletUnhealthy="True")
    late["status"]["conditions"][1]["lastTransitionTime"] = at(40)

    assert list(detect(scene_of([late, pod()], asked_after=60))) == []


def test_a_pod_of_kube_proxy_that_is_not_ready(
    scene_of: Make, pod: Make, node: Make, system: Make, unverified: Make
) -> None:
    scene = scene_of([node(), pod(), system("kube-proxy-x7x7x")])

    (one,) = detect(scene)

    assert (one.component, one.detail) == ("-/node/node-a", "kube_proxy")
    assert one.since is not None
    assert one.since.minute == 7
    assert unverified(scene, [one]) == []


@pytest.fixture
def tests_from(workload: Make, service: Make, node: Make) -> Make:
    """Three Services on node-a and node-b, and how connections to them went from each of the two."""

    def build(near: float, far: float) -> tuple[list[Object], Object]:
        objects: list[Object] = [node("node-a"), node("node-b")]
        series = []
        for number, name in enumerate(TARGETS):
            objects += [*workload(name, node="node-a"), *service(name, cluster_ip=f"10.96.4.{number + 5}")]
            for where, value in (("node-a", near), ("node-b", far)):
                points = [(-10, 1.0), (4, 1.0), (8, value), (28, value)]
                series.append(({"instance": f"{name}.shop.svc:80", "node": where}, points))
        return objects, {"probe_success": series}

    return build


def test_a_node_from_which_no_service_answers(scene_of: Make, tests_from: Make, unverified: Make) -> None:
    objects, samples = tests_from(0, 1)
    scene = scene_of(objects, samples=samples)

    (one,) = detect(scene)

    assert (one.component, one.detail, one.role) == ("-/node/node-a", "kube_proxy", "cause")
    assert one.since is not None
    assert one.since.minute == 8
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(("near", "far"), [(1, 1), (0, 0)])
def test_services_that_all_nodes_reach_or_none_does_say_nothing_of_a_node(
    scene_of: Make, tests_from: Make, near: float, far: float
) -> None:
    objects, samples = tests_from(near, far)

    assert list(detect(scene_of(objects, samples=samples))) == []


def test_pods_that_nobody_places_are_the_schedulers_where_its_node_says_so(
    scene_of: Make, node: Make, silent: Make, unverified: Make
) -> None:
    scene = scene_of([node("chief", CHIEF, KubeSchedulerUnhealthy="True"), silent()])

    (one,) = detect(scene)

    assert (one.component, one.detail, one.role) == ("-/node/chief", "scheduler", "cause")
    assert one.touches == ("shop/deployment/web",)
    assert unverified(scene, [one]) == []


def test_one_of_several_schedulers_that_rests_stops_nobody(scene_of: Make, node: Make, pod: Make) -> None:
    (one,) = detect(scene_of([node("chief", CHIEF, KubeSchedulerUnhealthy="True"), pod()]))

    assert one.role == "background"


def test_a_static_pod_of_the_scheduler(
    scene_of: Make, node: Make, system: Make, silent: Make, unverified: Make
) -> None:
    scene = scene_of([node("chief", CHIEF), system("kube-scheduler-chief", on="chief"), silent()])

    (one,) = detect(scene)

    assert (one.component, one.detail, one.strength) == ("-/node/chief", "scheduler", 0.85)
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(("renewed", "strength"), [(6, 0.9), (29.5, None), (None, 0.6)])
def test_silence_and_a_stale_lease(
    scene_of: Make, silent: Make, unverified: Make, at: At, renewed: float | None, strength: float | None
) -> None:
    meta = {"name": "kube-scheduler", "namespace": "kube-system"}
    lease = {"kind": "Lease", "metadata": meta, "spec": {"holderIdentity": "chief", "renewTime": at(renewed or 0)}}
    scene = scene_of([silent(), *([lease] if renewed else [])])

    found = list(detect(scene))

    assert [(one.detail, one.strength) for one in found] == ([("scheduler", strength)] if strength else [])
    assert unverified(scene, found) == []


@pytest.mark.parametrize(
    ("conditions", "spec"),
    [
        ([{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}], {}),
        ([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}], {}),
        ([], {"schedulerName": "batch-scheduler"}),
    ],
)
def test_pods_that_wait_for_somebody_else(scene_of: Make, silent: Make, conditions: list[Object], spec: Object) -> None:
    assert list(detect(scene_of([silent(conditions=conditions, **spec)]))) == []


def test_a_new_pod_and_unread_events_prove_no_silence(scene_of: Make, silent: Make) -> None:
    assert list(detect(scene_of([silent(29.8)]))) == []
    assert list(detect(scene_of([silent()], denied=["Event"]))) == []
