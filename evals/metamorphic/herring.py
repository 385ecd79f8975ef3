"""Add a red herring: something else looks bad and has nothing to do with it; verdict, component and mode stay."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from evals.metamorphic.base import Base
from evals.metamorphic.expected import Variant, named, same_cause
from evals.metamorphic.herring_objects import crash_looping, failed_job, stamp, stand_in
from evals.metamorphic.recording import METRICS, Object, Recording

FAMILY = "add a red herring"
_RESTARTS = 30
_AGED = timedelta(days=1)
_ELSEWHERE = "back-office"
_VENDOR = {"name": "Parcel Post", "workloads": []}


def variants(base: Base) -> Iterator[Variant]:
    """One variant for each herring that fits the run."""
    recording = base.recording
    if not recording.objects:
        return
    namespace, at = home(base), moment(recording)
    makers: dict[str, Callable[[], Recording]] = {
        "a pod of another namespace crash-loops": lambda: with_parts(recording, *crash_looping(_ELSEWHERE, at)),
        "an unused stand-in at zero": lambda: with_stand_in(recording, namespace, at),
        "an unrelated job failed": lambda: with_parts(recording, *failed_job(namespace, at)),
        "old restarts everywhere": lambda: with_old_restarts(recording, at),
    }
    if base.faulty or base.scene.asked:
        # Asked whether anything at all is wrong here, a crash-looping neighbour would be part of the answer.
        makers["an unrelated pod crash-loops"] = lambda: with_parts(recording, *crash_looping(namespace, at))
    other = mismatchable(base)
    if other is not None:
        makers["a declared port differs"] = lambda: with_other_port(recording, other)
    expected = same_cause(base)
    for what, make in makers.items():
        yield named(base, FAMILY, what, expected, make)


def moment(recording: Recording) -> datetime:
    """When the run was recorded, UTC."""
    found = datetime.fromisoformat(str(recording.run["recorded_at"]))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def home(base: Base) -> str:
    """The namespace that is asked about, else the one with most workloads."""
    asked = base.recording.run["incident"].get("namespace")
    places = [one["metadata"]["namespace"] for one in base.recording.objects if one["kind"] == "Deployment"]
    return str(asked or max(places, key=places.count, default="default"))


def with_parts(recording: Recording, objects: list[Object], logs: dict[str, str]) -> Recording:
    """The recording with more objects and logs."""
    return recording.with_objects([*recording.objects, *objects]).with_texts(logs)


def with_stand_in(recording: Recording, namespace: str, at: datetime) -> Recording:
    """A third party's stand-in that nobody calls, at zero replicas, declared in the boundary."""
    objects = stand_in(namespace, at)
    boundary = recording.boundary
    entry = {**_VENDOR, "workloads": [f"{namespace}/{objects[0]['metadata']['name']}"]}
    boundary["third_party"] = [*(boundary.get("third_party") or []), entry]
    return with_parts(recording, objects, {}).with_run(boundary=boundary)


def with_old_restarts(recording: Recording, at: datetime) -> Recording:
    """Every running container has been restarted thirty times more, long before the window, in all that counts them."""
    objects = recording.objects
    aged = {}
    for pod in (one for one in objects if one["kind"] == "Pod"):
        for status in (pod.get("status") or {}).get("containerStatuses") or []:
            started = ((status.get("state") or {}).get("running") or {}).get("startedAt")
            if started is None or datetime.fromisoformat(started) > at - _AGED:
                continue
            status["restartCount"] = status.get("restartCount", 0) + _RESTARTS
            aged[pod["metadata"]["namespace"], pod["metadata"]["name"], status["name"]] = True
            ended = stamp(datetime.fromisoformat(started) - timedelta(seconds=1))
            born = stamp(datetime.fromisoformat(started) - timedelta(hours=1))
            last = {"exitCode": 255, "reason": "Unknown", "startedAt": born, "finishedAt": ended}
            if not status.get("lastState"):
                status["lastState"] = {"terminated": last}
    found = recording.with_objects(objects)
    if METRICS in found.files:
        lines = [_counted(line, aged) for line in found.text(METRICS).splitlines()]
        found = found.with_texts({METRICS: "".join(f"{line}\n" for line in lines)})
    return found


def mismatchable(base: Base) -> tuple[str, str] | None:
    """A Deployment without part in the answer whose Service reaches it by number: its declared port has no effect."""
    objects, involved = base.recording.objects, base.involved
    by_number = {
        (one["metadata"]["namespace"], tuple(sorted((one["spec"].get("selector") or {}).items())))
        for one in objects
        if one["kind"] == "Service" and all(isinstance(port.get("targetPort"), int) for port in one["spec"]["ports"])
    }
    for one in objects:
        meta, template = one["metadata"], one.get("spec", {}).get("template", {})
        labels = tuple(sorted((template.get("metadata") or {}).get("labels", {}).items()))
        if one["kind"] != "Deployment" or f"{meta['namespace']}/deployment/{meta['name']}" in involved:
            continue
        declared = template["spec"]["containers"][0].get("ports") or []
        if (meta["namespace"], labels) in by_number and declared and not _named_port_used(template):
            return meta["namespace"], meta["name"]
    return None


def with_other_port(recording: Recording, workload: tuple[str, str]) -> Recording:
    """The workload and its pods declare a port next to the true one; Kubernetes uses the declaration for nothing."""
    objects = recording.objects
    namespace, name = workload
    sets = {
        one["metadata"]["name"] for one in objects if one["kind"] == "ReplicaSet" and _owned_by(one, namespace, name)
    }
    for one in objects:
        mine = one["kind"] == "Pod" and any(_owned_by(one, namespace, owner) for owner in sets)
        deployment = one["kind"] == "Deployment" and (one["metadata"]["namespace"], one["metadata"]["name"]) == workload
        if mine or deployment:
            spec = one["spec"] if mine else one["spec"]["template"]["spec"]
            for port in spec["containers"][0].get("ports") or []:
                port["containerPort"] += 1
    return recording.with_objects(objects)


def _owned_by(one: Object, namespace: str, name: str) -> bool:
    meta = one["metadata"]
    return meta["namespace"] == namespace and any(ref["name"] == name for ref in meta.get("ownerReferences") or [])


def _named_port_used(template: Object) -> bool:
    probes = ("livenessProbe", "readinessProbe", "startupProbe")
    found = [template["spec"]["containers"][0].get(probe) or {} for probe in probes]
    ports = [check.get("port") for probe in found for check in probe.values() if isinstance(check, dict)]
    return any(isinstance(port, str) for port in ports)


def _counted(line: str, aged: dict[tuple[str, str, str], bool]) -> str:
    """A restart sample of an aged container, thirty more."""
    if not line.startswith("kube_pod_container_status_restarts_total{"):
        return line
    if not any(all(f'="{part}"' in line for part in container) for container in aged):
        return line
    head, close, rest = line.rpartition("}")
    value, _, stamped = rest.strip().partition(" ")
    return f"{head}{close} {float(value) + _RESTARTS:g} {stamped}"
