"""From a shop that has lived through something to a run: window, evidence that was recorded, and the label."""

from collections.abc import Iterable
from datetime import datetime

from evals.generator.kit import Object, Part, later
from evals.generator.kit_alerts import alertmanager
from evals.generator.kit_datadog import Datadog
from evals.generator.kit_events import use_new_api
from evals.generator.kit_metrics import Metrics, Series, grid, state_metrics
from evals.generator.kit_run import Incident, Label, Run
from evals.generator.sockshop import noise, orders
from evals.generator.sockshop.shop import Shop

STRIPE = "sock-shop/stripe-mock"
HANDS_OFF = ("restart@sock-shop/payment", "scale_up@sock-shop/payment", "rollback@sock-shop/payment")
NO_VENDOR = ("contact_vendor", "failover")
SHORT_NAMES = {"stripe-mock": "stripe-mock", "orders-db": "mongodb", "carts-db": "mongodb", "session-db": "redis"}
STDERR = ("payment", "user", "catalogue", "stripe-mock")
MODELLED = {
    "cluster": "modelled",
    "logs": "modelled",
    "from": "names, addresses and formats of the public repository's dump and logs",
}


def vendor(mode: str, why: str, component: str = STRIPE, **parts: Part) -> Label:
    """External: the gateway. `modes` are further right modes."""
    also = {
        "components": ("Stripe", *parts.get("names", ())),
        "failure_modes": parts.get("modes", ()),
        "verdicts": parts.get("verdicts", ()),
    }
    must = ("contact_vendor", "failover", "check_vendor_status")
    return Label(
        "external", component, mode, must, HANDS_OFF, why, also, parts.get("mention", ()), parts.get("unscored", ())
    )


def ours(component: str, mode: str, must: tuple[str, ...], why: str, **parts: Part) -> Label:
    """Internal. `names` and `modes` are further right components and modes."""
    also = {
        "components": parts.get("names", ()),
        "failure_modes": parts.get("modes", ()),
        "verdicts": parts.get("verdicts", ()),
    }
    must_not = NO_VENDOR + parts.get("must_not", ())
    full = component if "/" in component else f"sock-shop/{component}"
    more = {"mention": parts.get("mention", ()), "unscored": parts.get("unscored", ()), "detail": parts.get("detail")}
    return Label("internal", full, mode, must, must_not, why, also, **more)


def nothing(mode: str, why: str, **parts: Part) -> Label:
    """No fault. For `recovered` the healed fault's own verdict counts too: give `verdicts`, `names`, `modes`."""
    also = {
        "components": parts.get("names", ()),
        "failure_modes": parts.get("modes", ()),
        "verdicts": parts.get("verdicts", ()),
    }
    must_not = (*NO_VENDOR, *HANDS_OFF) if not parts.get("verdicts") else HANDS_OFF
    must = ("none_needed", "collect_more_evidence")
    return Label(
        "no_fault",
        None,
        mode,
        must,
        must_not,
        why,
        also,
        parts.get("mention", ()),
        ("component", *parts.get("unscored", ())),
    )


def undecided(why: str) -> Label:
    """Inconclusive: the evidence does not decide."""
    return Label(
        "inconclusive", None, None, ("collect_more_evidence",), HANDS_OFF, why, unscored=("component", "failure_mode")
    )


def calm(shop: Shop, since: str, until: str, placed: int = 3) -> None:
    """Ordinary customers: looks every two or three minutes, logins, and `placed` orders that work."""
    start, end = shop.at(since), shop.at(until)
    span = (end - start).total_seconds()
    moments: list[tuple[datetime, str]] = [
        (later(at, shop.random.uniform(0, 60)), "look") for at in grid(start, later(end, -60), 300)
    ]
    moments += [(later(at, 31.4), "login") for at in grid(start, later(end, -60), 800)]
    moments += [(later(start, span * (number + 0.6) / (placed + 0.7)), "order") for number in range(placed)]
    for at, what in sorted(moments):
        if what == "order":
            orders.place(shop, f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", round(shop.random.uniform(19, 98), 2))
        elif what == "login":
            shop.login(at)
        else:
            shop.browse(at)


def answer_500(shop: Shop, clock: str, cause: str) -> None:
    """Orders fails with `cause` five seconds on and answers 500."""
    orders.failed_io(shop, later(shop.at(clock), 5.2), cause)


def alert(shop: Shop, clock: str, name: str, summary: str, **labels: str) -> Object:
    """An Alertmanager body for the shop's namespace."""
    full = {"alertname": name, "namespace": "sock-shop", "severity": "critical"} | labels
    return alertmanager(shop.at(clock), full, {"summary": summary, "runbook_url": "https://runbooks.example/sock-shop"})


def checkout_alert(shop: Shop, clock: str) -> Object:
    """The alert on the storefront's own error ratio."""
    text = "More than half of POST /orders failed over the last 5 minutes."
    return alert(shop, clock, "CheckoutErrorRatioHigh", text, service="front-end")


def storefront_alert(shop: Shop, clock: str) -> Object:
    """The alert on the storefront's 5xx."""
    text = "front-end answers more than 20 % of requests with 5xx."
    return alert(shop, clock, "HttpErrorRateHigh", text, service="front-end")


def finish(shop: Shop, window: tuple[str, str], title: str, label: Label, **parts: Part) -> Run:
    """The run of `shop` as recorded at the window's end (or `recorded`).

    Asked: `question`, `alert`, `namespace` (None leaves it out). Evidence: `metrics` (workloads), `extra` (name,
    labels, samples, kind), `datadog` (workloads), `gaps`, `status`, `event_ttl`, `no_logs`, `new_events` (of
    events.k8s.io/v1), `since` (of the logs). Else: `key`, `family`, `provenance`, `recorded`.
    """
    start, end = shop.at(window[0]), shop.at(window[1])
    recorded = shop.at(parts.get("recorded", window[1]))
    since = shop.at(parts["since"]) if "since" in parts else later(start, -1800)
    noise.fill(shop, since, recorded)
    _read_logs(shop, since)
    if parts.get("new_events"):
        use_new_api(shop.cluster)
    metrics = _metrics(shop, later(start, -900), recorded, parts)
    provenance = (
        MODELLED
        | ({"metrics": "modelled"} if metrics else {})
        | ({"datadog": "modelled"} if parts.get("datadog") else {})
    )
    asked = Incident(start, end, parts.get("question"), parts.get("alert"), parts.get("namespace", "sock-shop"))
    return Run(
        key=f"sockshop/{parts.get('key', shop.key)}",
        title=title,
        family=parts["family"],
        recorded_at=recorded,
        incident=asked,
        label=label,
        provenance=provenance | parts.get("provenance", {}),
        cluster=shop.cluster,
        logs=None if parts.get("no_logs") else shop.logs,
        metrics=metrics,
        datadog=_datadog(shop, start, recorded, parts["datadog"]) if parts.get("datadog") else None,
        statuses=parts.get("status", {}),
        gaps=parts.get("gaps", []),
        event_ttl=parts.get("event_ttl", 3600),
        logs_from=since,
    )


def _read_logs(shop: Shop, since: datetime) -> None:
    """Every container of a present pod was read, silent or not; of gone pods only those that died after `since`."""
    for pod in shop.cluster.of_kind("Pod", "sock-shop"):
        for one in pod["spec"]["containers"]:
            shop.logs.open(pod["metadata"]["name"], one["name"])
    gone = {life.pod for life in shop.lives.values() if life.died is not None and life.died < since}
    for stream in [stream for stream in shop.logs.lines if stream[1] in gone]:
        del shop.logs.lines[stream]
    shop.logs.keep_last_instances(shop.cluster, since)


def _metrics(shop: Shop, start: datetime, end: datetime, parts: Object) -> Metrics | None:
    if not parts.get("metrics") and not parts.get("extra"):
        return None
    made = Metrics()
    state_metrics(shop.cluster, made, ticks(start, end), parts.get("metrics", ()))
    for name, labels, samples, kind in parts.get("extra", ()):
        made.add(name, labels, samples, kind)
    return made


def ticks(start: datetime, end: datetime, count: int = 10) -> list[datetime]:
    """Sample times: whole scrapes of 15 s, thinned to about `count`."""
    step = max(15.0, (end - start).total_seconds() // count // 15 * 15)
    return grid(start, end, step)


def _datadog(shop: Shop, start: datetime, end: datetime, workloads: Iterable[str]) -> Datadog:
    made = Datadog("sockshop-worker-sockshop-kind", ("kube_cluster_name:sockshop-kind", "kube_node:sockshop-worker"))
    wanted = list(workloads)
    for (namespace, pod, container, previous), written in shop.logs.lines.items():
        if container in wanted and not previous:
            service = SHORT_NAMES.get(container, f"sock-shop-{container}")
            if container == "payment" and shop.payment_v2:
                service = "sock-shop-payment-gateway"
            status = "error" if container in STDERR else "info"
            for at, text in written:
                if start <= at <= end:
                    made.log(pod, container, at, text, service=service, status=status, namespace=namespace)
    for name in wanted:
        tags = f"kube_deployment:{name},kube_namespace:sock-shop"
        for measure, metric in (("available", "replicas_available"), ("desired", "replicas_desired")):
            made.metric(f"kubernetes_state.deployment.{metric}", tags, _points(shop, name, measure, start, end))
    return made


def _points(shop: Shop, name: str, measure: str, start: datetime, end: datetime) -> Series:
    readings = [r for r in shop.cluster.history if r.kind == "Deployment" and r.name == name]
    return [(at, [r for r in readings if r.at <= at][-1].values[measure]) for at in ticks(later(start, -600), end)]
