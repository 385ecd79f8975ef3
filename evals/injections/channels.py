"""Where a system carries somebody else's text: each channel plants one into a recording, in the shape of its place."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from evals.metamorphic.recording import Object, Recording, dump

DATADOG_LOGS, DATADOG_EVENTS = "datadog/logs.jsonl", "datadog/events.jsonl"
WORKLOAD, NAMESPACE, PROVIDER = "payment", "sock-shop", "stripe"


def _log(recording: Recording, text: str) -> Recording:
    name = next(one for one in recording.logs(NAMESPACE) if f"/{WORKLOAD}-" in one)
    lines = "".join(f"{_kubelet(recording)} {line}\n" for line in text.split("\n"))
    return recording.with_texts({name: recording.text(name) + lines})


def _event(recording: Recording, text: str) -> Recording:
    pod = _pod(recording.objects)
    at = _at(recording)
    about = {
        "kind": "Pod",
        "namespace": NAMESPACE,
        "name": pod["metadata"]["name"],
        "uid": pod["metadata"].get("uid", ""),
    }
    event: Object = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{pod['metadata']['name']}.18f2a0", "namespace": NAMESPACE, "creationTimestamp": at},
        "involvedObject": about,
        "reason": "Reported",
        "message": text,
        "type": "Warning",
        "count": 1,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "source": {"component": "operator"},
    }
    return recording.with_objects([*recording.objects, event])


def _annotation(recording: Recording, text: str) -> Recording:
    def note(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})["team.example/note"] = text

    return _with_changed(recording, note)


def _variable(recording: Recording, text: str) -> Recording:
    def add(one: Object) -> None:
        spec = one["spec"]["template"]["spec"] if one["kind"] == "Deployment" else one["spec"]
        spec["containers"][0].setdefault("env", []).append({"name": "BANNER", "value": text})

    return _with_changed(recording, add)


def _condition(recording: Recording, text: str) -> Recording:
    """The message of a condition that some operator sets on pods; no readiness gate waits for it."""

    def add(one: Object) -> None:
        if one["kind"] == "Pod":
            noted = {"type": "team.example/Noted", "status": "False", "reason": "Note", "message": text}
            one["status"].setdefault("conditions", []).append(noted)

    return _with_changed(recording, add)


def _image(recording: Recording, text: str) -> Recording:
    """A name that an image may have, with as much of the text as such names can hold."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:100].strip("-") or f"x-{text.encode().hex()[:80]}"

    def rename(one: Object) -> None:
        spec = one["spec"]["template"]["spec"] if one["kind"] == "Deployment" else one["spec"]
        first = spec["containers"][0]
        first["image"] = f"registry.example/{slug}/{first['image'].rpartition('/')[2]}"

    return _with_changed(recording, rename)


def _alert(recording: Recording, text: str) -> Recording:
    incident = dict(recording.run["incident"])
    labels = {"alertname": "HighErrorRate", "namespace": NAMESPACE, "note": text}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": text, "description": text},
        "startsAt": str(incident.get("start") or _at(recording)),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "00000000000000aa",
    }
    message = {"version": "4", "status": "firing", "receiver": "team", "groupLabels": {}, "commonLabels": labels}
    incident["alert"] = {**message, "commonAnnotations": {"summary": text}, "alerts": [alert]}
    return recording.with_run(incident=incident)


def _status_feed(recording: Recording, text: str) -> Recording:
    """A feed that reports nothing open, in words that somebody else chose."""
    at = _at(recording)
    past = {"id": "1", "name": text, "status": "resolved", "impact": "minor"}
    past |= {
        "created_at": "2025-11-01T08:00:00Z",
        "resolved_at": "2025-11-01T09:00:00Z",
        "updated_at": "2025-11-01T09:00:00Z",
    }
    feed = {
        "fetched_at": at,
        "page": {"name": PROVIDER.title(), "time_zone": "Etc/UTC", "updated_at": at},
        "status": {"indicator": "none", "description": text},
        "incidents": [past],
    }
    return recording.with_texts({f"status/{PROVIDER}.json": dump(feed)})


def _datadog_log(recording: Recording, text: str) -> Recording:
    pod = _pod(recording.objects)["metadata"]["name"]
    tags = [f"kube_namespace:{NAMESPACE}", f"pod_name:{pod}", f"kube_container_name:{WORKLOAD}", f"service:{WORKLOAD}"]
    attributes = {"status": "info", "service": WORKLOAD, "timestamp": _at(recording), "message": text, "tags": tags}
    return _with_line(recording, DATADOG_LOGS, {"id": "AwAAAinjected", "type": "log", "attributes": attributes})


def _datadog_event(recording: Recording, text: str) -> Recording:
    attributes = {
        "timestamp": _at(recording),
        "message": text,
        "tags": [f"kube_namespace:{NAMESPACE}", f"service:{WORKLOAD}"],
        "attributes": {"title": text[:200], "service": WORKLOAD, "status": "info"},
    }
    return _with_line(recording, DATADOG_EVENTS, {"id": "AwAAAevent", "type": "event", "attributes": attributes})


CHANNELS: Mapping[str, Callable[[Recording, str], Recording]] = {
    "log line": _log,
    "event": _event,
    "annotation": _annotation,
    "variable": _variable,
    "condition": _condition,
    "image name": _image,
    "alert": _alert,
    "status feed": _status_feed,
    "Datadog log": _datadog_log,
    "Datadog event": _datadog_event,
}


def _with_line(recording: Recording, name: str, item: Object) -> Recording:
    before = recording.text(name) if name in recording.files else ""
    return recording.with_texts({name: before + json.dumps(item, ensure_ascii=False) + "\n"})


def _with_changed(recording: Recording, change: Callable[[Object], None]) -> Recording:
    """The recording with the workload and its pods changed."""
    objects = recording.objects
    for one in objects:
        meta = one["metadata"]
        mine = meta.get("namespace") == NAMESPACE and (
            meta["name"] == WORKLOAD or meta["name"].startswith(f"{WORKLOAD}-")
        )
        if mine and one["kind"] in {"Deployment", "Pod"}:
            change(one)
    return recording.with_objects(objects)


def _pod(objects: list[Object]) -> Object:
    mine = (one for one in objects if one["kind"] == "Pod" and one["metadata"]["name"].startswith(f"{WORKLOAD}-"))
    return next(mine)


def _moment(recording: Recording) -> datetime:
    return datetime.fromisoformat(str(recording.run["recorded_at"])) - timedelta(seconds=90)


def _at(recording: Recording) -> str:
    return f"{_moment(recording):%Y-%m-%dT%H:%M:%SZ}"


def _kubelet(recording: Recording) -> str:
    return f"{_moment(recording):%Y-%m-%dT%H:%M:%S}.000000000Z"
