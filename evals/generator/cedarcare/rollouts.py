"""Rollouts that stop half-way, and replicas that somebody took away."""

from collections.abc import Callable

from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.probes import overdue
from evals.generator.cedarcare.scene import Break, Scene
from evals.generator.cedarcare.start import hello
from evals.generator.kit import Object, condition, fields, managed
from evals.generator.kit_changes import roll_out, scale
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, internal
from evals.generator.kit_pods import set_ready
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_paused(), _deadline(), _fewer(), _fewer_by_argo()]


def tag(name: str) -> Callable[[Object], None]:
    """A change for `roll_out`: the first container runs another tag."""

    def change(template: Object) -> None:
        main = template["spec"]["containers"][0]
        main["image"] = f"{main['image'].rpartition(':')[0]}:{name}"

    return change


def _paused() -> Run:
    scene = Scene("paused", "2026-06-10T08:20:00Z", "frontdesk", "scheduling")
    fault = "slot 14:30 of clinic 7: no rooms configured for visit type VIDEO"
    scene.traffic(-700, 700, Break("appointments>slots", status=500, body=fault, share=0.34))
    pods = roll_out(
        scene.fleet,
        "scheduling/slots",
        tag("3.4.3"),
        scene.time(-420),
        healthy=False,
        manager="argocd-controller",
    )
    hello(scene, pods[0], scene.time(-418))
    target = scene.fleet.get("Deployment", "scheduling/slots")
    target["spec"]["paused"] = True
    scene.fleet.touch(target, managed("kubectl-rollout", scene.time(-360), fields("spec/paused")))
    text = "Deployment is paused"
    entry = condition("Progressing", "Unknown", scene.time(-360), "DeploymentPaused", text)
    target["status"]["conditions"] = [
        *(one for one in target["status"]["conditions"] if one["type"] != "Progressing"),
        entry,
    ]
    label = internal(
        "scheduling/slots",
        "rollout_stuck",
        ("fix_config", "rollback"),
        "The rollout of the corrected slots was paused after its first pod, so the old pods keep answering wrongly.",
        modes=("application_errors",),
    )
    asked = "3.4.3 was released to mend the video visits, but a third of those bookings still fails. Why?"
    return run(
        scene, "paused", "A release that changed nothing", asked, label, family="rollout", refs=("scheduling/slots",)
    )


def _deadline() -> Run:
    scene = Scene("deadline", "2026-06-10T13:05:00Z", "imaging")
    scene.traffic(-700, 700)
    pods = roll_out(
        scene.fleet, "imaging/viewer", tag("4.1.0"), scene.time(0), healthy=False, manager="argocd-controller"
    )
    set_ready(scene.fleet, pods[0], False, scene.time(2))
    hello(scene, pods[0], scene.time(3))
    text = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    path = "spec.containers{viewer}"
    event(
        scene.fleet,
        pods[0],
        "Unhealthy",
        text,
        scene.time(700),
        first=scene.time(14),
        count=69,
        type="Warning",
        field_path=path,
    )
    overdue(scene, "imaging/viewer", scene.time(602))
    label = internal(
        "imaging/viewer",
        "rollout_stuck",
        ("rollback", "fix_config"),
        "The new revision never becomes ready within the progress deadline; the old one keeps serving.",
        modes=("bad_rollout", "application_errors"),
    )
    asked = alert(
        scene.time(610),
        "KubeDeploymentRolloutStuck",
        "Rollout of deployment imaging/viewer is not progressing for longer than 10 minutes",
        namespace="imaging",
        deployment="viewer",
        severity="warning",
    )
    return run(
        scene,
        "deadline",
        "A release that does not come through",
        asked,
        label,
        family="rollout",
        refs=("imaging/viewer",),
    )


def _fewer() -> Run:
    scene = Scene("fewer", "2026-06-11T07:00:00Z", "frontdesk", "scheduling")
    scale(scene.fleet, "scheduling/slots", 6, scene.time(-90000), manager="argocd-controller")
    scene.requests((None, 41.0))
    scene.traffic(-700, 0)
    scale(scene.fleet, "scheduling/slots", 1, scene.time(0), manager="kubectl")
    scene.slow["slots"] = 3.9
    scene.traffic(5, 700, Break("appointments>slots", "timeout", share=0.5))
    label = internal(
        "scheduling/slots",
        "too_few_replicas",
        ("scale_up",),
        "Somebody left one replica of six while the traffic stayed the same.",
    )
    asked = "Since seven booking takes seconds or fails with a timeout. Traffic is normal for a Thursday."
    refs = ("scheduling/slots", "scheduling/appointments")
    return run(scene, "fewer", "Slow on a normal morning", asked, label, family="rollout", refs=refs)


def _fewer_by_argo() -> Run:
    scene = Scene("fewer-argo", "2026-06-11T15:30:00Z", "frontdesk")
    scale(scene.fleet, "frontdesk/session-gate", 5, scene.time(-260000), manager="argocd-controller")
    scene.requests((None, 38.0))
    scene.traffic(-700, 0)
    scale(scene.fleet, "frontdesk/session-gate", 1, scene.time(0), manager="argocd-controller")
    scene.traffic(5, 700, Break("portal>gate", "timeout", share=0.4))
    label = internal(
        "frontdesk/session-gate",
        "too_few_replicas",
        ("scale_up",),
        "A sync set one replica where there were five, under steady traffic.",
    )
    asked = alert(
        scene.time(180),
        "PortalErrorRate",
        "Portal answers 5xx to more than 20 % of requests",
        namespace="frontdesk",
        service="portal",
    )
    return run(
        scene, "fewer-argo", "Sign-in hangs for many", asked, label, family="rollout", refs=("frontdesk/session-gate",)
    )
