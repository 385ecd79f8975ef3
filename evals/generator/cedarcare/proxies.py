"""Proxies of ours that fail: the one beside a program, and the gateway that missed a release."""

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.rollouts import tag
from evals.generator.cedarcare.scene import HOPS, Scene
from evals.generator.cedarcare.start import hello
from evals.generator.kit import later
from evals.generator.kit_changes import roll_out
from evals.generator.kit_labels import internal
from evals.generator.kit_objects import container
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [_proxy_beside(), _stale_gateway()]


def _proxy_beside() -> Run:
    scene = Scene("proxy-beside", "2026-06-16T13:25:00Z", "messaging")
    beside = container("egress", "docker.io/envoyproxy/envoy:v1.35.3", args=["-c", "/etc/envoy/egress.yaml"])
    target = scene.fleet.get("Deployment", "messaging/reminders")
    owner, pod = scene.fleet.replica_sets("messaging/reminders")[-1], scene.fleet.pods("messaging/reminders")[0]
    for spec in (target["spec"]["template"]["spec"], owner["spec"]["template"]["spec"], pod["spec"]):
        spec["containers"] = [*spec["containers"], beside]
        spec["containers"][0]["env"] = [
            *spec["containers"][0]["env"],
            {"name": "HTTPS_PROXY", "value": "http://127.0.0.1:15001"},
        ]
    started = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
    pod["status"]["containerStatuses"].append(
        {
            "name": "egress",
            "image": beside["image"],
            "ready": True,
            "started": True,
            "restartCount": 0,
            "lastState": {},
            "state": {"running": {"startedAt": started}},
        }
    )
    scene.traffic(-700, 0, step=60)
    crash_loop(scene.fleet, pod, scene.time(0), scene.time(600), 7, container="egress", exit_code=139, lived=4)
    for previous in (False, True):
        at = scene.time(599)
        stamp = at.strftime("[%Y-%m-%d %H:%M:%S.%f")[:-3]
        words = (
            f"{stamp}][1][info][main] [source/server/server.cc:1014] starting main dispatch loop",
            f"{stamp}][1][critical][backtrace] [./source/server/backtrace.h:129] Caught Segmentation fault",
        )
        scene.say(pod, at, *words, container="egress", previous=previous)
    for number in range(11):
        at, hop = scene.time(10 + number * 61), HOPS["reminders>sms"]
        error = (
            "HTTPSConnectionPool(host='rest.nexmo.com', port=443): Max retries exceeded with url: /sms/json (Caused by "
            "ProxyError('Unable to connect to proxy', NewConnectionError('<urllib3.connection.HTTPSConnection at "
            "0x7f21d0>: Failed to establish a new connection: [Errno 111] Connection refused')))"
        )
        line = voices.structlog(
            at, "error", "reminder_not_sent", appointment=f"A-{20400 + number}", url=hop.url, error=error
        )
        scene.say(pod, at, line, container="reminders")
    label = internal(
        "messaging/reminders",
        "proxy_down",
        ("restart", "fix_config", "rollback", "scale_up"),
        "The proxy in the pod through which every call goes out dies on its own; the vendor is never reached.",
        modes=("crash_loop",),
    )
    asked = "Patients get no text messages since half past one. Is it Vonage again?"
    return run(scene, "proxy-beside", "No text messages", asked, label, family="network", refs=("messaging/reminders",))


def _stale_gateway() -> Run:
    scene = Scene("stale-gateway", "2026-06-17T06:30:00Z", "frontdesk", "scheduling")
    edge = scene.pod("gateway/envoy")
    old = [pod["status"]["podIP"] for pod in scene.fleet.pods("frontdesk/portal")]
    for minutes in (-8, -3, 2, 7, 11):
        at = scene.time(minutes * 60)
        text = (
            f"[{at.strftime('%Y-%m-%d %H:%M:%S.%f')[:-3]}][1][warning][config] [source/config_subscription/"
            "grpc_stream.h:226] DeltaAggregatedResources gRPC config stream to xds_cluster closed since "
            f"{(minutes + 20) * 60}s ago: 14, upstream connect error or disconnect/reset before headers. reset reason: "
            "connection timeout"
        )
        scene.say(edge, at, text)
    scene.traffic(-700, 0)
    pods = roll_out(scene.fleet, "frontdesk/portal", tag("2026.24.0"), scene.time(0), manager="argocd-controller")
    for pod in pods:
        hello(scene, pod, scene.time(3))
    for number in range(14):
        at = scene.time(14 + number * 48)
        upstream = f"{old[number % 2]}:8080"
        scene.say(edge, at, voices.envoy(at, "POST /book", 503, "UF,URX", 0.006, upstream))
        if number % 3 == 0:
            pod, then = pods[number % 2], later(at, 4)
            line = "HTTP GET /health/ready responded 200 in 1.2210 ms"
            source = "Serilog.AspNetCore.RequestLoggingMiddleware"
            scene.say(pod, then, voices.serilog(then, "INF", source, line))
    label = internal(
        "gateway/envoy",
        "proxy_down",
        ("restart", "fix_config", "rollback"),
        "The gateway lost its control plane and still sends to the pods of the revision before; the new ones are fine.",
    )
    asked = "The portal answers 503 since the release at half past six, but its pods are ready"
    return run(
        scene,
        "stale-gateway",
        "503 after a release",
        asked,
        label,
        family="network",
        refs=("frontdesk/portal", "gateway/envoy"),
    )
