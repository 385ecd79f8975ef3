"""Claims that stay unbound, and a volume that somebody else holds."""

from evals.generator.cedarcare.facts import CREATED
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.scene import Scene
from evals.generator.kit import Object, Part
from evals.generator.kit_changes import roll_out
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, internal
from evals.generator.kit_objects import claim, storage_class, volume
from evals.generator.kit_pods import hold, unschedulable
from evals.generator.kit_run import Run

UNBOUND = (
    "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: "
    "3 Preemption is not helpful for scheduling."
)
NO_VOLUME = "no persistent volumes available for this claim and no storage class is set"


def runs() -> list[Run]:
    """Every run of this module."""
    return [_class(), _access_mode(), _capacity(), _selector(), _occupied()]


def _waiting(scene: Scene, made: Object, about: tuple[str, str, str]) -> Object:
    """The thumbnailer gets a scratch claim that stays Pending; its event is (reason, message, type)."""

    def with_scratch(template: Object) -> None:
        source = {"persistentVolumeClaim": {"claimName": made["metadata"]["name"]}}
        template["spec"]["volumes"] = [{"name": "scratch", **source}]
        template["spec"]["containers"][0]["volumeMounts"] = [{"name": "scratch", "mountPath": "/scratch"}]

    scene.traffic(-700, 0)
    made["metadata"]["creationTimestamp"] = scene.time(-2).strftime("%Y-%m-%dT%H:%M:%SZ")
    scene.fleet.put(made)
    reason, message, kind = about
    event(scene.fleet, made, reason, message, scene.time(695), first=scene.time(-1), count=48, type=kind)
    pods = roll_out(
        scene.fleet, "imaging/thumbnailer", with_scratch, scene.time(0), healthy=False, manager="argocd-controller"
    )
    unschedulable(scene.fleet, pods[0], scene.time(1), UNBOUND, scene.time(610))
    scene.traffic(12, 700)
    return pods[0]


def _asked(scene: Scene, pod: Object) -> Object:
    return alert(
        scene.time(600),
        "KubePodNotReady",
        "A pod of imaging does not become ready",
        namespace="imaging",
        pod=pod["metadata"]["name"],
        severity="warning",
    )


def _finish(scene: Scene, asked: str | Object, detail: str, why: str, **parts: Part) -> Run:
    label = internal(
        parts.pop("component", "imaging/thumbnailer"),
        "volume_unbound",
        ("fix_config", "fix_scheduling", "add_capacity", "rollback"),
        why,
        modes=("rollout_stuck",),
        components=parts.pop("components", ()),
        detail=detail,
    )
    title = "A pod that waits"
    return run(scene, f"volume-{detail}", title, asked, label, family="storage", refs=("imaging/thumbnailer",))


def _class() -> Run:
    scene = Scene("volume-class", "2026-06-23T08:00:00Z", "imaging")
    scene.fleet.put(storage_class("standard-rwo", CREATED, "pd.csi.storage.gke.io", default=True))
    made = claim("thumbnailer-scratch", "imaging", CREATED, ("premium-rwo", "50Gi"))
    text = 'storageclass.storage.k8s.io "premium-rwo" not found'
    pod = _waiting(scene, made, ("ProvisioningFailed", text, "Warning"))
    why = "The claim names a storage class that this cluster does not have."
    return _finish(scene, _asked(scene, pod), "class", why, components=("imaging/thumbnailer-scratch",))


def _static(size: str, **spec: Part) -> Object:
    """A claim without a class, to be bound to a volume that exists."""
    made = claim("thumbnailer-scratch", "imaging", CREATED, ("", size))
    made["spec"] |= spec
    return made


def _access_mode() -> Run:
    scene = Scene("volume-access", "2026-06-23T12:30:00Z", "imaging")
    scene.fleet.put(volume("scratch-disk-1", CREATED, ("", "100Gi")))
    made = _static("50Gi", accessModes=["ReadWriteMany"])
    pod = _waiting(scene, made, ("FailedBinding", NO_VOLUME, "Normal"))
    why = "The claim wants to be written from many nodes; the volume that is there allows one."
    return _finish(scene, _asked(scene, pod), "access_mode", why, components=("imaging/thumbnailer-scratch",))


def _capacity() -> Run:
    scene = Scene("volume-capacity", "2026-06-24T07:10:00Z", "imaging")
    scene.fleet.put(volume("scratch-disk-1", CREATED, ("", "100Gi")))
    pod = _waiting(scene, _static("400Gi"), ("FailedBinding", NO_VOLUME, "Normal"))
    why = "No volume is as large as the claim asks."
    return _finish(scene, _asked(scene, pod), "capacity", why, components=("imaging/thumbnailer-scratch",))


def _selector() -> Run:
    scene = Scene("volume-selector", "2026-06-24T13:45:00Z", "imaging")
    disk = volume("scratch-disk-1", CREATED, ("", "100Gi"))
    disk["metadata"]["labels"] = {"cedarcare.example/purpose": "scratch"}
    scene.fleet.put(disk)
    made = _static("50Gi", selector={"matchLabels": {"cedarcare.example/purpose": "thumbnails"}})
    pod = _waiting(scene, made, ("FailedBinding", NO_VOLUME, "Normal"))
    why = "The claim selects volumes by a label that none has."
    return _finish(scene, _asked(scene, pod), "selector", why, components=("imaging/thumbnailer-scratch",))


def _occupied() -> Run:
    scene = Scene("volume-occupied", "2026-06-25T06:55:00Z", "imaging")
    scene.traffic(-700, 0)
    old = scene.fleet.pods("imaging/intake")[0]["metadata"]["name"]

    def newer(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "registry.cedarcare.example/imaging/intake:5.3.0"

    pod = roll_out(scene.fleet, "imaging/intake", newer, scene.time(0), healthy=False, manager="argocd-controller")[0]
    hold(scene.fleet, pod, scene.time(1), "ContainerCreating", "")
    pod["status"]["containerStatuses"][0]["state"]["waiting"].pop("message")
    uid = pod["metadata"]["uid"]
    gone = ("Created", "Started", "Pulled")
    kept = [e for e in scene.fleet.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid)]
    scene.fleet.events = kept
    text = f'Multi-Attach error for volume "pvc-51c2aa07" Volume is already used by pod(s) {old}'
    event(scene.fleet, pod, "FailedAttachVolume", text, scene.time(2), type="Warning", source="attachdetach-controller")
    late = (
        "Unable to attach or mount volumes: unmounted volumes=[spool], unattached volumes=[], failed to process "
        "volumes=[]: context deadline exceeded"
    )
    event(scene.fleet, pod, "FailedMount", late, scene.time(610), first=scene.time(125), count=4, type="Warning")
    scene.traffic(12, 700)
    asked = "intake 5.3.0 was rolled out at five to seven and hangs, what does it wait for?"
    why = "The new pod is on another node than the old one, which still holds the spool's disk."
    scene.parts = ("imaging",)
    return _finish(scene, asked, "occupied", why, component="imaging/intake")
