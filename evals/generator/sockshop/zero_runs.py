"""Deployments at zero that matter to nobody, or not to what is asked."""

from dataclasses import replace

from evals.generator.kit import Object, later
from evals.generator.kit_changes import deploy, job
from evals.generator.kit_events import event
from evals.generator.kit_objects import container, cron_job, pod_template, service
from evals.generator.kit_run import Run
from evals.generator.sockshop.eras import NOVEMBER_7, NOVEMBER_10, NOVEMBER_LATE
from evals.generator.sockshop.orders import place, refused
from evals.generator.sockshop.queue_runs import queue
from evals.generator.sockshop.scene import STRIPE, alert, calm, finish, nothing, ours, vendor
from evals.generator.sockshop.shop import Shop
from evals.generator.sockshop.world import template

FAMILY = {"family": "nothing broken"}
REAL = {
    "logs": "excerpt",
    "from": "payment's, orders' and user's lines of 2025-10-18 as logged, names changed; the rest modelled",
}
DUPLICATE = 'err="E11000 duplicate key error collection: users.customers index: username_1 dup key: { : \\"mkern\\" }"'


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


def two_faults() -> tuple[Shop, Object]:
    """The gateway and our queue consumer are both at zero; the shop, and what both runs share."""
    shop = Shop("two-faults", NOVEMBER_LATE, "2025-11-22")
    calm(shop, "15:20", "15:58", placed=3)
    shop.scale("queue-master", 0, "15:59:10")
    for clock in ("16:00:30", "16:02:10", "16:04:40"):
        place(shop, clock, 36.0)
    shop.scale("stripe-mock", 0, "16:06:20")
    for clock in ("16:08:12", "16:09:40", "16:12:05"):
        place(shop, clock, 52.0, refused(shop.ip("stripe-mock")))
    extra = queue(shop, ("15:30", "16:14"), [(None, 1), ("15:59:15", 0)])
    shared = {"family": "two faults", "extra": extra, "metrics": ("payment", "stripe-mock", "queue-master")}
    return shop, shared


def asked_about_payments() -> Run:
    """The vendor's side explains what is asked."""
    shop, shared = two_faults()
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


def asked_about_dispatch() -> Run:
    """Our side explains what is asked."""
    shop, shared = two_faults()
    label = ours(
        "queue-master",
        "consumer_absent",
        ("restore_consumer", "scale_up"),
        "Paid orders wait in the queue because its consumer is at zero; the gateway is another fault.",
        modes=("scaled_to_zero", "queue_backlog"),
        mention=(STRIPE,),
    )
    label = replace(label, must_not=("restart@sock-shop/payment",))
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
    return [unused_vendor(), night_job(), asked_about_payments(), asked_about_dispatch()]
