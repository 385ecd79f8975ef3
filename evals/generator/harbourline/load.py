"""Capacity and order of events: autoscalers, throttling beside a slow vendor, two faults at once, faults that healed."""

from datetime import datetime

from evals.generator.harbourline.finish import alert, external, feed, internal, nothing, run, unsure
from evals.generator.harbourline.scene import Break, Scene
from evals.generator.kit import Object, condition, later
from evals.generator.kit_changes import roll_out
from evals.generator.kit_metrics import grid, steps
from evals.generator.kit_objects import autoscaler
from evals.generator.kit_run import Run

SEARCH = "booking/timetable-server"


def runs() -> list[Run]:
    return [wrong_metric(), at_maximum(), vendor_first(), throttle_first(), two_faults(), healed(), after_healing(), partner()]


def pressure(scene: Scene, since: datetime, throttled: tuple[float, float], cores: tuple[float, float]) -> None:
    """CPU use and throttled share of the search pods, before and from `since` on."""
    times = grid(scene.start, scene.end, 180)
    for pod in scene.fleet.pods(SEARCH):
        labels = {"namespace": "booking", "pod": pod["metadata"]["name"], "container": "timetable-server"}
        periods, stalled, used = 0.0, 0.0, 0.0
        series: dict[str, list[tuple[datetime, float]]] = {"periods": [], "throttled_periods": [], "usage": []}
        for at in times:
            late = int(at >= since)
            periods, stalled, used = periods + 1800, stalled + 1800 * throttled[late], used + 180 * cores[late]
            for name, value in (("periods", periods), ("throttled_periods", stalled), ("usage", used)):
                series[name].append((at, round(value, 1)))
        scene.metrics.add("container_cpu_cfs_periods_total", labels, series["periods"], kind="counter")
        scene.metrics.add("container_cpu_cfs_throttled_periods_total", labels, series["throttled_periods"], kind="counter")
        scene.metrics.add("container_cpu_usage_seconds_total", labels, series["usage"], kind="counter")


def latency(scene: Scene, target: str, since: datetime, seconds: tuple[float, float], rates: tuple[float, float] = (2.0, 2.0)) -> None:
    """The mean duration of calls to `target`, as a histogram's sum and count, before and from `since` on."""
    times = grid(scene.start, scene.end, 180)
    labels, total, count = {"service": "timetable", "host": target}, 0.0, 0.0
    sums, counts = [], []
    for at in times:
        late = int(at >= since)
        count, total = count + 180 * rates[late], total + 180 * rates[late] * seconds[late]
        sums.append((at, round(total, 2)))
        counts.append((at, count))
    scene.metrics.add("http_client_request_duration_seconds_sum", labels, sums, kind="unknown")
    scene.metrics.add("http_client_request_duration_seconds_count", labels, counts, kind="unknown")


def _hpa(scene: Scene, resource: str, use: int, aim: int, bounds: tuple[int, int], *conditions: Object) -> None:
    current = {"type": "Resource", "resource": {"name": resource, "current": {"averageUtilization": use}}}
    status = {"currentReplicas": 2, "desiredReplicas": 2, "currentMetrics": [current], "conditions": list(conditions)}
    scene.fleet.put(autoscaler("timetable-server", "booking", later(scene.at, -3_000_000), "timetable-server", bounds, resource=resource,
                               utilization=aim, status=status))  # fmt: skip


def _busy(scene: Scene, hop_share: float) -> None:
    scene.traffic(-880, 0, step=34)
    scene.slow["timetable"] = 3.4
    scene.traffic(0, 715, Break("storefront>timetable", "read_timeout", share=hop_share), step=14)


def wrong_metric() -> Run:
    scene = Scene("l1", "2026-06-22T18:00:00Z", "booking", "data")
    fine = condition("ScalingActive", True, scene.start, "ValidMetricFound", "the HPA was able to successfully calculate a replica count from memory resource utilization (percentage of request)")
    _hpa(scene, "memory", 31, 80, (2, 10), fine)
    _busy(scene, 0.35)
    pressure(scene, scene.at, (0.01, 0.83), (0.21, 0.99))
    label = internal(SEARCH, "autoscaler_wrong_metric", ("fix_autoscaler", "scale_up", "add_capacity"), "Traffic doubled, both search pods are throttled at their CPU"
                     " limit, and the autoscaler, which may go to 10, looks at memory only (31 % of 80 %).", components=("booking/timetable-server",),
                     modes=("overload", "cpu_throttled", "too_few_replicas"), must_not=("contact_vendor", "rollback@booking/timetable-server"))  # fmt: skip
    question = "The sailings search is slow and partly times out since six, summer fares opened. Why does nothing scale?"
    return run(scene, "hpa-memory", "Search is slow, nothing scales", question, label, family="load", refs=(SEARCH,))


def at_maximum() -> Run:
    scene = Scene("l2", "2026-06-23T18:00:00Z", "booking", "data")
    text = "the desired replica count is more than the maximum replica count"
    _hpa(scene, "cpu", 198, 70, (2, 2), condition("ScalingLimited", True, scene.time(40), "TooManyReplicas", text))
    _busy(scene, 0.35)
    pressure(scene, scene.at, (0.01, 0.79), (0.22, 0.99))
    label = internal(SEARCH, "autoscaler_cannot_scale", ("fix_autoscaler", "add_capacity", "scale_up"), "CPU stands at 198 % of a 70 % aim, but the autoscaler is"
                     " limited to its maximum of 2 replicas.", modes=("overload", "cpu_throttled", "too_few_replicas"),
                     must_not=("contact_vendor", "rollback@booking/timetable-server"))  # fmt: skip
    asked = alert(scene.time(300), "SearchLatencyHigh", "p95 of GET /api/sailings is above 3 s", namespace="booking", service="storefront-web")
    return run(scene, "hpa-maximum", "Search latency is high", asked, label, family="load", refs=(SEARCH,))


def vendor_first() -> Run:
    scene = Scene("l3", "2026-06-24T09:00:00Z", "booking", "data")
    scene.traffic(-880, 0, step=34)
    scene.slow["timetable"] = 2.9
    scene.traffic(0, 715, Break("timetable>maps", "read_timeout", share=0.5), step=20)
    latency(scene, "maps.googleapis.com", scene.time(-10), (0.09, 2.7))
    latency(scene, "cache.data.svc.cluster.local", scene.at, (0.002, 0.002))
    pressure(scene, scene.time(300), (0.01, 0.46), (0.22, 0.93))
    label = external("maps.googleapis.com", "dependency_slow", "Google Maps' answers went from 0.09 s to 2.7 s first; five minutes later the waiting requests pushed"
                     " our pods into throttling, while calls to the cache stayed at 2 ms.", modes=("dependency_timeout",), must_not=("rollback@booking/timetable-server",),
                     verdicts=())  # fmt: skip
    question = "Searches take seconds since nine, and CPU throttling shows on our pods. Do we lack CPU?"
    return run(scene, "vendor-slow-first", "Slow searches and throttling, first case", question, label, family="load", refs=(SEARCH,))


def throttle_first() -> Run:
    scene = Scene("l4", "2026-06-25T09:00:00Z", "booking", "data")
    scene.traffic(-880, -15, step=34)

    def less(template: Object) -> None:
        template["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "100m", "memory": "512Mi"}}

    roll_out(scene.fleet, SEARCH, less, scene.time(-12), manager="kubectl-edit")
    scene.slow["timetable"] = 3.1
    scene.traffic(0, 715, Break("storefront>timetable", "read_timeout", share=0.4), Break("timetable>maps", "read_timeout", share=0.2), step=22)
    latency(scene, "maps.googleapis.com", scene.time(30), (0.09, 1.6))
    latency(scene, "cache.data.svc.cluster.local", scene.time(30), (0.002, 0.71))
    pressure(scene, scene.time(-12), (0.01, 0.92), (0.22, 0.1))
    label = internal(SEARCH, "cpu_throttled", ("raise_limit", "rollback"), "The CPU limit was cut from 1 to 100m; since then the pods are throttled in 92 % of periods and"
                     " everything in them is slow, the cache too, not only Google Maps.", modes=("bad_rollout",), must_not=("contact_vendor",))  # fmt: skip
    question = "Searches take seconds since nine and calls to Maps time out at times. Is Google slow again?"
    return run(scene, "throttled-first", "Slow searches and throttling, second case", question, label, family="load", refs=(SEARCH,))


def two_faults() -> Run:
    scene = Scene("l5", "2026-06-26T10:30:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    body = '{"errors":[{"message":"Internal Server Error"}]}'
    from_ledger = ("psycopg.errors.InsufficientPrivilege: permission denied for table ticket_2026_06",)
    scene.traffic(0, 715, Break("messenger>sendgrid", status=500, body=body, share=0.9),
                  Break("printer>ledger", "text", body=from_ledger[0], share=0.3), step=34)  # fmt: skip
    label = external("api.sendgrid.com", "dependency_errors", "The mails asked about fail because SendGrid answers 500; that the printer may not write to a table of the"
                     " ledger is a second, own fault on another path.", modes=("dependency_unavailable",), mention=("fulfilment/ticket-printer",))  # fmt: skip
    question = "Confirmation e-mails don't go out since half past ten. Why?"
    return run(scene, "two-sides", "No mails, and something else", question, label, family="load", refs=("fulfilment/messenger", "fulfilment/ticket-printer"))


def _short(seed: str, at: str) -> Scene:
    """Stripe answers 503 for five minutes and then works again."""
    scene = Scene(seed, at, "booking", "data")
    scene.traffic(-600, 0)
    scene.traffic(0, 300, Break("cashier>stripe", status=503, body='{"error":{"type":"api_error"}}'), step=26)
    return scene


def healed() -> Run:
    scene = _short("l6", "2026-06-29T16:00:00Z")
    scene.start, scene.end = scene.time(-600), scene.time(1080)
    scene.traffic(303, 1075, step=36)
    label = external("api.stripe.com", "dependency_errors", "Stripe answered 503 to every call for five minutes of the window and has worked since, which its feed confirms.",
                     modes=("recovered", "dependency_unavailable"), verdicts=("no_fault",), must=("contact_vendor", "check_vendor_status", "none_needed", "failover"))  # fmt: skip
    incident = ("Elevated error rates on the Payment Intents API", "major", later(scene.at, -30), scene.time(320))
    question = "Payments failed around four this afternoon and seem fine again. What was it?"
    return run(scene, "healed", "Payments failed for a while", question, label, family="quiet", statuses={"stripe": feed("Stripe", scene.end, incident)},
               refs=("booking/cashier",))  # fmt: skip


def after_healing() -> Run:
    scene = _short("l7", "2026-06-30T16:00:00Z")
    scene.start, scene.end = scene.time(900), scene.time(1800)
    scene.traffic(303, 1790, step=48)
    label = nothing("recovered", "In this window every payment succeeds; the errors lie ten minutes before it.", "healthy")
    question = "Are payments all right now? There was something earlier."
    return run(scene, "after-healing", "Are payments all right now", question, label, family="quiet", refs=("booking/cashier",))


def partner() -> Run:
    """The port authority's host has a private name: nobody told who runs it."""
    scene = Scene("l8", "2026-07-01T07:00:00Z", "booking", "data")
    for kind in ("Deployment", "ReplicaSet", "Pod"):
        for one in scene.fleet.of_kind(kind, "booking"):
            spec = one["spec"] if kind == "Pod" else one["spec"]["template"]["spec"]
            if spec["containers"][0]["name"] == "timetable-server":
                spec["containers"][0]["args"] = [*spec["containers"][0]["args"], "--berths-url=https://berths.portauthority.internal/api"]
    scene.traffic(-880, 0, step=40)
    scene.traffic(0, 715, Break("timetable>berths", "refused"), step=30)
    label = unsure("berths.portauthority.internal refuses connections; a private name that no boundary declares can be ours or the port's.",
                   must_not=("rollback@booking/timetable-server", "restart@booking/timetable-server"))  # fmt: skip
    question = "The sailings search fails since seven, berth lookups are refused. Ours or theirs?"
    return run(scene, "partner", "Berth lookups are refused", question, label, family="vendor", refs=(SEARCH,))
