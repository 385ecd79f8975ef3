"""Probes that ask the wrong question: each of the three kinds, wrong in path, port, protocol and timing."""

from collections.abc import Callable
from datetime import datetime

from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.probe_cases import CASES, Case
from evals.generator.cedarcare.scene import Scene
from evals.generator.cedarcare.start import hello
from evals.generator.kit import Object, condition, later
from evals.generator.kit_changes import roll_out
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, internal
from evals.generator.kit_pods import crash_loop, set_ready
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_run(case) for case in CASES]


def _run(case: Case) -> Run:
    scene = Scene(f"probe-{case.detail}", case.at, *case.parts)
    scene.traffic(-700, 0)
    before = scene.fleet.pods(case.ref)
    if case.gone:
        scene.fleet.get("Deployment", case.ref)["spec"]["strategy"] = {"type": "Recreate"}
    strategy = {"strategy": "Recreate"} if case.gone else {}
    pods = roll_out(
        scene.fleet, case.ref, _edit(case), scene.time(0), healthy=False, manager="argocd-controller", **strategy
    )
    for pod in before:
        hello(scene, pod, scene.start)
    for pod in pods:
        fail(scene, pod, case.which, _message(case, pod), case.wait)
    if not case.gone:
        overdue(scene, case.ref, scene.time(601))
    scene.traffic(12, 700, *case.breaks)
    label = internal(
        case.ref,
        "probe_misconfigured",
        ("fix_probe", "rollback"),
        f"The new revision's {case.which} probe is wrong in its {case.detail.partition('_')[2]}; the program works.",
        modes=case.more,
        detail=case.detail,
    )
    return run(scene, f"probe-{case.detail}", _title(case), _asked(scene, case), label, refs=(case.ref,))


def _edit(case: Case) -> Callable[[Object], None]:
    def change(template: Object) -> None:
        template["spec"]["containers"][0][f"{case.which}Probe"] = case.probe

    return change


def _message(case: Case, pod: Object) -> str:
    port = next(one["containerPort"] for one in pod["spec"]["containers"][0]["ports"])
    path = case.probe.get("httpGet", {}).get("path", "")
    return case.message.format(ip=pod["status"]["podIP"], port=port, path=path)


def _title(case: Case) -> str:
    return "A restart that comes back" if case.which == "liveness" else "Pods that stay out of service"


def _asked(scene: Scene, case: Case) -> str | Object:
    word, _, name = case.asked.partition(" ")
    if word != "alert":
        return case.asked
    where, workload = case.ref.split("/")
    summary = f"{name} for {case.ref}"
    if name == "KubePodCrashLooping":
        pod = scene.fleet.pods(case.ref)[-1]["metadata"]["name"]
        return alert(scene.time(480), name, summary, namespace=where, pod=pod, container=workload, severity="warning")
    return alert(scene.time(600), name, summary, namespace=where, deployment=workload, severity="warning")


def fail(scene: Scene, pod: Object, which: str, message: str, wait: float = 3) -> None:
    """The pod's first container fails its probe from `at` on: kept out, or killed again and again."""
    name = pod["spec"]["containers"][0]["name"]
    path = f"spec.containers{{{name}}}"
    text = f"{which.capitalize()} probe failed: {message}"
    first, last = scene.time(24), scene.time(690)
    if which == "readiness":
        set_ready(scene.fleet, pod, False, scene.time(0))
        hello(scene, pod, scene.time(3), wait)
        event(scene.fleet, pod, "Unhealthy", text, last, first=first, count=66, type="Warning", field_path=path)
        return
    crash_loop(scene.fleet, pod, scene.time(50), scene.time(620), 7, lived=36, exit_code=143)
    event(scene.fleet, pod, "Unhealthy", text, scene.time(619), first=first, count=21, type="Warning", field_path=path)
    killed = f"Container {name} failed {which} probe, will be restarted"
    event(scene.fleet, pod, "Killing", killed, scene.time(619), first=scene.time(49), count=7, field_path=path)
    for previous in (False, True):
        hello(scene, pod, scene.time(585), wait, previous=previous, killed=scene.time(620))


def overdue(scene: Scene, ref: str, at: datetime) -> None:
    """The rollout passes its progress deadline."""
    target = scene.fleet.get("Deployment", ref)
    name = scene.fleet.replica_sets(ref)[-1]["metadata"]["name"]
    text = f'ReplicaSet "{name}" has timed out progressing.'
    entry = condition("Progressing", False, at, "ProgressDeadlineExceeded", text)
    others = [one for one in target["status"].get("conditions", []) if one["type"] != "Progressing"]
    target["status"]["conditions"] = [*others, entry | {"lastUpdateTime": later(at, 0).strftime("%Y-%m-%dT%H:%M:%SZ")}]
