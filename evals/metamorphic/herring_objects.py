"""Objects of things that look bad and belong to nobody's incident; shapes as the API server prints them."""

import hashlib
from datetime import datetime, timedelta

from evals.metamorphic.recording import Object

_CRASHING, _JOB, _STAND_IN = "report-archiver", "ledger-snapshot", "parcel-sandbox"


def stamp(at: datetime) -> str:
    """RFC 3339 in whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def crash_looping(namespace: str, at: datetime) -> tuple[list[Object], dict[str, str]]:
    """A Deployment that nobody calls, crash-looping for a week, with its event and its log."""
    born = at - timedelta(days=7)
    died = at - timedelta(minutes=4)
    deployment = _deployment(namespace, _CRASHING, "registry.example/report-archiver:3.1", 1, born)
    deployment["status"] = {"observedGeneration": 1, "replicas": 1, "unavailableReplicas": 1, "updatedReplicas": 1}
    owner = _replica_set(deployment, 1, born)
    last = {
        "exitCode": 2,
        "reason": "Error",
        "startedAt": stamp(died),
        "finishedAt": stamp(died + timedelta(seconds=1)),
    }
    waiting = {"reason": "CrashLoopBackOff", "message": f"back-off 5m0s restarting failed container={_CRASHING}"}
    status = {"name": _CRASHING, "image": "registry.example/report-archiver:3.1", "ready": False, "restartCount": 1987}
    status |= {"state": {"waiting": waiting}, "lastState": {"terminated": last}, "started": False}
    pod = _pod(owner, deployment["spec"]["template"]["spec"], "q8wzt", born)
    pod["status"] = {"phase": "Running", "startTime": stamp(born), "containerStatuses": [status]}
    pod["status"]["conditions"] = [{"type": "Ready", "status": "False", "lastTransitionTime": stamp(born)}]
    event = _event(pod, "BackOff", "Warning", f"Back-off restarting failed container {_CRASHING}", born, at)
    line = f"{died.strftime('%Y-%m-%dT%H:%M:%S')}.120000000Z panic: archive index is corrupt\n"
    place = f"logs/{namespace}/{pod['metadata']['name']}/{_CRASHING}"
    return [deployment, owner, pod, event], {f"{place}.log": line, f"{place}.previous.log": line}


def failed_job(namespace: str, at: datetime) -> tuple[list[Object], dict[str, str]]:
    """A CronJob's Job that failed hours ago, with its pod, event and log."""
    born = at - timedelta(hours=9)
    name = f"{_JOB}-29370120"
    spec = {"containers": [{"name": _JOB, "image": "registry.example/ledger-snapshot:1.4"}], "restartPolicy": "Never"}
    job = _thing("batch/v1", "Job", namespace, name, born)
    job["metadata"]["ownerReferences"] = [_reference("batch/v1", "CronJob", _JOB, _uid("CronJob", namespace, _JOB))]
    job["spec"] = {"backoffLimit": 0, "completions": 1, "parallelism": 1, "template": {"spec": spec}}
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": stamp(born)}
    job["status"] = {"failed": 1, "startTime": stamp(born), "conditions": [failed]}
    ended = {
        "exitCode": 1,
        "reason": "Error",
        "startedAt": stamp(born),
        "finishedAt": stamp(born + timedelta(seconds=9)),
    }
    pod = _pod(job, spec, "x7klm", born)
    status = {"name": _JOB, "image": spec["containers"][0]["image"], "ready": False, "restartCount": 0}  # type: ignore[index]
    status |= {"state": {"terminated": ended}, "started": False}
    pod["status"] = {"phase": "Failed", "startTime": stamp(born), "containerStatuses": [status]}
    event = _event(job, "BackoffLimitExceeded", "Warning", "Job has reached the specified backoff limit", born, born)
    line = f"{born.strftime('%Y-%m-%dT%H:%M:%S')}.500000000Z snapshot of the old quarter is empty, giving up\n"
    return [job, pod, event], {f"logs/{namespace}/{pod['metadata']['name']}/{_JOB}.log": line}


def stand_in(namespace: str, at: datetime) -> list[Object]:
    """A Deployment at zero with its Service, for months; the Deployment comes first."""
    born = at - timedelta(days=90)
    deployment = _deployment(namespace, _STAND_IN, "registry.example/parcel-sandbox:0.9", 0, born)
    deployment["status"] = {"observedGeneration": 1}
    service = _thing("v1", "Service", namespace, _STAND_IN, born)
    ports = [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
    service["spec"] = {"clusterIP": "10.96.77.41", "type": "ClusterIP", "selector": {"app": _STAND_IN}, "ports": ports}
    ends = _thing("discovery.k8s.io/v1", "EndpointSlice", namespace, f"{_STAND_IN}-kx4fz", born)
    ends["metadata"]["labels"] = {"kubernetes.io/service-name": _STAND_IN}
    ends |= {"addressType": "IPv4", "endpoints": None, "ports": None}
    return [deployment, _replica_set(deployment, 0, born), service, ends]


def _deployment(namespace: str, name: str, image: str, replicas: int, born: datetime) -> Object:
    one = _thing("apps/v1", "Deployment", namespace, name, born)
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    one["spec"] = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return one


def _replica_set(deployment: Object, replicas: int, born: datetime) -> Object:
    meta = deployment["metadata"]
    one = _thing("apps/v1", "ReplicaSet", meta["namespace"], f"{meta['name']}-6fd8c7b94d", born)
    one["metadata"]["ownerReferences"] = [_reference("apps/v1", "Deployment", meta["name"], meta["uid"])]
    one["spec"] = {**deployment["spec"], "replicas": replicas}
    one["status"] = {"replicas": replicas}
    return one


def _pod(owner: Object, spec: Object, suffix: str, born: datetime) -> Object:
    meta = owner["metadata"]
    one = _thing("v1", "Pod", meta["namespace"], f"{meta['name']}-{suffix}", born)
    one["metadata"]["ownerReferences"] = [_reference(owner["apiVersion"], owner["kind"], meta["name"], meta["uid"])]
    one["metadata"]["labels"] = {"app": spec["containers"][0]["name"]}
    one["spec"] = spec
    return one


def _event(about: Object, reason: str, kind: str, message: str, first: datetime, last: datetime) -> Object:
    meta = about["metadata"]
    one = _thing("v1", "Event", meta["namespace"], f"{meta['name']}.{_uid(reason, meta['name'])[:16]}", first)
    one |= {"reason": reason, "type": kind, "message": message, "count": 50 if first != last else 1}
    one |= {"firstTimestamp": stamp(first), "lastTimestamp": stamp(last)}
    one["involvedObject"] = {
        "kind": about["kind"],
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
    }
    return one


def _thing(version: str, kind: str, namespace: str, name: str, born: datetime) -> Object:
    meta = {"name": name, "namespace": namespace, "creationTimestamp": stamp(born), "uid": _uid(kind, namespace, name)}
    return {"apiVersion": version, "kind": kind, "metadata": meta}


def _reference(version: str, kind: str, name: str, uid: str) -> Object:
    return {"apiVersion": version, "kind": kind, "name": name, "uid": uid, "controller": True}


def _uid(*parts: str) -> str:
    raw = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:32]}"
