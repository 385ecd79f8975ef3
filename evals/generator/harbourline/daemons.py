"""Daemons of nodes and of the control plane that are down, and a workload with resolver settings of its own."""

from dataclasses import replace

from evals.generator.harbourline.facts import CREATED, PODS_AT
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object, condition, micro, stamp, thing
from evals.generator.kit_changes import daemon_set, roll_out
from evals.generator.kit_events import event
from evals.generator.kit_objects import container, node, pod_template
from evals.generator.kit_pods import set_ready
from evals.generator.kit_run import Label, Run

TARGET = "booking/reservations"
CHIEF = "hl-control-1"


def runs() -> list[Run]:
    """Every run of this module."""
    return [_scheduler(), _service_proxy(), _kubelet(), _runtime(), _resolver()]


def _scheduler() -> Run:
    """A release removes the only pod; nobody places the new one."""
    scene = Scene("k1", "2026-06-29T05:55:00Z", "booking", "data")
    scene.traffic(-880, -20)
    scene.fleet.put(node(CHIEF, CREATED, "10.20.0.5", "v1.33.4", heartbeat=PODS_AT, role="control-plane"))
    main = container("kube-scheduler", "registry.k8s.io/kube-scheduler:v1.33.4")
    static = thing(
        "Pod", f"kube-scheduler-{CHIEF}", "kube-system", CREATED, labels={"component": "kube-scheduler"},
        spec={"containers": [main], "nodeName": CHIEF},
    )  # fmt: skip
    static["status"] = {"phase": "Running", "conditions": [condition("Ready", False, scene.time(-300))]}
    scene.fleet.put(static)
    static["spec"]["nodeName"], static["status"]["hostIP"] = CHIEF, "10.20.0.5"
    lease = thing("Lease", "kube-scheduler", "kube-system", CREATED)
    lease["spec"] = {
        "holderIdentity": f"{CHIEF}_5b1c",
        "leaseDurationSeconds": 15,
        "renewTime": micro(scene.time(-301)),
    }
    scene.fleet.put(lease)

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/reservations:5.9.0"

    pod = roll_out(scene.fleet, TARGET, change, scene.time(-10), strategy="Recreate", healthy=False, settle=0.4)[0]
    pod["status"] = {"phase": "Pending", "qosClass": pod["status"]["qosClass"]}
    pod["spec"].pop("nodeName")
    uid = pod["metadata"]["uid"]
    scene.fleet.events = [e for e in scene.fleet.events if e["involvedObject"].get("uid") != uid]
    scene.fleet.sync(scene.time(-9))
    scene.traffic(0, 715, Break("storefront>reservations", "refused"))
    label = internal(
        f"node/{CHIEF}",
        "node_component_down",
        ("repair_node",),
        "The scheduler of the only control plane node is down since five minutes before the release; the new pod stays"
        " pending without any event.",
        components=(TARGET, "kube-system/kube-scheduler"),
        must_not=("contact_vendor", f"rollback@{TARGET}", f"restart@{TARGET}"),
    )
    question = "Bookings fail since the release five to six, searching works. The new pod does not come up. Why?"
    label = replace(label, detail="scheduler")
    return run(
        scene, "nobody-places", "A release that never starts", question, label, family="platform", refs=(TARGET,)
    )


def _service_proxy() -> Run:
    """From one node no Service answers any more."""
    scene = Scene("p7", "2026-06-30T09:20:00Z", "booking", "data")
    scene.traffic(-880, 0)
    main = container("kube-proxy", "registry.k8s.io/kube-proxy:v1.33.4")
    template = pod_template({"k8s-app": "kube-proxy"}, main)
    daemon_set(scene.fleet, "kube-system/kube-proxy", template, PODS_AT, ["hl-node-a", "hl-node-b"])
    sick = next(p for p in scene.fleet.pods("kube-system/kube-proxy") if p["spec"]["nodeName"] == "hl-node-b")
    set_ready(scene.fleet, sick, False, scene.time(-15))
    if scene.pod("booking/storefront")["spec"]["nodeName"] != "hl-node-b":
        raise ValueError("the story needs the storefront on hl-node-b")
    breaks = [Break(hop, "connect_timeout") for hop in ("storefront>reservations", "storefront>timetable")]
    scene.traffic(0, 715, *breaks)
    label = internal(
        "node/hl-node-b",
        "node_component_down",
        ("repair_node",),
        "The service proxy of hl-node-b is down and the addresses of Services that changed since lead nowhere from"
        " there; the storefront runs on it.",
        components=("kube-system/kube-proxy",),
        must_not=("contact_vendor", f"restart@{TARGET}", "rollback@booking/storefront"),
    )
    asked = alert(scene.time(140), "IngressErrorRatio", "The shop answers 502 and 504", namespace="booking")
    label = replace(label, detail="kube_proxy")
    return run(
        scene, "no-way", "Both backends time out", asked, label, family="platform", refs=("booking/storefront", TARGET)
    )


def _kubelet() -> Run:
    message = "Kubelet stopped posting node status."
    label = _lost_label("The kubelet of hl-node-b is down, so its node counts as gone; the storefront ran there.")
    scene = _lost("2026-07-01T21:40:00Z", "Unknown", "NodeStatusUnknown", message)
    told = "KubeletUnhealthy", "kubelet.service is inactive (dead)"
    _checked(scene, *told)
    return _finished(scene, "no-kubelet", replace(label, detail="kubelet"))


def _runtime() -> Run:
    message = "container runtime is down; PLEG is not healthy: pleg was last seen active 4m11s ago; threshold is 3m0s"
    label = _lost_label(
        "The container runtime of hl-node-b is down, so its node is not ready; the storefront ran there."
    )
    scene = _lost("2026-07-02T16:30:00Z", "False", "KubeletNotReady", message)
    return _finished(scene, "no-runtime", replace(label, detail="containerd"))


def _lost_label(why: str) -> Label:
    return internal(
        "node/hl-node-b",
        "node_component_down",
        ("repair_node",),
        why,
        modes=("node_not_ready",),
        components=("booking/storefront",),
        must_not=("contact_vendor", "rollback@booking/storefront"),
    )


def _lost(at: str, status: str, reason: str, message: str) -> Scene:
    """Node hl-node-b, with the storefront on it, is not ready from `at` on."""
    scene = Scene("p7", at, "booking", "data")
    scene.end = scene.time(280)
    scene.traffic(-880, 0)
    sick = scene.fleet.get("Node", "hl-node-b")
    ready = next(one for one in sick["status"]["conditions"] if one["type"] == "Ready")
    ready |= {"status": status, "reason": reason, "message": message, "lastTransitionTime": stamp(scene.time(20))}
    text = "Node hl-node-b status is now: NodeNotReady"
    event(scene.fleet, sick, "NodeNotReady", text, scene.time(20), source="node-controller")
    for pod in scene.fleet.of_kind("Pod"):
        if pod["spec"].get("nodeName") == "hl-node-b" and pod["status"]["phase"] == "Running":
            set_ready(scene.fleet, pod, False, scene.time(21))
    for seconds in range(24, 278, 20):
        scene.count += 1
        scene.ingress(scene.time(seconds), "GET /api/sailings?route=ROS-CHE", 503, 0.0, "-")
    return scene


def _checked(scene: Scene, kind: str, message: str) -> None:
    """What node-problem-detector's health checker says."""
    found = condition(kind, True, scene.time(-3), kind, message)
    scene.fleet.get("Node", "hl-node-b")["status"]["conditions"].append(found)


def _finished(scene: Scene, key: str, label: Label) -> Run:
    question = "The whole shop answers 503 for some minutes now. What failed?"
    refs = ("booking/storefront", "booking/cashier")
    return run(scene, key, "The whole shop answers 503", question, label, family="platform", refs=refs)


def _resolver() -> Run:
    """A release brings resolver settings of its own."""
    scene = Scene("k5", "2026-07-03T10:45:00Z", "booking", "data")
    scene.traffic(-880, -20)

    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/storefront:3.15.0"
        template["spec"]["dnsPolicy"] = "None"
        template["spec"]["dnsConfig"] = {"nameservers": ["10.90.0.53"], "searches": ["booking.svc.cluster.local"]}

    roll_out(scene.fleet, "booking/storefront", change, scene.time(-10))
    breaks = [Break(hop, "dns_down") for hop in ("storefront>reservations", "storefront>timetable")]
    scene.traffic(0, 715, *breaks)
    label = internal(
        "booking/storefront",
        "dns_misconfigured",
        ("fix_config", "rollback"),
        "The new revision asks a nameserver of its own, which does not answer; everybody else resolves names by the"
        " cluster's DNS.",
        modes=("wrong_address", "bad_rollout"),
        must_not=("contact_vendor", "fix_dns", "restart@kube-system/coredns", f"restart@{TARGET}"),
    )
    asked = alert(scene.time(130), "IngressErrorRatio", "The shop answers 502", namespace="booking")
    return run(
        scene, "own-resolver", "The shop fails after a release", asked, label, family="network",
        refs=("booking/storefront", "kube-system/coredns"),
    )  # fmt: skip
