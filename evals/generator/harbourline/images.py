"""Images that can't be pulled, for reasons on either side."""

from evals.generator.harbourline.finish import alert, external, feed, image_change, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.kit import Object, later
from evals.generator.kit_changes import delete_pod, roll_out
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_events import event
from evals.generator.kit_pods import add_pod, container_status, hold, restart
from evals.generator.kit_run import Run

PULL = 'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '


def runs() -> list[Run]:
    """Every run of this module."""
    return [_image_tag(), _image_login(), _registry()]


def cannot_pull(cluster: Cluster, pod: Object, scene: Scene, reason: str, since: float = 0) -> None:
    """The pod's first container waits for an image; events as the kubelet writes them."""
    image, at = container_status(pod)["image"], scene.time(since)
    text = PULL.format(image=image) + reason
    hold(cluster, pod, at, "ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
    path = f"spec.containers{{{container_status(pod)['name']}}}"
    gone = ("Created", "Started", "Pulled")
    uid = pod["metadata"]["uid"]
    cluster.events = [e for e in cluster.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid)]
    rows = (
        ("Failed", f'Failed to pull image "{image}": {text}', 5, "Warning"),
        ("Failed", "Error: ErrImagePull", 5, "Warning"),
        ("Pulling", f'Pulling image "{image}"', 5, "Normal"),
        ("BackOff", f'Back-off pulling image "{image}"', 31, "Normal"),
    )
    for why, message, count, kind in rows:
        event(cluster, pod, why, message, scene.time(690), first=later(at, 2), count=count, type=kind, field_path=path)


def _image_tag() -> Run:
    scene = Scene("p1", "2026-06-01T09:05:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    name = "ghcr.io/harbourline/messenger:1.7.O"
    pods = roll_out(scene.fleet, "fulfilment/messenger", image_change(name), scene.time(0), healthy=False)
    cannot_pull(scene.fleet, pods[0], scene, f"{name}: not found", 1)
    scene.traffic(20, 715, step=40)
    label = internal(
        "fulfilment/messenger",
        "image_pull_failed",
        ("fix_image", "rollback"),
        "The new revision names a tag that the registry does not have; the old pods keep serving.",
        modes=("rollout_stuck",),
        detail="name_or_tag",
    )
    asked = alert(
        scene.time(600),
        "KubeDeploymentRolloutStuck",
        "Rollout of deployment fulfilment/messenger is not progressing",
        namespace="fulfilment",
        deployment="messenger",
        severity="warning",
    )
    return run(
        scene,
        "image-tag",
        "A rollout does not progress",
        asked,
        label,
        family="platform",
        refs=("fulfilment/messenger",),
    )


def _recreated(scene: Scene, ref: str, reason: str, *, secret: bool = False) -> None:
    """A pod of `ref` was evicted from a drained node and its successor can't pull."""
    old = scene.fleet.pods(ref)[0]
    owner = scene.fleet.replica_sets(ref)[-1]
    delete_pod(scene.fleet, old, scene.time(-4))
    new = add_pod(scene.fleet, owner, owner["spec"]["template"], scene.time(-3))
    cannot_pull(scene.fleet, new, scene, reason, 0)
    if secret:
        text = "Unable to retrieve some image pull secrets (ghcr-pull); attempting to pull the image may not succeed."
        event(
            scene.fleet,
            new,
            "FailedToRetrieveImagePullSecret",
            text,
            scene.time(700),
            first=scene.time(0),
            count=44,
            type="Warning",
        )


def _image_login() -> Run:
    scene = Scene("p2", "2026-06-02T05:30:00Z", "fulfilment", "kafka")
    for kind in ("Deployment", "ReplicaSet"):
        for one in scene.fleet.of_kind(kind, "fulfilment"):
            one["spec"]["template"]["spec"]["imagePullSecrets"] = [{"name": "ghcr-pull"}]
    scene.traffic(-880, -5, step=40)
    reason = (
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to"
        " https://ghcr.io/token?scope=repository%3Aharbourline%2Fticket-printer%3Apull&service=ghcr.io: "
        "401 Unauthorized"
    )
    _recreated(scene, "fulfilment/ticket-printer", reason, secret=True)
    for seconds in range(20, 700, 80):
        scene.count += 1
        scene.notify(scene.time(seconds))
    label = internal(
        "fulfilment/ticket-printer",
        "image_pull_failed",
        ("rotate_credentials", "fix_image", "fix_config"),
        "The image pull Secret can't be"
        " retrieved, so the registry answers 401 to the anonymous pull; the registry itself works.",
        modes=("missing_secret_binding", "invalid_credentials"),
        detail="credentials",
    )
    question = "No tickets are issued since half past five, after the night's node upgrade. What is missing?"
    return run(
        scene,
        "image-login",
        "No tickets after a node upgrade",
        question,
        label,
        family="platform",
        refs=("fulfilment/ticket-printer",),
    )


def _registry() -> Run:
    scene = Scene("p3", "2026-06-03T14:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -5, step=40)
    reason = 'failed to do request: Head "https://ghcr.io/v2/harbourline/{}": dial tcp 140.82.121.33:443: i/o timeout'
    _recreated(scene, "fulfilment/ticket-printer", reason.format("ticket-printer/manifests/0.18.3"))
    _recreated(scene, "fulfilment/messenger", reason.format("messenger/manifests/1.6.7"))
    kafka = scene.fleet.pods("data/kafka")[0]
    restart(scene.fleet, kafka, scene.time(30), reason="Completed", exit_code=0)
    pulled = (
        'Successfully pulled image "quay.io/strimzi/kafka:0.48.0-kafka-4.1.0" in 6.412s (6.412s '
        "including waiting). Image size: 612345678 bytes."
    )
    event(scene.fleet, kafka, "Pulled", pulled, scene.time(29), field_path="spec.containers{kafka}")
    for seconds in range(40, 700, 80):
        scene.count += 1
        scene.notify(scene.time(seconds))
    incident = ("Packages: image pulls from ghcr.io time out", "major", later(scene.at, -240), None)
    label = external(
        "ghcr.io",
        "image_pull_failed",
        "Every pull from ghcr.io times out on both nodes while quay.io answers; GitHub reports an incident"
        " of its registry. Tags and credentials are unchanged.",
        modes=("dependency_unavailable", "dependency_timeout"),
        components=("GitHub",),
        must_not=("fix_image", "rotate_credentials", "rollback@fulfilment/ticket-printer"),
        detail="registry_unreachable",
    )
    question = "After moving pods off a node at two, the new ones don't start and tickets are not issued. Why?"
    statuses = {"github-packages": feed("GitHub Packages", scene.end, incident)}
    return run(
        scene,
        "registry-out",
        "New pods don't start",
        question,
        label,
        family="platform",
        statuses=statuses,
        refs=("fulfilment/ticket-printer", "fulfilment/messenger"),
    )
