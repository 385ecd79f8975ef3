"""A vendor outside fails by itself: it refuses, hangs, resets, answers 5xx, loses its name or its certificate."""

from evals.generator.harbourline.finish import alert, draft_pod, external, feed, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import later
from evals.generator.kit_events import event
from evals.generator.kit_pods import set_ready
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [
        _refused(),
        _maps_hang(),
        _sendgrid_errors(),
        _twilio_resets(),
        _name_gone(),
        _certificate(),
        _deep_readiness(),
        _stripe_datadog(),
    ]


def _refused() -> Run:
    scene = Scene("v1", "2026-03-02T09:12:00Z", "booking", "data")
    scene.traffic(-880, 0)
    scene.traffic(0, 715, Break("cashier>stripe", "refused"), step=42)
    label = external(
        "api.stripe.com",
        "dependency_unavailable",
        "Every call of both cashier pods to api.stripe.com is refused from one"
        " moment on; nothing of ours changed and all other calls work.",
    )
    question = (
        "Nobody can pay for a ferry since about ten past nine, customers get an error page after the "
        "card form. What is it?"
    )
    return run(
        scene,
        "stripe-refuses",
        "Payments fail after the card form",
        question,
        label,
        refs=("booking/cashier", "booking/reservations"),
    )


def _maps_hang() -> Run:
    scene = Scene("v2", "2026-03-03T16:40:00Z", "booking", "data")
    scene.traffic(-880, 0, step=26)
    scene.traffic(0, 715, Break("timetable>maps", "read_timeout"), step=20)
    label = external(
        "maps.googleapis.com",
        "dependency_timeout",
        "Distance lookups of both timetable pods time out waiting for"
        " Google Maps' answer; the cache and every other call work.",
        modes=("dependency_slow", "dependency_unavailable"),
    )
    asked = alert(
        scene.time(240),
        "ServiceErrorBudgetBurn",
        "timetable-server answers more than 20 % of requests with 5xx",
        {"runbook_url": "https://runbooks.harbourline.example/error-budget"},
        namespace="booking",
        service="timetable-server",
    )
    return run(
        scene, "maps-hang", "Sailings search burns its error budget", asked, label, refs=("booking/timetable-server",)
    )


def _sendgrid_errors() -> Run:
    scene = Scene("v3", "2026-03-04T11:05:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    draft_pod(scene)
    body = '{"errors":[{"message":"Service Unavailable","field":null,"help":null}]}'
    scene.traffic(0, 715, Break("messenger>sendgrid", status=503, body=body, share=0.85), step=36)
    label = external(
        "api.sendgrid.com",
        "dependency_errors",
        "SendGrid answers 503 to most mails of every messenger pod; SMS through"
        " Twilio and the ledger work from the same pods.",
        modes=("dependency_unavailable",),
    )
    question = (
        "Support says confirmation e-mails stopped arriving a few minutes past eleven, SMS still come. "
        "Where is the problem?"
    )
    return run(
        scene, "sendgrid-5xx", "Confirmation e-mails are missing", question, label, refs=("fulfilment/messenger",)
    )


def _twilio_resets() -> Run:
    scene = Scene("v4", "2026-03-05T07:31:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("messenger>twilio", "reset", share=0.55), step=30)
    label = external(
        "api.twilio.com",
        "dependency_resets",
        "About half of the calls to Twilio are reset, from both pods and nodes, with"
        " successes between; SendGrid works from the same pods.",
        modes=("dependency_unavailable", "dependency_errors"),
    )
    asked = alert(
        scene.time(300),
        "NotificationFailureRatio",
        "More than 30 % of text messages were not delivered in 5 minutes",
        namespace="fulfilment",
        channel="sms",
    )
    return run(
        scene, "twilio-resets", "A part of the text messages fails", asked, label, refs=("fulfilment/messenger",)
    )


def _name_gone() -> Run:
    scene = Scene("v6", "2026-03-09T05:50:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("messenger>sendgrid", "no_such_host"), step=40)
    label = external(
        "api.sendgrid.com",
        "dependency_dns_failure",
        "Only the vendor's name stopped resolving; api.twilio.com, the RDS"
        " name and in-cluster names resolve from the same pods, and nothing was edited.",
        modes=("dependency_unavailable",),
        must_not=("fix_dns@kube-system/coredns", "restart@kube-system/coredns", "restart@fulfilment/messenger"),
    )
    question = "Mail delivery has been failing since ten to six. What happened?"
    return run(
        scene,
        "sendgrid-name",
        "Mail delivery fails before the morning rush",
        question,
        label,
        refs=("fulfilment/messenger",),
    )


def _certificate() -> Run:
    scene = Scene("v7", "2026-03-10T00:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("messenger>twilio", "cert_expired"), step=40)
    label = external(
        "api.twilio.com",
        "dependency_tls_failure",
        "Twilio's certificate expired at midnight; SendGrid's is accepted by the"
        " same pods on both nodes, so our clock and CA bundle are fine.",
        modes=("dependency_unavailable",),
    )
    asked = alert(
        scene.time(180), "NotificationFailureRatio", "No text message was delivered for 3 minutes", channel="sms"
    )
    return run(
        scene,
        "twilio-certificate",
        "No text messages after midnight",
        asked,
        label,
        namespace=None,
        refs=("fulfilment/messenger",),
    )


def _deep_readiness() -> Run:
    """The cashier's readiness endpoint asks Stripe; when Stripe hangs, all cashier pods leave the Service."""
    scene = Scene("v8", "2026-03-11T13:02:00Z", "booking", "data")
    scene.traffic(-880, 0)
    scene.traffic(0, 130, Break("cashier>stripe", "connect_timeout"), step=30)
    for pod in scene.fleet.pods("booking/cashier"):
        set_ready(scene.fleet, pod, False, scene.time(140))
        text = "Readiness probe failed: HTTP probe failed with statuscode: 503"
        event(
            scene.fleet,
            pod,
            "Unhealthy",
            text,
            scene.time(700),
            first=scene.time(110),
            count=58,
            type="Warning",
            field_path="spec.containers{cashier}",
        )
        for seconds in range(111, 700, 60):
            at = scene.time(seconds)
            line = "not ready: GET https://api.stripe.com/healthcheck: httpx.ConnectTimeout: timed out"
            scene.say(pod, at, f"{at:%Y-%m-%d %H:%M:%S},204 WARNING [cashier.health] {line}")
            scene.say(pod, at, 'INFO:     10.20.0.11:51022 - "GET /healthz HTTP/1.1" 503 Service Unavailable')
    scene.traffic(150, 715, Break("reservations>cashier", "refused"), step=45)
    label = external(
        "api.stripe.com",
        "dependency_timeout",
        "Stripe became unreachable first; our cashier pods turned unready only because"
        " their readiness endpoint asks Stripe, and reservations is refused in consequence.",
        modes=("dependency_unavailable",),
        must_not=(
            "restart@booking/cashier",
            "scale_up@booking/cashier",
            "rollback@booking/cashier",
            "restart@booking/reservations",
        ),
    )
    asked = alert(
        scene.time(200),
        "KubeDeploymentReplicasMismatch",
        "Deployment booking/cashier has not matched the expected number of replicas",
        namespace="booking",
        deployment="cashier",
        severity="warning",
    )
    return run(
        scene,
        "deep-readiness",
        "A deployment lost all ready replicas",
        asked,
        label,
        refs=("booking/cashier", "booking/reservations"),
    )


def _stripe_datadog() -> Run:
    scene = Scene("v9", "2026-03-12T20:15:00Z", "booking", "data")
    scene.traffic(-880, 0)
    scene.traffic(
        0, 715, Break("cashier>stripe", status=500, body='{"error":{"type":"api_error"}}', share=0.8), step=42
    )
    label = external(
        "api.stripe.com",
        "dependency_errors",
        "Stripe answers 500 to four of five calls, and its status feed reports"
        " elevated errors since then; replicas of ours are unchanged.",
        modes=("dependency_unavailable",),
    )
    statuses = {"stripe": feed("Stripe", scene.end, ("Elevated API error rates", "major", later(scene.at, -60), None))}
    question = (
        "Conversion dropped to a fifth since quarter past eight tonight. We only have Datadog for this cluster. Cause?"
    )
    return run(
        scene,
        "stripe-5xx-datadog",
        "Conversion drops, seen in Datadog only",
        question,
        label,
        statuses=statuses,
        datadog=("booking/cashier", "booking/reservations", "booking/storefront"),
    )
