"""Programs that die because nothing listens where they look for their store, while the store is up where it is."""

from collections.abc import Iterator
from datetime import datetime

from agent.detectors.backends import edges_to, stores
from agent.detectors.last_words import LastWords, last_words
from agent.detectors.pod_state import (
    Troubled,
    containers,
    death,
    first_death,
    healed_at,
    looping,
    merge_all,
    names_of,
    role_of,
)
from agent.detectors.store_kinds import kinds_in, meant_stores
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.logs import Mention
from tools.objects.pods import Terminated
from tools.plain_text import plain

_NOBODY_THERE = frozenset({"refused", "unavailable"})
_WHOLE = 60
"""Lines of a stack trace that are read for the driver's name."""


def detect(scene: Scene) -> Iterator[Finding]:
    """`wrong_address` with detail `port`: the address may stand in a Secret, which is never read."""
    yield from merge_all(_dying(scene))


def _dying(scene: Scene) -> Iterator[Finding]:
    for one in containers(scene):
        ended = death(scene, one) if looping(one.status) else None
        said = last_words(scene, one) if ended is not None else None
        call = said.failed_call if said is not None else None
        if ended is None or said is None or call is None or call.family not in _NOBODY_THERE or call.target:
            continue
        text = _whole(said, call)
        meant = meant_stores(scene, one.component, text)
        if "refused" in text.lower() and meant and _well(scene, one.component, meant, call.at or ended.finished_at):
            yield _finding(scene, one, ended, call, text, meant)


def _whole(said: LastWords, call: Mention) -> str:
    """The line with the stack trace below it, up to what is said next."""
    later = [one.line for one in said.mentions if one.line > call.line]
    return "\n".join(said.digest.lines[call.line : min(later, default=call.line + _WHOLE)])


def _well(scene: Scene, component: str, meant: list[str], at: datetime | None) -> bool:
    """Whether what can be meant was up then, no setting shows the right port, and nobody else is refused."""
    if edges_to(scene, component, set(meant)):
        return False
    missed = {edge.callee for edge, _ in scene.failing if edge.caller != component}
    return all(store not in missed and _up(scene, store, at) for store in meant) and not _refused_alike(
        scene, component
    )


def _refused_alike(scene: Scene, component: str) -> bool:
    """Whether another program's store refuses it too: then it is not one caller's address."""
    known = set(stores(scene))
    for ref, digest in scene.snapshot.logs.items():
        told = [one for one in digest.mentions if one.family == "refused" and one.kind == "call" and not one.target]
        other = scene.snapshot.component_of_pod_name(ref.namespace, ref.pod) if told else component
        if other in known or other == component:
            continue
        inside = (one for one in told if scene.window.holds(one.at))
        if any(meant_stores(scene, other, digest.lines[one.line], known) for one in inside):
            return True
    return False


def _up(scene: Scene, store: str, at: datetime | None) -> bool:
    """Whether a store was ready then: its containers had started, and it is ready now."""
    pods = scene.snapshot.pods_by_component.get(store, [])
    ready = pods and all(one.ready for pod in pods for one in pod.status.container_statuses)
    started = scene.starts_of(store)
    return bool(ready) and (at is None or not started or min(started) < at)


def _finding(scene: Scene, one: Troubled, ended: Terminated, call: Mention, text: str, meant: list[str]) -> Finding:
    named = tuple(meant) if len(meant) == 1 else ()
    quote = Predicate(
        f"its client of {' or '.join(sorted(kinds_in(text)))} is refused",
        scene.logs_id(one.component),
        "count_at_least",
        pointer("own", call.family, "in_window"),
        1,
    )
    ended_so = one.ended(f"{one.pod.metadata.name} ended", ended)
    return Finding(
        component=one.component,
        condition="wrong_address",
        detail="port",
        role=role_of(scene, one.component),
        names=(*names_of(scene, one.component), *named),
        since=first_death(scene, one, ended),
        until=healed_at(scene, one, ended),
        strength=0.85,
        touches=(one.component,),
        claims=(quote, ended_so),
        says=f"{one.component} is refused where it looks for its store, which is up: {plain(text, 160)}",
    )
