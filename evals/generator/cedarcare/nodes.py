"""Pods that nodes remove or starve, and a probe that a busy program misses."""

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.scene import Break, Scene
from evals.generator.cedarcare.start import hello
from evals.generator.kit import Object, stamp
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, internal
from evals.generator.kit_metrics import counter, grid
from evals.generator.kit_objects import http_probe
from evals.generator.kit_pods import add_pod, restart
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_evicted(), _node_memory(), _busy()]


def evict(scene: Scene, pod: Object, seconds: float, message: str) -> None:
    """The kubelet removes the pod; its object stays, Failed, and the controller makes another."""
    at = scene.time(seconds)
    event(scene.fleet, pod, "Evicted", message, at, type="Warning")
    name = pod["spec"]["containers"][0]["name"]
    event(scene.fleet, pod, "Killing", f"Stopping container {name}", at, field_path=f"spec.containers{{{name}}}")
    pod["status"] = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": message,
        "startTime": pod["status"]["startTime"],
        "qosClass": "Burstable",
    }
    scene.fleet.sync(at)


def _evicted() -> Run:
    scene = Scene("evicted", "2026-06-18T08:40:00Z", "imaging")
    text = "Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. "
    ref = "imaging/thumbnailer"
    owner = scene.fleet.replica_sets(ref)[-1]
    for spec in (scene.fleet.get("Deployment", ref)["spec"]["template"], owner["spec"]["template"]):
        spec["spec"]["containers"][0]["resources"]["limits"]["ephemeral-storage"] = "2Gi"
    scene.traffic(-700, 0)
    for number, seconds in enumerate((0, 205, 430, 640)):
        pod = scene.fleet.pods(ref)[-1]
        at = scene.time(seconds - 30)
        scene.say(
            pod,
            at,
            voices.structlog(at, "info", "unpacking", study=f"1.2.276.0.9{number}", frames=4100, into="work"),
        )
        evict(scene, pod, seconds, text)
        new = add_pod(scene.fleet, owner, owner["spec"]["template"], scene.time(seconds + 1))
        scene.fleet.sync(scene.time(seconds + 6))
        hello(scene, new, scene.time(seconds + 4))
        scene.traffic(seconds + 20, seconds + 160)
    label = internal(
        ref,
        "evicted",
        ("raise_limit", "free_storage"),
        "The pod writes more temporary files than it may and is removed by the kubelet again and again.",
        modes=("disk_full",),
    )
    asked = "Why do the previews of large studies never appear this morning?"
    return run(scene, "evicted", "Previews do not appear", asked, label, family="node", refs=(ref,))


def _node_memory() -> Run:
    scene = Scene("node-memory", "2026-06-18T14:05:00Z", "frontdesk", "scheduling")
    ref = "scheduling/slots"
    name = scene.fleet.pods(ref)[0]["spec"]["nodeName"]
    node = scene.fleet.get("Node", name)
    scene.traffic(-700, 0)
    for entry in node["status"]["conditions"]:
        if entry["type"] == "MemoryPressure":
            entry |= {
                "status": "True",
                "reason": "KubeletHasInsufficientMemory",
                "message": "kubelet has insufficient memory available",
                "lastTransitionTime": stamp(scene.time(-20)),
                "lastHeartbeatTime": stamp(scene.time(700)),
            }
    node["spec"]["taints"] = [
        {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule", "timeAdded": stamp(scene.time(-20))}
    ]
    event(
        scene.fleet,
        node,
        "NodeHasInsufficientMemory",
        f"Node {name} status is now: NodeHasInsufficientMemory",
        scene.time(-20),
    )
    event(
        scene.fleet,
        node,
        "EvictionThresholdMet",
        "Attempting to reclaim memory",
        scene.time(690),
        first=scene.time(-19),
        count=31,
        type="Warning",
    )
    others = [n for n in ("worker-1a", "worker-1b", "worker-1c") if n != name]
    victims = [
        (one, pod)
        for one in ("frontdesk/session-gate", "frontdesk/portal", "scheduling/appointments", ref)
        for pod in scene.fleet.pods(one)
        if pod["spec"]["nodeName"] == name
    ]
    for number, (one, pod) in enumerate(victims):
        program = pod["spec"]["containers"][0]["name"]
        message = (
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 63Mi. Container "
            f"{program} was using {390 + number * 40}Mi, request is 128Mi, has larger consumption of memory. "
        )
        evict(scene, pod, number * 45, message)
        owner = scene.fleet.replica_sets(one)[-1]
        add_pod(
            scene.fleet,
            owner,
            owner["spec"]["template"],
            scene.time(number * 45 + 2),
            node=others[number % 2],
            ready_after=60,
        )
    scene.fleet.sync(scene.time(45 * len(victims) + 70))
    shares = (Break("portal>appointments", "timeout", share=0.4), Break("appointments>slots", "timeout", share=0.4))
    scene.traffic(10, 700, *shares)
    label = internal(
        f"node/{name}",
        "memory_pressure",
        ("add_capacity", "raise_limit", "repair_node"),
        "The node ran out of memory and removes pods one after the other.",
        modes=("evicted",),
        components=(ref,),
    )
    asked = "Bookings fail now and then since five past two"
    return run(scene, "node-memory", "Bookings fail now and then", asked, label, family="node", refs=(ref,))


def _busy() -> Run:
    scene = Scene("busy", "2026-06-22T07:00:00Z", "frontdesk", "scheduling")
    ref = "scheduling/appointments"
    probe = http_probe("/health/live", "http", 30, 10) | {"timeoutSeconds": 1}
    owner = scene.fleet.replica_sets(ref)[-1]
    pods = scene.fleet.pods(ref)
    for spec in (
        scene.fleet.get("Deployment", ref)["spec"]["template"]["spec"],
        owner["spec"]["template"]["spec"],
        *(p["spec"] for p in pods),
    ):
        spec["containers"][0]["livenessProbe"] = probe
    scene.requests((None, 19.0), (0, 92.0))
    times = grid(scene.start, scene.end, 120)
    for pod in pods:
        labels = {"namespace": "scheduling", "pod": pod["metadata"]["name"], "container": "appointments"}
        for name, rates in (
            ("container_cpu_usage_seconds_total", [(None, 0.31), (scene.time(0), 0.99)]),
            ("container_cpu_cfs_periods_total", [(None, 10.0)]),
            ("container_cpu_cfs_throttled_periods_total", [(None, 0.1), (scene.time(0), 8.8)]),
        ):
            scene.metrics.add(name, labels, counter(times, 5200, rates), kind="counter")
    scene.traffic(-700, 0, step=90)
    scene.traffic(4, 90, Break("portal>appointments", "timeout", share=0.3), step=20)
    text = (
        'Liveness probe failed: Get "http://{}:8080/health/live": context deadline exceeded (Client.Timeout exceeded '
        "while awaiting headers)"
    )
    for number, pod in enumerate(pods):
        message = text.format(pod["status"]["podIP"])
        path = "spec.containers{appointments}"
        for seconds in (110 + number * 40, 330 + number * 40, 560 + number * 40):
            restart(scene.fleet, pod, scene.time(seconds), reason="Completed", exit_code=0, ready_after=25)
        last = scene.time(559 + number * 40)
        event(
            scene.fleet,
            pod,
            "Unhealthy",
            message,
            last,
            first=scene.time(90),
            count=11,
            type="Warning",
            field_path=path,
        )
        killed = "Container appointments failed liveness probe, will be restarted"
        event(scene.fleet, pod, "Killing", killed, last, first=scene.time(109), count=3, field_path=path)
        hello(scene, pod, scene.time(331 + number * 40), 20, previous=True, killed=scene.time(559 + number * 40))
        hello(scene, pod, scene.time(561 + number * 40), 20)
    shares = (Break("portal>appointments", "timeout", share=0.4), Break("portal>appointments", "refused", share=0.5))
    scene.traffic(90, 700, *shares, step=40)
    label = internal(
        ref,
        "probe_killed_under_load",
        ("add_capacity", "fix_probe", "raise_limit", "scale_up"),
        "Monday's rush makes the program too slow for its liveness probe, so it is restarted while it works.",
        modes=("overload", "cpu_throttled"),
    )
    asked = alert(
        scene.time(240),
        "KubeContainerRestarting",
        "Containers of scheduling/appointments restart",
        namespace="scheduling",
        deployment="appointments",
        severity="warning",
    )
    return run(
        scene,
        "busy",
        "Restarts on a Monday morning",
        asked,
        label,
        family="capacity",
        refs=(ref,),
        namespace="scheduling",
    )
