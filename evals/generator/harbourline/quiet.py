"""Nothing is broken, however it looks: noise of every kind, and an unused vendor that is down."""

from evals.generator.harbourline import voices
from evals.generator.harbourline.facts import NAME
from evals.generator.harbourline.finish import alert, draft_pod, feed, nothing, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object, later
from evals.generator.kit_changes import job, roll_out, set_env
from evals.generator.kit_events import event
from evals.generator.kit_objects import container, pod_template
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_after_release(), _sandbox(), _mesh_twin(), _datadog_twin(), _failed_job(), _unused()]


def _after_release() -> Run:
    """A release that went well, with the noise that every start makes."""
    scene = Scene("q1", "2026-07-06T10:00:00Z", "booking", "data")
    scene.traffic(-880, -20)
    pods = roll_out(
        scene.fleet,
        "booking/reservations",
        lambda t: set_env(t, "MANAGEMENT_TRACING_SAMPLING_PROBABILITY", "0.05"),
        scene.time(-12),
    )
    for pod in pods:
        text = (
            'Readiness probe failed: Get "http://{}:8080/actuator/health/readiness": dial tcp {}:8080: '
            "connect: connection refused"
        )
        ip = pod["status"]["podIP"]
        event(
            scene.fleet,
            pod,
            "Unhealthy",
            text.format(ip, ip),
            scene.time(-6),
            first=scene.time(-10),
            count=2,
            type="Warning",
        )
        scene.say(
            pod,
            scene.time(-9),
            voices.spring(
                scene.time(-9), "INFO", "com.zaxxer.hikari.HikariDataSource", "HikariPool-1 - Starting...", "main"
            ),
        )
        lost = (
            "[Producer clientId=reservations-producer-1] Bootstrap broker "
            "kafka-bootstrap.data.svc.cluster.local:9092 (id: -1 rack: null) disconnected"
        )
        scene.say(
            pod,
            scene.time(-8),
            voices.spring(scene.time(-8), "WARN", "org.apache.kafka.clients.NetworkClient", lost, "ad | producer-1"),
        )
        scene.say(
            pod,
            scene.time(-6),
            voices.spring(
                scene.time(-6), "INFO", "c.h.reservations.Application", "Started Application in 3.914 seconds", "main"
            ),
        )
    scene.traffic(0, 20, Break("storefront>reservations", "refused"), step=15)
    scene.traffic(22, 715)
    label = nothing(
        "healthy",
        "The rollout finished; one refused call while pods changed, then every booking succeeds.",
        "planned_change",
        "recovered",
    )
    asked = alert(
        scene.time(30),
        "DeploymentChanged",
        "reservations was rolled out; errors were seen",
        namespace="booking",
        service="reservations",
        severity="info",
    )
    return run(
        scene,
        "after-release",
        "A release with start-up noise",
        asked,
        label,
        family="quiet",
        refs=("booking/reservations",),
    )


def _sandbox() -> Run:
    """Somebody's pod crash-loops in a namespace of its own."""
    scene = Scene("q2", "2026-07-07T14:00:00Z", "fulfilment", "kafka")
    draft_pod(scene)
    scene.traffic(-880, 715, step=36)
    label = nothing(
        "healthy",
        "Mails, messages and tickets go out without a failure; the crash-looping pod is somebody's "
        "draft in another namespace.",
    )
    question = "A partner says that our tickets arrive late today. Do mails, messages and tickets work?"
    return run(
        scene,
        "sandbox",
        "Do tickets go out",
        question,
        label,
        family="quiet",
        refs=("fulfilment/messenger", "fulfilment/ticket-printer"),
    )


def _mesh_twin() -> Run:
    scene = Scene("q3", "2026-07-08T18:20:00Z", "booking", "data", "mesh")
    scene.fleet.get("ConfigMap", "booking/cashier-env")["data"]["STRIPE_API_BASE"] = "http://api.stripe.com"
    scene.traffic(-880, 300, step=60)
    again = Break("cashier>stripe", status=402)
    scene.traffic(303, 360, again, step=60)
    scene.traffic(363, 715, step=60)
    label = nothing(
        "healthy",
        "All payments pass sidecar and gateway with 200; a single declined card is business.",
        "business_decline",
    )
    question = (
        "The payment page felt sluggish to a tester of ours at twenty past six. Anything wrong with checkout?".replace(
            "tester", "colleague"
        )
    )
    return run(
        scene,
        "mesh-twin",
        "Is checkout all right",
        question,
        label,
        family="quiet",
        refs=("edge/outbound-gateway", "booking/cashier"),
    )


def _datadog_twin() -> Run:
    scene = Scene("q4", "2026-07-09T20:15:00Z", "booking", "data")
    scene.traffic(-880, 340, step=60)
    scene.traffic(345, 380, Break("cashier>stripe", "read_timeout"), step=26)
    scene.traffic(400, 715, step=20)
    label = nothing(
        "healthy", "One payment of a few dozen timed out and all since succeed; replicas are complete.", "recovered"
    )
    question = "Finance saw a dip in the chart around 20:20. Is the shop all right? We only have Datadog here."
    return run(
        scene,
        "datadog-twin",
        "A dip in a chart",
        question,
        label,
        family="quiet",
        datadog=("booking/cashier", "booking/reservations", "booking/storefront"),
    )


def _failed_job() -> Run:
    scene = Scene("q5", "2026-07-10T02:20:00Z", "fulfilment", "kafka")
    chores = pod_template({NAME: "chores"}, container("chores", "ghcr.io/harbourline/chores:0.4.0"))
    failed = job(scene.fleet, "fulfilment/manifest-export-29727980", chores, scene.time(-300), failed=True)
    pod = scene.fleet.pods("fulfilment/manifest-export-29727980")[0]
    scene.say(
        pod,
        scene.time(-262),
        "2026-07-10 02:15:38,020 ERROR [chores.export] no sailing manifests for 2026-07-09, nothing exported",
        container="chores",
    )
    event(
        scene.fleet,
        failed,
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
        scene.time(-260),
        type="Warning",
    )
    scene.traffic(-880, 715, step=40)
    label = nothing(
        "healthy", "Mails, messages and tickets go out all the time; a nightly export job had nothing to export."
    )
    asked = alert(
        scene.time(60),
        "KubeJobFailed",
        "Job fulfilment/manifest-export-29727980 failed to complete",
        namespace="fulfilment",
        job_name="manifest-export-29727980",
        severity="warning",
    )
    scene_run = run(
        scene,
        "failed-job",
        "A check at night",
        asked,
        label,
        family="quiet",
        refs=("fulfilment/messenger", "fulfilment/ticket-printer"),
    )
    scene_run.incident = type(scene_run.incident)(
        scene.start,
        scene.end,
        "A nightly job failed. Do mails, messages and tickets still go out?",
        asked,
        "fulfilment",
    )
    return scene_run


def _unused() -> Run:
    """Twilio is down, but text messages were switched off long ago."""
    scene = Scene("q6", "2026-07-13T11:00:00Z", "fulfilment", "kafka")

    def mute(template: Object) -> None:
        set_env(template, "SMS_ENABLED", "false")

    for kind in ("Deployment", "ReplicaSet"):
        for one in scene.fleet.of_kind(kind, "fulfilment"):
            if one["metadata"]["name"].startswith("messenger"):
                mute(one["spec"]["template"])
    for pod in scene.fleet.pods("fulfilment/messenger"):
        pod["spec"]["containers"][0]["env"].append({"name": "SMS_ENABLED", "value": "false"})
    scene.traffic(-880, 715, step=40)
    for lines in scene.logs.lines.values():
        lines[:] = [(at, line) for at, line in lines if "api.twilio.com" not in line]
    incident = ("Outage: Programmable Messaging API does not accept requests", "critical", later(scene.at, -200), None)
    label = nothing(
        "healthy",
        "Twilio reports an outage, but nothing of ours calls it in this window (SMS_ENABLED=false); "
        "mails and tickets go out.",
    )
    question = "Twilio's status page is red. Are our customers affected?"
    return run(
        scene,
        "unused",
        "A vendor's status page is red",
        question,
        label,
        family="quiet",
        statuses={"twilio": feed("Twilio", scene.end, incident)},
        refs=("fulfilment/messenger", "fulfilment/ticket-printer"),
    )
