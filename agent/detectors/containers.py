"""Containers that die or never start: killed for memory, crashing, refused configuration, errors of their own."""

from collections.abc import Iterator

from agent.detectors.last_words import LastWords, last_words, quote_claim
from agent.detectors.missing_config import detect_missing
from agent.detectors.own_errors import newest_revision, own_troubles, wrong_requests
from agent.detectors.pod_state import (
    Troubled,
    containers,
    death,
    events_of_pod,
    first_death,
    healed_at,
    is_job,
    looping,
    merge_all,
    names_of,
    role_of,
    waits,
)
from agent.finding import Finding
from agent.scene import Scene
from tools.logs import Mention
from tools.objects.pods import Terminated
from tools.plain_text import plain

MEMORY_KILL = ("OOMKilled",)
_STOPPED_BY_KUBELET = frozenset({137, 143})
_PINNED = {
    "bind_failed": "port_conflict",
    "missing_config": "missing_config",
    "bad_config": "bad_config",
    "permission_denied": "volume_permission_denied",
}
"""What a program's last words pin a crash down to, most telling first."""


def detect(scene: Scene) -> Iterator[Finding]:
    """Deaths, failed starts and errors of a program's own, one finding per component and condition."""
    yield from merge_all(_deaths(scene))
    yield from merge_all(detect_missing(scene))
    yield from _application_errors(scene)


def _deaths(scene: Scene) -> Iterator[Finding]:
    for one in containers(scene):
        yield from _failed_start(scene, one)
        ended = death(scene, one)
        if ended is None:
            continue
        if ended.reason in MEMORY_KILL or "OOM-killed" in ended.message:
            yield _oom(scene, one, ended)
        elif not _probe_killed(scene, one, ended):
            yield from _crash(scene, one, ended)


def _probe_killed(scene: Scene, one: Troubled, ended: Terminated) -> bool:
    """Whether the kubelet ended the container over its probe; probes.py says what that means."""
    killed = any(
        "liveness probe" in event.text or "startup probe" in event.text
        for event in events_of_pod(scene, one.pod, "Killing")
    )
    failing = any(
        event.text.startswith(("Liveness", "Startup")) for event in events_of_pod(scene, one.pod, "Unhealthy")
    )
    return killed or (failing and (ended.exit_code in _STOPPED_BY_KUBELET or not ended.exit_code))


def _oom(scene: Scene, one: Troubled, ended: Terminated) -> Finding:
    limit = one.spec.resources.limits.get("memory") if one.spec else None
    claims = [
        one.claim(f"{one.pod.metadata.name} was killed for memory", "/ended/reason", ended.reason),
        one.claim(f"{one.status.name} restarted", "/restarts", max(1, one.status.restart_count), "count_at_least"),
    ]
    if ended.reason not in MEMORY_KILL:
        claims = [one.claim("its start was killed for memory", "/ended/message", "OOM-killed", "contains")]
    return Finding(
        component=one.component,
        condition="oom_killed",
        role=role_of(scene, one.component),
        names=names_of(scene, one.component),
        since=first_death(scene, one, ended),
        until=healed_at(scene, one, ended),
        strength=0.95,
        claims=tuple(claims),
        says=f"{one.status.name} of {one.component} was killed for memory (limit {limit or 'none'})",
    )


def _crash(scene: Scene, one: Troubled, ended: Terminated) -> Iterator[Finding]:
    said = last_words(scene, one)
    pinned = _pinned(one, said)
    asked = ended.exit_code in _STOPPED_BY_KUBELET or not ended.exit_code
    if asked and pinned is None and not looping(one.status):
        return
    condition, mention = pinned or ("crash_loop", said.failed_call or said.of("panic", "out_of_memory"))
    dependency = condition == "crash_loop" and said.failed_call is not None
    claims = [one.ended(f"{one.pod.metadata.name} ended{ended.how}", ended)]
    if looping(one.status) and one.status.waiting_reason:
        claims.append(one.claim("it waits before the next start", "/waiting", one.status.waiting_reason))
    if mention is not None:
        claims.append(quote_claim(one.component, mention, "its log tells why"))
    yield Finding(
        component=one.component,
        condition=condition,
        # A run that fails leaves its schedule and everything else working: it is told, and explains nothing.
        role="background" if is_job(one.component) else role_of(scene, one.component),
        names=names_of(scene, one.component),
        since=first_death(scene, one, ended),
        until=healed_at(scene, one, ended),
        strength=_strength(condition, dependency=dependency, looping_now=looping(one.status)),
        claims=tuple(claims),
        says=_story(one, ended, said, mention, dependency=dependency),
    )


def _strength(condition: str, *, dependency: bool, looping_now: bool) -> float:
    if dependency:
        return 0.5
    if condition != "crash_loop":
        return 0.85
    return 0.75 if looping_now else 0.6


def _pinned(one: Troubled, said: LastWords) -> tuple[str, Mention] | None:
    for family, condition in _PINNED.items():
        mention = said.of(family)
        if mention is None or (family == "permission_denied" and not (one.spec and one.spec.volume_mounts)):
            continue
        return condition, mention
    return None


def _story(one: Troubled, ended: Terminated, said: LastWords, mention: Mention | None, *, dependency: bool) -> str:
    story = f"{one.status.name} of {one.component} ends{ended.how}"
    if mention is None:
        return story
    target = f" to {mention.target.host}" if dependency and mention.target else ""
    why = f"after a failed call{target} ({mention.family})" if dependency else f"saying ({mention.family})"
    return f"{story} {why}: {plain(said.line(mention), 200)}"


def _failed_start(scene: Scene, one: Troubled) -> Iterator[Finding]:
    """A command that is not there, or a memory limit below what starting takes."""
    waiting = one.status.state.waiting
    message = waiting.message if waiting else ""
    if not waits(one.status, "RunContainerError", "CreateContainerError", "StartError", "CrashLoopBackOff"):
        return
    if "OOM-killed" in message:
        condition, needle = "oom_killed", "OOM-killed"
    elif any(text in message for text in ("executable file not found", "exec format error", "invalid mount config")):
        condition = "bad_config"
        needle = next(text for text in ("executable file", "exec format error", "invalid mount") if text in message)
    else:
        return
    yield Finding(
        component=one.component,
        condition=condition,
        role=role_of(scene, one.component),
        names=names_of(scene, one.component),
        since=one.pod.status.start_time or one.pod.metadata.creation_timestamp,
        strength=0.9,
        claims=(one.claim("the container cannot be started", "/message", needle, "contains"),),
        says=f"{one.status.name} of {one.component} cannot be started: {plain(message, 200)}",
    )


def _application_errors(scene: Scene) -> Iterator[Finding]:
    """Errors of its own that no failing callee and no new revision explains."""
    for trouble in (*own_troubles(scene), *wrong_requests(scene)):
        if trouble.sure and newest_revision(scene, trouble) is None:
            yield Finding(
                component=trouble.component,
                condition="application_errors",
                role=role_of(scene, trouble.component),
                names=names_of(scene, trouble.component),
                since=trouble.since,
                until=trouble.until,
                strength=trouble.sure,
                on_edge=trouble.on_edge,
                claims=trouble.claims,
                says=trouble.says,
            )
