"""Owned containers with a configuration that keeps them from running or from being asked."""

from evals.generator.kit import Object, later
from evals.generator.kit_pods import crash_loop, hold, set_ready
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.container_runs import drop_start
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.orders import lookup_failed, socket_error, unpaid
from evals.generator.sockshop.scene import calm, finish, ours, storefront_alert
from evals.generator.sockshop.shop import SOCK, Shop

FAMILY = {"family": "owned container"}


def bad_dsn() -> Run:
    """Catalogue was rolled out, Recreate, with a data source name that it rejects."""
    shop = Shop("bad-dsn", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "08:20", "09:00", placed=2)

    def change(template: Object) -> None:
        args = template["spec"]["containers"][0]["args"]
        template["spec"]["containers"][0]["args"] = [
            "-DSN=root@tcp(catalogue-db:3306)" if "DSN" in arg else arg for arg in args
        ]

    pods = shop.roll_out("catalogue", change, "09:01:00", strategy="Recreate", healthy=False, manager="kubectl-edit")
    crash_loop(shop.cluster, pods[0], shop.at("09:01:05"), shop.at("09:07:10"), 6, exit_code=1)
    at = shop.at("09:07:09")
    text = 'err="invalid DSN: missing the slash separating the database name"'
    shop.logs.add(pods[0]["metadata"]["name"], "catalogue", at, lines.logfmt(at, f"caller=main.go:87 {text}"))
    for clock in ("09:02:20", "09:03:40", "09:05:12", "09:06:58", "09:08:31", "09:09:50"):
        answered = lines.morgan("GET", f"/catalogue/{SOCK}", 500, "4.0")
        shop.front(shop.at(clock), "Error: connect ECONNREFUSED 10.96.201.201:80", answered)
    label = ours(
        "catalogue",
        "bad_config",
        ("fix_config", "rollback"),
        "catalogue's data source name was changed to one that it rejects at start.",
        modes=("crash_loop", "bad_rollout"),
        must_not=("restart@sock-shop/catalogue-db", "restart@sock-shop/front-end"),
    )
    body = storefront_alert(shop, "09:06")
    return finish(
        shop,
        ("09:00", "09:12"),
        "Catalogue pages fail",
        label,
        namespace=None,
        alert=body,
        metrics=("catalogue", "front-end", "catalogue-db"),
        new_events=True,
        **FAMILY,
    )


def secret_absent() -> Run:
    """Payment was rolled out, Recreate, with a reference to a Secret that doesn't exist."""
    shop = Shop("secret-absent", NOVEMBER_LATE, "2025-11-21")
    calm(shop, "13:20", "14:00", placed=3)

    def change(template: Object) -> None:
        reference = {"secretKeyRef": {"name": "stripe-api-key", "key": "secret"}}
        template["spec"]["containers"][0]["env"].append({"name": "STRIPE_API_KEY", "valueFrom": reference})

    pods = shop.roll_out("payment", change, "14:01:00", strategy="Recreate", healthy=False, manager="kubectl-edit")
    hold(shop.cluster, pods[0], shop.at("14:01:03"), "CreateContainerConfigError", 'secret "stripe-api-key" not found')
    drop_start(shop, pods[0])
    shop.warn(pods[0], "Failed", 'Error: secret "stripe-api-key" not found', ("14:01:03", "14:11:30"), 48)
    for number, clock in enumerate(("14:03:31", "14:05:40", "14:06:02", "14:09:20")):
        unpaid(shop, clock, timeout=number % 2 == 1)
    label = ours(
        "payment",
        "missing_config",
        ("fix_config", "rollback"),
        "payment refers to a Secret that doesn't exist, so it can't start.",
        modes=("missing_secret_binding", "bad_rollout"),
    )
    return finish(
        shop,
        ("14:00", "14:12"),
        "Payment can't start",
        label,
        question="Since two o'clock no order gets through: error page at the last step. Is it the payment provider?",
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )


def probe_port() -> Run:
    """User's readiness probe was moved to a port on which nothing listens; user itself works."""
    shop = Shop("probe-port", NOVEMBER_LATE, "2025-11-22")
    calm(shop, "03:20", "04:00", placed=2)

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["readinessProbe"]["httpGet"]["port"] = 8081

    pods = shop.roll_out("user", change, "04:01:00", strategy="Recreate", healthy=False, manager="kubectl-patch")
    set_ready(shop.cluster, pods[0], False, shop.at("04:01:03"))
    ip = pods[0]["status"]["podIP"]
    text = f'Readiness probe failed: Get "http://{ip}:8081/health": dial tcp {ip}:8081: connect: connection refused'
    shop.warn(pods[0], "Unhealthy", text, ("04:01:21", "04:11:40"), 128)
    for number, clock in enumerate(("04:03:02", "04:05:10", "04:06:45", "04:08:20", "04:09:31")):
        at, slow = shop.at(clock), number % 5 in (0, 2, 3)
        how = "ETIMEDOUT" if slow else "ECONNREFUSED"
        shop.front(at, f"Error: connect {how} 10.96.229.174:80", lines.morgan("GET", "/login", 500, "4.0"))
        if number in (1, 3):
            lookup_failed(shop, later(at, 20), socket_error(slow=False))
    label = ours(
        "user",
        "probe_misconfigured",
        ("fix_probe", "rollback"),
        "user's readiness probe asks a port on which it doesn't listen, so its Service has no ready endpoint.",
        modes=("bad_rollout",),
        must_not=("scale_up@sock-shop/user",),
        detail="readiness_port",
    )
    return finish(
        shop,
        ("04:00", "04:12"),
        "Logins fail, user runs",
        label,
        question="Nobody can log in although every pod is running and logs no error. Why?",
        metrics=("user", "front-end"),
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [bad_dsn(), secret_absent(), probe_port()]
