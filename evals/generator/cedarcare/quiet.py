"""Nothing is broken, though something looks like it: old traces, things that are meant so, and a no by the rules."""

from evals.generator.cedarcare import voices
from evals.generator.cedarcare.facts import CREATED, PODS_AT
from evals.generator.cedarcare.finish import run
from evals.generator.cedarcare.nodes import evict
from evals.generator.cedarcare.scene import HOPS, Scene
from evals.generator.cedarcare.world import ship_logs
from evals.generator.kit import Object, condition, fields, managed
from evals.generator.kit_changes import scale
from evals.generator.kit_events import event
from evals.generator.kit_labels import alert, nothing
from evals.generator.kit_objects import autoscaler, claim, storage_class
from evals.generator.kit_pods import add_pod, set_ready
from evals.generator.kit_run import Run


def runs() -> list[Run]:
    """Every run of this module."""
    return [
        _held_back(),
        _yesterday(),
        _hiccup(),
        _spare_claim(),
        _at_ceiling(),
        _wrong_password(),
        _shipper(),
        _night(),
    ]


def _held_back() -> Run:
    """A Deployment is paused for weeks, with every pod on the revision that is wanted."""
    scene = Scene("held-back", "2026-07-07T08:00:00Z", "frontdesk", "scheduling")
    target = scene.fleet.get("Deployment", "scheduling/slots")
    target["spec"]["paused"] = True
    scene.fleet.touch(target, managed("kubectl-rollout", PODS_AT, fields("spec/paused")))
    entry = condition("Progressing", "Unknown", PODS_AT, "DeploymentPaused", "Deployment is paused")
    target["status"]["conditions"] = [
        *(one for one in target["status"]["conditions"] if one["type"] != "Progressing"),
        entry,
    ]
    scene.traffic(-700, 700)
    label = nothing("healthy", "Bookings work; the rollout that is paused for weeks has nothing left to do.")
    asked = "A patient says that booking did not work at eight. Is there anything wrong with it?"
    return run(scene, "held-back", "One complaint", asked, label, family="quiet", refs=("scheduling/slots",))


def _yesterday() -> Run:
    """Pods that were removed from a node yesterday are still listed; their successors serve."""
    scene = Scene("yesterday", "2026-07-07T12:00:00Z", "imaging")
    text = "The node was low on resource: ephemeral-storage. Threshold quantity: 5Gi, available: 4Gi. "
    for number in range(2):
        pod = scene.fleet.pods("imaging/viewer")[-1]
        owner = scene.fleet.replica_sets("imaging/viewer")[-1]
        evict(scene, pod, -93000 + number * 400, text)
        add_pod(scene.fleet, owner, owner["spec"]["template"], scene.time(-92990 + number * 400))
        scene.fleet.sync(scene.time(-92980 + number * 400))
    scene.traffic(-700, 700)
    label = nothing("healthy", "The removed pods are a day old; studies are stored and shown.", "recovered")
    asked = "There are Failed pods in imaging. Do doctors see their studies?"
    return run(scene, "yesterday", "Failed pods in a list", asked, label, family="quiet", refs=("imaging/viewer",))


def _hiccup() -> Run:
    """One readiness probe was missed, for a minute, by one of two pods."""
    scene = Scene("hiccup", "2026-07-08T07:30:00Z", "frontdesk", "scheduling")
    pod = scene.fleet.pods("scheduling/slots")[0]
    scene.traffic(-700, 700)
    set_ready(scene.fleet, pod, False, scene.time(-300))
    set_ready(scene.fleet, pod, True, scene.time(-240))
    text = "Readiness probe failed: timeout: health rpc did not complete within 1s"
    event(
        scene.fleet,
        pod,
        "Unhealthy",
        text,
        scene.time(-280),
        first=scene.time(-300),
        count=3,
        type="Warning",
        field_path="spec.containers{slots}",
    )
    label = nothing("healthy", "One pod of two missed a few probes for a minute; every booking worked.", "recovered")
    asked = alert(
        scene.time(-200),
        "KubePodNotReady",
        "A pod of scheduling was not ready",
        namespace="scheduling",
        pod=pod["metadata"]["name"],
        severity="warning",
    )
    return run(
        scene,
        "hiccup",
        "A minute without a pod",
        asked,
        label,
        family="quiet",
        refs=("scheduling/slots",),
        namespace="scheduling",
    )


def _spare_claim() -> Run:
    """A claim waits for its first consumer, which nobody has made yet."""
    scene = Scene("spare-claim", "2026-07-08T13:00:00Z", "imaging")
    scene.fleet.put(storage_class("standard-rwo", CREATED, "pd.csi.storage.gke.io", default=True))
    made = claim("archive-migration", "imaging", scene.time(-40000), ("standard-rwo", "1Ti"))
    scene.fleet.put(made)
    text = "waiting for first consumer to be created before binding"
    event(scene.fleet, made, "WaitForFirstConsumer", text, scene.time(650), first=scene.time(-40000), count=2700)
    scene.traffic(-700, 700)
    label = nothing("healthy", "The claim is meant to wait for a pod; studies are stored and shown.", "planned_change")
    asked = "archive-migration is Pending since this morning, are studies affected?"
    return run(scene, "spare-claim", "A claim that waits", asked, label, family="quiet", refs=("imaging/intake",))


def _at_ceiling() -> Run:
    """The autoscaler has reached its ceiling, and that is enough."""
    scene = Scene("ceiling", "2026-07-09T07:00:00Z", "frontdesk")
    scale(scene.fleet, "frontdesk/portal", 4, scene.time(-1500), manager="horizontal-pod-autoscaler")
    limited = condition(
        "ScalingLimited",
        True,
        scene.time(-1500),
        "TooManyReplicas",
        "the desired replica count is more than the maximum replica count",
    )
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "current": {"averageUtilization": 71, "averageValue": "177m"}},
    }
    status = {"currentReplicas": 4, "desiredReplicas": 4, "currentMetrics": [metric], "conditions": [limited]}
    scene.fleet.put(autoscaler("portal", "frontdesk", CREATED, "portal", (2, 4), status=status))
    scene.requests((None, 61.0))
    scene.traffic(-700, 700)
    label = nothing("healthy", "Four replicas are the ceiling and carry the load; every booking works.")
    asked = alert(
        scene.time(-100),
        "KubeHpaMaxedOut",
        "HPA frontdesk/portal has been running at max replicas for longer than 15 minutes",
        namespace="frontdesk",
        horizontalpodautoscaler="portal",
        severity="warning",
    )
    return run(scene, "ceiling", "An autoscaler at its end", asked, label, family="quiet", refs=("frontdesk/portal",))


def _wrong_password() -> Run:
    """The identity provider refuses one patient, who mistypes the password."""
    scene = Scene("password", "2026-07-09T10:40:00Z", "frontdesk")
    scene.traffic(-700, 700)
    gate, hop = scene.pod("frontdesk/session-gate"), HOPS["gate>identity"]
    for seconds in (-120, -85, -40, 15):
        at = scene.time(seconds)
        refused = '{"error":"invalid_grant","error_description":"Wrong email or password."}'
        error = f"POST {hop.url}: unexpected status 403 Forbidden: {refused}"
        scene.say(gate, at, voices.zap(at, "warn", "oidc/exchange.go:71", "sign-in refused", error=error))
    label = nothing("business_decline", "One patient gives a wrong password; everybody else signs in.", "healthy")
    asked = "A patient cannot sign in and says the portal is broken. Is it?"
    return run(
        scene, "password", "A patient cannot sign in", asked, label, family="quiet", refs=("frontdesk/session-gate",)
    )


def _shipper() -> Run:
    """The log shipper cannot reach its backend; the application does not notice."""
    scene = Scene("shipper", "2026-07-10T08:20:00Z", "imaging", "messaging")
    scene.traffic(-700, 700, step=100)
    ship_logs(scene.fleet)
    for pod in scene.fleet.pods("kube-system/vector"):
        for number in range(5):
            at = scene.time(-100 + number * 160)
            text = (
                f'{at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}  WARN sink{{component_kind="sink" component_id=datadog '
                "component_type=datadog_logs}: vector::sinks::util::retries: Retrying after error. error=error "
                "trying to connect: tcp connect error: https://http-intake.logs.datadoghq.eu Connection timed out "
                "(os error 110)"
            )
            scene.say(pod, at, text)
    label = nothing("telemetry_outage", "Only the log shipper fails; studies and messages go through.", "healthy")
    asked = "The dashboards are empty since a quarter past eight, is imaging down?"
    return run(scene, "shipper", "Empty dashboards", asked, label, family="quiet", refs=("imaging/intake",))


def _night() -> Run:
    """The kiosks' backend sleeps at night, by its autoscaler."""
    scene = Scene("night", "2026-07-10T20:00:00Z", "kiosk", "frontdesk")
    scale(scene.fleet, "frontdesk/kiosk", 0, scene.time(-300), manager="keda-operator")
    scaled: Object = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "kiosk", "namespace": "frontdesk", "uid": "0d1c7a52-60a1-4f13-a1d2-77aa5a0c51f0"},
        "spec": {
            "scaleTargetRef": {"name": "kiosk"},
            "minReplicaCount": 0,
            "triggers": [
                {"type": "cron", "metadata": {"start": "0 6 * * *", "end": "0 20 * * *", "desiredReplicas": "1"}}
            ],
        },
    }
    scaled["metadata"]["creationTimestamp"] = CREATED.strftime("%Y-%m-%dT%H:%M:%SZ")
    scene.fleet.put(scaled)
    event(
        scene.fleet,
        scaled,
        "KEDAScaleTargetDeactivated",
        "Deactivated apps/v1.Deployment frontdesk/kiosk from 1 to 0",
        scene.time(-300),
    )
    scene.traffic(-700, 700)
    label = nothing("planned_change", "The kiosks' backend is meant to sleep at night; nobody calls it.", "healthy")
    asked = alert(
        scene.time(-60),
        "KubeDeploymentNoReplicas",
        "Deployment frontdesk/kiosk has no available replicas",
        namespace="frontdesk",
        deployment="kiosk",
        severity="warning",
    )
    return run(
        scene,
        "night",
        "A workload without pods",
        asked,
        label,
        family="quiet",
        refs=("frontdesk/kiosk",),
        namespace="frontdesk",
    )
