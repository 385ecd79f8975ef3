"""Shipping's queue: no consumer, a cap with and without publisher confirms, and a consumer that sleeps on purpose."""

from evals.generator.kit import thing
from evals.generator.kit_events import event
from evals.generator.kit_metrics import Labels, Series, steps
from evals.generator.kit_run import Run
from evals.generator.sockshop.eras import EARLY_NOVEMBER, NOVEMBER_10, NOVEMBER_11, NOVEMBER_LATE
from evals.generator.sockshop.orders import place
from evals.generator.sockshop.scene import calm, checkout_alert, finish, nothing, ours, ticks
from evals.generator.sockshop.shop import Shop

Extra = tuple[str, Labels, Series, str]
Levels = list[tuple[str | None, float]]
RESTORE = ("restore_consumer", "scale_up")
GONE = ("restart@sock-shop/payment", "restart@sock-shop/orders")


def queue(shop: Shop, span: tuple[str, str], consumers: Levels, cap: int = 1000) -> list[Extra]:
    """The RabbitMQ exporter's view of `shipping-task`: published, taken by a consumer, waiting (`cap` at most)."""
    labels = {"namespace": "sock-shop", "queue": "shipping-task", "vhost": "/"}
    times = ticks(shop.at(span[0]), shop.at(span[1]), 20)
    published = [(at, 41.0 + sum(known <= at for known in shop.published)) for at in times]
    delivered = [(at, 41.0 + sum(known <= at for known in shop.taken)) for at in times]
    waiting = [(at, min(cap, into - out)) for (at, into), (_, out) in zip(published, delivered, strict=True)]
    present = steps(times, *((shop.at(clock) if clock else None, value) for clock, value in consumers))
    return [
        ("rabbitmq_queue_messages", labels, waiting, "gauge"),
        ("rabbitmq_queue_consumers", labels, present, "gauge"),
        ("rabbitmq_queue_messages_published_total", labels, published, "counter"),
        ("rabbitmq_queue_messages_delivered_total", labels, delivered, "counter"),
    ]


def consumer_gone() -> Run:
    """2025-11-10 03:45:00 to 03:48:02Z: queue-master at 0; no error anywhere."""
    shop = Shop("i5", NOVEMBER_10, "2025-11-10")
    calm(shop, "03:16", "03:44", placed=2)
    shop.scale("queue-master", 0, "03:45")
    for clock, total in (("03:45:31", 41.99), ("03:46:02", 22.99), ("03:46:24", 31.98), ("03:46:58", 57.3)):
        place(shop, clock, total)
    span = ("03:20", "03:47:50")
    extra = queue(shop, span, [(None, 1), ("03:45:05", 0)])
    label = ours(
        "queue-master",
        "consumer_absent",
        RESTORE,
        "Nobody consumes the shipping queue; orders are paid and pile up.",
        modes=("scaled_to_zero", "queue_backlog"),
        must_not=GONE,
    )
    question = "Orders are confirmed to customers, but the warehouse gets no shipments. Where do they get stuck?"
    return finish(
        shop,
        ("03:40", "03:47:50"),
        "Shipments don't arrive",
        label,
        family="queue",
        question=question,
        extra=extra,
        datadog=("shipping", "queue-master"),
    )


def capped_silently() -> Run:
    """2025-11-06 from 11:06:59Z: at most three messages, the rest rejected.

    Shipping doesn't ask. Seven orders, all look shipped.
    """
    shop = Shop("i5a", EARLY_NOVEMBER, "2025-11-06")
    calm(shop, "10:35", "11:06", placed=2)
    shop.scale("queue-master", 0, "11:06:59")
    for number, clock in enumerate(
        ("11:09:39", "11:09:48", "11:09:57", "11:10:07", "11:10:18", "11:10:29", "11:10:38")
    ):
        place(shop, clock, 22.99 + number)
    span = ("10:45", "11:18")
    extra = queue(shop, span, [(None, 1), ("11:07:03", 0)], cap=3)
    label = ours(
        "queue-master",
        "consumer_absent",
        RESTORE,
        "The queue has no consumer and stays at three messages whatever is published.",
        modes=("scaled_to_zero", "queue_full", "queue_backlog"),
        names=("sock-shop/rabbitmq",),
        must_not=GONE,
    )
    question = "The shop shows orders as shipped, dispatch has seen none for ten minutes. What is wrong?"
    return finish(
        shop,
        ("11:05", "11:18"),
        "Shipped on paper only",
        label,
        family="queue",
        question=question,
        extra=extra,
        metrics=("queue-master", "shipping", "rabbitmq"),
    )


def capped_loudly() -> Run:
    """2025-11-11 08:23:37 to 08:27:02Z: seven orders, three confirmed, four rejected and answered with 500."""
    shop = Shop("i5c", NOVEMBER_11, "2025-11-11")
    calm(shop, "07:58", "08:22", placed=2)
    shop.scale("queue-master", 0, "08:22:40")
    for clock in ("08:23:37", "08:24:01", "08:24:26"):
        place(shop, clock, 41.98)
    for clock in ("08:25:02", "08:25:40", "08:26:21", "08:27:02"):
        place(shop, clock, 37.5, ship="rejected")
    span = ("08:05", "08:30")
    extra = queue(shop, span, [(None, 1), ("08:22:45", 0)], cap=3)
    label = ours(
        "rabbitmq",
        "queue_full",
        (*RESTORE, "fix_config"),
        "The queue takes three messages and rejects the rest; its consumer is gone.",
        modes=("consumer_absent", "scaled_to_zero"),
        names=("sock-shop/queue-master",),
        must_not=GONE,
    )
    body = checkout_alert(shop, "08:27")
    return finish(
        shop,
        ("08:20", "08:30"),
        "Some orders fail with 500 after the payment",
        label,
        family="queue",
        alert=body,
        extra=extra,
        datadog=("orders", "shipping"),
    )


def asleep_on_purpose() -> Run:
    """An autoscaler keeps the consumer at zero while the queue is empty and nobody orders."""
    shop = Shop("asleep", NOVEMBER_LATE, "2025-11-19")
    calm(shop, "01:20", "01:50", placed=1)
    shop.scale("queue-master", 0, "01:55:20", manager="keda")
    spec = {
        "scaleTargetRef": {"name": "queue-master"},
        "minReplicaCount": 0,
        "maxReplicaCount": 5,
        "cooldownPeriod": 300,
    }
    spec["triggers"] = [
        {"type": "rabbitmq", "metadata": {"queueName": "shipping-task", "mode": "QueueLength", "value": "5"}}
    ]
    scaler = thing("ScaledObject", "queue-master", "sock-shop", shop.at("2025-11-12T08:00:00Z"), spec=spec) | {
        "apiVersion": "keda.sh/v1alpha1"
    }
    shop.cluster.put(scaler)
    text = "Deactivated apps/v1.Deployment sock-shop/queue-master from 1 to 0"
    event(shop.cluster, scaler, "KEDAScaleTargetDeactivated", text, shop.at("01:55:20"), source="keda-operator")
    calm(shop, "01:56", "02:20", placed=0)
    extra = queue(shop, ("01:25", "02:20"), [(None, 1), ("01:55:25", 0)])
    label = nothing(
        "planned_change",
        "The autoscaler put the idle consumer to sleep; the queue is empty and nothing fails.",
        modes=("healthy",),
    )
    question = "queue-master shows 0/0 replicas. Do we have an outage?"
    return finish(
        shop,
        ("01:50", "02:20"),
        "Consumer at 0/0 at night",
        label,
        family="on purpose",
        question=question,
        extra=extra,
        metrics=("queue-master", "shipping"),
    )


def twin(key: str, day: str, question: str, title: str) -> Run:
    """Orders flow through the queue and are taken at once."""
    shop = Shop(f"{key}-twin", NOVEMBER_LATE, day)
    calm(shop, "10:20", "11:05", placed=5)
    extra = queue(shop, ("10:30", "11:05"), [(None, 1)])
    label = nothing("healthy", "Orders are paid, confirmed by the broker and taken by the consumer.")
    return finish(shop, ("10:45", "11:05"), title, label, family="quiet twin", question=question, extra=extra)


def runs() -> list[Run]:
    """All runs of this family."""
    twins = [
        twin("i5", "2025-11-18", "Are shipments being processed?", "Shipments flow"),
        twin("i5a", "2025-11-19", "Is the shipping queue backing up?", "Queue empty"),
        twin("i5c", "2025-11-20", "Do orders get through to dispatch?", "Orders reach dispatch"),
    ]
    return [consumer_gone(), capped_silently(), capped_loudly(), asleep_on_purpose(), *twins]
