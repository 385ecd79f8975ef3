"""Our network: Services that point elsewhere, a policy, cluster DNS, the way out."""

from evals.generator.kit import Object, fields, later, managed
from evals.generator.kit_objects import network_policy
from evals.generator.kit_run import Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.eras import NOVEMBER_LATE
from evals.generator.sockshop.orders import broken, lookup_failed, place, socket_error, unpaid
from evals.generator.sockshop.scene import alert, calm, finish, ours, storefront_alert
from evals.generator.sockshop.shop import Shop

FAMILY = {"family": "our network"}
RESTARTS = ("restart@sock-shop/payment", "scale_up@sock-shop/payment")


def edit_service(shop: Shop, name: str, clock: str, change: Object, manager: str = "kubectl-edit") -> None:
    """Somebody changes the spec of a Service."""
    found, at = shop.cluster.get("Service", name), shop.at(clock)
    found["spec"] |= change
    shop.cluster.touch(found, managed(manager, at, fields(*(f"spec/{key}" for key in change)), api="v1"))
    shop.cluster.sync(later(at, 1))


def selector_edited(timeouts: bool) -> Run:
    """The user Service selects a label that no pod has. With `timeouts` callers see nothing else."""
    key, day = ("selector-timeouts", "2025-11-21") if timeouts else ("selector", "2025-11-18")
    shop = Shop(key, NOVEMBER_LATE, day)
    calm(shop, "07:20", "08:00", placed=3)
    edit_service(shop, "user", "08:01:30", {"selector": {"name": "user", "tier": "backend"}}, "kubectl-patch")
    ip = shop.ip("user")
    for number, clock in enumerate(("08:03:02", "08:04:10", "08:05:45", "08:07:20", "08:08:03", "08:09:31")):
        slow = timeouts or number % 5 in (0, 1, 3)
        at = shop.at(clock)
        how, took = ("ETIMEDOUT", "127014.2") if slow else ("ECONNREFUSED", "4.1")
        shop.front(at, f"Error: connect {how} {ip}:80", lines.morgan("GET", "/login", 500, took))
        if number % 2:
            lookup_failed(shop, later(at, 20), socket_error(slow))
    label = ours(
        "user",
        "selector_mismatch",
        ("fix_selector", "rollback"),
        "The user Service's selector matches no pod, so it has no endpoints; the pod is Ready.",
        must_not=("restart@sock-shop/user", "scale_up@sock-shop/user"),
    )
    body = alert(shop, "08:08", "LoginErrorRatioHigh", "More than half of the logins fail.", service="front-end")
    ttl = 3600 if not timeouts else 0
    return finish(
        shop,
        ("07:58", "08:12"),
        "Logins hang" if timeouts else "Logins fail",
        label,
        alert=body,
        event_ttl=ttl,
        namespace=None if timeouts else "sock-shop",
        metrics=("user", "front-end"),
        **FAMILY,
    )


def target_port_edited() -> Run:
    """The payment Service forwards to a port on which nobody listens; endpoints are there."""
    shop = Shop("target-port", NOVEMBER_LATE, "2025-11-18")
    calm(shop, "12:20", "13:00", placed=3)
    edit_service(shop, "payment", "13:01:12", {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 8081}]})
    for clock in ("13:03:20", "13:05:02", "13:06:44", "13:09:15"):
        unpaid(shop, clock)
    label = ours(
        "payment",
        "target_port_mismatch",
        ("fix_port", "rollback"),
        "The payment Service forwards to 8081, payment listens on 8080.",
        must_not=RESTARTS,
    )
    return finish(
        shop,
        ("13:00", "13:12"),
        "Payment refuses although Ready",
        label,
        question="Orders fail with an error page, yet all pods are up. Where does it break?",
        metrics=("payment", "orders"),
        **FAMILY,
    )


def policy_blocks() -> Run:
    """A new egress policy lets payment out only to DNS; its charges time out."""
    shop = Shop("policy", NOVEMBER_LATE, "2025-11-19")
    calm(shop, "16:20", "17:00", placed=3)
    made = shop.at("17:01:05")
    spec: Object = {"podSelector": {"matchLabels": {"name": "payment"}}, "policyTypes": ["Egress"]}
    spec["egress"] = [
        {
            "ports": [{"port": 53, "protocol": "UDP"}],
            "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
        }
    ]
    policy = network_policy("payment-egress", "sock-shop", made, spec)
    shop.cluster.put(policy)
    shop.cluster.touch(
        policy,
        managed(
            "kubectl-client-side-apply", made, fields("spec/egress", "spec/policyTypes"), api="networking.k8s.io/v1"
        ),
    )
    error = f'Post "http://stripe-mock/v1/charges": dial tcp {shop.ip("stripe-mock")}:80: i/o timeout'
    for clock in ("17:03:02", "17:05:40", "17:07:11", "17:10:28"):
        place(shop, clock, 33.0, broken(error, 30.0))
    label = ours(
        "payment-egress",
        "network_policy_blocks",
        ("fix_network_policy", "rollback"),
        "A new egress policy keeps payment from the gateway, which is Ready with endpoints.",
        names=("sock-shop/payment", "sock-shop/stripe-mock"),
        must_not=RESTARTS,
    )
    return finish(
        shop,
        ("17:00", "17:14"),
        "Charges time out since five o'clock",
        label,
        question="Customers can't pay since shortly after five: checkout hangs, then fails. Why?",
        metrics=("payment", "stripe-mock"),
        **FAMILY,
    )


def dns_down() -> Run:
    """Cluster DNS has no replicas: names of every kind fail."""
    shop = Shop("dns", NOVEMBER_LATE, "2025-11-20")
    calm(shop, "05:20", "06:00", placed=3)
    shop.scale("kube-system/coredns", 0, "06:02:30")
    for number, clock in enumerate(("06:04:10", "06:05:02", "06:06:33", "06:08:15", "06:09:40")):
        at = shop.at(clock)
        shop.front(
            at,
            "Error: getaddrinfo EAI_AGAIN catalogue.sock-shop.svc.cluster.local",
            lines.morgan("GET", "/catalogue?size=5", 500, "10012.4"),
        )
        if number < 3:
            how = "read: connection refused" if number % 2 else "i/o timeout"
            source = f"{shop.pod_ip('payment')}:4{number}233->10.96.0.10:53"
            lookup = f"lookup stripe-mock on 10.96.0.10:53: read udp {source}: {how}"
            error = f'Post "http://stripe-mock/v1/charges": dial tcp: {lookup}'
            place(shop, f"06:0{4 + number}:50", 21.0, broken(error, 0.01))
        else:
            lookup_failed(shop, later(at, 8), "user; nested exception is java.net.UnknownHostException: user")
    label = ours(
        "kube-system/coredns",
        "cluster_dns_down",
        ("fix_dns", "scale_up"),
        "Cluster DNS has no replicas; names of all kinds fail in several programs.",
        modes=("scaled_to_zero",),
        must_not=RESTARTS,
    )
    body = storefront_alert(shop, "06:07")
    return finish(
        shop,
        ("06:00", "06:12"),
        "Everything fails at once",
        label,
        alert=body,
        metrics=("payment", "front-end", "kube-system/coredns"),
        new_events=True,
        **FAMILY,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [
        selector_edited(timeouts=False),
        selector_edited(timeouts=True),
        target_port_edited(),
        policy_blocks(),
        dns_down(),
    ]
