"""Volumes that do not bind, disks without space, evicted pods."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.storage import detect
from agent.finding import Finding
from agent.scene import Scene

Object = dict[str, Any]
Make = Callable[..., Any]
WEB = "shop/deployment/web"
POD = "web-7d9f8b6c5d-abcde"
VOLUMES = {"volumes": [{"name": "store", "persistentVolumeClaim": {"claimName": "web-store"}}]}


def found(scene: Scene) -> dict[str, Finding]:
    return {one.condition: one for one in detect(scene)}


def claim(phase: str = "Pending", size: str = "10Gi", **spec: object) -> Object:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    meta = {"name": "web-store", "namespace": "shop"}
    return {"kind": "PersistentVolumeClaim", "metadata": meta, "spec": wanted, "status": {"phase": phase}}


def volume(phase: str = "Available", labels: Object | None = None, **spec: object) -> Object:
    offered = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "20Gi"}, **spec}
    return {
        "kind": "PersistentVolume",
        "metadata": {"name": "disk", "labels": labels or {}},
        "spec": offered,
        "status": {"phase": phase},
    }


@pytest.mark.parametrize(
    ("wanted", "offered", "detail"),
    [
        (claim(storageClassName="fastest"), volume(storageClassName="fast"), "class"),
        (claim(accessModes=["ReadWriteMany"]), volume(), "access_mode"),
        (claim(size="50Gi"), volume(), "capacity"),
        (claim(selector={"matchLabels": {"tier": "gold"}}), volume(labels={"tier": "tin"}), "selector"),
        (claim(), volume("Bound", claimRef={"kind": "PersistentVolumeClaim", "name": "other"}), "occupied"),
        (claim(), volume("Released"), "occupied"),
    ],
)
def test_why_a_claim_does_not_bind(
    scene_of: Make, pod: Make, unverified: Make, wanted: Object, offered: Object, detail: str
) -> None:
    text = "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    scene = scene_of([wanted, offered, pod(unscheduled=text, ready_at=4, **VOLUMES)])

    one = found(scene)["volume_unbound"]

    assert (one.component, one.detail) == (WEB, detail)
    assert unverified(scene, [one]) == []


def test_a_class_that_the_provisioner_does_not_know(scene_of: Make, pod: Make, event: Make) -> None:
    text = 'storageclass.storage.k8s.io "fastest" not found'
    told = event("PersistentVolumeClaim/web-store", "ProvisioningFailed", text, 4, 20)
    scene = scene_of([claim(storageClassName="fastest"), told, pod(unscheduled="unbound", ready_at=4, **VOLUMES)])

    assert found(scene)["volume_unbound"].detail == "class"


def test_classes_that_could_not_be_read_are_not_missing(scene_of: Make, pod: Make) -> None:
    waiting = pod(unscheduled="unbound", ready_at=4, **VOLUMES)
    scene = scene_of([claim(storageClassName="fast"), waiting], denied=["StorageClass"])

    assert found(scene)["volume_unbound"].detail is None


@pytest.mark.parametrize("objects", [[claim("Bound")], [claim()], []], ids=["bound", "nobody waits for it", "no claim"])
def test_claims_that_keep_nobody_waiting_are_nothing(scene_of: Make, pod: Make, objects: list[Object]) -> None:
    waits = {} if objects and objects[0]["status"]["phase"] == "Pending" else VOLUMES

    assert found(scene_of([*objects, pod(**waits)])) == {}


def test_a_claim_that_bound_in_the_end_is_nothing_now(scene_of: Make, pod: Make, event: Make) -> None:
    late = event(
        f"Pod/{POD}", "FailedScheduling", "pod has unbound immediate PersistentVolumeClaims", 2, scheduler=True
    )

    assert found(scene_of([claim("Bound"), volume("Bound"), late, pod(**VOLUMES)])) == {}


def test_a_volume_that_another_node_holds(scene_of: Make, pod: Make, event: Make, unverified: Make) -> None:
    text = 'Multi-Attach error for volume "disk" Volume is already used by pod(s) web-old'
    waiting = pod(state={"waiting": {"reason": "ContainerCreating"}}, unready_at=4, **VOLUMES)
    waiting["status"]["phase"] = "Pending"
    scene = scene_of([claim("Bound"), waiting, event(f"Pod/{POD}", "FailedAttachVolume", text, 4, 20)])

    one = found(scene)["volume_unbound"]

    assert one.detail == "occupied"
    assert unverified(scene, [one]) == []


FULL = "ERROR could not write /var/lib/web/journal: no space left on device"


def test_a_full_disk(scene_of: Make, pod: Make, at: Make, unverified: Make) -> None:
    scene = scene_of([pod()], {("shop", POD, "web"): "".join(f"{at(5 + i)} {FULL}\n" for i in range(25))})

    one = found(scene)["disk_full"]

    assert (one.component, one.until) == (WEB, None)
    assert unverified(scene, [one]) == []


def test_a_disk_that_was_emptied_is_recovered(scene_of: Make, pod: Make, at: Make) -> None:
    scene = scene_of([pod()], {("shop", POD, "web"): "".join(f"{at(5 + i)} {FULL}\n" for i in range(5))})

    assert found(scene)["disk_full"].until is not None


def test_a_disk_that_was_full_before_the_window_is_nothing(scene_of: Make, pod: Make, at: Make) -> None:
    assert found(scene_of([pod()], {("shop", POD, "web"): f"{at(-30)} {FULL}\n"})) == {}


@pytest.fixture
def evicted(pod: Make) -> Make:
    def build(minutes: float) -> Object:
        gone: Object = pod(ending="7d9f8b6c5d-ggggg", unready_at=minutes)
        message = "The node was low on resource: ephemeral-storage."
        gone["status"] |= {"phase": "Failed", "reason": "Evicted", "message": message}
        return gone

    return build


def test_an_evicted_pod(scene_of: Make, evicted: Make, unverified: Make) -> None:
    scene = scene_of([evicted(6)])

    one = found(scene)["evicted"]

    assert (one.component, one.until, one.strength) == (WEB, None, 0.85)
    assert "ephemeral-storage" in one.says
    assert unverified(scene, [one]) == []


def test_an_evicted_pod_that_was_replaced_is_recovered(scene_of: Make, evicted: Make, pod: Make, at: Make) -> None:
    replacement = pod()
    replacement["status"]["startTime"] = at(8)

    until = found(scene_of([evicted(6), replacement]))["evicted"].until

    assert until is not None
    assert until.minute == 8


def test_an_old_eviction_is_nothing(scene_of: Make, evicted: Make, pod: Make) -> None:
    assert found(scene_of([evicted(-300), pod()])) == {}


def test_a_node_under_pressure_explains_its_evictions(scene_of: Make, evicted: Make) -> None:
    pressed = {"conditions": [{"type": "DiskPressure", "status": "True"}]}
    scene = scene_of([evicted(6), {"kind": "Node", "metadata": {"name": "node-a"}, "status": pressed}])

    assert found(scene)["evicted"].strength == 0.5
