"""Pods, volumes and Services that the API refuses to create: a quota, a limit range, or no such service account."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors.pod_state import event_claim, matters, merge_all, names_of, role_of
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.objects.capacity import PersistentVolumeClaim, ResourceQuota, amount
from tools.objects.events import Event
from tools.objects.meta import condition
from tools.objects.workloads import Workload
from tools.plain_text import plain

_QUOTA = re.compile(
    r"exceeded quota: (?P<quota>[^,]+), requested: (?P<asked>[^,\s]+)"
    r"|failed quota: (?P<quota2>[^:,]+): must specify (?P<asked2>[\w.]+)"
)
_RANGE = re.compile(
    r"(?:maximum|minimum) (?P<what>cpu|memory|storage) usage per (?:Container|Pod|PersistentVolumeClaim)"
)
_ACCOUNT = re.compile(r"service ?account [\w./\"-]+[^\n]* not found", re.IGNORECASE)
_NO_CLAIM = re.compile(r"persistentvolumeclaim \"(?P<claim>[^\"]+)\" not found")
_DETAILS = (
    ("storage", "storage"),
    ("persistentvolumeclaims", "storage"),
    ("services", "services"),
    ("cpu", "cpu"),
    ("memory", "memory"),
    ("pods", "pods"),
)


MOMENTARY = timedelta(minutes=2)


class Refused(Struct, frozen=True):
    """A creation that was refused."""

    text: str
    claim: Predicate
    since: datetime | None
    until: datetime | None


def detect(scene: Scene) -> Iterator[Finding]:
    """`quota_exceeded` and `service_account_missing` on the workloads that cannot have their pods."""
    yield from merge_all(_found(scene))


def _found(scene: Scene) -> Iterator[Finding]:
    for component, workload in scene.snapshot.workloads.items():
        for refused in _refusals(scene, component, workload):
            if matters(scene, refused.since, refused.until):
                yield from _explained(scene, component, refused)
    yield from _absent_claims(scene)


def _refusals(scene: Scene, component: str, workload: Workload) -> Iterator[Refused]:
    failing = condition(workload.status.conditions, "ReplicaFailure")
    events = [one for one in scene.snapshot.events_of(component) if one.reason == "FailedCreate"]
    known = sorted(events, key=lambda one: one.last or scene.window.start)
    short = _missing(scene, component, workload)
    until = None if short or (failing and failing.status == "True") else _last(known)
    refused_now = failing is not None and failing.status == "True"
    if not short and not refused_now and _lasted(known) < MOMENTARY:
        # Refused once and made a moment later: that is how a namespace comes up.
        return
    if failing is not None and refused_now and failing.message:
        path = pointer("conditions", "ReplicaFailure", "message")
        claim = Predicate("pods cannot be created", scene.object_id(component), "equals", path, failing.message)
        first = min((one.first for one in known if one.first), default=None)
        yield Refused(failing.message, claim, first or failing.last_transition_time, None)
        return
    for event in known[-1:]:
        claim = event_claim(component, event, "a pod cannot be created")
        yield Refused(event.text, claim, min((one.first for one in known if one.first), default=None), until)


def _lasted(events: list[Event]) -> timedelta:
    times = [at for event in events for at in (event.first, event.last) if at]
    return max(times) - min(times) if times else timedelta()


def _missing(scene: Scene, component: str, workload: Workload) -> bool:
    """Whether pods of a workload do not even exist."""
    return len(scene.snapshot.pods_by_component.get(component, [])) < workload.desired


def _last(events: list[Event]) -> datetime | None:
    return max((one.last for one in events if one.last), default=None)


def _explained(scene: Scene, component: str, refused: Refused) -> Iterator[Finding]:
    quota = _QUOTA.search(refused.text)
    limits = _RANGE.search(refused.text)
    account = _ACCOUNT.search(refused.text)
    if quota is not None:
        name, asked = quota["quota"] or quota["quota2"], quota["asked"] or quota["asked2"]
        yield _finding(scene, component, "quota_exceeded", refused, detail=detail_of(asked), quota=name.strip())
    elif limits is not None:
        yield _finding(scene, component, "quota_exceeded", refused, detail=limits["what"])
    elif account is not None:
        yield _finding(scene, component, "service_account_missing", refused)


def detail_of(resource: str) -> str | None:
    """The detail of a quota's resource, such as `requests.cpu=1`."""
    name = resource.partition("=")[0].lower()
    return next((detail for word, detail in _DETAILS if word in name), None)


def _finding(
    scene: Scene, component: str, mode: str, refused: Refused, *, detail: str | None = None, quota: str = ""
) -> Finding:
    namespace = component.partition("/")[0]
    places = around(namespace, quota) if mode == "quota_exceeded" else ()
    return Finding(
        component=component,
        condition=mode,
        role=role_of(scene, component),
        names=(*names_of(scene, component), *places),
        detail=detail,
        since=refused.since,
        until=refused.until,
        strength=0.95,
        claims=(refused.claim, *quota_claims(scene, namespace, quota)),
        says=f"{component} cannot have its pods: {plain(refused.text, 220)}",
    )


def around(namespace: str, quota: str) -> tuple[str, ...]:
    """The quota, where one was named, and its namespace."""
    named = (f"{namespace}/resourcequota/{quota}", f"{namespace}/{quota}") if quota else ()
    return (*named, f"-/namespace/{namespace}")


def quota_claims(scene: Scene, namespace: str, quota: str) -> Iterator[Predicate]:
    """What is used up of a quota."""
    for one in scene.snapshot.all("ResourceQuota", ResourceQuota):
        if (one.metadata.namespace, one.metadata.name) == (namespace, quota):
            for resource, used in one.status.used.items():
                if full(one, resource):
                    evidence, path = f"resourcequota/{namespace}/{quota}".lower(), pointer("status", "used", resource)
                    yield Predicate(f"{resource} of {quota} is used up", evidence, "equals", path, used)


def full(quota: ResourceQuota, resource: str, share: float = 0.95) -> bool:
    """Whether a quota's resource is used up, or nearly so."""
    used, hard = amount(quota.status.used.get(resource)), amount(quota.status.hard.get(resource))
    return used is not None and hard is not None and used >= share * hard


def _absent_claims(scene: Scene) -> Iterator[Finding]:
    """Pods that wait for a volume claim which was never made, in a namespace whose storage quota is tight."""
    if scene.snapshot.gap_about("PersistentVolumeClaim") is not None:
        return
    made = scene.snapshot.all("PersistentVolumeClaim", PersistentVolumeClaim)
    claims = {(one.metadata.namespace, one.metadata.name) for one in made}
    for component in scene.snapshot.workloads:
        namespace = component.partition("/")[0]
        quotas = [one for one in quotas_of(scene, namespace) if any(map(_is_storage, one.status.hard))]
        for event in scene.snapshot.events_of(component):
            match = _NO_CLAIM.search(event.text)
            if match and quotas and (namespace, match["claim"]) not in claims:
                claim = event_claim(component, event, "the pod's volume claim does not exist")
                refused, quota = Refused(event.text, claim, event.first, None), quotas[0].metadata.name
                yield _finding(scene, component, "quota_exceeded", refused, detail="storage", quota=quota)


def _is_storage(resource: str) -> bool:
    return detail_of(resource) == "storage"


def quotas_of(scene: Scene, namespace: str) -> Sequence[ResourceQuota]:
    """The quotas of a namespace."""
    return scene.snapshot.within(namespace, "ResourceQuota", ResourceQuota)
