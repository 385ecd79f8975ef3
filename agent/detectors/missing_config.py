"""Configuration that a pod needs and does not get: what it names is not there, or it no longer names it."""

import re
from collections.abc import Iterator

from agent.detectors.pod_state import (
    Troubled,
    containers,
    event_claim,
    events_of_pod,
    healed_at,
    looping,
    names_of,
    role_of,
    waits,
)
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.changes import Change
from tools.objects.pods import Pod
from tools.plain_text import plain

_ABSENT = re.compile(
    r"(?P<kind>configmap|secret)s? \"(?P<name>[^\"]+)\" not found"
    r"|couldn't find key (?P<key>\S+) in (?P<kind2>ConfigMap|Secret) (?P<name2>\S+)"
    r"|references non-existent (?:config|secret) key: (?P<key2>\S+)",
    re.IGNORECASE,
)
_FROM_SECRET = re.compile(r"^secret \S+/|'secret(?:Ref)?': \{")


def detect_missing(scene: Scene) -> Iterator[Finding]:
    """`missing_config` from the kubelet's own words, `missing_secret_binding` from a revision that dropped a Secret."""
    mounted: set[str] = set()
    for one in containers(scene):
        if waits(one.status, "CreateContainerConfigError", "CreateContainerError"):
            yield from _not_made(scene, one)
        elif one.pod.metadata.name not in mounted:
            mounted.add(one.pod.metadata.name)
            yield from _unmounted(scene, one)
    yield from _unbound(scene)


def _not_made(scene: Scene, one: Troubled) -> Iterator[Finding]:
    """A container that names something absent: told by its status, else by an event."""
    waiting = one.status.state.waiting
    match = _ABSENT.search(waiting.message if waiting else "")
    if match is not None:
        claim = one.claim("the container cannot be made", "/message", match[0], "contains")
        yield _missing(scene, one, match[0], (claim,))
        return
    for event in reversed(events_of_pod(scene, one.pod, "Failed")):
        match = _ABSENT.search(event.text)
        if match is not None:
            yield _missing(scene, one, match[0], (event_claim(one.component, event, "the container cannot be made"),))
            return


def _missing(scene: Scene, one: Troubled, what: str, claims: tuple[Predicate, ...]) -> Finding:
    healed = healed_at(scene, one, None)
    return Finding(
        component=one.component,
        condition="missing_config",
        role=role_of(scene, one.component),
        names=names_of(scene, one.component),
        since=one.pod.status.start_time or one.pod.metadata.creation_timestamp,
        until=healed,
        strength=0.95,
        claims=claims,
        says=f"{one.pod.metadata.name} needs what does not exist: {plain(what, 200)}",
    )


def _unmounted(scene: Scene, one: Troubled) -> Iterator[Finding]:
    """A volume made of something absent; a cache that only is not filled yet says so in other words."""
    if _starts_fine(one.pod):
        return
    for event in reversed(events_of_pod(scene, one.pod, "FailedMount")):
        match = _ABSENT.search(event.text)
        if match is not None:
            claim = event_claim(one.component, event, "a volume of the pod cannot be mounted")
            yield _missing(scene, one, match[0], (claim,))
            return


def _starts_fine(pod: Pod) -> bool:
    return all(status.state.running is not None for status in pod.status.container_statuses) and bool(
        pod.status.container_statuses
    )


def _unbound(scene: Scene) -> Iterator[Finding]:
    """A recent revision no longer passes a Secret in, and the component suffers since."""
    for component in scene.snapshot.workloads:
        dropped = [one for one in scene.recent_changes(component) if _drops_secret(one)]
        if not dropped or not _suffers(scene, component):
            continue
        change = dropped[-1]
        claim = Predicate(
            f"{change.field} no longer comes from a Secret",
            f"changes/{component}",
            "equals",
            pointer("last", change.field, "before"),
            change.before,
        )
        yield Finding(
            component=component,
            condition="missing_secret_binding",
            role=role_of(scene, component),
            names=names_of(scene, component),
            since=change.at,
            strength=0.9,
            claims=(claim,),
            says=f"the revision of {change.at:%H:%MZ} dropped {change.field} (was {plain(change.before or '', 80)})",
        )


def _drops_secret(change: Change) -> bool:
    named = change.field.startswith("env ") or change.field in {"volumes", "env from"}
    return named and bool(_FROM_SECRET.search(change.before or "")) and not _FROM_SECRET.search(change.after or "")


def _suffers(scene: Scene, component: str) -> bool:
    """Whether something of the component is broken: a container that ends, or calls that are refused."""
    broken = any(looping(one.status) for one in containers(scene) if one.component == component)
    refused = any(
        edge.caller == component and counted.main_family in {"auth_failed", "unauthorized", "forbidden"}
        for edge, counted in scene.failing
    )
    return broken or refused
