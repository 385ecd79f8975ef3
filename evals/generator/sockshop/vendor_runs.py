"""The vendor's side: the gateway answers badly, late or not at all while nothing of ours changed."""

from evals.generator.kit import Object, later, stamp
from evals.generator.kit_events import event
from evals.generator.kit_pods import crash_loop, set_ready
from evals.generator.kit_run import Run
from evals.generator.sockshop.live import ADDRESS, HOST, agent_posts, live, status_feed
from evals.generator.sockshop.load import busy
from evals.generator.sockshop.orders import Charge, answered, broken, paid, place, refused, unpaid
from evals.generator.sockshop.scene import calm, checkout_alert, finish, vendor
from evals.generator.sockshop.shop import Shop
from evals.generator.sockshop.world import NOVEMBER_LATE

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
        shop, ("10:00", "10:15"), "Gateway answers 503", label, alert=body, metrics=("payment", "stripe-mock"), **FAMILY
    )


def hangs() -> Run:
    """orders gives up after 5 s; payment writes its own timeout 30 s later."""
    shop = Shop("vendor-hangs", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "11:20", "12:00", placed=3)
    text = 'Post "http://stripe-mock/v1/charges": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
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
    """Payment's readiness asks the gateway (a deep probe), so payment turns unready with it and orders sees timeouts."""
    shop = Shop("deep-probe", NOVEMBER_LATE, "2025-11-20")

    def deep(template: Object) -> None:
        template["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = "/ready"

    shop.roll_out("payment", deep, "2025-11-18T10:05:00Z")
    calm(shop, "09:30", "10:00", placed=3)
    shop.scale("stripe-mock", 0, "10:02:00", manager="kubectl")
    pod = shop.cluster.pods("payment")[0]
    ip, at = shop.ip("stripe-mock"), shop.at("10:02:20")
    for number in range(12):
        text = f'❌ readiness: gateway not reachable: Get "http://stripe-mock/": dial tcp {ip}:80: connect: connection refused'
        when = later(at, number * 55)
        shop.logs.add(pod["metadata"]["name"], "payment", when, f"{when:%Y/%m/%d %H:%M:%S} {text}")
    set_ready(shop.cluster, pod, False, later(at, 25))
    text = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    event(
        shop.cluster,
        pod,
        "Unhealthy",
        text,
        shop.at("10:13:40"),
        count=136,
        first=at,
        type="Warning",
        field_path="spec.containers{payment}",
    )
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


def _live(key: str, day: str, clocks: tuple[str, ...], charge: Charge, placed: int = 4) -> Shop:
    """A shop with the vendor's real host, calm for forty minutes, then failing at `clocks`."""
    shop = live(key, day)
    start = shop.at(clocks[0])
    calm(shop, stamp(later(start, -2700)), stamp(later(start, -240)), placed=placed)
    for number, clock in enumerate(clocks):
        place(shop, clock, 22.5 + 7 * number, charge)
    return shop


def host_refuses() -> Run:
    """api.stripe.com refuses; its feed says so."""
    shop = _live(
        "host-refuses",
        "2025-11-18",
        ("16:04:10", "16:05:32", "16:07:50", "16:10:01"),
        broken(f"{POST}dial tcp {ADDRESS}:443: connect: connection refused", 0.06),
    )
    label = vendor(
        "dependency_unavailable",
        "The vendor's own host refuses connections and its status feed reports an outage.",
        component="api.stripe.com",
    )
    feed = {"stripe": status_feed(shop.at("16:11"), "major", "API requests are failing", "API")}
    return finish(
        shop,
        ("16:01", "16:12"),
        "Vendor host refuses",
        label,
        question=ASKED,
        status=feed,
        metrics=("payment",),
        **FAMILY,
    )


def certificate_expired() -> Run:
    """The vendor's certificate ran out at 08:00; ours and the Datadog agent's TLS work."""
    error = f"{POST}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2025-11-19T08:0{{}}Z is after 2025-11-19T08:00:00Z"
    shop = live("vendor-certificate", "2025-11-19")
    calm(shop, "07:15", "07:58", placed=4)
    for clock in ("08:02:13", "08:04:40", "08:07:05", "08:08:52"):
        place(shop, clock, 45.0, broken(error.format(clock[4:]), 0.09))
    agent_posts(shop, "07:20", "08:12")
    label = vendor(
        "dependency_tls_failure",
        "The vendor's certificate expired at 08:00; other TLS connections work.",
        component="api.stripe.com",
    )
    return finish(
        shop,
        ("08:00", "08:12"),
        "Payments fail since eight o'clock sharp",
        label,
        alert=checkout_alert(shop, "08:08"),
        **FAMILY,
    )


def name_gone() -> Run:
    """api.stripe.com doesn't resolve; the agent's Datadog hosts do, and so do names of the cluster."""
    shop = _live(
        "vendor-name",
        "2025-11-20",
        ("11:03:20", "11:05:02", "11:06:47", "11:09:30"),
        broken(f"{POST}dial tcp: lookup api.stripe.com on 10.96.0.10:53: no such host", 0.02),
    )
    agent_posts(shop, "10:20", "11:12")
    label = vendor(
        "dependency_dns_failure",
        "Only the vendor's name doesn't resolve; names of the cluster and of Datadog do.",
        component="api.stripe.com",
    )
    return finish(shop, ("11:00", "11:12"), "One name doesn't resolve", label, question=ASKED, **FAMILY)


def resets() -> Run:
    """Four of ten charges lose their connection; the others succeed in between."""
    shop = live("vendor-resets", "2025-11-20")
    calm(shop, "13:15", "13:58", placed=4)
    error = broken(
        f"{POST}read tcp {shop.pod_ip('payment')}:44120->{ADDRESS}:443: read: connection reset by peer", 0.21
    )
    for number, clock in enumerate(
        ("14:01:10", "14:03:22", "14:04:41", "14:06:02", "14:07:19", "14:09:33", "14:11:02", "14:12:20", "14:13:50")
    ):
        place(shop, clock, 30.0 + number, error if number % 5 in (0, 2) else None)
    label = vendor(
        "dependency_resets",
        "Connections to the vendor are reset now and then; other charges succeed.",
        component="api.stripe.com",
        modes=("dependency_unavailable",),
    )
    question = "About every third customer reports that the payment failed, a second attempt often works. What is it?"
    return finish(shop, ("14:00", "14:15"), "Some payments fail", label, question=question, **FAMILY)


def rate_limited() -> Run:
    """429 although we send as few charges as before."""
    shop = _live(
        "vendor-429",
        "2025-11-21",
        ("09:05:11", "09:12:40", "09:21:02", "09:30:33", "09:38:05"),
        answered(429, 0.12),
        placed=6,
    )
    label = vendor(
        "dependency_rate_limited",
        "429 at the same rate of charges as in the hour before.",
        component="api.stripe.com",
        modes=("dependency_errors",),
    )
    question = "Payments fail since nine with a rate limit message in the log. Are we sending too much?"
    return finish(
        shop, ("09:02", "09:42"), "Rate limit at an ordinary rate", label, question=question, since="08:15", **FAMILY
    )


def keys_rejected() -> Run:
    """401 without a change of ours; the vendor's feed reports failing authentication."""
    shop = _live("vendor-401", "2025-11-21", ("12:04:00", "12:06:31", "12:08:15", "12:10:40"), answered(401, 0.15))
    label = vendor(
        "dependency_auth_rejected",
        "401 with no change of ours, and the vendor's feed reports failing API keys.",
        component="api.stripe.com",
    )
    feed = {"stripe": status_feed(shop.at("12:11"), "major", "Valid API keys are rejected", "API authentication")}
    return finish(shop, ("12:00", "12:13"), "Key rejected, feed speaks", label, question=ASKED, status=feed, **FAMILY)


def another_form() -> Run:
    """Answers that payment can't read; nothing of ours changed."""
    odd = Charge(
        "❌ Payment gateway returned invalid JSON: invalid character '<' looking for beginning of value",
        "Payment gateway returned invalid JSON",
        0.4,
        status=200,
    )
    shop = _live("vendor-schema", "2025-11-21", ("15:03:02", "15:06:15", "15:07:48", "15:11:20"), odd)
    label = vendor(
        "dependency_schema_change",
        "The vendor answers 200 with something that isn't the JSON it was; our image is unchanged.",
        component="api.stripe.com",
        modes=("dependency_errors",),
    )
    return finish(
        shop, ("15:00", "15:14"), "Answers that can't be read", label, alert=checkout_alert(shop, "15:11"), **FAMILY
    )


def slow_first() -> Run:
    """Charges take four to nine seconds; payment's CPU is throttled a little, but only afterwards."""
    shop = live("vendor-slow", "2025-11-22")
    calm(shop, "06:15", "06:58", placed=4)
    for number, clock in enumerate(("07:01:05", "07:03:33", "07:06:02", "07:09:18", "07:12:50", "07:15:07")):
        place(shop, clock, 25.0 + number, paid(clock, 4.2 + number * 0.9))
    extra = busy(shop, "payment", "07:11", "07:18", (0.004, 0.019, 1.6), ("06:20", "07:18"))
    label = vendor(
        "dependency_slow",
        "Charges were slow ten minutes before payment's CPU was throttled at all.",
        component="api.stripe.com",
        modes=("dependency_timeout",),
    )
    question = "Checkout is slow and partly fails since seven. Is payment short of CPU, or is it something else?"
    return finish(
        shop, ("07:00", "07:18"), "Slow charges, then throttling", label, question=question, extra=extra, **FAMILY
    )


def runs() -> list[Run]:
    """All runs of this family."""
    stand_in = [service_unavailable(), hangs(), refused_by_replicas(), timeouts_only(), crashing(), drags_us_down()]
    answers = [rate_limited(), keys_rejected(), another_form(), slow_first()]
    return [*stand_in, host_refuses(), certificate_expired(), name_gone(), resets(), *answers]
