"""Pods that find no node, in both shapes of the scheduler's events."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from agent.detectors.scheduling import detect

Object = dict[str, Any]
Make = Callable[..., Any]
POD = "web-7d9f8b6c5d-abcde"
WEB = "shop/deployment/web"
NO_HELP = ". preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
MASTER = "1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }"
AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
        }
    }
}


def node(name: str, labels: Mapping[str, str] | None = None, ready: str = "True", **spec: object) -> Object:
    conditions = [{"type": "Ready", "status": ready}]
    meta = {"name": name, "labels": labels or {}}
    return {"kind": "Node", "metadata": meta, "spec": spec, "status": {"conditions": conditions}}


@pytest.mark.parametrize("shape", ["v1", "events.k8s.io", "condition"])
@pytest.mark.parametrize(
    ("message", "spec", "mode"),
    [
        (f"{MASTER}, 3 Insufficient cpu", {}, "insufficient_cpu"),
        ("1 Insufficient cpu, 1 node(s) were unschedulable, 3 Insufficient memory", {}, "insufficient_memory"),
        (f"{MASTER}, 3 node(s) didn't match Pod's node affinity/selector", {"nodeSelector": {"disk": "ssd"}},
         "node_selector_mismatch"),
        (f"{MASTER}, 3 node(s) didn't match Pod's node affinity/selector", {"affinity": AFFINITY}, "affinity_conflict"),
        ("1 node(s) were unschedulable, 3 node(s) didn't match pod anti-affinity rules", {}, "affinity_conflict"),
        (f"{MASTER}, 3 node(s) had untolerated taint {{critical: true}}", {}, "taint_not_tolerated"),
        ("4 node(s) were unschedulable", {}, "node_cordoned"),
        ("1 node(s) were unschedulable, 3 node(s) didn't have free ports for the requested pod ports", {},
         "port_conflict"),
    ],
)  # fmt: skip
def test_what_the_scheduler_says(
    scene_of: Make, pod: Make, event: Make, unverified: Make, shape: str, message: str, spec: Object, mode: str
) -> None:
    text = f"0/4 nodes are available: {message}{NO_HELP}"
    waiting = pod(unscheduled=text, ready_at=4, **spec)
    if shape != "condition":
        waiting["status"]["conditions"] = []
    objects = [waiting, node("a"), node("b", unschedulable=True)]
    if shape != "condition":
        objects.append(event(f"Pod/{POD}", "FailedScheduling", text, 4, scheduler=shape == "events.k8s.io"))
    scene = scene_of(objects)

    (one,) = detect(scene)

    assert (one.component, one.condition, one.until) == (WEB, mode, None)
    assert one.since is not None
    assert one.since.minute == 4
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(
    ("named", "mode"),
    [
        ({"unschedulable": True}, "node_cordoned"),
        ({"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}, "taint_not_tolerated"),
        ({}, None),
    ],
)
def test_the_nodes_that_a_selector_names_decide(scene_of: Make, pod: Make, named: Object, mode: str | None) -> None:
    said = "2 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector"
    text = f"0/4 nodes are available: {said}{NO_HELP}"
    waiting = pod(unscheduled=text, ready_at=4, nodeSelector={"disk": "ssd"})
    labels = {"disk": "ssd"} if mode else {"disk": "hdd"}

    (one,) = detect(scene_of([waiting, node("a", labels, **named), node("b", unschedulable=True)]))

    assert one.condition == (mode or "node_selector_mismatch")
    assert ("-/node/b" in one.names) == (mode == "node_cordoned")


def test_a_sick_node_and_a_missing_volume_are_told_by_others(scene_of: Make, pod: Make) -> None:
    sick = "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }."
    volume = "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims."

    assert [list(detect(scene_of([pod(unscheduled=text, ready_at=4)]))) for text in (sick, volume)] == [[], []]


def test_a_short_wait_is_how_pods_start(scene_of: Make, pod: Make, event: Make) -> None:
    text = f"0/4 nodes are available: 4 Insufficient cpu{NO_HELP}"
    running = pod()
    running["status"]["conditions"].append(
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-03-02T12:04:20Z"}
    )

    assert list(detect(scene_of([running, event(f"Pod/{POD}", "FailedScheduling", text, 4)]))) == []


def test_a_pod_that_was_placed_in_the_end_is_recovered(
    scene_of: Make, pod: Make, event: Make, unverified: Make
) -> None:
    text = f"0/4 nodes are available: 4 Insufficient cpu{NO_HELP}"
    running = pod()
    running["status"]["conditions"].append(
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-03-02T12:11:00Z"}
    )
    scene = scene_of([running, event(f"Pod/{POD}", "FailedScheduling", text, 4)])

    (one,) = detect(scene)

    assert one.until is not None
    assert one.until.minute == 11
    assert unverified(scene, [one]) == []


def test_a_running_pod_is_nothing(scene_of: Make, pod: Make) -> None:
    assert list(detect(scene_of([pod(), node("a", unschedulable=True)]))) == []


def test_a_blocked_scale_up_is_less_sure_to_be_the_trouble(scene_of: Make, pod: Make) -> None:
    text = f"0/4 nodes are available: 4 Insufficient cpu{NO_HELP}"
    (one,) = detect(scene_of([pod(), pod(ending="7d9f8b6c5d-fffff", unscheduled=text, ready_at=4)]))

    assert one.strength == 0.8
    assert "1 other pods are ready" in one.says


def test_a_cordoned_node_of_the_control_plane_is_not_what_a_rule_for_nodes_misses(scene_of: Make, pod: Make) -> None:
    """A rule such as `NotIn` fits the control plane's node, which is cordoned so that nothing else runs there."""
    said = "1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector"
    rule = {"key": "disk", "operator": "NotIn", "values": ["hdd"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    waiting = pod(unscheduled=f"0/3 nodes are available: {said}{NO_HELP}", ready_at=4, affinity=affinity)
    workers = [node("a", {"disk": "hdd"}), node("b", {"disk": "hdd"})]
    chief, other = {"node-role.kubernetes.io/control-plane": ""}, {"disk": "ssd"}

    (one,) = detect(scene_of([waiting, *workers, node("c", chief, unschedulable=True)]))
    (cordoned,) = detect(scene_of([waiting, *workers, node("c", other, unschedulable=True)]))

    assert (one.condition, cordoned.condition) == ("affinity_conflict", "node_cordoned")
