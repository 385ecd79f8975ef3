"""Owned containers that don't run: image, memory, configuration, requests, secrets, probes."""

from evals.generator.kit import Object, later
from evals.generator.kit_events import event
from evals.generator.kit_pods import crash_loop, hold, restart, set_ready, unschedulable
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.change_runs import image
from evals.generator.sockshop.load import memory
from evals.generator.sockshop.orders import collect, failed_io, place, unpaid
from evals.generator.sockshop.scene import alert, calm, checkout_alert, finish, ours
from evals.generator.sockshop.shop import SOCK, Shop
from evals.generator.sockshop.world import NOVEMBER_LATE

FAMILY = {"family": "owned container"}


def wrong_tag() -> Run:
    """shipping was rolled out, Recreate, with a tag that doesn't exist."""
    shop = Shop("wrong-tag", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "15:20", "16:00", placed=3)
    name = "quay.io/powercloud/sock-shop-shipping:publisher-confrims"
    pods = shop.roll_out("shipping", image(name), "16:01:20", strategy="Recreate", healthy=False)
    text = f'Back-off pulling image "{name}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "{name}": not found'
    hold(shop.cluster, pods[0], shop.at("16:01:22"), "ImagePullBackOff", text)
    drop_start(shop, pods[0])
    path = "spec.containers{shipping}"
    failed = f'Failed to pull image "{name}": rpc error: code = NotFound desc = failed to resolve reference "{name}": not found'
    shared = {"type": "Warning", "field_path": path, "first": shop.at("16:01:24")}
    event(shop.cluster, pods[0], "Failed", failed, shop.at("16:10:10"), count=6, **shared)
    event(shop.cluster, pods[0], "Failed", "Error: ImagePullBackOff", shop.at("16:11:20"), count=38, **shared)
    for clock in ("16:04:20", "16:06:51", "16:09:30"):
        place(shop, clock, 29.5, ship="refused")
    label = ours(
        "shipping",
        "image_pull_failed",
        ("fix_image", "rollback"),
        "shipping's new image tag doesn't exist, so no pod of it runs.",
        modes=("bad_rollout", "rollout_stuck"),
        must_not=("restart@sock-shop/orders", "scale_up@sock-shop/shipping"),
    )
    body = checkout_alert(shop, "16:09")
    return finish(
        shop, ("16:00", "16:12"), "A pod that can't start", label, alert=body, metrics=("shipping", "orders"), **FAMILY
    )


def drop_start(shop: Shop, pod: Object) -> None:
    """The container never started: take its start events back."""
    uid = pod["metadata"]["uid"]
    gone = ("Pulled", "Created", "Started")
    shop.cluster.events = [
        e for e in shop.cluster.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid)
    ]


def memory_kills() -> Run:
    """carts grows into its 500Mi and is killed, five times in half an hour."""
    shop = Shop("carts-memory", NOVEMBER_LATE, "2025-11-19")
    calm(shop, "18:20", "19:00", placed=3)
    pod = shop.cluster.pods("carts")[0]
    for clock in ("19:03:12", "19:09:40", "19:15:02", "19:21:33", "19:27:50"):
        at = shop.at(clock)
        shop.front(later(at, 2), lines.morgan("GET", "/cart", 500, "3.2"), "Error: connect ECONNREFUSED 10.96.49.14:80")
        shop.front(later(at, 6), lines.morgan("POST", "/cart", 500, "2.8"))
        restart(shop.cluster, pod, at, reason="OOMKilled", exit_code=137, ready_after=20)
        event(
            shop.cluster, pod, "Started", "Started container carts", later(at, 1), field_path="spec.containers{carts}"
        )
    span = ("18:30", "19:30")
    extra = memory(
        shop,
        "carts",
        span,
        (None, 262),
        ("19:00", 420),
        ("19:03", 499),
        ("19:04", 250),
        ("19:09", 498),
        ("19:10", 251),
        ("19:15", 500),
        ("19:16", 260),
        ("19:27", 499),
        ("19:28", 248),
    )
    label = ours(
        "carts",
        "oom_killed",
        ("raise_limit", "fix_code", "rollback"),
        "carts runs into its memory limit of 500Mi and is killed.",
        modes=("crash_loop", "memory_pressure"),
        must_not=("restart@sock-shop/front-end",),
    )
    question = "Every few minutes the cart can't be opened for half a minute. Why?"
    return finish(
        shop,
        ("19:00", "19:30"),
        "Cart goes away now and then",
        label,
        question=question,
        metrics=("carts", "front-end"),
        extra=extra,
        **FAMILY,
    )


def bad_dsn() -> Run:
    """catalogue was rolled out, Recreate, with a data source name that it rejects."""
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
        shop.front(
            shop.at(clock),
            "Error: connect ECONNREFUSED 10.96.201.201:80",
            lines.morgan("GET", f"/catalogue/{SOCK}", 500, "4.0"),
        )
    label = ours(
        "catalogue",
        "bad_config",
        ("fix_config", "rollback"),
        "catalogue's data source name was changed to one that it rejects at start.",
        modes=("crash_loop", "bad_rollout"),
        must_not=("restart@sock-shop/catalogue-db", "restart@sock-shop/front-end"),
    )
    body = alert(
        shop,
        "09:06",
        "HttpErrorRateHigh",
        "front-end answers more than 20 % of requests with 5xx.",
        service="front-end",
    )
    return finish(
        shop,
        ("09:00", "09:12"),
        "Catalogue pages fail",
        label,
        alert=body,
        metrics=("catalogue", "front-end", "catalogue-db"),
        new_events=True,
        **FAMILY,
    )


def no_room() -> Run:
    """orders was rolled out, Recreate, with a CPU request that no node has."""
    shop = Shop("no-room", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "19:20", "20:00", placed=3)

    def change(template: Object) -> None:
        resources = template["spec"]["containers"][0]["resources"]
        resources |= {"requests": {"cpu": "16", "memory": "300Mi"}, "limits": {"cpu": "16", "memory": "500Mi"}}

    pods = shop.roll_out("orders", change, "20:01:00", strategy="Recreate", healthy=False, manager="kubectl-edit")
    text = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }. "
    text += "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."
    unschedulable(shop.cluster, pods[0], shop.at("20:01:01"), text, shop.at("20:11:01"))
    for number, clock in enumerate(("20:03:20", "20:05:02", "20:08:41")):
        how = "ETIMEDOUT" if number % 2 else "ECONNREFUSED"
        shop.front(shop.at(clock), f"Error: connect {how} 10.96.147.9:80", lines.morgan("POST", "/orders", 500, "12.1"))
    label = ours(
        "orders",
        "insufficient_cpu",
        ("fix_scheduling", "rollback", "add_capacity"),
        "orders asks for 16 CPUs, which no node has; its pod is pending.",
        modes=("bad_rollout", "rollout_stuck"),
    )
    body = checkout_alert(shop, "20:08")
    return finish(
        shop,
        ("20:00", "20:12"),
        "No pod for orders",
        label,
        alert=body,
        metrics=("orders", "front-end"),
        new_events=True,
        **FAMILY,
    )


def secret_absent() -> Run:
    """payment was rolled out, Recreate, with a reference to a Secret that doesn't exist."""
    shop = Shop("secret-absent", NOVEMBER_LATE, "2025-11-21")
    calm(shop, "13:20", "14:00", placed=3)

    def change(template: Object) -> None:
        reference = {"secretKeyRef": {"name": "stripe-api-key", "key": "secret"}}
        template["spec"]["containers"][0]["env"].append({"name": "STRIPE_API_KEY", "valueFrom": reference})

    pods = shop.roll_out("payment", change, "14:01:00", strategy="Recreate", healthy=False, manager="kubectl-edit")
    hold(shop.cluster, pods[0], shop.at("14:01:03"), "CreateContainerConfigError", 'secret "stripe-api-key" not found')
    drop_start(shop, pods[0])
    event(
        shop.cluster,
        pods[0],
        "Failed",
        'Error: secret "stripe-api-key" not found',
        shop.at("14:11:30"),
        count=48,
        first=shop.at("14:01:03"),
        type="Warning",
        field_path="spec.containers{payment}",
    )
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
    """user's readiness probe was moved to a port on which nothing listens; user itself works."""
    shop = Shop("probe-port", NOVEMBER_LATE, "2025-11-22")
    calm(shop, "03:20", "04:00", placed=2)

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["readinessProbe"]["httpGet"]["port"] = 8081

    pods = shop.roll_out("user", change, "04:01:00", strategy="Recreate", healthy=False, manager="kubectl-patch")
    set_ready(shop.cluster, pods[0], False, shop.at("04:01:03"))
    ip = pods[0]["status"]["podIP"]
    text = f'Readiness probe failed: Get "http://{ip}:8081/health": dial tcp {ip}:8081: connect: connection refused'
    event(
        shop.cluster,
        pods[0],
        "Unhealthy",
        text,
        shop.at("04:11:40"),
        count=128,
        first=shop.at("04:01:21"),
        type="Warning",
        field_path="spec.containers{user}",
    )
    for number, clock in enumerate(("04:03:02", "04:05:10", "04:06:45", "04:08:20", "04:09:31")):
        at, slow = shop.at(clock), number % 5 in (0, 2, 3)
        how = "ETIMEDOUT" if slow else "ECONNREFUSED"
        shop.front(at, f"Error: connect {how} 10.96.229.174:80", lines.morgan("GET", "/login", 500, "4.0"))
        if number in (1, 3):
            collect(shop, later(at, 20))
            text = f'java.util.concurrent.ExecutionException: I/O error on GET request for "http://user/customers/{shop.customer()}": '
            failed_io(
                shop,
                later(at, 25),
                text
                + "Connection refused (Connection refused); nested exception is java.net.ConnectException: Connection refused",
            )
    label = ours(
        "user",
        "probe_misconfigured",
        ("fix_probe", "rollback"),
        "user's readiness probe asks a port on which it doesn't listen, so its Service has no ready endpoint.",
        modes=("bad_rollout",),
        must_not=("scale_up@sock-shop/user",),
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
    return [wrong_tag(), memory_kills(), bad_dsn(), no_room(), secret_absent(), probe_port()]
