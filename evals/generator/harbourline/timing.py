"""Two faults at once, faults that healed, an owner that nobody declared, and a recording that can't tell."""

from evals.generator.harbourline.facts import LEDGER
from evals.generator.harbourline.finish import external, feed, nothing, run, unsure
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import later
from evals.generator.kit_pods import set_ready
from evals.generator.kit_run import Run

SEARCH = "booking/timetable-server"


def runs() -> list[Run]:
    """Every run of this module."""
    return [_two_faults(), _healed(), _after_healing(), _partner(), _unreadable()]


def _two_faults() -> Run:
    scene = Scene("l5", "2026-06-26T10:30:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    body = '{"errors":[{"message":"Internal Server Error"}]}'
    refused = (
        f'psycopg.OperationalError: connection failed: connection to server at "{LEDGER}" (10.20.64.31), '
        "port 5432 failed: "
    )
    refused += 'FATAL:  password authentication failed for user "printer"'
    mails, tickets = (
        Break("messenger>sendgrid", status=500, body=body, share=0.9),
        Break("printer>ledger", "text", body=refused),
    )
    scene.traffic(0, 715, mails, tickets, step=34)
    label = external(
        "api.sendgrid.com",
        "dependency_errors",
        "The mails asked about fail because SendGrid answers 500; that the ledger rejects the printer's password"
        " is a second, own fault on another path.",
        modes=("dependency_unavailable",),
        mention=("fulfilment/ticket-printer",),
    )
    question = "Confirmation e-mails don't go out since half past ten. Why?"
    return run(
        scene,
        "two-sides",
        "No mails, and something else",
        question,
        label,
        family="load",
        refs=("fulfilment/messenger", "fulfilment/ticket-printer"),
    )


def _short(seed: str, at: str) -> Scene:
    """Stripe answers 503 for five minutes and then works again."""
    scene = Scene(seed, at, "booking", "data")
    scene.traffic(-600, 0)
    scene.traffic(0, 300, Break("cashier>stripe", status=503, body='{"error":{"type":"api_error"}}'), step=26)
    return scene


def _healed() -> Run:
    scene = _short("l6", "2026-06-29T16:00:00Z")
    scene.start, scene.end = scene.time(-600), scene.time(1080)
    scene.traffic(303, 1075, step=36)
    label = external(
        "api.stripe.com",
        "dependency_errors",
        "Stripe answered 503 to every call for five minutes of the window and has worked since, which "
        "its feed confirms.",
        modes=("recovered", "dependency_unavailable"),
        verdicts=("no_fault",),
        must=("contact_vendor", "check_vendor_status", "none_needed", "failover"),
    )
    incident = ("Elevated error rates on the Payment Intents API", "major", later(scene.at, -30), scene.time(320))
    question = "Payments failed around four this afternoon and seem fine again. What was it?"
    return run(
        scene,
        "healed",
        "Payments failed for a while",
        question,
        label,
        family="quiet",
        statuses={"stripe": feed("Stripe", scene.end, incident)},
        refs=("booking/cashier",),
    )


def _after_healing() -> Run:
    scene = _short("l7", "2026-06-30T16:00:00Z")
    scene.start, scene.end = scene.time(900), scene.time(1800)
    scene.traffic(303, 1790, step=48)
    label = nothing(
        "recovered", "In this window every payment succeeds; the errors lie ten minutes before it.", "healthy"
    )
    question = "Are payments all right now? There was something earlier."
    return run(
        scene, "after-healing", "Are payments all right now", question, label, family="quiet", refs=("booking/cashier",)
    )


def _partner() -> Run:
    """The port authority's host has a private name: nobody told who runs it."""
    scene = Scene("l8", "2026-07-01T07:00:00Z", "booking", "data")
    for kind in ("Deployment", "ReplicaSet", "Pod"):
        for one in scene.fleet.of_kind(kind, "booking"):
            spec = one["spec"] if kind == "Pod" else one["spec"]["template"]["spec"]
            if spec["containers"][0]["name"] == "timetable-server":
                spec["containers"][0]["args"] = [
                    *spec["containers"][0]["args"],
                    "--berths-url=https://berths.portauthority.internal/api",
                ]
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("timetable>berths", "refused"), step=30)
    label = unsure(
        "berths.portauthority.internal refuses connections; a private name that no boundary declares "
        "can be ours or the port's.",
        must_not=("rollback@booking/timetable-server", "restart@booking/timetable-server"),
    )
    question = "The sailings search fails since seven, berth lookups are refused. Ours or theirs?"
    return run(scene, "partner", "Berth lookups are refused", question, label, family="vendor", refs=(SEARCH,))


def _unreadable() -> Run:
    """Bookings are said to fail; logs are denied, metrics not there, and the objects look as always."""
    scene = Scene("q7", "2026-07-14T09:00:00Z", "booking", "data")
    scene.logs.lines.clear()
    for pod in scene.fleet.of_kind("Pod", "booking"):
        set_ready(scene.fleet, pod, True, scene.start)
    gaps = [
        {
            "source": "kubernetes",
            "what": "logs",
            "namespace": name,
            "status": "denied",
            "error": (
                'pods is forbidden: User "oncall" cannot get resource "pods/log" in API group "" in the '
                f'namespace "{name}"'
            ),
        }
        for name in ("booking", "data", "edge")
    ]
    gaps.append(
        {
            "source": "prometheus",
            "what": "metrics",
            "status": "error",
            "error": "dial tcp 10.43.9.12:9090: connect: connection refused",
        }
    )
    label = unsure(
        "Pods look Ready, but neither a log nor a metric could be read, so nothing says whether bookings work.",
        must_not=("none_needed", "rollback"),
    )
    question = "Customers say that bookings fail since nine. What is wrong?"
    return run(scene, "unreadable", "Bookings are said to fail", question, label, family="quiet", gaps=gaps)
