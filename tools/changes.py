"""What changed, when and by whom, as far as objects and events still tell.

A rollback reuses an old ReplicaSet, so a ReplicaSet's age is not the time of the change; the write history of the
Deployment and its scaling events are asked first.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct, to_builtins

from tools.amounts import readable
from tools.components import component_id
from tools.objects.containers import Container, EnvVar
from tools.objects.meta import ManagedField, TrackedMeta
from tools.objects.pods import PodSpec
from tools.objects.workloads import ReplicaSet, Workload
from tools.redact import redacted, redacted_setting
from tools.snapshot import Snapshot

_CONTROLLERS = ("kube-controller-manager", "kubelet", "kube-scheduler", "kube-apiserver")
SCALED = re.compile(
    r"^Scaled (?P<way>up|down) replica ?set (?P<name>\S+) "
    r"(?:from (?P<from1>\d+) to (?P<to1>\d+)|to (?P<to2>\d+)(?: from (?P<from2>\d+))?)"
)


class Change(Struct, frozen=True, kw_only=True):
    """One change of one object.

    Attributes:
        component: The workload, or `namespace/kind/name` of another object.
        field: What changed: `image`, `env NAME`, `replicas`, `limits`, `selector`, `ports`, `object`, ...
        container: Which container, where that means something.
        before, after: Values as text; None where unknown.
        by: The field manager, such as `kubectl-edit`.
        evidence: The evidence id that shows it.
        created: The object is new, rather than changed.
    """

    component: str
    field: str
    at: datetime | None
    evidence: str
    container: str = ""
    before: str | None = None
    after: str | None = None
    by: str = ""
    created: bool = False

    @property
    def text(self) -> str:
        """`replicas: 1 -> 0 (by kubectl)`, in words where values are not known."""
        by = f" by {self.by}" if self.by else ""
        if self.created:
            return f"created{by}"
        if self.before is None and self.after is None:
            return f"{'edited' if self.field == 'object' else f'{self.field} changed'}{by}"
        before = "?" if self.before is None and self.field == "replicas" else readable(self.before or "unset")
        return f"{self.field}: {before} -> {readable(self.after or 'unset')}{f' ({by.strip()})' if by else ''}"


def changes_of(snapshot: Snapshot) -> list[Change]:
    """Every change that can be dated or shown, oldest first; undated ones come first."""
    found = [
        *(change for workload in snapshot.workloads.items() for change in _rollouts(snapshot, *workload)),
        *(change for workload in snapshot.workloads.items() for change in _scalings(snapshot, *workload)),
        *_writes(snapshot),
    ]
    return sorted(found, key=lambda one: (one.at is not None, one.at or snapshot.now, one.component, one.field))


def evidence_id(component: str) -> str:
    """The evidence id of the object behind a component id: `kind/namespace/name`."""
    namespace, kind, name = component.split("/", 2)
    return f"{kind}/{namespace}/{name}"


def _rollouts(snapshot: Snapshot, component: str, workload: Workload) -> Iterator[Change]:
    revisions = [one for one in snapshot.replica_sets.get(component, []) if one.revision]
    if len(revisions) < 2:
        return
    old, new = revisions[-2], revisions[-1]
    at, by = _rollout_time(snapshot, component, workload, new)
    for field, container, before, after in diff(old.spec.template.spec, new.spec.template.spec):
        yield Change(
            component=component,
            field=field,
            container=container,
            before=before,
            after=after,
            at=at,
            by=by,
            evidence=evidence_id(component),
        )


def _rollout_time(
    snapshot: Snapshot, component: str, workload: Workload, new: ReplicaSet
) -> tuple[datetime | None, str]:
    writer = _last_writer(workload.metadata, ("spec", "template"))
    born = new.metadata.creation_timestamp
    # Server-side fields keep the time of the writer's last change to anything it owns.
    if writer is not None and writer.time and born and writer.time >= born.replace(microsecond=0):
        return writer.time, writer.manager
    for event in reversed(snapshot.events_of(component)):
        match = SCALED.match(event.text)
        if match and match["way"] == "up" and match["name"] == new.metadata.name:
            return event.first or event.last, writer.manager if writer else ""
    return new.metadata.creation_timestamp, writer.manager if writer else ""


def _last_writer(meta: TrackedMeta, path: tuple[str, ...], subresource: str | None = None) -> ManagedField | None:
    writers = [
        one
        for one in meta.managed_fields
        if one.time
        and one.owns(*path)
        and not one.manager.startswith(_CONTROLLERS)
        and (subresource is None or one.subresource == subresource)
    ]
    return max(writers, key=lambda one: one.time.timestamp() if one.time else 0.0, default=None)


def _scalings(snapshot: Snapshot, component: str, workload: Workload) -> Iterator[Change]:
    writer = _last_writer(workload.metadata, ("spec", "replicas"), "scale") or _last_writer(
        workload.metadata, ("spec", "replicas")
    )
    if writer is not None and writer.time != workload.metadata.creation_timestamp:
        yield Change(
            component=component,
            field="replicas",
            at=writer.time,
            after=str(workload.desired),
            by=writer.manager,
            evidence=evidence_id(component),
        )
    for event in snapshot.events_of(component):
        match = SCALED.match(event.text)
        if match:
            yield Change(
                component=component,
                field=f"replica set {match['name']}",
                at=event.last,
                before=match["from1"] or match["from2"],
                after=match["to1"] or match["to2"],
                evidence=f"events/{component}",
            )


def _writes(snapshot: Snapshot) -> Iterator[Change]:
    """Edits of Services, ConfigMaps, policies and the like, from their write history."""
    for kind in ("Service", "ConfigMap", "NetworkPolicy", "Ingress", "HorizontalPodAutoscaler", "ResourceQuota"):
        for one in snapshot.objects.get(kind, ()):
            meta = getattr(one, "metadata", None)
            if not isinstance(meta, TrackedMeta):
                continue
            component = component_id(kind, meta)
            makers = (one.manager for one in meta.managed_fields if one.time == meta.creation_timestamp)
            yield Change(
                component=component,
                field="object",
                at=meta.creation_timestamp,
                by=next(makers, ""),
                created=True,
                evidence=evidence_id(component),
            )
            for writer in meta.managed_fields:
                edited = writer.time and writer.time != meta.creation_timestamp
                if edited and not writer.manager.startswith(_CONTROLLERS) and writer.subresource != "status":
                    yield Change(
                        component=component,
                        field=_edited_part(writer),
                        at=writer.time,
                        by=writer.manager,
                        evidence=evidence_id(component),
                    )


def _edited_part(writer: ManagedField) -> str:
    for part in ("selector", "ports", "podSelector", "ingress", "egress", "rules", "metrics"):
        if writer.owns("spec", part):
            return part
    return "data" if writer.owns("data") else "object"


def diff(old: PodSpec, new: PodSpec) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield `(field, container, before, after)` of what differs between two pod specs."""
    for container in new.containers:
        before = old.container(container.name)
        if before is None:
            yield "container", container.name, None, container.image
            continue
        yield from _container_diff(before, container)
    for container in old.containers:
        if new.container(container.name) is None:
            yield "container", container.name, container.image, None
    for field in _OF_THE_POD:
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            yield field.replace("_", " "), "", _text(was), _text(now)


_OF_THE_POD = (
    "volumes",
    "node_selector",
    "service_account_name",
    "affinity",
    "tolerations",
    "image_pull_secrets",
    "dns_policy",
    "dns_config",
)
_PARTS: tuple[tuple[str, Callable[[Container], object]], ...] = (
    ("image", lambda one: one.image),
    ("command", lambda one: one.command),
    ("args", lambda one: one.args),
    ("ports", lambda one: one.ports),
    ("limits", lambda one: one.resources.limits),
    ("requests", lambda one: one.resources.requests),
    ("liveness probe", lambda one: one.liveness_probe),
    ("readiness probe", lambda one: one.readiness_probe),
    ("startup probe", lambda one: one.startup_probe),
    ("env from", lambda one: one.env_from),
    ("volume mounts", lambda one: one.volume_mounts),
)


def _container_diff(old: Container, new: Container) -> Iterator[tuple[str, str, str | None, str | None]]:
    for field, part in _PARTS:
        was, now = part(old), part(new)
        if was != now:
            yield field, new.name, _text(was), _text(now)
    before, after = {one.name: one for one in old.env}, {one.name: one for one in new.env}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"env {name}", new.name, setting_text(before.get(name)), setting_text(after.get(name))


def setting_text(variable: EnvVar | None) -> str | None:
    """A variable's value with secrets masked, or where it comes from; None when it is not set."""
    if variable is None:
        return None
    source = variable.value_from
    if source and source.secret_key_ref:
        return f"secret {source.secret_key_ref.name}/{source.secret_key_ref.key}"
    if source and source.config_map_key_ref:
        return f"configmap {source.config_map_key_ref.name}/{source.config_map_key_ref.key}"
    return redacted_setting(variable.name, variable.value)


def _text(value: object) -> str:
    return redacted(value if isinstance(value, str) else str(to_builtins(value)))
