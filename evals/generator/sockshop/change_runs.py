"""Our own changes: addresses, keys, limits, images, probes, secrets, requests."""

from collections.abc import Callable

from evals.generator.kit import Object, later
from evals.generator.kit_changes import job, set_env
from evals.generator.kit_events import event
from evals.generator.kit_objects import container, pod_template
from evals.generator.kit_pods import restart
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.live import HOST, live
from evals.generator.sockshop.load import busy, limit
from evals.generator.sockshop.orders import Charge, answered, broken, charge, paid, place
from evals.generator.sockshop.scene import calm, checkout_alert, finish, ours
from evals.generator.sockshop.shop import Shop

FAMILY = {"family": "our change"}
ASKED = "Customers can't pay: the shop tells them that the payment was declined. What is the reason?"
BACK = ("rollback", "fix_config")


def env(key: str, value: str | None) -> Callable[[Object], None]:
    """A change of one environment variable."""
    return lambda template: set_env(template, key, value)


def image(name: str) -> Callable[[Object], None]:
    """Another image for the first container."""

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = name

    return change


def misspelt() -> Run:
    """PAYMENT_GATEWAY_URL with a letter missing; the gateway runs."""
    shop = Shop("url-letter", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "06:20", "07:00", placed=4)
    shop.roll_out("payment", env("PAYMENT_GATEWAY_URL", "http://stripe-mok"), "07:01:10", settle=22)
    error = 'Post "http://stripe-mok/v1/charges": dial tcp: lookup stripe-mok on 10.96.0.10:53: no such host'
    for clock, total in (("07:04:12", 41.98), ("07:06:40", 22.99), ("07:08:03", 77.3), ("07:10:55", 19.0)):
        place(shop, clock, total, broken(error, 0.02), url="http://stripe-mok")
    label = ours(
        "payment",
        "wrong_address",
        ("fix_address", *BACK),
        "PAYMENT_GATEWAY_URL was changed to a name that doesn't exist.",
        modes=("bad_rollout", "bad_config"),
        must_not=("restart@sock-shop/stripe-mock",),
        detail="host",
    )
    return finish(
        shop,
        ("07:00", "07:13"),
        "Gateway name doesn't resolve",
        label,
        question=ASKED,
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )


def removed() -> Run:
    """Without the variable payment decides on its own: up to 100 is approved, more is declined.

    The gateway is never called.
    """
    shop = Shop("url-gone", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "17:20", "18:00", placed=4)
    shop.roll_out("payment", env("PAYMENT_GATEWAY_URL", None), "18:01:40", manager="kubectl-edit", settle=22)
    declined = Charge("❌ Payment declined by gateway", "Payment declined by gateway", 0.001)
    for clock, total in (
        ("18:04:20", 124.98),
        ("18:05:31", 34.5),
        ("18:07:02", 119.98),
        ("18:09:48", 154.97),
        ("18:11:30", 61.0),
    ):
        fine = Charge("✅ Payment authorized: mock", "Payment authorized (mock)", 0.001, authorised=True)
        place(shop, clock, total, fine if total <= 100 else declined, url="")
    label = ours(
        "payment",
        "missing_config",
        ("fix_config", "rollback", "fix_address"),
        "PAYMENT_GATEWAY_URL was removed; payment no longer calls the gateway.",
        modes=("wrong_address", "bad_config", "bad_rollout"),
    )
    question = (
        "Larger orders are declined since six, and the payment provider tells us that no charges arrive from "
        "us. What happened?"
    )
    return finish(
        shop,
        ("18:00", "18:14"),
        "No charges reach the provider",
        label,
        question=question,
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )


def starved() -> Run:
    """Payment limited to 10m CPU: its calls crawl, its probes time out; the gateway is fast for others."""
    shop = Shop("payment-10m", NOVEMBER_LATE, "2025-11-19")
    calm(shop, "08:20", "09:00", placed=4)
    pods = shop.roll_out("payment", limit("10m"), "09:01:20", manager="kubectl-set", settle=48)
    name, ip = pods[0]["metadata"]["name"], pods[0]["status"]["podIP"]
    for kind, count in (("Readiness", 41), ("Liveness", 17)):
        text = (
            f'{kind} probe failed: Get "http://{ip}:8080/health": context deadline exceeded (Client.Timeout '
            f"exceeded while awaiting headers)"
        )
        shop.warn(pods[0], "Unhealthy", text, ("09:02:30", "09:13:30"), count)
    for number, clock in enumerate(("09:03:31", "09:05:20", "09:07:44", "09:09:03", "09:11:26")):
        place(shop, clock, 27.0 + number, paid(clock, 4.6 + number * 1.3))
    killed, path = "Container payment failed liveness probe, will be restarted", "spec.containers{payment}"
    event(shop.cluster, pods[0], "Killing", killed, shop.at("09:12:40"), field_path=path)
    again = shop.at("09:13:02")
    shop.logs.add(name, "payment", again, lines.go(again, "✅ Payment gateway: http://stripe-mock"))
    restart(shop.cluster, pods[0], shop.at("09:13:00"), exit_code=2, reason="Error", ready_after=40)
    extra = busy(shop, "payment", "09:01:30", "09:14", (0.004, 0.0101, 9.7), ("08:35", "09:14"))
    label = ours(
        "payment",
        "cpu_throttled",
        ("raise_limit", "rollback"),
        "payment's CPU limit was lowered to 10m a minute before charges became slow.",
        modes=("bad_rollout", "probe_killed_under_load"),
    )
    question = "Checkout runs into its five second limit since nine. Is the payment provider slow?"
    return finish(
        shop,
        ("09:00", "09:14"),
        "Slow charges since nine",
        label,
        question=question,
        metrics=("payment", "stripe-mock"),
        extra=extra,
        **FAMILY,
    )


def flood() -> Run:
    """429 since a job of ours started to charge ten times as often."""
    shop = live("flood", "2025-11-20")
    calm(shop, "16:20", "17:00", placed=4)
    template = pod_template(
        {"app": "invoice-retry"},
        container(
            "invoice-retry", "quay.io/powercloud/invoice-retry:0.9", env={"PAYMENT_URL": "http://payment/paymentAuth"}
        ),
    )
    made = job(shop.cluster, "invoice-retry-manual", template, shop.at("17:02"), seconds=900)
    made["status"] = {"active": 1, "startTime": made["status"]["startTime"]}
    for pod in shop.cluster.pods("invoice-retry-manual"):
        pod["status"]["phase"] = "Running"
        pod["status"]["containerStatuses"][0] |= {
            "state": {"running": {"startedAt": made["status"]["startTime"]}},
            "ready": True,
        }
        for number in range(70):
            at = later(shop.at("17:02:05"), number * 9.1)
            outcome = answered(429, 0.09) if number > 9 and number % 5 else paid(number, 0.74)
            charge(shop, at, 12.5, outcome, HOST)
            text = (
                f"POST http://payment/paymentAuth invoice={4400 + number} authorised={str(outcome.authorised).lower()}"
            )
            shop.logs.add(pod["metadata"]["name"], "invoice-retry", later(at, 1), text)
    for clock in ("17:06:33", "17:09:20", "17:11:41"):
        place(shop, clock, 48.0, answered(429, 0.1))
    label = ours(
        "payment",
        "own_rate_above_quota",
        ("reduce_own_rate", "reduce_load", "queue_and_retry"),
        "429 since our own charges went from one in ten minutes to seven a minute.",
        modes=("dependency_rate_limited",),
        names=("sock-shop/invoice-retry-manual",),
    )
    question = "Customers' payments are rejected with a rate limit. Did the provider lower our limit?"
    return finish(shop, ("17:00", "17:13"), "Rate limit reached", label, question=question, **FAMILY)


def bundle_lost() -> Run:
    """A slimmer image without CA certificates: no TLS peer is trusted."""
    shop = live("bundle", "2025-11-21")
    calm(shop, "06:20", "07:00", placed=4)
    shop.roll_out("payment", image("sock-shop-payment-gateway:v2.1-slim"), "07:01:30", settle=22)
    error = (
        f'Post "{HOST}/v1/charges": tls: failed to verify certificate: x509: certificate signed by unknown authority'
    )
    for number, clock in enumerate(("07:03:31", "07:05:18", "07:08:02", "07:10:45")):
        place(shop, clock, 33.0 + number, broken(error, 0.08))
    label = ours(
        "payment",
        "ca_bundle_missing",
        ("rollback", "fix_image"),
        "Since our image changed payment trusts no certificate authority; the vendor's certificate is fine for others.",
        modes=("bad_rollout", "dependency_tls_failure"),
    )
    return finish(
        shop,
        ("07:00", "07:13"),
        "TLS fails since a rollout",
        label,
        question="Payments fail with a certificate error. Did the provider's certificate expire?",
        **FAMILY,
    )


def rejected_form() -> Run:
    """400 from the vendor since our image changed."""
    shop = live("form", "2025-11-21")
    calm(shop, "10:20", "11:00", placed=4)
    shop.roll_out("payment", image("sock-shop-payment-gateway:v2.2"), "11:01:30", settle=22)
    for number, clock in enumerate(("11:03:31", "11:05:18", "11:08:02", "11:10:45")):
        place(shop, clock, 33.0 + number, answered(400, 0.18))
    label = ours(
        "payment",
        "bad_rollout",
        ("rollback", "fix_code", "fix_image"),
        "The vendor rejects our requests with 400 since payment's new image.",
        modes=("application_errors", "dependency_errors"),
    )
    return finish(
        shop,
        ("11:00", "11:13"),
        "Requests rejected since a rollout",
        label,
        alert=checkout_alert(shop, "11:09"),
        metrics=("payment",),
        new_events=True,
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [misspelt(), removed(), starved(), flood(), bundle_lost(), rejected_form()]
