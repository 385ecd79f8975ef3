"""Nodes in trouble and what runs on them, against nodes that were."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.nodes import detect

Object = dict[str, Any]
Make = Callable[..., Any]
NODE = "-/node/node-a"


@pytest.fixture
def node(at: Callable[[float], str]) -> Make:
    def build(minutes: float = -9000, **states: str) -> Object:
        held = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False"} | states
        conditions = [
            {"type": kind, "status": status, "reason": "Told", "lastTransitionTime": at(minutes)}
            for kind, status in held.items()
        ]
        return {"kind": "Node", "metadata": {"name": "node-a"}, "status": {"conditions": conditions}}

    return build


STATES = [
    ({"Ready": "Unknown"}, "node_not_ready", "NodeNotReady"),
    ({"Ready": "False"}, "node_not_ready", "NodeNotReady"),
    ({"MemoryPressure": "True"}, "memory_pressure", "NodeHasInsufficientMemory"),
    ({"DiskPressure": "True"}, "disk_full", "NodeHasDiskPressure"),
]


@pytest.mark.parametrize(("states", "mode"), [state[:2] for state in STATES])
def test_a_node_in_trouble_touches_its_pods(
    scene_of: Make, pod: Make, node: Make, unverified: Make, states: Object, mode: str
) -> None:
    scene = scene_of([node(5, **states), pod(), pod("cart", nodeName="node-b")])

    (one,) = detect(scene)

    assert (one.component, one.condition, one.role, one.until) == (NODE, mode, "cause", None)
    assert one.touches == ("shop/deployment/web",)
    assert unverified(scene, [one]) == []


@pytest.mark.parametrize(("mode", "reason"), [state[1:] for state in STATES])
def test_a_node_that_came_back_is_recovered(
    scene_of: Make, pod: Make, node: Make, event: Make, unverified: Make, mode: str, reason: str
) -> None:
    scene = scene_of([node(9), pod(), event("Node/node-a", reason, f"Node node-a status is now: {reason}", 4)])

    (one,) = detect(scene)

    assert one.condition == mode
    assert one.until is not None
    assert one.until.minute == 9
    assert unverified(scene, [one]) == []


def test_a_container_runtime_that_is_down_is_named(scene_of: Make, pod: Make, node: Make) -> None:
    down = node(5, Ready="False")
    down["status"]["conditions"][0]["message"] = "container runtime is down"

    (one,) = detect(scene_of([down, pod()]))

    assert (one.condition, one.detail) == ("node_component_down", "containerd")


def test_pods_that_wait_because_of_a_sick_node_are_touched(scene_of: Make, pod: Make, node: Make) -> None:
    text = "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }."

    (one,) = detect(scene_of([node(5, Ready="Unknown"), pod(unscheduled=text, ready_at=6)]))

    assert one.touches == ("shop/deployment/web",)


@pytest.mark.parametrize("reason", ["NodeNotReady", "NodeHasInsufficientMemory", "NodeHasDiskPressure"])
def test_healthy_nodes_and_old_events_are_nothing(
    scene_of: Make, pod: Make, node: Make, event: Make, reason: str
) -> None:
    assert list(detect(scene_of([node(), pod(), event("Node/node-a", reason, "it was", -50)]))) == []


def test_an_empty_sick_node_is_background(scene_of: Make, node: Make) -> None:
    (one,) = detect(scene_of([node(5, Ready="Unknown")]))

    assert one.role == "background"
