"""Builders for the objects around workloads; each returns what `kubectl get -o json` prints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evals.generator.kit import Object, Part, condition, stamp, thing

Ports = Mapping[str, tuple[int, int | str]]
"""Port name ("" for an unnamed one) to (port, targetPort)."""


def container(name: str, image: str, ports: tuple[int, ...] = (), **parts: Part) -> Object:
    """A container of a pod template. `env` is a plain mapping; every other part is the API's own field.

    `limits` and `requests` become `resources`.
    """
    built: Object = {"name": name, "image": image, "imagePullPolicy": parts.pop("imagePullPolicy", "IfNotPresent")}
    if ports:
        built["ports"] = [{"containerPort": port, "protocol": "TCP"} for port in ports]
    environment = parts.pop("env", None)
    if environment:
        built["env"] = [{"name": key, **_env_value(value)} for key, value in environment.items()]
    built["resources"] = {key: dict(parts.pop(key)) for key in ("limits", "requests") if parts.get(key)}
    built |= {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
    return built | parts


def _env_value(value: str | Object) -> Object:
    return {"value": value} if isinstance(value, str) else {"valueFrom": value}


def http_probe(path: str, port: int | str, initial: int, period: int, failures: int = 3) -> Object:
    """An HTTP probe; `initial` and `period` in seconds."""
    probe: Object = {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}, "initialDelaySeconds": initial}
    return probe | {"periodSeconds": period, "timeoutSeconds": 2, "successThreshold": 1, "failureThreshold": failures}


def pod_template(labels: Mapping[str, str], *containers: Object, **spec: Part) -> Object:
    """A pod template; `annotations` go to its metadata, every other keyword into the pod spec."""
    metadata: Object = {"creationTimestamp": None, "labels": dict(labels)}
    annotations = spec.pop("annotations", None)
    if annotations:
        metadata["annotations"] = dict(annotations)
    body: Object = {"containers": list(containers), "dnsPolicy": "ClusterFirst", "restartPolicy": "Always"}
    body |= {"schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30}
    return {"metadata": metadata, "spec": body | spec}


def service(name: str, namespace: str, at: datetime, ports: Ports, cluster_ip: str, **spec: Part) -> Object:
    """A Service; its selector is `{"name": name}` unless given. `labels` and `annotations` go to metadata."""
    meta = {key: spec.pop(key, None) for key in ("labels", "annotations")}
    body: Object = {"type": "ClusterIP", "clusterIP": cluster_ip, "internalTrafficPolicy": "Cluster"}
    body["ports"] = [_service_port(key, *numbers) for key, numbers in ports.items()]
    body |= {"selector": {"name": name}} | spec
    return thing("Service", name, namespace, at, spec=body, status={"loadBalancer": {}}, **meta)


def _service_port(name: str, port: int, target: int | str) -> Object:
    return ({"name": name} if name else {}) | {"port": port, "protocol": "TCP", "targetPort": target}


def namespace(name: str, at: datetime) -> Object:
    """An active Namespace."""
    labels = {"kubernetes.io/metadata.name": name}
    return thing(
        "Namespace", name, None, at, labels=labels, spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"}
    )


def node(name: str, at: datetime, ip: str, version: str = "v1.34.0", **spec: Part) -> Object:
    """A Ready node. `role` sets its role label; `heartbeat` the last heartbeat; `allocatable` its size."""
    role, heartbeat = spec.pop("role", "worker"), spec.pop("heartbeat", at)
    size = spec.pop("allocatable", {"cpu": "8", "memory": "16252928Ki", "pods": "110"})
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", f"node-role.kubernetes.io/{role}": ""}
    fine = [("MemoryPressure", False, "KubeletHasSufficientMemory", "kubelet has sufficient memory available")]
    fine += [("DiskPressure", False, "KubeletHasNoDiskPressure", "kubelet has no disk pressure")]
    fine += [("PIDPressure", False, "KubeletHasSufficientPID", "kubelet has sufficient PID available")]
    fine += [("Ready", True, "KubeletReady", "kubelet is posting ready status")]
    conditions = [condition(kind, value, at, reason, text) for kind, value, reason, text in fine]
    for entry in conditions:
        entry["lastHeartbeatTime"] = stamp(heartbeat)
    status: Object = {"addresses": [{"type": "InternalIP", "address": ip}, {"type": "Hostname", "address": name}]}
    status |= {"allocatable": size, "capacity": size, "conditions": conditions}
    status["nodeInfo"] = {
        "kubeletVersion": version,
        "containerRuntimeVersion": "containerd://2.1.3",
        "architecture": "amd64",
    }
    return thing("Node", name, None, at, labels=labels, spec=spec, status=status)


def config_map(name: str, namespace: str, at: datetime, values: Mapping[str, str]) -> Object:
    """A ConfigMap of plain values."""
    return thing("ConfigMap", name, namespace, at, data=dict(values))


def service_account(name: str, namespace: str, at: datetime) -> Object:
    """A ServiceAccount."""
    return thing("ServiceAccount", name, namespace, at)


def network_policy(name: str, namespace: str, at: datetime, spec: Object, **meta: Part) -> Object:
    """A NetworkPolicy; `labels` and `annotations` go to metadata."""
    return thing("NetworkPolicy", name, namespace, at, spec=spec, **meta)


def ingress(name: str, namespace: str, at: datetime, host: str, routes: Mapping[str, tuple[str, int]]) -> Object:
    """Routes map a path prefix to (Service, port)."""
    paths = [
        {"path": path, "pathType": "Prefix", "backend": {"service": {"name": target, "port": {"number": port}}}}
        for path, (target, port) in routes.items()
    ]
    spec = {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": paths}}]}
    status = {"loadBalancer": {"ingress": [{"ip": "172.19.0.2"}]}}
    return thing("Ingress", name, namespace, at, spec=spec, status=status)


def autoscaler(name: str, namespace: str, at: datetime, target: str, bounds: tuple[int, int], **parts: Part) -> Object:
    """An HPA v2. `resource` and `utilization` (cpu, 70) set its metric; `status` replaces the quiet default."""
    aim = {"type": "Utilization", "averageUtilization": parts.get("utilization", 70)}
    metric = {"type": "Resource", "resource": {"name": parts.get("resource", "cpu"), "target": aim}}
    spec: Object = {"minReplicas": bounds[0], "maxReplicas": bounds[1], "metrics": [metric]}
    spec["scaleTargetRef"] = {"apiVersion": "apps/v1", "kind": parts.get("target_kind", "Deployment"), "name": target}
    quiet: Object = {"currentReplicas": bounds[0], "desiredReplicas": bounds[0]}
    quiet["conditions"] = [
        condition("AbleToScale", True, at, "ReadyForNewScale", "recommended size matches current size")
    ]
    status = parts.get("status", quiet)
    return thing("HorizontalPodAutoscaler", name, namespace, at, spec=spec, status=status, **_meta(parts))


def _meta(parts: Mapping[str, Any]) -> Object:
    return {key: parts[key] for key in ("labels", "annotations") if key in parts}


def quota(name: str, namespace: str, at: datetime, hard: Mapping[str, str], used: Mapping[str, str]) -> Object:
    """A ResourceQuota with its use."""
    return thing(
        "ResourceQuota", name, namespace, at, spec={"hard": dict(hard)}, status={"hard": dict(hard), "used": dict(used)}
    )


def storage_class(name: str, at: datetime, provisioner: str, default: bool = False) -> Object:
    """A StorageClass, marked as the default on demand."""
    mark = {"storageclass.kubernetes.io/is-default-class": "true"} if default else None
    rest = {"reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"}
    return thing("StorageClass", name, None, at, annotations=mark, provisioner=provisioner, **rest)


def claim(name: str, namespace: str, at: datetime, storage: tuple[str, str], volume: str | None = None) -> Object:
    """A PersistentVolumeClaim of (class, size); Bound to `volume`, or Pending without one."""
    spec: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage[1]}}}
    spec |= {"storageClassName": storage[0], "volumeMode": "Filesystem"} | ({"volumeName": volume} if volume else {})
    bound = {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": storage[1]}}
    return thing(
        "PersistentVolumeClaim", name, namespace, at, spec=spec, status=bound if volume else {"phase": "Pending"}
    )


def volume(name: str, at: datetime, storage: tuple[str, str], claim_of: tuple[str, str] | None = None) -> Object:
    """A PersistentVolume of (class, size), bound to the claim (namespace, name) or Available."""
    spec: Object = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": storage[1]},
        "storageClassName": storage[0],
    }
    spec["persistentVolumeReclaimPolicy"] = "Delete"
    if claim_of:
        spec["claimRef"] = {"kind": "PersistentVolumeClaim", "namespace": claim_of[0], "name": claim_of[1]}
    return thing("PersistentVolume", name, None, at, spec=spec, status={"phase": "Bound" if claim_of else "Available"})


def cron_job(name: str, namespace: str, at: datetime, schedule: str, template: Object) -> Object:
    """A CronJob that last ran at `at`."""
    spec: Object = {"schedule": schedule, "concurrencyPolicy": "Forbid", "suspend": False}
    spec["jobTemplate"] = {"spec": {"template": template}}
    return thing("CronJob", name, namespace, at, spec=spec, status={"lastScheduleTime": stamp(at)})
