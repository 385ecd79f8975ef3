"""A node, a probe, and a planned zero."""

from evals.generator.harbourline import voices
from evals.generator.harbourline.finish import alert, internal, nothing, run
from evals.generator.harbourline.scene import Scene
from evals.generator.kit import Object, condition, later, stamp
from evals.generator.kit_changes import roll_out, scale
from evals.generator.kit_events import event
from evals.generator.kit_metrics import grid, steps
from evals.generator.kit_objects import autoscaler
from evals.generator.kit_pods import set_ready
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_node_gone(), _probe_path(), _planned()]


def _node_gone() -> Run:
    scene = Scene("p7", "2026-06-09T23:14:00Z", "booking", "data")
    scene.end = scene.time(270)
    scene.traffic(-880, 0)
    node = scene.fleet.get("Node", "hl-node-b")
    for entry in node["status"]["conditions"]:
        entry |= {
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
            "lastTransitionTime": stamp(scene.time(42)),
        }
        entry["lastHeartbeatTime"] = stamp(scene.time(-2))
    node["spec"]["taints"] = [
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": stamp(scene.time(47))}
    ]
    event(
        scene.fleet,
        node,
        "NodeNotReady",
        "Node hl-node-b status is now: NodeNotReady",
        scene.time(42),
        source="node-controller",
    )
    for pod in [
        p
        for p in scene.fleet.of_kind("Pod")
        if p["spec"].get("nodeName") == "hl-node-b" and p["status"]["phase"] == "Running"
    ]:
        set_ready(scene.fleet, pod, False, scene.time(43))
        event(
            scene.fleet,
            pod,
            "NodeNotReady",
            "Node is not ready",
            scene.time(43),
            type="Warning",
            source="node-controller",
        )
    nginx = scene.pod("edge/ingress-nginx-controller")
    if scene.pod("booking/storefront")["spec"]["nodeName"] != "hl-node-b" or nginx["spec"]["nodeName"] == "hl-node-b":
        raise ValueError("the story needs the storefront on hl-node-b and the ingress elsewhere")
    upstream = f"{scene.pod('booking/storefront')['status']['podIP']}:3000"
    for seconds in range(3, 268, 20):
        scene.count += 1
        at, path = scene.time(seconds), "/api/bookings" if seconds % 2 else "/api/sailings?route=ROS-CHE"
        if seconds > 45:
            scene.ingress(at, f"GET {path}", 503, 0.0, "-")
            continue
        told = (
            f"[error] 31#31: *{scene.count} upstream timed out (110: Operation timed out) while connecting "
            "to upstream, client: 10.20.0.5"
        )
        scene.say(
            nginx,
            at,
            f'{at:%Y/%m/%d %H:%M:%S} {told}, server: www.harbourline.example, request: "GET {path} HTTP/2.0", '
            f'upstream: "http://{upstream}{path}", host: "www.harbourline.example"',
        )
        scene.ingress(at, f"GET {path}", 504, 5.001, upstream)
    label = internal(
        "node/hl-node-b",
        "node_not_ready",
        ("repair_node", "fix_scheduling"),
        "The shop fails since node hl-node-b, where the only storefront"
        " pod ran, stopped reporting; all its pods are unready, the other node is fine.",
        modes=("node_component_down",),
        components=("booking/storefront",),
        must_not=("contact_vendor", "rollback@booking/storefront"),
    )
    question = "The whole shop is down since quarter past eleven at night, first 504, then 503. What failed?"
    return run(
        scene,
        "node-gone",
        "The whole shop is down late at night",
        question,
        label,
        family="platform",
        refs=("booking/storefront", "booking/cashier"),
    )


def _probe_path() -> Run:
    scene = Scene("p8", "2026-06-10T12:02:00Z", "booking", "data")
    scene.traffic(-880, -15)

    def moved(template: Object) -> None:
        main = template["spec"]["containers"][0]
        main["image"] = "ghcr.io/harbourline/storefront:3.15.0"
        main["readinessProbe"]["httpGet"]["path"] = "/healthz/ready"

    pod = roll_out(scene.fleet, "booking/storefront", moved, scene.time(-10), strategy="Recreate", healthy=False)[0]
    set_ready(scene.fleet, pod, False, scene.time(-9))
    text = "Readiness probe failed: HTTP probe failed with statuscode: 404"
    event(
        scene.fleet,
        pod,
        "Unhealthy",
        text,
        scene.time(700),
        first=scene.time(0),
        count=70,
        type="Warning",
        field_path="spec.containers{storefront}",
    )
    name = pod["metadata"]["name"]
    scene.say(pod, scene.time(-7), voices.pino(scene.time(-7), name, 30, "storefront 3.15.0 listening on 3000"))
    for seconds in range(1, 700, 90):
        at = scene.time(seconds)
        fields = {"req": {"method": "GET", "url": "/healthz/ready"}, "res": {"statusCode": 404}, "responseTime": 1}
        scene.say(pod, at, voices.pino(at, name, 40, "request completed", **fields))
    nginx = scene.fleet.pods("edge/ingress-nginx-controller")[0]
    at = scene.time(-8)
    scene.say(
        nginx,
        at,
        f'W{at:%m%d %H:%M:%S}.114203       7 controller.go:1232] Service "booking/storefront-web" does '
        "not have any active Endpoint.",
    )
    for seconds in range(5, 715, 40):
        scene.count += 1
        scene.ingress(scene.time(seconds), "GET /api/sailings?route=HOL-DUB", 503, 0.0, "-")
    label = internal(
        "booking/storefront",
        "probe_misconfigured",
        ("fix_probe", "rollback"),
        "The new revision's readiness probe asks a path that answers 404, so"
        " the Service has no ready endpoint and our ingress answers 503 by itself.",
        modes=("bad_rollout", "rollout_stuck"),
        components=("booking/storefront-web",),
        must_not=("contact_vendor", "restart@edge/ingress-nginx-controller"),
        detail="readiness_path",
    )
    asked = alert(
        scene.time(120),
        "IngressErrorRatio",
        "www.harbourline.example answers 5xx to more than half of all requests",
        namespace="booking",
        ingress="harbourline",
    )
    return run(
        scene, "probe-path", "The shop answers 503", asked, label, family="platform", refs=("booking/storefront",)
    )


def _planned() -> Run:
    scene = Scene("p10", "2026-06-12T01:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -30, step=40)
    deployment = scene.fleet.get("Deployment", "fulfilment/messenger")
    deployment["metadata"].setdefault("annotations", {})["harbourline.example/keda-cron"] = "idle 01:00-05:00 Etc/UTC"
    scale(scene.fleet, "fulfilment/messenger", 0, scene.time(0), manager="keda")
    disabled = condition(
        "ScalingActive",
        False,
        scene.time(15),
        "ScalingDisabled",
        "scaling is disabled since the replica count of the target is zero",
    )
    status = {"currentReplicas": 0, "desiredReplicas": 0, "conditions": [disabled]}
    marks = {"app.kubernetes.io/managed-by": "keda-operator", "scaledobject.keda.sh/name": "messenger"}
    scene.fleet.put(
        autoscaler(
            "keda-hpa-messenger",
            "fulfilment",
            later(scene.at, -4000000),
            "messenger",
            (1, 4),
            status=status,
            labels=marks,
        )
    )
    printer = scene.fleet.pods("fulfilment/ticket-printer")[0]
    for seconds in range(30, 700, 300):
        at = scene.time(seconds)
        scene.say(
            printer, at, voices.python_line(at, "INFO", "printer.worker", "polled topic bookings: 0 records, lag 0")
        )
    times = grid(scene.start, scene.end, 240)
    for group in ("messenger", "ticket-printer"):
        labels = {"consumergroup": group, "topic": "bookings", "partition": "0"}
        scene.metrics.add("kafka_consumergroup_lag", labels, steps(times, (None, 0.0)))
    label = nothing(
        "planned_change",
        "KEDA's cron trigger set the messenger to 0 for the night; the lag of its group is 0 and nothing fails.",
        "healthy",
    )
    question = "Is it right that the messenger has no pods at one in the morning? Nobody complains."
    return run(
        scene,
        "night-zero",
        "A Deployment without pods at night",
        question,
        label,
        family="quiet",
        refs=("fulfilment/messenger", "fulfilment/ticket-printer"),
    )
