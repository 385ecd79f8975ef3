"""Alarms about nothing that is broken in the shop: declines, noise of monitoring, restarts of everything, zeros on purpose."""

from evals.generator.kit import dump_json, later, stamp
from evals.generator.kit_changes import deploy, job
from evals.generator.kit_events import event
from evals.generator.kit_objects import container, cron_job, pod_template, service
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.orders import place, refused
from evals.generator.sockshop.queue_runs import queue
from evals.generator.sockshop.scene import STRIPE, alert, calm, finish, nothing, ours, vendor
from evals.generator.sockshop.shop import Shop
from evals.generator.sockshop.world import (
    LATE_OCTOBER,
    NOVEMBER_7,
    NOVEMBER_10,
    NOVEMBER_11,
    NOVEMBER_LATE,
    OCTOBER,
    dump,
    template,
)

FAMILY = {"family": "nothing broken"}
REAL = {
    "logs": "excerpt",
    "from": "payment's, orders' and user's lines of 2025-10-18 as logged, names changed; the rest modelled",
}
DUPLICATE = 'err="E11000 duplicate key error collection: users.customers index: username_1 dup key: { : \\"mkern\\" }"'


def declined() -> Run:
    """2025-10-18 09:23:45 and 09:23:50: amounts above 105.00; a smaller order at 09:23:58 is paid."""
    shop = Shop("decline", OCTOBER, "2025-10-18")
    calm(shop, "08:58", "09:20", placed=2)
    place(shop, "09:23:45.574788", 199.98)
    place(shop, "09:23:50.571", 199.98)
    place(shop, "09:23:58.673903", 104.98)
    label = nothing(
        "business_decline", "Amounts above 105.00 are declined by rule; smaller ones are paid.", modes=("healthy",)
    )
    question = "Two customers complain that their payment was declined. Is something broken?"
    return finish(
        shop,
        ("09:15", "09:30"),
        "Two large orders declined",
        label,
        question=question,
        provenance=REAL,
        metrics=("payment", "orders"),
        **FAMILY,
    )


def duplicate_name() -> Run:
    """2025-10-18 09:32:03 to :34: somebody registers a name that exists; user and front-end make a 500 of it."""
    shop = Shop("duplicate", OCTOBER, "2025-10-18")
    calm(shop, "09:00", "09:30", placed=2)
    for clock in ("09:32:03.737371", "09:32:15.210442", "09:32:34.018113"):
        at = shop.at(clock)
        shop.write("user", at, lines.logfmt(at, f"caller=server.go:110 {DUPLICATE}"))
        shop.front(later(at, 0.01), "Error with log in: true", lines.morgan("POST", "/register", 500, "11.336"))
    label = ours(
        "user",
        "duplicate_key",
        ("fix_code",),
        "A name that exists is answered with 500 instead of 409; pods are healthy, nothing of the platform is wrong.",
        modes=("application_errors",),
        names=("sock-shop/front-end",),
        must_not=("restart@sock-shop/user", "scale_up@sock-shop/user", "restart@sock-shop/user-db"),
    )
    question = "Registering gives an internal server error for one customer. Why?"
    return finish(
        shop, ("09:25", "09:36"), "Registration answers 500", label, question=question, provenance=REAL, **FAMILY
    )


def scrape_error() -> Run:
    """The agent's permanent complaint about RabbitMQ's port 15692; the queue works."""
    shop = Shop("scrape", NOVEMBER_11, "2025-11-11")
    calm(shop, "09:00", "09:50", placed=4)
    label = nothing(
        "telemetry_outage",
        "Only the agent's scrape of a port that RabbitMQ doesn't serve is refused; messages flow.",
        modes=("healthy",),
    )
    question = "The monitoring agent logs connection refused for rabbitmq all the time. Is messaging down?"
    return finish(
        shop,
        ("09:20", "09:50"),
        "Refused on 15692",
        label,
        question=question,
        datadog=("shipping", "queue-master"),
        **FAMILY,
    )


def intake_unreachable() -> Run:
    """2025-10-30 05:34Z: the agent can't resolve Datadog's log intake; 460 lines processed, none sent; well again at 05:45Z."""
    shop = Shop("intake", LATE_OCTOBER, "2025-10-30")
    calm(shop, "05:05", "05:42", placed=4)
    agent = shop.cluster.pods("datadog/datadog-agent")[0]["metadata"]["name"]
    text = "Connection to the log intake cannot be established: dial tcp: lookup agent-intake.logs.us5.datadoghq.com.: no such host"
    for number in range(6):
        at = later(shop.at("05:34:02"), number * 78)
        line = f"{at:%Y-%m-%d %H:%M:%S} UTC | CORE | WARN | (pkg/logs/client/tcp/connection_manager.go:132 in NewConnection) | {text}"
        shop.logs.add(f"datadog/{agent}", "agent", at, line)
    gaps = [
        {
            "source": "datadog",
            "what": "logs",
            "since": stamp(shop.at("05:34")),
            "until": stamp(shop.at("05:43")),
            "status": "empty",
            "error": "no logs matched the query",
        }
    ]
    label = nothing(
        "telemetry_outage",
        "The shop takes orders; only the way of its logs to Datadog is interrupted.",
        modes=("healthy",),
    )
    question = "Datadog shows no logs of sock-shop since 05:34. Is the shop down?"
    return finish(
        shop,
        ("05:30", "05:43"),
        "No logs in Datadog",
        label,
        question=question,
        gaps=gaps,
        metrics=("orders", "payment", "front-end"),
        **FAMILY,
    )


def all_restarted(recorded: str, question: str, key: str) -> Run:
    """2025-11-11 05:15Z: the machine restarted; every pod has one more restart, exit code 255, and the first calls failed."""
    shop = Shop("all-restarted", NOVEMBER_11, "2025-11-11")
    at = shop.at("05:15:52")
    shop.front(at, "Error: connect ECONNREFUSED 10.96.83.233:6379", lines.morgan("GET", "/", 500, "3.1"))
    shop.front(
        later(at, 3),
        "Error: connect ECONNREFUSED 10.96.201.201:80",
        lines.morgan("GET", "/catalogue?size=5", 500, "2.2"),
    )
    refusal = "java.net.ConnectException: Connection refused (Connection refused)"
    line = lines.spring(
        later(at, 4),
        "ERROR",
        "queue-master",
        ("cTaskExecutor-1", "o.s.a.r.l.SimpleMessageListenerContainer"),
        f"Failed to check/redeclare auto-delete queue(s). {refusal}",
    )
    shop.write("queue-master", later(at, 4), line)
    pod = shop.cluster.pods("payment")[0]
    ip = pod["status"]["podIP"]
    text = f'Readiness probe failed: Get "http://{ip}:8080/health": dial tcp {ip}:8080: connect: connection refused'
    event(
        shop.cluster,
        pod,
        "Unhealthy",
        text,
        shop.at("05:15:56"),
        count=2,
        first=at,
        type="Warning",
        field_path="spec.containers{payment}",
    )
    for one in shop.cluster.of_kind("Pod", "sock-shop"):
        if one["metadata"]["name"] in shop.lives:
            event(
                shop.cluster,
                one,
                "SandboxChanged",
                "Pod sandbox changed, it will be killed and re-created.",
                shop.at("05:15:46"),
            )
    calm(shop, "05:18", recorded, placed=4)
    parts = {"names": ("-/node/sockshop-worker",), "modes": ("healthy", "node_not_ready"), "verdicts": ("internal",)}
    label = nothing("recovered", "The whole cluster restarted at once; since then orders succeed.", **parts)
    window = ("05:10", recorded) if key.endswith("whole") else ("05:25", recorded)
    return finish(
        shop,
        window,
        "Everything restarted" if key.endswith("whole") else "After the restart",
        label,
        key=key,
        question=question,
        since="05:12",
        **FAMILY,
    )


def real_dump() -> Run:
    """The dump of 2025-11-09: two restarts of everything within six minutes, all Ready since 07:25Z."""
    shop = Shop("dump", NOVEMBER_7, "2025-11-09")
    label = nothing(
        "recovered",
        "Every pod restarted with the machine (exit code 255) and is Ready since 07:25Z.",
        names=("-/node/sockshop-worker",),
        modes=("healthy", "node_not_ready"),
        verdicts=("internal",),
    )
    gaps: list[dict[str, str]] = [
        {"source": "kubernetes", "what": kind, "status": "error", "error": f"{kind} were not part of the dump"}
        for kind in ("logs", "events", "endpointslices", "nodes")
    ]
    question = "Every pod in sock-shop shows recent restarts. Which of them still need attention?"
    run = finish(
        shop,
        ("07:15", "07:33"),
        "A dump after two restarts",
        label,
        question=question,
        gaps=gaps,
        no_logs=True,
        **FAMILY,
    )
    run.cluster = dump_json(dump())
    run.provenance = {
        "cluster": "excerpt",
        "from": "kubectl dump of 2025-11-09 07:33Z; old ReplicaSets and a Job left out",
    }
    return run


def unused_vendor() -> Run:
    """The stand-in is at zero, but payment is the original image that calls nobody."""
    shop = Shop("unused", NOVEMBER_10, "2025-11-10")
    made = shop.at("10:40")
    shop.cluster.put(
        service(
            "stripe-mock", "sock-shop", made, {"http": (80, 12111)}, "10.96.145.169", labels={"name": "stripe-mock"}
        )
    )
    deploy(shop.cluster, "stripe-mock", template("stripe-mock", NOVEMBER_7), made, hash="84fd48f97d")
    calm(shop, "11:00", "11:20", placed=2)
    shop.scale("stripe-mock", 0, "11:21:10")
    calm(shop, "11:22", "11:50", placed=4)
    label = nothing("healthy", "Nobody calls the gateway at zero: payment decides on its own, orders are paid.")
    body = alert(
        shop,
        "11:31",
        "KubeDeploymentAtZero",
        "A deployment has had no replicas for 10 minutes.",
        severity="warning",
        deployment="stripe-mock",
    )
    return finish(
        shop,
        ("11:20", "11:50"),
        "A deployment at zero that nobody calls",
        label,
        alert=body,
        datadog=("payment", "orders"),
        **FAMILY,
    )


def night_job() -> Run:
    """A cron job's pods are Completed and a nightly report is scaled down by its schedule."""
    shop = Shop("night", NOVEMBER_LATE, "2025-11-21")
    template = pod_template({"name": "daily-report"}, container("report", "quay.io/powercloud/daily-report:2.3"))
    deploy(shop.cluster, "daily-report", template, shop.at("2025-11-12T08:00:00Z"))
    calm(shop, "01:10", "02:00", placed=2)
    shop.scale("daily-report", 0, "02:00:00", manager="kube-downscaler")
    batch = pod_template(
        {"app": "cleanup"}, container("cleanup", "quay.io/powercloud/session-cleanup:1.1"), restartPolicy="Never"
    )
    shop.cluster.put(cron_job("session-cleanup", "sock-shop", shop.at("2025-11-12T08:00:00Z"), "0 * * * *", batch))
    owner = shop.cluster.get("CronJob", "session-cleanup")
    for number, clock in enumerate(("01:00", "02:00")):
        made = job(shop.cluster, f"session-cleanup-2939{number}060", batch, shop.at(clock), seconds=52, owner=owner)
        event(shop.cluster, made, "Completed", "Job completed", later(shop.at(clock), 53))
    calm(shop, "02:05", "02:30", placed=2)
    label = nothing(
        "planned_change",
        "Jobs have finished and a schedule put the report to sleep; orders are paid.",
        modes=("healthy",),
    )
    question = "Several pods are not running and one deployment shows 0/0. Is that a problem?"
    return finish(
        shop,
        ("01:50", "02:30"),
        "Completed pods at night",
        label,
        question=question,
        metrics=("daily-report", "orders"),
        **FAMILY,
    )


def two_faults(asked: str) -> Run:
    """The gateway and our queue consumer are both at zero; which matters depends on what is asked."""
    shop = Shop("two-faults", NOVEMBER_LATE, "2025-11-22")
    calm(shop, "15:20", "15:58", placed=3)
    shop.scale("queue-master", 0, "15:59:10")
    for clock in ("16:00:30", "16:02:10", "16:04:40"):
        place(shop, clock, 36.0)
    shop.scale("stripe-mock", 0, "16:06:20")
    for clock in ("16:08:12", "16:09:40", "16:12:05"):
        place(shop, clock, 52.0, refused(shop.ip("stripe-mock")))
    depth: list[tuple[str | None, float]] = [(None, 0), ("16:00:31", 1), ("16:02:11", 2), ("16:04:41", 3)]
    extra = queue(shop, ("15:30", "16:14"), depth, [(None, 1), ("15:59:15", 0)])
    shared = {"family": "two faults", "extra": extra, "metrics": ("payment", "stripe-mock", "queue-master")}
    if asked == "payment":
        label = vendor(
            "scaled_to_zero",
            "Declined payments come from the vendor's stand-in; the missing consumer is another, internal fault.",
            modes=("dependency_unavailable",),
            mention=("sock-shop/queue-master",),
        )
        question = "Customers' payments are declined since about ten past four. Why?"
        return finish(
            shop,
            ("16:05", "16:14"),
            "Declined payments, and another fault",
            label,
            key="two-faults/payment",
            question=question,
            **shared,
        )
    label = ours(
        "queue-master",
        "consumer_absent",
        ("restore_consumer", "scale_up"),
        "Paid orders wait in the queue because its consumer is at zero; the gateway is another fault.",
        modes=("scaled_to_zero", "queue_backlog"),
        mention=(STRIPE,),
    )
    label = type(label)(**{**label.__dict__, "must_not": ("restart@sock-shop/payment",)})
    question = "Orders that were paid around four o'clock are not handed to dispatch. Why?"
    return finish(
        shop,
        ("15:58", "16:14"),
        "Undelivered orders, and another fault",
        label,
        key="two-faults/dispatch",
        question=question,
        **shared,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    whole = all_restarted("05:40", "All pods restarted this morning. Did anything stay broken?", "all-restarted/whole")
    later_on = all_restarted("05:50", "Is sock-shop healthy after this morning's restart?", "all-restarted/after")
    quiet = [declined(), duplicate_name(), scrape_error(), intake_unreachable(), whole, later_on, real_dump()]
    return [*quiet, unused_vendor(), night_job(), two_faults("payment"), two_faults("dispatch")]
