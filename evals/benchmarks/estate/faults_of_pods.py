"""Faults of pods: they are not made, do not start, die, or are not let in."""

from evals.benchmarks.estate.fault import SINCE, Fault, Scene, internal
from evals.benchmarks.estate.team import AT
from evals.benchmarks.estate.traffic import Break
from evals.benchmarks.estate.unrest import END
from evals.generator.kit import Object, fields, later, managed
from evals.generator.kit_changes import delete_pod, roll_out, scale
from evals.generator.kit_events import event
from evals.generator.kit_pods import crash_loop, hold, set_ready, unschedulable


def scaled_to_zero(scene: Scene) -> Fault:
    """Somebody scaled a callee down."""
    word = scene.callee
    scale(scene.team.place, word, 0, SINCE)
    label = internal(f"{scene.team.namespace}/{word}", "scaled_to_zero", "It was scaled to 0 when calls began to fail.")
    return Fault((Break("*", word, "refused"),), label)


def store_scaled_to_zero(scene: Scene) -> Fault:
    """Somebody scaled the database down."""
    word = scene.team.store
    scale(scene.team.place, word, 0, SINCE)
    return Fault(
        (Break("*", word, "refused"),),
        internal(f"{scene.team.namespace}/{word}", "scaled_to_zero", "The database was scaled to 0."),
    )


def oom_killed(scene: Scene) -> Fault:
    """Every pod of a callee runs out of memory again and again."""
    word = scene.callee
    for pod in scene.team.place.pods(word):
        crash_loop(scene.team.place, pod, SINCE, later(END, -30), 6, reason="OOMKilled", exit_code=137)
    label = internal(f"{scene.team.namespace}/{word}", "oom_killed", "Its pods are killed for memory.", "crash_loop")
    return Fault((Break("*", word, "refused"),), label)


def image_pull_failed(scene: Scene) -> Fault:
    """A rollout that removed the old pods first names an image that is not there."""
    word = scene.callee

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = f"registry.example.com/{scene.team.namespace}/{word}:2.9.9-hotfix"

    for pod in roll_out(scene.team.place, word, change, SINCE, healthy=False, strategy="Recreate"):
        image = pod["spec"]["containers"][0]["image"]
        text = f'Back-off pulling image "{image}": ErrImagePull: {image}: not found'
        hold(scene.team.place, pod, AT, "ImagePullBackOff", text)
        event(
            scene.team.place,
            pod,
            "Failed",
            f'Failed to pull image "{image}": not found',
            later(END, -60),
            type="Warning",
        )
    label = internal(
        f"{scene.team.namespace}/{word}",
        "image_pull_failed",
        "The new tag does not exist.",
        "rollout_stuck",
        "bad_rollout",
    )
    return Fault((Break("*", word, "refused"),), label)


def crash_after_rollout(scene: Scene) -> Fault:
    """A new revision dies at its start."""
    word = scene.callee

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] += "-next"

    for pod in roll_out(scene.team.place, word, change, SINCE, healthy=False, strategy="Recreate"):
        crash_loop(scene.team.place, pod, AT, later(END, -50), 6, reason="Error", exit_code=2)
        for previous in (False, True):
            line = "panic: runtime error: invalid memory address or nil pointer dereference"
            name = f"{scene.team.namespace}/{pod['metadata']['name']}"
            scene.logs.add(name, word, later(END, -52), line, "goroutine 1 [running]:", previous=previous)
    label = internal(
        f"{scene.team.namespace}/{word}", "bad_rollout", "The new revision panics.", "crash_loop", "application_errors"
    )
    return Fault((Break("*", word, "refused"),), label)


def missing_config(scene: Scene) -> Fault:
    """A new revision wants a ConfigMap that was never made."""
    word = scene.callee

    def change(template: Object) -> None:
        reference = {"configMapKeyRef": {"name": f"{word}-flags", "key": "mode"}}
        env = template["spec"]["containers"][0].setdefault("env", [])
        env.append({"name": "MODE", "valueFrom": reference})

    for pod in roll_out(scene.team.place, word, change, SINCE, healthy=False, strategy="Recreate"):
        hold(scene.team.place, pod, AT, "CreateContainerConfigError", f'configmap "{word}-flags" not found')
        text = f'Error: configmap "{word}-flags" not found'
        event(scene.team.place, pod, "Failed", text, later(END, -20), first=AT, count=60, type="Warning")
    label = internal(f"{scene.team.namespace}/{word}", "missing_config", "The ConfigMap is not there.", "bad_rollout")
    return Fault((Break("*", word, "refused"),), label)


def insufficient_cpu(scene: Scene) -> Fault:
    """A new revision asks for more CPU than any node has."""
    word = scene.callee

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "64", "memory": "128Mi"}}

    count = len(scene.team.place.nodes)
    text = f"0/{count} nodes are available: {count} Insufficient cpu. preemption: 0/{count} nodes are available."
    for pod in roll_out(scene.team.place, word, change, SINCE, healthy=False, strategy="Recreate"):
        unschedulable(scene.team.place, pod, AT, text, later(END, -40))
    label = internal(
        f"{scene.team.namespace}/{word}", "insufficient_cpu", "No node has 64 cores.", "rollout_stuck", "bad_rollout"
    )
    return Fault((Break("*", word, "refused"),), label)


def quota_exceeded(scene: Scene) -> Fault:
    """Pods that were drained can't come back because the quota is used up."""
    word, place = scene.callee, scene.team.place
    quota = place.get("ResourceQuota", "team")
    quota["spec"]["hard"] = quota["status"]["hard"] = {"pods": "20", "requests.cpu": "60"}
    quota["status"]["used"] = {"pods": "20", "requests.cpu": "9"}
    place.touch(quota, managed("kubectl-edit", later(AT, -90), fields("spec/hard"), api="v1"))
    owner = place.replica_sets(word)[-1]
    for pod in place.pods(word):
        delete_pod(place, pod, SINCE)
    refused = "forbidden: exceeded quota: team, requested: pods=1, used: pods=20, limited: pods=20"
    text = f'Error creating: pods "{owner["metadata"]["name"]}-x2k4v" is {refused}'
    event(place, owner, "FailedCreate", text, later(END, -30), first=AT, count=14, type="Warning")
    names = (f"{scene.team.namespace}/team",)
    label = internal(
        f"{scene.team.namespace}/{word}", "quota_exceeded", "The quota refuses its pods.", components=names
    )
    return Fault((Break("*", word, "refused"),), label)


def never_ready(scene: Scene) -> Fault:
    """A rollout changes the readiness probe to a path that does not exist."""
    word = scene.callee

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = "/ready-v2"

    for pod in roll_out(scene.team.place, word, change, SINCE, healthy=False, strategy="Recreate"):
        set_ready(scene.team.place, pod, False, AT)
        text = "Readiness probe failed: HTTP probe failed with statuscode: 404"
        event(scene.team.place, pod, "Unhealthy", text, later(END, -10), first=AT, count=70, type="Warning")
    label = internal(
        f"{scene.team.namespace}/{word}",
        "probe_misconfigured",
        "The probe's path is gone.",
        "bad_rollout",
        "rollout_stuck",
    )
    return Fault((Break("*", word, "refused"),), label)
