"""Owned workloads at zero: the payment service of 2025-10-28 and its relatives, shipping, the orders database."""

from evals.generator.kit_run import Run
from evals.generator.sockshop.eras import LATE_OCTOBER, NOVEMBER_11, NOVEMBER_LATE
from evals.generator.sockshop.orders import charge, collect, paid, place, start, unpaid
from evals.generator.sockshop.scene import (
    answer_500,
    calm,
    checkout_alert,
    finish,
    nothing,
    ours,
    storefront_alert,
)
from evals.generator.sockshop.shop import Shop

UP = ("scale_up", "rollback")
PAYMENT_GONE = ours(
    "payment",
    "scaled_to_zero",
    UP,
    "The owned payment service has no replicas.",
    must_not=("restart@sock-shop/orders",),
)
AFTER = nothing(
    "recovered",
    "Payment is back and an order was paid.",
    names=("sock-shop/payment",),
    modes=("healthy", "scaled_to_zero"),
    verdicts=("internal",),
)


def payment_gone(stage: int) -> Shop:
    """2025-10-28 10:04:00 to 10:13:00Z: payment has no replicas; nothing of it can log."""
    shop = Shop("i3", LATE_OCTOBER, "2025-10-28")
    calm(shop, "09:34", "10:03:30", placed=3)
    if stage > 0:
        shop.scale("payment", 0, "10:04", settle=3)
        rows = (("10:04:43.148", "53ac1f4320001b50703"), ("10:05:12.4", "558c1f4320001b50704"))
        for clock, order in (*rows, ("10:05:53.2", "581c1f4320001b50705"), ("10:06:01.7", "589c1f4320001b50706")):
            unpaid(shop, clock, order=f"69009{order}")
        calm(shop, "10:06:30", "10:12", placed=0)
    if stage > 1:
        shop.scale("payment", 1, "10:13", settle=35)
        place(shop, "10:14:15.17", 19.99, order="69009776c1f4320001b50707")
        calm(shop, "10:15", "10:30", placed=3)
    return shop


def documented() -> list[Run]:
    """Before, during, after."""
    facts = {
        "logs": "excerpt",
        "from": "times, order ids and orders' lines as documented for this run; the rest modelled",
    }
    shared = {"family": "payment gone 2025-10-28", "metrics": ("payment", "orders", "front-end"), "provenance": facts}
    quiet = nothing("healthy", "Orders succeed and nothing fails.")
    return [
        finish(
            payment_gone(0),
            ("09:40", "10:03:30"),
            "Payment, before",
            quiet,
            key="i3/before",
            question="Can customers place orders?",
            **shared,
        ),
        finish(
            payment_gone(1),
            ("10:03", "10:12"),
            "Payment, during",
            PAYMENT_GONE,
            key="i3/during",
            question="Customers can't complete their orders: the shop answers with an error at the last step. What "
            "is wrong?",
            **shared,
        ),
        finish(
            payment_gone(2),
            ("10:14", "10:30"),
            "Payment, after",
            AFTER,
            key="i3/after",
            question="Orders failed around ten. Are they working again?",
            **shared,
        ),
    ]


def timeouts_only() -> Run:
    """Like it, in the newer cluster; orders only ever sees timeouts and the events are gone."""
    shop = Shop("payment-timeouts", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "08:20", "09:00", placed=3)
    shop.scale("payment", 0, "09:01:12", manager="kubectl-edit")
    for clock in ("09:05:10", "09:09:41", "09:16:03", "09:22:30", "09:31:19"):
        unpaid(shop, clock, timeout=True)
    calm(shop, "09:32", "10:20", placed=0)
    for clock in ("10:20:40", "10:24:05"):
        unpaid(shop, clock, timeout=True)
    body = checkout_alert(shop, "10:22")
    return finish(
        shop, ("10:10", "10:26"), "Checkout times out, no events "
"left", PAYMENT_GONE, family="owned workload gone", alert=body, event_ttl=1200,
        since="08:50", metrics=("payment", "orders"),
    )  # fmt: skip


def mixed_timeouts() -> Run:
    """As measured on a real cluster: about 60 % timeouts, 40 % refusals."""
    shop = Shop("payment-mixed", NOVEMBER_LATE, "2025-11-19")
    calm(shop, "13:00", "13:30", placed=2)
    shop.scale("payment", 0, "13:31:05", manager="k9s")
    for second, slow in (
        (10, True),
        (14, False),
        (17, True),
        (21, True),
        (24, False),
        (29, True),
        (33, True),
        (41, False),
    ):
        unpaid(shop, f"13:33:{second}", timeout=slow)
    question = "Checkout has been failing for some minutes, mostly after a wait of a few seconds. Where does it break?"
    return finish(
        shop,
        ("13:28", "13:36"),
        "Checkout fails, mostly slowly",
        PAYMENT_GONE,
        new_events=True,
        family="owned workload gone",
        question=question,
        namespace=None,
    )


def shipping_gone() -> Run:
    """After a successful payment orders can't reach shipping."""
    shop = Shop("shipping-gone", NOVEMBER_11, "2025-11-11")
    calm(shop, "07:05", "07:34", placed=2)
    shop.scale("shipping", 0, "07:35:08")
    for clock, total in (("07:37:21", 41.98), ("07:38:02", 22.99), ("07:40:47", 63.3)):
        place(shop, clock, total, ship="refused")
    calm(shop, "07:41", "07:46", placed=0)
    label = ours(
        "shipping",
        "scaled_to_zero",
        UP,
        "The owned shipping service has no replicas; payments succeed.",
        must_not=("restart@sock-shop/orders",),
    )
    body = checkout_alert(shop, "07:42")
    return finish(
        shop,
        ("07:30", "07:46"),
        "Orders fail after the payment",
        label,
        family="owned workload gone",
        alert=body,
        datadog=("orders", "payment"),
    )


def shipping_timeouts() -> Run:
    """The same edge with timeouts only; the scale's event has expired, managedFields has it."""
    shop = Shop("shipping-timeouts", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "06:10", "06:40", placed=3)
    shop.scale("shipping", 0, "06:41:30", manager="Mozilla")
    for clock in ("07:52:10", "07:53:44", "07:55:02", "07:57:38"):
        place_until_shipping(shop, clock)
        text = (
            'I/O error on POST request for "http://shipping/shipping": connect timed out; nested exception is java.net.'
        )
        answer_500(shop, clock, text + "SocketTimeoutException: connect timed out")
    label = ours(
        "shipping",
        "scaled_to_zero",
        UP,
        "The owned shipping service has no replicas.",
        must_not=("restart@sock-shop/orders",),
    )
    question = "Customers were charged but got an error page instead of a confirmation. What is failing?"
    return finish(
        shop,
        ("07:45", "08:00"),
        "Charged but no confirmation",
        label,
        family="owned workload gone",
        question=question,
        since="06:30",
        event_ttl=1800,
    )


def place_until_shipping(shop: Shop, clock: str) -> None:
    """An order whose charge succeeded and whose shipment is still open."""
    at = shop.at(clock)
    order = start(shop, at)
    charge(shop, at, 34.3, paid(order))
    shop.orders(shop.at(f"{clock}.9"), "INFO", f"Order {order} payment successful, status updated to PAID")


def database_gone() -> Run:
    """The orders database has no replicas: orders can't even create one."""
    shop = Shop("orders-db-gone", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "14:30", "15:00", placed=3)
    shop.scale("orders-db", 0, "15:01:44")
    for clock in ("15:04:05", "15:05:31", "15:08:12"):
        collect(shop, shop.at(clock))
        text = (
            "Timed out after 30000 ms while waiting for a server that matches any server. Client view of cluster "
            "state is {type=UNKNOWN, "
        )
        text += (
            "servers=[{address=orders-db:27017, type=UNKNOWN, state=CONNECTING, "
            "exception={com.mongodb.MongoSocketOpenException: Exception "
        )
        text += "opening socket}, caused by {java.net.ConnectException: Connection refused (Connection refused)}}]"
        answer_500(shop, clock, f"org.springframework.dao.DataAccessResourceFailureException: {text}")
    label = ours(
        "orders-db",
        "scaled_to_zero",
        UP,
        "The owned database of orders has no replicas.",
        modes=("database_unavailable",),
        must_not=("restart@sock-shop/payment",),
    )
    body = storefront_alert(shop, "15:07")
    return finish(
        shop,
        ("14:55", "15:12"),
        "Order page answers 500",
        label,
        family="owned workload gone",
        alert=body,
        metrics=("orders", "orders-db", "payment"),
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [*documented(), timeouts_only(), mixed_timeouts(), shipping_gone(), shipping_timeouts(), database_gone()]
