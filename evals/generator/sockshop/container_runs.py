"""Owned containers that don't run: image, memory, configuration, requests, secrets, probes."""

from evals.generator.kit import Object, later
from evals.generator.kit_events import event
from evals.generator.kit_pods import hold, restart, unschedulable
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.change_runs import image
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.load import memory
from evals.generator.sockshop.orders import place
from evals.generator.sockshop.scene import calm, checkout_alert, finish, ours
from evals.generator.sockshop.shop import Shop

FAMILY = {"family": "owned container"}


def wrong_tag() -> Run:
    """Shipping was rolled out, Recreate, with a tag that doesn't exist."""
    shop = Shop("wrong-tag", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "15:20", "16:00", placed=3)
    name = "quay.io/powercloud/sock-shop-shipping:publisher-confrims"
    pods = shop.roll_out("shipping", image(name), "16:01:20", strategy="Recreate", healthy=False)
    text = (
        f'Back-off pulling image "{name}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and '
        f'unpack image "{name}": not found'
    )
    hold(shop.cluster, pods[0], shop.at("16:01:22"), "ImagePullBackOff", text)
    drop_start(shop, pods[0])
    failed = (
        f'Failed to pull image "{name}": rpc error: code = NotFound desc = failed to resolve reference '
        f'"{name}": not found'
    )
    shop.warn(pods[0], "Failed", failed, ("16:01:24", "16:10:10"), 6)
    shop.warn(pods[0], "Failed", "Error: ImagePullBackOff", ("16:01:24", "16:11:20"), 38)
    for clock in ("16:04:20", "16:06:51", "16:09:30"):
        place(shop, clock, 29.5, ship="refused")
    label = ours(
        "shipping",
        "image_pull_failed",
        ("fix_image", "rollback"),
        "shipping's new image tag doesn't exist, so no pod of it runs.",
        modes=("bad_rollout", "rollout_stuck"),
        must_not=("restart@sock-shop/orders", "scale_up@sock-shop/shipping"),
        detail="name_or_tag",
    )
    body = checkout_alert(shop, "16:09")
    return finish(
        shop,
        ("16:00", "16:12"),
        "A pod that can't start",
        label,
        namespace=None,
        alert=body,
        metrics=("shipping", "orders"),
        **FAMILY,
    )


def drop_start(shop: Shop, pod: Object) -> None:
    """The container never started: take its start events back."""
    uid = pod["metadata"]["uid"]
    gone = ("Pulled", "Created", "Started")
    shop.cluster.events = [
        e for e in shop.cluster.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid)
    ]


def memory_kills() -> Run:
    """Carts grows into its 500Mi and is killed, five times in half an hour."""
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
        "262 19:00=420 19:03=499 19:04=250 19:09=498 19:10=251 19:15=500 19:16=260 19:27=499 19:28=248",
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


def no_room() -> Run:
    """Orders was rolled out, Recreate, with a CPU request that no node has."""
    shop = Shop("no-room", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "19:20", "20:00", placed=3)

    def change(template: Object) -> None:
        resources = template["spec"]["containers"][0]["resources"]
        resources |= {"requests": {"cpu": "16", "memory": "300Mi"}, "limits": {"cpu": "16", "memory": "500Mi"}}

    pods = shop.roll_out("orders", change, "20:01:00", strategy="Recreate", healthy=False, manager="kubectl-edit")
    text = (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }. "
    )
    text += (
        "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is "
        "not helpful for scheduling."
    )
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


def runs() -> list[Run]:
    """All runs of this family."""
    return [wrong_tag(), memory_kills(), no_room()]
