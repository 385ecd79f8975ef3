"""The vendor's stand-in in the cluster answers badly, late or not at all while nothing of ours changed."""

from evals.generator.kit import Object, later
from evals.generator.kit_pods import crash_loop, set_ready
from evals.generator.kit_run import Run
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.live import HOST
from evals.generator.sockshop.orders import answered, broken, place, refused, unpaid
from evals.generator.sockshop.scene import calm, checkout_alert, finish, vendor
from evals.generator.sockshop.shop import Shop

ASKED = "Customers can't pay: the shop tells them that the payment was declined. What is the reason?"
FAMILY = {"family": "vendor"}
POST = f'Post "{HOST}/v1/charges": '


def service_unavailable() -> Run:
    """HTTP 503 on every charge; the stand-in runs."""
    shop = Shop("vendor-503", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "09:20", "10:00", placed=4)
    for clock in ("10:03:11", "10:05:40", "10:06:22", "10:09:58", "10:12:31"):
        place(shop, clock, 41.98, answered(503, 0.31))
    label = vendor(
        "dependency_errors",
        "The gateway answers 503 to every charge; nothing of ours changed.",
        modes=("dependency_unavailable",),
    )
    body = checkout_alert(shop, "10:11")
    return finish(
        shop,
        ("10:00", "10:15"),
        "Gateway answers 503",
        label,
        namespace=None,
        alert=body,
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )


def hangs() -> Run:
    """Orders gives up after 5 s; payment writes its own timeout 30 s later."""
    shop = Shop("vendor-hangs", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "11:20", "12:00", placed=3)
    text = (
        'Post "http://stripe-mock/v1/charges": context deadline exceeded (Client.Timeout exceeded while awaiting '
        "headers)"
    )
    for clock in ("12:02:05", "12:04:31", "12:07:12", "12:09:50"):
        place(shop, clock, 57.3, broken(text, 35.0))
    label = vendor(
        "dependency_timeout",
        "Charges hang at the gateway until payment's 35 s are over; connections are accepted.",
        modes=("dependency_slow", "dependency_unavailable"),
    )
    question = "Checkout waits five seconds and then fails with an error. What is slow?"
    return finish(
        shop,
        ("12:00", "12:13"),
        "Checkout gives up after five seconds",
        label,
        question=question,
        metrics=("payment", "stripe-mock", "orders"),
        **FAMILY,
    )


def refused_by_replicas() -> Run:
    """Three payment replicas all say the same."""
    shop = Shop("refused-replicas", NOVEMBER_LATE, "2025-11-19")
    shop.scale("payment", 3, "06:30:00")
    calm(shop, "07:30", "08:00", placed=4)
    shop.scale("stripe-mock", 0, "08:01:20", manager="kubectl-edit")
    for clock in ("08:03:10", "08:04:12", "08:05:30", "08:06:02", "08:07:44", "08:08:21"):
        place(shop, clock, 23.5, refused(shop.ip("stripe-mock")))
    label = vendor(
        "scaled_to_zero",
        "The vendor's stand-in has no replicas; every payment replica is refused.",
        modes=("dependency_unavailable",),
    )
    body = checkout_alert(shop, "08:07")
    return finish(
        shop,
        ("08:00", "08:10"),
        "Every payment replica is refused",
        label,
        alert=body,
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )


def timeouts_only() -> Run:
    """The stand-in is at zero, all that payment sees are timeouts; the scale's only trace is in managedFields."""
    shop = Shop("gateway-timeouts", NOVEMBER_LATE, "2025-11-19")
    calm(shop, "12:30", "13:00", placed=3)
    shop.scale("stripe-mock", 0, "13:02:45", manager="lens")
    error = f'Post "http://stripe-mock/v1/charges": dial tcp {shop.ip("stripe-mock")}:80: i/o timeout'
    for clock in ("14:11:03", "14:13:40", "14:17:22", "14:20:09"):
        place(shop, clock, 33.0, broken(error, 30.0))
    label = vendor(
        "scaled_to_zero",
        "The stand-in has no replicas and its Service no endpoints; the timeouts follow from that.",
        modes=("dependency_unavailable", "dependency_timeout"),
    )
    return finish(
        shop,
        ("14:05", "14:24"),
        "Payments hang, events are gone",
        label,
        question=ASKED,
        since="12:40",
        event_ttl=1200,
        **FAMILY,
    )


def crashing() -> Run:
    """The stand-in crashes at start."""
    shop = Shop("gateway-crash", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "15:20", "15:50", placed=3)
    pod = shop.cluster.pods("stripe-mock")[0]
    died = shop.at("15:52:10")
    crash_loop(shop.cluster, pod, died, shop.at("16:04:40"), 7, exit_code=2)
    for text in (
        "panic: runtime error: invalid memory address or nil pointer dereference",
        "[signal SIGSEGV: segmentation violation]",
        "goroutine 1 [running]:",
        "main.main()",
    ):
        shop.logs.add(pod["metadata"]["name"], "stripe-mock", shop.at("16:04:39"), text)
    for clock, total in (("15:55:02", 64.0), ("15:58:40", 19.5), ("16:02:13", 88.1), ("16:05:31", 27.0)):
        place(shop, clock, total, refused(shop.ip("stripe-mock")))
    label = vendor(
        "crash_loop",
        "The stand-in for the vendor crashes at start; our side is unchanged.",
        modes=("dependency_unavailable",),
    )
    return finish(
        shop,
        ("15:50", "16:08"),
        "Gateway restarts again and again",
        label,
        question=ASKED,
        metrics=("payment", "stripe-mock"),
        namespace=None,
        new_events=True,
        **FAMILY,
    )


def drags_us_down() -> Run:
    """Payment's readiness asks the gateway (a deep probe), so payment turns unready with it."""
    shop = Shop("deep-probe", NOVEMBER_LATE, "2025-11-20")

    def deep(template: Object) -> None:
        template["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = "/ready"

    shop.roll_out("payment", deep, "2025-11-18T10:05:00Z")
    calm(shop, "09:30", "10:00", placed=3)
    shop.scale("stripe-mock", 0, "10:02:00", manager="kubectl")
    pod = shop.cluster.pods("payment")[0]
    ip, at = shop.ip("stripe-mock"), shop.at("10:02:20")
    for number in range(12):
        text = (
            f'❌ readiness: gateway not reachable: Get "http://stripe-mock/": dial tcp {ip}:80: connect: '
            f"connection refused"
        )
        when = later(at, number * 55)
        shop.logs.add(pod["metadata"]["name"], "payment", when, f"{when:%Y/%m/%d %H:%M:%S} {text}")
    set_ready(shop.cluster, pod, False, later(at, 25))
    text = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    shop.warn(pod, "Unhealthy", text, ("10:02:20", "10:13:40"), 136)
    for number, clock in enumerate(("10:05:10", "10:06:31", "10:08:02", "10:11:45", "10:13:05")):
        unpaid(shop, clock, timeout=number % 3 != 1)
    label = vendor(
        "scaled_to_zero",
        "Payment is unready only because its probe asks the gateway, which is at zero.",
        modes=("dependency_unavailable",),
    )
    question = "payment shows 0/1 ready and orders fail. Why is it not ready?"
    return finish(
        shop,
        ("10:00", "10:14"),
        "Payment pod not ready",
        label,
        question=question,
        metrics=("payment", "stripe-mock", "orders"),
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [service_unavailable(), hangs(), refused_by_replicas(), timeouts_only(), crashing(), drags_us_down()]
