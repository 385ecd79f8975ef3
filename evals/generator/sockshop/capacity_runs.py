"""Load and limits: the storefront under 3,000, 750 and 500 users, a wrong autoscaler, a slow catalogue."""

from evals.generator.kit import Object, condition, later
from evals.generator.kit_events import event
from evals.generator.kit_objects import autoscaler
from evals.generator.kit_run import Label, Run
from evals.generator.sockshop import lines
from evals.generator.sockshop.eras import EARLY_NOVEMBER, LATE_OCTOBER, NOVEMBER_10, OCTOBER_27
from evals.generator.sockshop.load import busy, crowd, killed_under_load, limit, memory, old_restarts
from evals.generator.sockshop.scene import alert, calm, finish, ours
from evals.generator.sockshop.shop import Shop

RELIEF = ("add_capacity", "scale_up", "raise_limit", "fix_autoscaler", "reduce_load")


def crash_3000() -> Run:
    """2025-10-27: restarts 42 to 48; one death 15:12:15 to 15:14:23Z was OOMKilled with exit code 137."""
    shop = Shop("i1", OCTOBER_27, "2025-10-27")
    old_restarts(shop, "front-end", 42)
    calm(shop, "14:40", "15:09", placed=2)
    crowd(shop, "15:10", "15:17", (2200, 19000))
    killed_under_load(shop, ["15:11:02", "15:12:14"], reason="Error", exit_code=143)
    killed_under_load(shop, ["15:14:23", "15:15:40", "15:16:31", "15:17:20"], reason="OOMKilled", exit_code=137)
    span = ("14:50", "15:22")
    extra = busy(shop, "front-end", "15:10", "15:15:30", (0.02, 0.3, 9.6), span) + memory(
        shop, "front-end", span, "96 15:11=712 15:13=987 15:15=640 15:18=120"
    )
    label = overload(
        "3,000 users at once on one replica with 300m CPU; probes and memory kill it.",
        ("oom_killed", "probe_killed_under_load", "cpu_throttled"),
    )
    body = alert(
        shop,
        "15:14",
        "KubePodRestartingOften",
        "A container restarted more than 3 times in 10 minutes.",
        pod=shop.pod("front-end") or "",
    )
    return finish(
        shop,
        ("15:05", "15:22"),
        "Storefront restarts under a crowd",
        label,
        family="load",
        alert=body,
        metrics=("front-end", "orders"),
        extra=extra,
    )


def overload(why: str, modes: tuple[str, ...]) -> Label:
    """front-end can't take the traffic."""
    return ours(
        "front-end",
        "overload",
        RELIEF,
        why,
        modes=modes,
        must_not=("rollback@sock-shop/catalogue", "restart@sock-shop/catalogue"),
    )


def crash_750() -> Run:
    """2025-10-27 17:43Z, 8m24s: eight restarts; the back ends have none."""
    shop = Shop("i2", OCTOBER_27, "2025-10-27")
    old_restarts(shop, "front-end", 48)
    calm(shop, "17:15", "17:42", placed=2)
    crowd(shop, "17:43", "17:51:20", (900, 12000))
    killed_under_load(
        shop,
        [
            f"17:{minute}:{second:02d}"
            for minute, second in ((44, 10), (45, 2), (46, 15), (47, 1), (48, 20), (49, 12), (50, 5), (51, 1))
        ],
        exit_code=143,
    )
    span = ("17:20", "17:53")
    extra = busy(shop, "front-end", "17:43", "17:51:24", (0.02, 0.298, 9.4), span) + memory(
        shop, "front-end", span, "88 17:44=240 17:52=130"
    )
    label = overload(
        "750 users saturate one replica's CPU; liveness probes restart it.",
        ("probe_killed_under_load", "cpu_throttled", "connection_exhaustion"),
    )
    question = (
        "The shop is very slow and drops connections; even logging in gives 401 again and again. What is going on?"
    )
    return finish(
        shop,
        ("17:38", "17:53"),
        "Storefront slow and dropping connections",
        label,
        family="load",
        question=question,
        metrics=("front-end", "user", "catalogue"),
        extra=extra,
    )


def latency_500() -> Run:
    """2025-10-31 05:55 to 06:03Z: mean answer 9.4 s, restarts 21 to 27, CPU 222m, nothing in Datadog."""
    shop = Shop("i4", LATE_OCTOBER, "2025-10-31")
    old_restarts(shop, "front-end", 21)
    calm(shop, "05:28", "05:54", placed=2)
    crowd(shop, "05:55", "06:03", (5200, 14400), step=7)
    killed_under_load(shop, ["05:56:30", "05:57:48", "05:59:02", "06:00:15", "06:01:20", "06:02:31"], exit_code=143)
    span = ("05:32", "06:05")
    extra = busy(shop, "front-end", "05:55", "06:03", (0.02, 0.222, 6.1), span) + memory(
        shop, "front-end", span, "86 05:57=151"
    )
    label = overload(
        "500 users on one replica: CPU saturation, probe kills, most requests fail.",
        ("cpu_throttled", "probe_killed_under_load"),
    )
    gaps = [
        {"source": "datadog", "what": "logs", "status": "empty", "error": "no logs matched kube_namespace:sock-shop"}
    ]
    return finish(
        shop,
        ("05:50", "06:05"),
        "Nine seconds per page",
        label,
        family="load",
        question="Pages take around nine seconds and many fail. Why?",
        metrics=("front-end", "orders"),
        extra=extra,
        gaps=gaps,
    )


def add_scaler(shop: Shop) -> None:
    """An HPA on memory that can't read it; it warns for nine minutes."""
    made = shop.at("08:08")
    unable = condition(
        "ScalingActive",
        False,
        made,
        "FailedGetResourceMetric",
        "the HPA was unable to compute the replica count: failed to get memory utilization",
    )
    status: Object = {
        "currentReplicas": 1,
        "desiredReplicas": 1,
        "conditions": [condition("AbleToScale", True, made, "SucceededGetScale"), unable],
    }
    status["currentMetrics"] = [
        {
            "type": "Resource",
            "resource": {"name": "memory", "current": {"averageUtilization": 34, "averageValue": "105Mi"}},
        }
    ]
    scaler = autoscaler(
        "front-end", "sock-shop", made, "front-end", (1, 10), resource="memory", utilization=80, status=status
    )
    shop.cluster.put(scaler)
    text = "invalid metrics (1 invalid out of 1), first error is: failed to get memory resource metric value"
    often = {"count": 31, "first": made, "type": "Warning"}
    event(shop.cluster, scaler, "FailedComputeMetricsReplicas", text, shop.at("08:17"), **often)
    text = "failed to get memory utilization: unable to get metrics"
    event(shop.cluster, scaler, "FailedGetResourceMetric", text, shop.at("08:17"), **often)


def wrong_metric() -> Run:
    """2025-11-10: the autoscaler looks at memory (80 %), which stays near a tenth; the CPU is at its limit."""
    shop = Shop("i7", NOVEMBER_10, "2025-11-10")
    old_restarts(shop, "front-end", 3)
    calm(shop, "07:38", "08:07", placed=2)
    add_scaler(shop)
    crowd(shop, "08:09", "08:17:20", (8000, 73000))
    killed_under_load(
        shop,
        [
            f"08:{minute}:{second:02d}"
            for minute, second in ((10, 20), (11, 15), (12, 40), (13, 31), (14, 45), (16, 2), (17, 1))
        ],
        exit_code=143,
    )
    span = ("07:45", "08:19")
    extra = busy(shop, "front-end", "08:09", "08:17:24", (0.02, 0.3, 9.6), span) + memory(
        shop, "front-end", span, "89 08:10=105"
    )
    label = ours(
        "front-end",
        "autoscaler_wrong_metric",
        ("fix_autoscaler", "scale_up", "add_capacity"),
        "The HPA watches memory while the CPU is at its limit, so one replica stays one.",
        modes=("overload", "autoscaler_cannot_scale", "probe_killed_under_load", "cpu_throttled"),
    )
    question = (
        "There is an autoscaler on the storefront, yet pages take over a minute and pods restart. Why doesn't it help?"
    )
    return finish(
        shop,
        ("08:05", "08:19"),
        "Slow storefront that doesn't scale",
        label,
        family="load",
        question=question,
        metrics=("front-end",),
        extra=extra,
    )


def slow_catalogue() -> Run:
    """2025-11-05: catalogue-db limited to 50m; the catalogue's circuit breaker opens."""
    shop = Shop("i8", EARLY_NOVEMBER, "2025-11-05")
    calm(shop, "09:30", "10:02", placed=2)
    shop.roll_out("catalogue-db", limit("50m", "128Mi"), "10:03:10", manager="kubectl-set", settle=9)
    at = shop.at("10:05")
    while at < shop.at("10:24"):
        slow = shop.random.uniform(2100, 6400)
        err = "circuit breaker 'List' is open" if shop.random.random() < 0.6 else "null"
        text = (
            f"caller=logging.go:27 method=List tags= order=id pageNum=1 pageSize=5 "
            f'result={0 if err != "null" else 5} err="{err}" took={slow:.6f}ms'
        )
        shop.write("catalogue", at, lines.logfmt(at, text.replace('"null"', "null")))
        shop.front(
            later(at, 0.1), lines.morgan("GET", "/catalogue?size=5", 500 if err != "null" else 200, f"{slow:.3f}")
        )
        health = f"caller=logging.go:81 method=Health result=2 took={shop.random.uniform(1, 6):.6f}ms"
        shop.write("catalogue", later(at, 4), lines.logfmt(later(at, 4), health))
        at = later(at, shop.random.uniform(12, 30))
    span = ("09:45", "10:24")
    extra = busy(shop, "catalogue-db", "10:05", "10:24", (0.011, 0.051, 9.7), span)
    label = ours(
        "catalogue-db",
        "cpu_throttled",
        ("raise_limit", "rollback", "tune_database"),
        "The catalogue's database was limited to 50m CPU and uses all of it.",
        modes=("slow_queries",),
        must_not=("restart@sock-shop/front-end",),
    )
    return finish(
        shop,
        ("10:00", "10:24"),
        "Catalogue pages fail or crawl",
        label,
        family="load",
        question="The catalogue page is slow or fails with an error. What is the reason?",
        metrics=("catalogue", "catalogue-db", "front-end"),
        extra=extra,
    )


def runs() -> list[Run]:
    """All runs of this family."""
    return [crash_3000(), crash_750(), latency_500(), wrong_metric(), slow_catalogue()]
