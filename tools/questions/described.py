"""One object as plain values: what it asks for, how it is, and nothing that could be a secret."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import to_builtins

from tools.changes import setting_text
from tools.objects.capacity import ConfigMap
from tools.objects.containers import Container
from tools.objects.meta import Meta, Wire
from tools.objects.network import Service
from tools.objects.pods import Pod, PodSpec
from tools.objects.workloads import Job, ReplicaSet, Workload
from tools.questions.answers import Row
from tools.redact import redacted_setting
from tools.snapshot import Snapshot
from tools.views_objects import clock, pod_value, workload_value

_SHORT = 120
"""A longer value of a ConfigMap is a file: only its size is told."""
_LINE = 200


def described(snapshot: Snapshot, one: Wire) -> Row:
    """An object's parts that tell how it behaves."""
    meta = one.metadata  # type: ignore[attr-defined]
    return {"labels": meta.labels, "created": meta.creation_timestamp, **_owned(meta), **_parts(snapshot, one)}


def _owned(meta: Meta) -> Row:
    owner = meta.controller
    return {"owned_by": f"{owner.kind.lower()}/{owner.name}"} if owner else {}


def _parts(snapshot: Snapshot, one: Wire) -> Row:
    if isinstance(one, Workload):
        found = workload_value(one)
        return {
            "replicas": found["replicas"],
            "paused": found["paused"],
            "conditions": found["conditions"],
            "scaled": found["scaled"],
            "selector": to_builtins(one.spec.selector),
            **_template(one.spec.template.spec),
        }
    if isinstance(one, Pod):
        return {**pod_value(one), **_template(one.spec)}
    if isinstance(one, ReplicaSet | Job):
        template = _template(one.spec.template.spec)
        return {"status": to_builtins(one.status), **template}
    if isinstance(one, ConfigMap):
        return {"data": {key: _config(key, value) for key, value in one.data.items()}}
    parts = {key: part for key, part in to_builtins(one).items() if key != "metadata"}
    if isinstance(parts.get("status"), dict) and "conditions" in parts["status"]:
        parts["status"]["conditions"] = {each["type"]: _condition(each) for each in parts["status"]["conditions"]}
    return {**parts, **_behind(snapshot, one)} if isinstance(one, Service) else parts


def _condition(one: Row) -> str:
    """Its status and reason, and its message where it is not the usual one."""
    since = f" since {one['lastTransitionTime']}" if one.get("lastTransitionTime") else ""
    return f"{one['status']}{since} {one['reason']} {one['message']}".rstrip()


def _behind(snapshot: Snapshot, one: Service) -> Row:
    """What a Service's selector takes, and its endpoints; None where they were not read."""
    backends = snapshot.endpoints.get((one.metadata.namespace, one.metadata.name))
    ready = sum(1 for _, ready in backends or () if ready)
    counts = None if backends is None else {"ready": ready, "not_ready": len(backends) - ready}
    return {"selects": snapshot.selected_by(one) or "no workload", "endpoints": counts}


def _config(key: str, value: str) -> str:
    if len(value) <= _SHORT and "\n" not in value:
        return redacted_setting(key, value)
    return f"({len(value):,} characters)"


def _template(spec: PodSpec) -> Row:
    containers = (*spec.init_containers, *spec.containers)
    return {
        "spec": {one.name: _container(one) for one in containers},
        "volumes": [_volume(one) for one in to_builtins(spec.volumes)],
        "service_account": spec.service_account_name,
        "node_selector": spec.node_selector,
        "tolerations": to_builtins(spec.tolerations),
        "pull_secrets": [one.name for one in spec.image_pull_secrets],
    }


def _container(one: Container) -> Row:
    probes = {"liveness": one.liveness_probe, "readiness": one.readiness_probe, "startup": one.startup_probe}
    return {
        "image": one.image,
        "command": " ".join((*one.command, *one.args)),
        "ports": [f"{port.container_port}/{port.protocol}" for port in one.ports],
        "limits": one.resources.limits,
        "requests": one.resources.requests,
        "probes": {kind: _told(to_builtins(probe)) for kind, probe in probes.items() if probe},
        "env": {variable.name: setting_text(variable) for variable in one.env},
        "env_from": [_source(source) for source in to_builtins(one.env_from)],
        "mounts": {mount.mount_path: mount.name for mount in one.volume_mounts},
    }


def _told(value: object) -> object:
    """Without what is not set."""
    if isinstance(value, dict):
        return {key: _told(inner) for key, inner in value.items() if inner not in (None, "", [], {})}
    return value


def _source(source: Row) -> str:
    return ", ".join(f"{kind.removesuffix('Ref')} {one['name']}" for kind, one in source.items() if one)


def _volume(volume: Row) -> str:
    kinds = [f"{kind} {next(iter(one.values()), '')}" for kind, one in volume.items() if isinstance(one, dict)]
    return f"{volume['name']}: {', '.join(kinds) or 'other'}"


def lines_of(value: object, place: str = "") -> Iterator[str]:
    """Nested plain values as lines `place: value`, as many levels to a line as fit; what is not set is left out."""
    if value in (None, "", [], {}):
        return
    whole = f"{place}: {_inline(value)}" if place else ""
    if place and (len(whole) <= _LINE or not isinstance(value, dict | list)):
        yield whole
        return
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield from lines_of(inner, f"{place}.{key}" if place else str(key))


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_bracketed(one)}" for key, one in value.items() if one not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(_bracketed(one) for one in value)
    return clock(value) if isinstance(value, datetime) else str(value)


def _bracketed(value: object) -> str:
    return f"{{{_inline(value)}}}" if isinstance(value, dict) else _inline(value)
