"""The vendor's side: the gateway answers badly, late or not at all while nothing of ours changed."""

from evals.generator.kit import later, stamp
from evals.generator.kit_run import Run
from evals.generator.sockshop.live import ADDRESS, HOST, agent_posts, live, status_feed
from evals.generator.sockshop.load import busy
from evals.generator.sockshop.orders import Charge, answered, broken, paid, place
from evals.generator.sockshop.scene import calm, checkout_alert, finish, vendor
from evals.generator.sockshop.shop import Shop

ASKED = "Customers can't pay: the shop tells them that the payment was declined. What is the reason?"
FAMILY = {"family": "vendor"}
POST = f'Post "{HOST}/v1/charges": '


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
    error = (
        f"{POST}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current "
        f"time 2025-11-19T08:0{{}}Z is after 2025-11-19T08:00:00Z"
    )
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
    return [
        host_refuses(),
        certificate_expired(),
        name_gone(),
        resets(),
        rate_limited(),
        keys_rejected(),
        another_form(),
        slow_first(),
    ]
