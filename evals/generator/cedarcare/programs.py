"""Programs that cannot run: a port that is taken, a spool that they may not write."""

from collections.abc import Callable

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.facts import REGISTRY
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.scene import Break, Scene
from evals.generator.cedarcare.start import hello
from evals.generator.kit import Object
from evals.generator.kit_changes import roll_out
from evals.generator.kit_labels import alert, internal
from evals.generator.kit_objects import container
from evals.generator.kit_pods import crash_loop, unschedulable
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_port_taken(), _host_port(), _spool()]


def _recreate(scene: Scene, ref: str, change: Callable[[Object], None]) -> list[Object]:
    scene.fleet.get("Deployment", ref)["spec"]["strategy"] = {"type": "Recreate"}
    return roll_out(
        scene.fleet,
        ref,
        change,
        scene.time(0),
        healthy=False,
        strategy="Recreate",
        manager="argocd-controller",
    )


def _port_taken() -> Run:
    scene = Scene("port-taken", "2026-06-12T06:50:00Z", "frontdesk")
    scene.traffic(-700, 0)

    def with_neighbour(template: Object) -> None:
        image = f"{REGISTRY}/platform/authz-sidecar:0.3.0"
        template["spec"]["containers"].append(container("authz-sidecar", image, args=["--listen=:8080"]))

    pod = _recreate(scene, "frontdesk/session-gate", with_neighbour)[0]
    crash_loop(scene.fleet, pod, scene.time(6), scene.time(610), 7, container="session-gate", lived=1)
    for previous in (False, True):
        first, last = scene.time(608.9), scene.time(609.4)
        words = (
            voices.zap(first, "info", "cmd/main.go:41", "starting", version="v1.18.0"),
            voices.zap(
                last, "fatal", "cmd/main.go:79", "server", error="listen tcp :8080: bind: address already in use"
            ),
        )
        scene.say(pod, first, *words, container="session-gate", previous=previous)
    at = scene.time(3)
    scene.say(pod, at, voices.zap(at, "info", "authz/main.go:30", "serving", addr=":8080"), container="authz-sidecar")
    scene.traffic(12, 700, Break("portal>gate", "refused"))
    label = internal(
        "frontdesk/session-gate",
        "port_conflict",
        ("fix_port", "fix_config", "rollback"),
        "The new sidecar listens on the port of the program beside it.",
        modes=("crash_loop",),
    )
    asked = "Patients cannot sign in since ten to seven"
    return run(scene, "port-taken", "Sign-in refused", asked, label, refs=("frontdesk/session-gate",))


def _host_port() -> Run:
    scene = Scene("host-port", "2026-06-12T11:00:00Z", "kiosk")

    def on_the_node(template: Object) -> None:
        template["spec"]["containers"][0]["ports"][0]["hostPort"] = 8080

    scene.fleet.get("Deployment", "frontdesk/kiosk")["spec"]["replicas"] = 4
    pods = roll_out(
        scene.fleet,
        "frontdesk/kiosk",
        on_the_node,
        scene.time(0),
        healthy=False,
        strategy="Recreate",
        manager="argocd-controller",
    )
    text = (
        "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports. preemption: 0/3 nodes "
        "are available: 3 No preemption victims found for incoming pod."
    )
    for pod in pods[:3]:
        hello(scene, pod, scene.time(3))
    unschedulable(scene.fleet, pods[3], scene.time(1), text, scene.time(640))
    label = internal(
        "frontdesk/kiosk",
        "port_conflict",
        ("fix_port", "fix_config", "rollback", "fix_scheduling"),
        "Four pods want the same port of a node, and there are three nodes.",
        modes=("rollout_stuck",),
    )
    asked = alert(
        scene.time(620),
        "KubePodNotReady",
        "A pod of frontdesk has been in a non-ready state for ten minutes",
        namespace="frontdesk",
        pod=pods[3]["metadata"]["name"],
        severity="warning",
    )
    return run(
        scene, "host-port", "A pod finds no place", asked, label, refs=("frontdesk/kiosk",), namespace="frontdesk"
    )


def _spool() -> Run:
    scene = Scene("spool", "2026-06-15T07:35:00Z", "imaging")
    scene.traffic(-700, 0)

    def another_user(template: Object) -> None:
        template["spec"]["securityContext"] = {"runAsUser": 20001, "runAsNonRoot": True}

    pod = _recreate(scene, "imaging/intake", another_user)[0]
    crash_loop(scene.fleet, pod, scene.time(6), scene.time(610), 7, lived=1)
    for previous in (False, True):
        at = scene.time(609.2)
        error = "open /var/spool/intake/.lock: permission denied"
        scene.say(pod, at, voices.zap(at, "info", "cmd/main.go:41", "starting", version="v5.2.0"), previous=previous)
        scene.say(pod, at, voices.zap(at, "fatal", "spool/spool.go:52", "spool", error=error), previous=previous)
    label = internal(
        "imaging/intake",
        "volume_permission_denied",
        ("fix_config", "rollback"),
        "The new revision runs as another user without the group that owns the spool.",
        modes=("crash_loop",),
    )
    asked = "No studies arrive from the scanners since half past seven"
    return run(scene, "spool", "Studies do not arrive", asked, label, refs=("imaging/intake",))
