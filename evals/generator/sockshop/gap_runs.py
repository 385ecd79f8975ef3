"""Recordings with holes: some still decide, some don't."""

from evals.generator.kit_run import Run
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.live import live
from evals.generator.sockshop.orders import answered, broken, place, refused
from evals.generator.sockshop.scene import calm, checkout_alert, finish, undecided, vendor
from evals.generator.sockshop.shop import Shop

FAMILY = {"family": "gaps"}
DENIED = (
    'pods "{}" is forbidden: User "system:serviceaccount:monitoring:reader" cannot get resource "pods/log" in '
    'API group "" in the namespace "sock-shop"'
)


def denied(*workloads: str, shop: Shop) -> list[dict[str, str]]:
    """Gaps for the logs of these workloads, whose lines are taken out."""
    found = []
    for name in workloads:
        pod = shop.pod(name) or name
        for stream in [stream for stream in shop.logs.lines if stream[1] == pod]:
            del shop.logs.lines[stream]
        found.append(
            {
                "source": "kubernetes",
                "what": "logs",
                "namespace": "sock-shop",
                "pod": pod,
                "status": "denied",
                "error": DENIED.format(pod),
            }
        )
    return found


def gap(source: str, what: str, status: str, error: str) -> dict[str, str]:
    """A gap of the whole namespace."""
    return {"source": source, "what": what, "namespace": "sock-shop", "status": status, "error": error}


def nothing_readable() -> Run:
    """No logs, no events, no metrics; every pod is Ready. Checkout fails, but why can't be seen."""
    shop = Shop("no-logs", NOVEMBER_LATE, "2025-11-19")
    events = "events is forbidden: User cannot list resource"
    gaps = [gap("kubernetes", "logs", "denied", DENIED.format("*")), gap("kubernetes", "events", "denied", events)]
    lost = {"source": "prometheus", "what": "metrics", "status": "error"}
    gaps.append(lost | {"error": "dial tcp 10.96.12.80:9090: i/o timeout"})
    label = undecided("All pods are Ready and nothing else could be read: neither a cause nor health is shown.")
    return finish(
        shop,
        ("20:00", "20:15"),
        "Checkout fails, nothing readable",
        label,
        question="Customers report that checkout fails. What is wrong?",
        gaps=gaps,
        event_ttl=0,
        no_logs=True,
        **FAMILY,
    )


def payment_unreadable() -> Run:
    """Payment's logs are denied; orders' lines and the counts still say it."""
    shop = Shop("payment-denied", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "12:20", "13:00", placed=3)
    shop.scale("stripe-mock", 0, "13:01:30")
    for clock in ("13:03:10", "13:05:02", "13:07:40"):
        place(shop, clock, 39.0, refused(shop.ip("stripe-mock")))
    label = vendor(
        "scaled_to_zero",
        "orders repeats the gateway's refusal, and the stand-in has no replicas.",
        modes=("dependency_unavailable",),
    )
    body = checkout_alert(shop, "13:07")
    run = finish(
        shop,
        ("13:00", "13:10"),
        "Payment's logs denied",
        label,
        alert=body,
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )
    run.gaps = denied("payment", shop=shop)
    return run


def both_sides_unreadable() -> Run:
    """Orders runs into its timeouts; payment's logs are denied, so payment and gateway look the same."""
    shop = Shop("callee-denied", NOVEMBER_LATE, "2025-11-21")
    calm(shop, "19:20", "20:00", placed=3)
    slow = broken('Post "http://stripe-mock/v1/charges": context deadline exceeded', 35.0)
    for clock in ("20:02:10", "20:04:33", "20:07:51"):
        place(shop, clock, 39.0, slow)
    label = undecided(
        "orders times out while waiting; whether payment or the gateway behind it is slow would be in payment's "
        "logs, which are denied."
    )
    run = finish(
        shop,
        ("20:00", "20:10"),
        "Timeouts, payment's logs denied",
        label,
        question="Checkout times out after five seconds. Which service is slow?",
        **FAMILY,
    )
    run.gaps = denied("payment", shop=shop)
    run.gaps += [{"source": "prometheus", "what": "metrics", "status": "error", "error": "503 Service Unavailable"}]
    return run


def rejected_without_change() -> Run:
    """The vendor answers 400 to every charge; neither side shows a change."""
    shop = live("bad-request", "2025-11-22")
    calm(shop, "17:20", "18:00", placed=4)
    for number, clock in enumerate(("18:02:10", "18:04:21", "18:07:03", "18:09:44")):
        place(shop, clock, 28.0 + number, answered(400, 0.2))
    label = undecided("400 without a change of ours, an announcement or a status feed: either side may have changed.")
    return finish(
        shop,
        ("18:00", "18:12"),
        "Requests rejected, nothing changed",
        label,
        question="All payments fail since six with a client error from the provider. Whose fault is it?",
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [nothing_readable(), payment_unreadable(), both_sides_unreadable(), rejected_without_change()]
