"""Images that cannot be pulled: whose name, whose credentials, or whose registry."""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.pod_state import (
    Troubled,
    containers,
    event_claim,
    events_of_pod,
    matters,
    merge_all,
    names_of,
    ready_since,
    role_of,
    waits,
)
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.objects.events import Event

_WAITING = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_PULLED = re.compile(r"^Successfully pulled image \"(?P<image>[^\"]+)\"")
_QUOTED = re.compile(r"image \"(?P<image>[^\"]+)\"")
_UNREACHABLE = (
    r"no such host|i/o timeout|connection refused|unreachable|no route to host|handshake timeout|server misbehaving"
    r"|deadline exceeded|connection reset|: eof|\b50[0234]\b|certificate|registryunavailable"
)
_UNKNOWN = (
    r"not found|manifest unknown|name unknown|invalidimagename|parse image|invalid reference|does not exist"
    r"|no match for platform|\b404\b|errimageneverpull"
)
_DETAILS = (
    ("rate_limited", r"toomanyrequests|too many requests|\b429\b|rate limit"),
    ("registry_unreachable", _UNREACHABLE),
    ("credentials", r"failed to authorize|\bunauthorized|authentication required|no basic auth|\b401\b"),
    ("name_or_tag", _UNKNOWN),
    ("credentials", r"\bdenied\b|\b403\b|forbidden"),
)
"""Details of a pull error in lower case, the first that fits."""
# Official images are public: a mirror of their registry asks nobody who they are, and forbids what it does not have.
_MIRROR_REFUSES = re.compile(r"(?:/library/[^/\s]+/manifests/\S+\?ns=docker\.io|\?ns=registry\.k8s\.io): 403")
_REGISTRY_SIDE = frozenset({"registry_unreachable", "rate_limited"})


class Refusal(Struct, frozen=True):
    """One image of one container that did not come."""

    one: Troubled
    image: str
    detail: str
    claims: tuple[Predicate, ...]
    since: datetime | None
    until: datetime | None


def detect(scene: Scene) -> Iterator[Finding]:
    """One finding per registry that fails everybody, else one per workload."""
    refusals = [found for one in containers(scene) if (found := _refused(scene, one)) is not None]
    by_registry: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in refusals:
        if refusal.detail in _REGISTRY_SIDE and _known(scene, registry(refusal.image), refusals):
            by_registry.setdefault((registry(refusal.image), refusal.detail), []).append(refusal)
    for (host, detail), several in by_registry.items():
        yield _of_registry(host, detail, several)
    blamed = {id(refusal) for several in by_registry.values() for refusal in several}
    yield from merge_all(_of_workload(scene, one) for one in refusals if id(one) not in blamed)


def registry(image: str) -> str:
    """The host that an image comes from; one without a host comes from Docker Hub."""
    first, slash, _ = image.partition("/")
    return first.lower() if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def why_not(text: str, *, secret: bool) -> str | None:
    """Which detail a pull error speaks of; `secret` says that the pod brings pull credentials."""
    if "does not exist or may require" in text:
        return "credentials" if secret else "name_or_tag"
    low = text.lower()
    if _MIRROR_REFUSES.search(low):
        return "name_or_tag"
    return next((detail for detail, pattern in _DETAILS if re.search(pattern, low)), None)


def _refused(scene: Scene, one: Troubled) -> Refusal | None:
    failures = [
        event
        for event in events_of_pod(scene, one.pod, "Failed", "InspectFailed")
        if "image" in event.text and _is_about(event.text, one)
    ]
    waiting = waits(one.status, *_WAITING)
    if not waiting and not failures:
        return None
    since = min((event.first for event in failures if event.first), default=one.pod.metadata.creation_timestamp)
    until = None if waiting else ready_since(one.pod)
    if not matters(scene, since, until) or (not waiting and until is None):
        return None
    message = one.status.state.waiting.message if one.status.state.waiting else ""
    texts = [event.text for event in reversed(failures)] + [message, one.status.waiting_reason]
    secret = bool(one.pod.spec.image_pull_secrets)
    detail = next((found for text in texts if (found := why_not(text, secret=secret)) is not None), None)
    claims = _claims(one, failures, detail, secret=secret)
    return Refusal(one, _image(one), detail or "name_or_tag", claims, since, until)


def _is_about(text: str, one: Troubled) -> bool:
    match = _QUOTED.search(text)
    return match is not None and match["image"] == _image(one)


def _image(one: Troubled) -> str:
    return one.spec.image if one.spec else one.status.image


def _claims(one: Troubled, failures: list[Event], detail: str | None, *, secret: bool) -> tuple[Predicate, ...]:
    claims = []
    if one.status.waiting_reason:
        claims.append(one.claim(f"{one.status.name} waits for its image", "/waiting", one.status.waiting_reason))
    telling = [event for event in failures if why_not(event.text, secret=secret) == detail]
    if telling:
        claims.append(event_claim(one.component, telling[-1], "the pull failed like this"))
    return tuple(claims)


def _known(scene: Scene, host: str, refusals: list[Refusal]) -> bool:
    """Whether a registry is an established one that fails all its users: others ran from it, and nobody pulls now."""
    users = {refusal.one.component for refusal in refusals if registry(refusal.image) == host}
    for event in scene.snapshot.events:
        match = _PULLED.match(event.text)
        if match and registry(match["image"]) == host and scene.window.holds(event.last):
            return False
    ran = any(
        registry(status.image) == host and (status.state.running or status.last_state.terminated)
        for pod in scene.snapshot.pods
        for status in pod.status.container_statuses
    )
    return ran or len(users) > 1


def _of_registry(host: str, detail: str, several: list[Refusal]) -> Finding:
    several = sorted(several, key=lambda refusal: (refusal.one.component, refusal.one.pod.metadata.name))
    workloads = tuple(dict.fromkeys(one.one.component for one in several))
    until = [one.until for one in several]
    claims = tuple(dict.fromkeys(claim for one in several for claim in one.claims))
    return Finding(
        component=host,
        condition="image_pull_failed",
        role="cause",
        names=tuple(_short(one) for one in workloads),
        detail=detail,
        since=min((one.since for one in several if one.since), default=None),
        until=None if None in until else max(at for at in until if at),
        strength=0.9,
        touches=workloads,
        claims=claims[:6],
        says=f"{host} fails every pull ({detail.replace('_', ' ')}), of {', '.join(_short(one) for one in workloads)}",
    )


def _short(component: str) -> str:
    namespace, _, name = component.split("/", 2)
    return f"{namespace}/{name}"


def _of_workload(scene: Scene, refusal: Refusal) -> Finding:
    component = refusal.one.component
    return Finding(
        component=component,
        condition="image_pull_failed",
        role=role_of(scene, component),
        names=names_of(scene, component),
        detail=refusal.detail,
        since=refusal.since,
        until=refusal.until,
        strength=0.95,
        claims=refusal.claims,
        says=f"{refusal.image} cannot be pulled ({refusal.detail.replace('_', ' ')})",
    )
