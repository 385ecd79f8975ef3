"""Autoscalers that cannot scale, and a stream that is not consumed as fast as it is written."""

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.facts import CREATED
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.scene import Break, Scene
from evals.generator.kit import Object, condition
from evals.generator.kit_changes import scale
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, internal
from evals.generator.kit_metrics import Series, counter, grid, sampled
from evals.generator.kit_objects import autoscaler
from evals.generator.kit_run import Run

FAILED = (
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
    "resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the "
    "request (get pods.metrics.k8s.io)"
)
NO_REQUEST = (
    "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in "
    "container portal of Pod {pod}"
)
CAPPED = "the desired replica count is more than the maximum replica count"


def runs() -> list[Run]:
    """Every run of this module."""
    return [_no_metrics(), _no_request(), _capped(), _absent(), _backlog()]


def _rush(scene: Scene, status: Object, bounds: tuple[int, int] = (2, 8)) -> Object:
    """Traffic triples at `at`; the portal's autoscaler says `status`, and calls time out."""
    made = autoscaler("portal", "frontdesk", CREATED, "portal", bounds, status=status)
    scene.fleet.put(made)
    scene.requests((None, 26.0), (0, 88.0))
    scene.traffic(-700, 0)
    scene.traffic(6, 700, Break("edge>portal", "timeout", share=0.45), step=50)
    times = grid(scene.start, scene.end, 120)
    for pod in scene.fleet.pods("frontdesk/portal"):
        labels = {"namespace": "frontdesk", "pod": pod["metadata"]["name"], "container": "portal"}
        rates = [(None, 0.34), (scene.time(0), 0.98)]
        scene.metrics.add("container_cpu_usage_seconds_total", labels, counter(times, 9100, rates), kind="counter")
    return made


def _inactive(scene: Scene, reason: str, text: str) -> Object:
    able = condition(
        "AbleToScale",
        True,
        CREATED,
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
    )
    return {
        "currentReplicas": 2,
        "desiredReplicas": 2,
        "conditions": [able, condition("ScalingActive", False, scene.time(-900), reason, text)],
    }


def _asked(scene: Scene) -> Object:
    return alert(
        scene.time(200),
        "PortalErrorRate",
        "The gateway answers 5xx for the portal",
        namespace="frontdesk",
        service="portal",
    )


def _no_metrics() -> Run:
    scene = Scene("hpa-metrics", "2026-06-26T07:00:00Z", "frontdesk")
    made = _rush(scene, _inactive(scene, "FailedGetResourceMetric", FAILED))
    for reason in ("FailedGetResourceMetric", "FailedComputeMetricsReplicas"):
        text = FAILED if reason.startswith("FailedC") else FAILED.partition(": ")[2]
        event(scene.fleet, made, reason, text, scene.time(690), first=scene.time(-900), count=106, type="Warning")
    label = internal(
        "frontdesk/portal",
        "autoscaler_cannot_scale",
        ("fix_autoscaler", "scale_up", "add_capacity"),
        "The metrics API does not answer, so the autoscaler leaves two replicas in a rush.",
        modes=("overload",),
    )
    asked = _asked(scene)
    return run(scene, "hpa-metrics", "The morning rush", asked, label, family="capacity", refs=("frontdesk/portal",))


def _no_request() -> Run:
    scene = Scene("hpa-request", "2026-06-26T12:00:00Z", "frontdesk")
    pods = scene.fleet.pods("frontdesk/portal")
    owner = scene.fleet.replica_sets("frontdesk/portal")[-1]
    target = scene.fleet.get("Deployment", "frontdesk/portal")
    for spec in (target["spec"]["template"]["spec"], owner["spec"]["template"]["spec"], *(p["spec"] for p in pods)):
        spec["containers"][0]["resources"] = {"limits": {"memory": "512Mi"}, "requests": {"memory": "256Mi"}}
    text = NO_REQUEST.format(pod=pods[0]["metadata"]["name"])
    made = _rush(scene, _inactive(scene, "FailedGetResourceMetric", text))
    event(
        scene.fleet,
        made,
        "FailedGetResourceMetric",
        text.partition(": ")[2],
        scene.time(690),
        first=scene.time(-900),
        count=98,
        type="Warning",
    )
    label = internal(
        "frontdesk/portal",
        "autoscaler_cannot_scale",
        ("fix_autoscaler", "scale_up", "add_capacity", "fix_config"),
        "Without a CPU request the autoscaler has nothing to compare with and stays at two replicas.",
        modes=("overload",),
    )
    asked = "At noon the portal times out for half of the patients. There is an autoscaler, why does it not help?"
    return run(scene, "hpa-request", "Noon", asked, label, family="capacity", refs=("frontdesk/portal",))


def _capped() -> Run:
    scene = Scene("hpa-capped", "2026-06-29T07:00:00Z", "frontdesk")
    limited = condition("ScalingLimited", True, scene.time(40), "TooManyReplicas", CAPPED)
    active = condition(
        "ScalingActive", True, CREATED, "ValidMetricFound", "the HPA was able to successfully calculate a replica count"
    )
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "current": {"averageUtilization": 390, "averageValue": "980m"}},
    }
    status = {"currentReplicas": 2, "desiredReplicas": 2, "currentMetrics": [metric], "conditions": [active, limited]}
    _rush(scene, status, (1, 2))
    label = internal(
        "frontdesk/portal",
        "autoscaler_cannot_scale",
        ("fix_autoscaler", "scale_up", "add_capacity"),
        "The autoscaler wants more than its ceiling of two.",
        modes=("overload",),
    )
    asked = _asked(scene)
    return run(
        scene, "hpa-capped", "Monday, seven o'clock", asked, label, family="capacity", refs=("frontdesk/portal",)
    )


def stream(scene: Scene, pending: Series, waiting: Series, consumer: str) -> None:
    """What the NATS exporter tells of a consumer: messages to be delivered, and pulls that wait for one."""
    labels = {"namespace": "platform", "stream_name": consumer.upper(), "consumer_name": consumer}
    scene.metrics.add("jetstream_consumer_num_pending", labels, pending)
    scene.metrics.add("jetstream_consumer_num_waiting", labels, waiting)


def _absent() -> Run:
    scene = Scene("absent", "2026-06-29T13:20:00Z", "messaging", "scheduling")
    scene.traffic(-700, 0)
    ref = "messaging/reminders"
    scale(scene.fleet, ref, 0, scene.time(0), manager="kubectl")
    times = grid(scene.start, scene.end, 120)
    since = scene.time(0)
    stream(
        scene,
        sampled(times, lambda at: max(0.0, (at - since).total_seconds() // 6)),
        sampled(times, lambda at: 1.0 if at < since else 0.0),
        "reminders",
    )
    scene.parts = ("scheduling",)
    scene.traffic(8, 700)
    label = internal(
        ref,
        "consumer_absent",
        ("restore_consumer", "scale_up"),
        "Nobody reads the stream of reminders since the only consumer was taken to no replicas.",
        modes=("scaled_to_zero", "queue_backlog"),
    )
    asked = alert(
        scene.time(300),
        "JetStreamPendingGrows",
        "Pending messages of consumer reminders on stream REMINDERS grow",
        namespace="messaging",
        stream_name="REMINDERS",
        consumer_name="reminders",
        severity="warning",
    )
    return run(
        scene,
        "absent",
        "Messages wait in a stream",
        asked,
        label,
        family="messaging",
        refs=(ref,),
        namespace="messaging",
    )


def _backlog() -> Run:
    scene = Scene("backlog", "2026-06-30T08:00:00Z", "imaging")
    times, since = grid(scene.start, scene.end, 120), scene.time(0)
    stream(
        scene,
        sampled(times, lambda at: 4.0 + max(0.0, (at - since).total_seconds() // 3)),
        sampled(times, lambda at: 1.0 if at < since else 0.0),
        "thumbnailer",
    )
    scene.traffic(-700, 700)
    for number in range(12):
        at = scene.time(20 + number * 55)
        pod = scene.pod("imaging/thumbnailer")
        behind = 20 + number * 17
        told = {"study": f"1.2.276.0.8{number}", "frames": 3800, "took_s": 41.2, "pending": behind}
        scene.say(pod, at, voices.structlog(at, "info", "thumbnail_made", **told))
        if number % 4 == 1:
            broker = scene.fleet.pods("platform/nats")[0]
            text = 'JetStream consumer "$G > THUMBNAILER > thumbnailer" has exceeded 64 outstanding acks'
            scene.say(broker, at, voices.nats(at, "WRN", text))
    label = internal(
        "imaging/thumbnailer",
        "queue_backlog",
        ("restore_consumer", "scale_up", "reduce_load", "add_capacity"),
        "The one consumer makes a preview in forty seconds while a study comes every three.",
        modes=("overload", "too_few_replicas"),
        components=("platform/nats",),
    )
    asked = "Previews come half an hour late today, what holds them up?"
    refs = ("imaging/thumbnailer", "platform/nats")
    return run(scene, "backlog", "Previews come late", asked, label, family="messaging", refs=refs)
