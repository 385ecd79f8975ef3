"""Images that cannot be pulled."""

from evals.generator.cedarcare.facts import REGISTRY
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.probes import overdue
from evals.generator.cedarcare.scene import Scene
from evals.generator.kit import Object
from evals.generator.kit_changes import delete_pod, roll_out
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, external, internal
from evals.generator.kit_pods import add_pod, container_status, hold
from evals.generator.kit_run import Run

PULL = 'failed to pull and unpack image "{image}": '
RATE = (
    "failed to copy: httpReadSeeker: failed open: unexpected status from GET request to "
    "https://registry-1.docker.io/v2/envoyproxy/envoy/manifests/sha256:4d1e: 429 Too Many Requests\n"
    "toomanyrequests: You have reached your unauthenticated pull rate limit. "
    "https://www.docker.com/increase-rate-limit"
)


def runs() -> list[Run]:
    """Every run of this module."""
    return [_rate_limit(), _misspelt()]


def _cannot_pull(scene: Scene, pod: Object, reason: str) -> None:
    image = container_status(pod)["image"]
    text = PULL.format(image=image) + reason
    hold(scene.fleet, pod, scene.time(2), "ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
    uid = pod["metadata"]["uid"]
    gone = ("Created", "Started", "Pulled")
    kept = [e for e in scene.fleet.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid)]
    scene.fleet.events = kept
    path = f"spec.containers{{{container_status(pod)['name']}}}"
    for why, message, count in (
        ("Failed", f'Failed to pull image "{image}": {text}', 6),
        ("Failed", "Error: ErrImagePull", 6),
        ("BackOff", f'Back-off pulling image "{image}"', 38),
    ):
        kind = "Normal" if why == "BackOff" else "Warning"
        event(
            scene.fleet,
            pod,
            why,
            message,
            scene.time(700),
            first=scene.time(3),
            count=count,
            type=kind,
            field_path=path,
        )


def _rate_limit() -> Run:
    scene = Scene("pull-limit", "2026-06-15T12:10:00Z", "frontdesk", "scheduling")
    scene.traffic(-700, 0)
    owner = scene.fleet.replica_sets("gateway/envoy")[-1]
    delete_pod(scene.fleet, scene.fleet.pods("gateway/envoy")[0], scene.time(0))
    pod = add_pod(scene.fleet, owner, owner["spec"]["template"], scene.time(1))
    _cannot_pull(scene, pod, RATE)
    label = external(
        "registry-1.docker.io",
        "image_pull_failed",
        "Docker Hub limits how often the image may be pulled; nothing of ours changed but the node.",
        components=("docker.io", "Docker Hub", "gateway/envoy"),
        must=("contact_vendor", "check_vendor_status", "failover", "queue_and_retry", "circuit_break"),
        detail="rate_limited",
    )
    asked = "The gateway's pod was moved to another node at ten past twelve and does not come up"
    return run(
        scene,
        "pull-limit",
        "The gateway does not come back",
        asked,
        label,
        refs=("gateway/envoy",),
        namespace="gateway",
    )


def _misspelt() -> Run:
    scene = Scene("pull-name", "2026-06-16T08:15:00Z", "imaging")
    scene.traffic(-700, 0)

    def other_repository(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = f"{REGISTRY}/imaging/viewer-next:4.1.0"

    pods = roll_out(
        scene.fleet, "imaging/viewer", other_repository, scene.time(0), healthy=False, manager="argocd-controller"
    )
    image = f"{REGISTRY}/imaging/viewer-next:4.1.0"
    _cannot_pull(scene, pods[0], f'failed to resolve reference "{image}": {image}: not found')
    overdue(scene, "imaging/viewer", scene.time(601))
    scene.traffic(10, 700)
    label = internal(
        "imaging/viewer",
        "image_pull_failed",
        ("fix_image", "rollback"),
        "The registry has no such repository.",
        modes=("rollout_stuck",),
        detail="name_or_tag",
    )
    asked = alert(
        scene.time(300),
        "KubePodNotReady",
        "A pod of imaging does not become ready",
        namespace="imaging",
        pod=pods[0]["metadata"]["name"],
        severity="warning",
    )
    return run(scene, "pull-name", "A release that does not start", asked, label, refs=("imaging/viewer",))
