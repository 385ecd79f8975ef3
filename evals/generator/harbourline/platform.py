"""Images, releases, memory, settings, nodes and probes."""

from collections.abc import Callable

from evals.generator.harbourline import voices
from evals.generator.harbourline.finish import alert, external, feed, internal, nothing, run
from evals.generator.harbourline.scene import Break, Scene
from evals.generator.kit import Object, condition, later, managed, stamp
from evals.generator.kit_changes import delete_pod, roll_out, scale, set_env
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_events import event
from evals.generator.kit_objects import autoscaler
from evals.generator.kit_pods import add_pod, container_status, crash_loop, hold, restart, set_ready
from evals.generator.kit_run import Run

PULL = 'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '


def runs() -> list[Run]:
    return [
        image_tag(), image_login(), registry(), memory(), bad_release(), settings(), node_gone(), probe_path(), misspelt(), planned(),
    ]  # fmt: skip


def _image(name: str) -> Callable[[Object], None]:
    def change(template: Object) -> None:
        template["spec"]["containers"][0]["image"] = name

    return change


def cannot_pull(cluster: Cluster, pod: Object, scene: Scene, reason: str, since: float = 0) -> None:
    """The pod's first container waits for an image; events as the kubelet writes them."""
    image, at = container_status(pod)["image"], scene.time(since)
    text = PULL.format(image=image) + reason
    hold(cluster, pod, at, "ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
    path = f"spec.containers{{{container_status(pod)['name']}}}"
    gone = ("Created", "Started", "Pulled")
    uid = pod["metadata"]["uid"]
    cluster.events = [e for e in cluster.events if not (e["reason"] in gone and e["involvedObject"]["uid"] == uid)]
    rows = (("Failed", f'Failed to pull image "{image}": {text}', 5, "Warning"), ("Failed", "Error: ErrImagePull", 5, "Warning"),
            ("Pulling", f'Pulling image "{image}"', 5, "Normal"), ("BackOff", f'Back-off pulling image "{image}"', 31, "Normal"))  # fmt: skip
    for why, message, count, kind in rows:
        event(cluster, pod, why, message, scene.time(690), first=later(at, 2), count=count, type=kind, field_path=path)


def image_tag() -> Run:
    scene = Scene("p1", "2026-06-01T09:05:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    name = "ghcr.io/harbourline/messenger:1.7.O"
    pods = roll_out(scene.fleet, "fulfilment/messenger", _image(name), scene.time(0), healthy=False)
    cannot_pull(scene.fleet, pods[0], scene, f"{name}: not found", 1)
    scene.traffic(20, 715, step=40)
    label = internal("fulfilment/messenger", "image_pull_failed", ("fix_image", "rollback"), "The new revision names a tag that the registry does not"
                     " have; the old pods keep serving.", modes=("rollout_stuck",))  # fmt: skip
    asked = alert(scene.time(600), "KubeDeploymentRolloutStuck", "Rollout of deployment fulfilment/messenger is not progressing", namespace="fulfilment",
                  deployment="messenger", severity="warning")  # fmt: skip
    return run(
        scene,
        "image-tag",
        "A rollout does not progress",
        asked,
        label,
        family="platform",
        refs=("fulfilment/messenger",),
    )


def _recreated(scene: Scene, ref: str, reason: str, *, secret: bool = False) -> None:
    """A pod of `ref` was evicted from a drained node and its successor can't pull."""
    old = scene.fleet.pods(ref)[0]
    owner = scene.fleet.replica_sets(ref)[-1]
    delete_pod(scene.fleet, old, scene.time(-4))
    new = add_pod(scene.fleet, owner, owner["spec"]["template"], scene.time(-3))
    cannot_pull(scene.fleet, new, scene, reason, 0)
    if secret:
        text = "Unable to retrieve some image pull secrets (ghcr-pull); attempting to pull the image may not succeed."
        event(
            scene.fleet,
            new,
            "FailedToRetrieveImagePullSecret",
            text,
            scene.time(700),
            first=scene.time(0),
            count=44,
            type="Warning",
        )


def image_login() -> Run:
    scene = Scene("p2", "2026-06-02T05:30:00Z", "fulfilment", "kafka")
    for kind in ("Deployment", "ReplicaSet"):
        for one in scene.fleet.of_kind(kind, "fulfilment"):
            one["spec"]["template"]["spec"]["imagePullSecrets"] = [{"name": "ghcr-pull"}]
    scene.traffic(-880, -5, step=40)
    reason = ("failed to authorize: failed to fetch anonymous token: unexpected status from GET request to"
              " https://ghcr.io/token?scope=repository%3Aharbourline%2Fticket-printer%3Apull&service=ghcr.io: 401 Unauthorized")  # fmt: skip
    _recreated(scene, "fulfilment/ticket-printer", reason, secret=True)
    for seconds in range(20, 700, 80):
        scene.count += 1
        scene.notify(scene.time(seconds))
    label = internal("fulfilment/ticket-printer", "image_pull_failed", ("rotate_credentials", "fix_image", "fix_config"), "The image pull Secret can't be"
                     " retrieved, so the registry answers 401 to the anonymous pull; the registry itself works.", modes=("missing_secret_binding", "invalid_credentials"))  # fmt: skip
    question = "No tickets are issued since half past five, after the night's node upgrade. What is missing?"
    return run(
        scene,
        "image-login",
        "No tickets after a node upgrade",
        question,
        label,
        family="platform",
        refs=("fulfilment/ticket-printer",),
    )


def registry() -> Run:
    scene = Scene("p3", "2026-06-03T14:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -5, step=40)
    reason = 'failed to do request: Head "https://ghcr.io/v2/harbourline/{}": dial tcp 140.82.121.33:443: i/o timeout'
    _recreated(scene, "fulfilment/ticket-printer", reason.format("ticket-printer/manifests/0.18.3"))
    _recreated(scene, "fulfilment/messenger", reason.format("messenger/manifests/1.6.7"))
    kafka = scene.fleet.pods("data/kafka")[0]
    restart(scene.fleet, kafka, scene.time(30), reason="Completed", exit_code=0)
    pulled = 'Successfully pulled image "quay.io/strimzi/kafka:0.48.0-kafka-4.1.0" in 6.412s (6.412s including waiting). Image size: 612345678 bytes.'
    event(scene.fleet, kafka, "Pulled", pulled, scene.time(29), field_path="spec.containers{kafka}")
    for seconds in range(40, 700, 80):
        scene.count += 1
        scene.notify(scene.time(seconds))
    incident = ("Packages: image pulls from ghcr.io time out", "major", later(scene.at, -240), None)
    label = external("ghcr.io", "image_pull_failed", "Every pull from ghcr.io times out on both nodes while quay.io answers; GitHub reports an incident"
                     " of its registry. Tags and credentials are unchanged.", modes=("dependency_unavailable", "dependency_timeout"), components=("GitHub",),
                     must_not=("fix_image", "rotate_credentials", "rollback@fulfilment/ticket-printer"))  # fmt: skip
    question = "After moving pods off a node at two, the new ones don't start and tickets are not issued. Why?"
    statuses = {"github-packages": feed("GitHub Packages", scene.end, incident)}
    return run(scene, "registry-out", "New pods don't start", question, label, family="platform", statuses=statuses,
               refs=("fulfilment/ticket-printer", "fulfilment/messenger"))  # fmt: skip


def memory() -> Run:
    scene = Scene("p4", "2026-06-04T20:10:00Z", "fulfilment", "kafka")
    scene.traffic(-880, 0, step=40)
    pod = scene.fleet.pods("fulfilment/ticket-printer")[0]
    scene.say(
        pod,
        scene.time(-2),
        "2026-06-04 20:09:58,311 INFO [printer.worker] rendering group ticket booking=HB-47712 passengers=412",
    )
    crash_loop(scene.fleet, pod, scene.time(0), scene.time(520), 6, reason="OOMKilled", exit_code=137, lived=20)
    for number in range(6):
        at = scene.time(2 + 520 * (1 - 0.5**number))
        scene.logs.add(f"fulfilment/{pod['metadata']['name']}", "ticket-printer", at, "2026-06-04 INFO [printer.worker] resuming at offset 231904, "
                       "rendering group ticket booking=HB-47712 passengers=412", previous=number == 5)  # fmt: skip
    for seconds in range(20, 700, 80):
        scene.count += 1
        scene.notify(scene.time(seconds))
    label = internal("fulfilment/ticket-printer", "oom_killed", ("raise_limit", "fix_code"), "The printer is killed at its 384Mi limit over and over while it"
                     " renders one large group ticket.", modes=("crash_loop", "memory_pressure"))  # fmt: skip
    asked = alert(scene.time(400), "KubePodCrashLooping", "Pod is in waiting state (reason: CrashLoopBackOff)", namespace="fulfilment",
                  pod=pod["metadata"]["name"], container="ticket-printer", severity="warning")  # fmt: skip
    return run(
        scene,
        "printer-memory",
        "A pod crash-loops in the evening",
        asked,
        label,
        family="platform",
        refs=("fulfilment/ticket-printer",),
    )


def bad_release() -> Run:
    scene = Scene("p5", "2026-06-05T10:48:00Z", "booking", "data")
    scene.traffic(-880, -15, step=40)
    change = _image("ghcr.io/harbourline/timetable-server:1.23.0")
    roll_out(scene.fleet, "booking/timetable-server", change, scene.time(-12), manager="helm")
    body = "runtime error: index out of range [3] with length 3"
    scene.traffic(0, 715, Break("timetable>cache", "text", body=body, share=0.6), step=34)
    for lines in scene.logs.lines.values():
        lines[:] = [(at, line.replace('"caller":"cache/redis.go:44","msg":"cache write failed"', '"caller":"sailings/merge.go:131","msg":"panic recovered"'))
                    for at, line in lines]  # fmt: skip
    label = internal("booking/timetable-server", "bad_rollout", ("rollback", "fix_code"), "Panics in our own code begin with the release of"
                     " timetable-server 1.23.0; its cache and Google Maps answer.", modes=("application_errors",))  # fmt: skip
    question = "More than half of the sailings searches fail since about 10:48. Is it Maps again?"
    return run(
        scene,
        "bad-release",
        "Half of the searches fail",
        question,
        label,
        family="platform",
        refs=("booking/timetable-server",),
    )


def settings() -> Run:
    scene = Scene("p6", "2026-06-08T08:30:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -8, step=40)
    settings_ = scene.fleet.get("ConfigMap", "fulfilment/ticket-printer-env")
    settings_["data"] = {key: value for key, value in settings_["data"].items() if key != "LEDGER_DB"} | {
        "LEDGER_DATABASE": "ledger"
    }
    scene.fleet.touch(
        settings_, managed("kubectl-edit", scene.time(-40), {"f:data": {"f:LEDGER_DATABASE": {}}}, api="v1")
    )
    pod = roll_out(
        scene.fleet,
        "fulfilment/ticket-printer",
        lambda t: set_env(t, "TZ", "Europe/Dublin"),
        scene.time(-6),
        strategy="Recreate",
    )[0]
    crash_loop(scene.fleet, pod, scene.time(0), scene.time(560), 7, reason="Error", exit_code=1)
    name = f"fulfilment/{pod['metadata']['name']}"
    for previous in (False, True):
        scene.logs.add(name, "ticket-printer", scene.time(560), "Traceback (most recent call last):", '  File "/srv/printer/__main__.py", line 14, in <module>',
                       '    ledger = Ledger(os.environ["LEDGER_HOST"], os.environ["LEDGER_DB"])', "  File \"<frozen os>\", line 685, in __getitem__",
                       "KeyError: 'LEDGER_DB'", previous=previous)  # fmt: skip
    label = internal("fulfilment/ticket-printer", "missing_config", ("fix_config", "rollback"), "The ConfigMap key LEDGER_DB was renamed; the program needs it"
                     " and exits at start with KeyError.", modes=("crash_loop", "bad_config"), components=("fulfilment/ticket-printer-env",))  # fmt: skip
    question = "Tickets stopped at half past eight, right when the time zone was set. Did that do it?"
    return run(
        scene,
        "printer-settings",
        "Tickets stop after a settings change",
        question,
        label,
        family="platform",
        refs=("fulfilment/ticket-printer",),
    )


def node_gone() -> Run:
    scene = Scene("p7", "2026-06-09T23:14:00Z", "booking", "data")
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
    for seconds in range(3, 715, 45):
        scene.count += 1
        at, path = scene.time(seconds), "/api/bookings" if seconds % 2 else "/api/sailings?route=ROS-CHE"
        if seconds > 45:
            scene.ingress(at, f"GET {path}", 503, 0.0, "-")
            continue
        told = f"[error] 31#31: *{scene.count} upstream timed out (110: Operation timed out) while connecting to upstream, client: 10.20.0.5"
        scene.say(nginx, at, f'{at:%Y/%m/%d %H:%M:%S} {told}, server: www.harbourline.example, request: "GET {path} HTTP/2.0", '
                  f'upstream: "http://{upstream}{path}", host: "www.harbourline.example"')  # fmt: skip
        scene.ingress(at, f"GET {path}", 504, 5.001, upstream)
    label = internal("node/hl-node-b", "node_not_ready", ("repair_node", "fix_scheduling"), "The shop fails since node hl-node-b, where the only storefront"
                     " pod ran, stopped reporting; all its pods are unready, the other node is fine.", modes=("node_component_down",),
                     components=("booking/storefront",), must_not=("contact_vendor", "rollback@booking/storefront"))  # fmt: skip
    question = "The whole shop is down since quarter past eleven at night, first 504, then 503. What failed?"
    return run(scene, "node-gone", "The whole shop is down late at night", question, label, family="platform", refs=("booking/storefront", "booking/cashier"))


def probe_path() -> Run:
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
        f'W{at:%m%d %H:%M:%S}.114203       7 controller.go:1232] Service "booking/storefront-web" does not have any active Endpoint.',
    )
    for seconds in range(5, 715, 40):
        scene.count += 1
        scene.ingress(scene.time(seconds), "GET /api/sailings?route=HOL-DUB", 503, 0.0, "-")
    label = internal("booking/storefront", "probe_misconfigured", ("fix_probe", "rollback"), "The new revision's readiness probe asks a path that answers 404, so"
                     " the Service has no ready endpoint and our ingress answers 503 by itself.", modes=("bad_rollout", "rollout_stuck"),
                     components=("booking/storefront-web",), must_not=("contact_vendor", "restart@edge/ingress-nginx-controller"))  # fmt: skip
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


def misspelt() -> Run:
    scene = Scene("p9", "2026-06-11T15:25:00Z", "booking", "data")
    scene.traffic(-880, -15)
    roll_out(
        scene.fleet,
        "booking/cashier",
        lambda t: set_env(t, "STRIPE_API_BASE", "https://api.stripe.co"),
        scene.time(-12),
    )
    scene.traffic(0, 715, Break("cashier>stripe", "no_such_host"))
    for lines in scene.logs.lines.values():
        lines[:] = [
            (at, line.replace("api.stripe.com", "api.stripe.co") if at >= scene.at else line) for at, line in lines
        ]
    label = internal("booking/cashier", "wrong_address", ("fix_address", "rollback", "fix_config"), "The address of Stripe was edited to api.stripe.co, which"
                     " does not exist, and payments fail from that rollout on.", modes=("bad_rollout", "bad_config"))  # fmt: skip
    question = "Payments fail since 15:25 with a name resolution error. Is the payment vendor's DNS down?"
    return run(
        scene,
        "other-name",
        "Payments fail with a name resolution error",
        question,
        label,
        family="platform",
        refs=("booking/cashier",),
    )


def planned() -> Run:
    scene = Scene("p10", "2026-06-12T01:00:00Z", "fulfilment", "kafka")
    scene.traffic(-880, -30, step=40)
    deployment = scene.fleet.get("Deployment", "fulfilment/messenger")
    deployment["metadata"].setdefault("annotations", {})["harbourline.example/keda-cron"] = (
        "idle 01:00-05:00 Europe/London"
    )
    scale(scene.fleet, "fulfilment/messenger", 0, scene.time(0), manager="keda")
    disabled = condition("ScalingActive", False, scene.time(15), "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
    status = {"currentReplicas": 0, "desiredReplicas": 0, "conditions": [disabled]}
    marks = {"app.kubernetes.io/managed-by": "keda-operator", "scaledobject.keda.sh/name": "messenger"}
    scene.fleet.put(autoscaler("keda-hpa-messenger", "fulfilment", later(scene.at, -4000000), "messenger", (1, 4), status=status, labels=marks))
    for seconds in range(20, 700, 80):
        scene.count += 1
        scene.issue(scene.time(seconds))
    label = nothing(
        "planned_change",
        "KEDA's cron trigger set the messenger to 0 for the night; nothing waits for it and nothing fails.",
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
