"""TLS that fails on our side: no CA bundle, a wrong clock."""

from evals.generator.harbourline.finish import internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object, condition, stamp
from evals.generator.kit_changes import roll_out
from evals.generator.kit_events import event
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_ca_bundle(), _clock()]


def _ca_bundle() -> Run:
    scene = Scene("n9", "2026-03-25T11:20:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -30, step=40)

    def slim(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/messenger:1.7.0-slim"

    for pod in roll_out(scene.fleet, "fulfilment/messenger", slim, scene.time(-12)):
        at = scene.time(-6)
        warning = (
            "Warning: Ignoring extra certs from `/etc/ssl/certs/ca-certificates.crt`, load failed: "
            "error:80000002:system library::No such file or directory"
        )
        scene.say(pod, at, warning)
    scene.traffic(0, 715, Break("messenger>sendgrid", "unknown_ca"), Break("messenger>twilio", "unknown_ca"), step=40)
    label = internal(
        "fulfilment/messenger",
        "ca_bundle_missing",
        ("rollback", "fix_image"),
        "TLS to two unrelated vendors fails from the moment the slim image runs, which lacks the CA bundle.",
        modes=("bad_rollout",),
    )
    question = (
        "Neither mails nor text messages go out since about 11:20, certificate errors everywhere. Whose certificate?"
    )
    return run(
        scene,
        "ca-bundle",
        "Certificate errors for mails and text messages",
        question,
        label,
        family="network",
        refs=("fulfilment/messenger",),
    )


def _clock() -> Run:
    """Lines of the node with the wrong clock carry its time, nine days back."""
    scene = Scene("n10", "2026-03-26T06:10:00Z", "booking", "data")
    scene.traffic(-880, 0, step=40)
    back = -9 * 86400 - 140
    node = scene.fleet.get("Node", "hl-node-b")
    for entry in node["status"]["conditions"]:
        entry["lastHeartbeatTime"] = stamp(scene.time(680 + back))
    problem = condition(
        "NTPProblem", True, scene.time(-20), "NTPIsDown", "chronyd is not running, system clock is not synchronised"
    )
    node["status"]["conditions"].append(problem)
    text = "Node condition NTPProblem is now: True, reason: NTPIsDown"
    event(scene.fleet, node, "NTPIsDown", text, scene.time(-20), type="Warning", source="node-problem-detector")
    scene.skew = {"hl-node-b": back}
    scene.traffic(
        0,
        715,
        Break("timetable>maps", "clock", node="hl-node-b"),
        Break("cashier>stripe", "clock", node="hl-node-b"),
        step=34,
    )
    label = internal(
        "node/hl-node-b",
        "clock_skew",
        ("repair_node", "fix_scheduling"),
        "Only pods on hl-node-b reject the certificates of two vendors"
        " as not yet valid; that node's clock runs nine days behind and its NTP is down.",
        modes=("dependency_tls_failure",),
        must_not=("contact_vendor", "renew_certificate", "rollback@booking/cashier"),
    )
    question = (
        "Certificate errors on some payments and some searches since ten past six, not on all. Did a "
        "vendor mess up its certificate?"
    )
    return run(
        scene,
        "clock",
        "Certificate errors on a part of the calls",
        question,
        label,
        family="network",
        namespace="booking",
        refs=("booking/cashier",),
    )
