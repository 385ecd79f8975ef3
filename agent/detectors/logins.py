"""Logins that a store or broker refuses where no call names it: told by the program that dies of it, or by it."""

import re
from collections.abc import Iterator
from datetime import datetime

from agent.detectors import ours
from agent.detectors.backends import is_broker, is_store
from agent.detectors.heard import Heard, heard, heard_claims
from agent.detectors.pod_state import (
    deaths_of,
    looping,
    names_of,
    ready_since,
    role_of,
)
from agent.detectors.store_kinds import kinds_in, meant_stores
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.addresses import AddressBook
from tools.objects.pods import ContainerStatus
from tools.plain_text import plain

_FAMILY = frozenset({"auth_failed"})
_CLIENT = re.compile(r"(?<![\d.:])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.]*\w\.)")
_OF_A_STORE = re.compile(
    r"access denied for user '|password authentication failed for user|\bnoauth\b|wrongpass|noperm|pg_hba"
    r"|access_refused|ora-\d{5}|\bsasl|28p01|er_access_denied",
    re.IGNORECASE,
)
"""Words that no program writes about its own users."""
_FEW = 2
"""Refusals of one client in a store's log from which on it is no slip."""


def detect(scene: Scene) -> Iterator[Finding]:
    """`invalid_credentials` of programs whose own words, or whose store's, say that their login is refused."""
    told = {edge.caller for edge, counted in scene.failing if ours.share(counted, _FAMILY) >= 0.5}
    for (component, _), said in heard(scene, _FAMILY).items():
        if not _keeps_logins(scene, component) and component not in told and _is_its_own(scene, component, said):
            told.add(component)
            claims = heard_claims(scene, said, f"{component} says that its login is refused")
            yield _finding(scene, component, said, claims, meant_stores(scene, component, said.text))
    for store, component, said in _refused_by_stores(scene):
        if component not in told:
            text = f"{store} refuses the login of {component}"
            claim = Predicate(
                text, scene.logs_id(store), "count_at_least", pointer("own", "auth_failed", "in_window"), said.count
            )
            yield _finding(scene, component, said, (claim,), [store])


def _keeps_logins(scene: Scene, component: str) -> bool:
    """Whether a component is the one that refuses: its lines are about its clients."""
    return is_store(scene, component) or is_broker(scene, component)


def _is_its_own(scene: Scene, component: str, said: Heard) -> bool:
    """Whether the program's own login was refused, rather than that of a user whom it lets in or not."""
    text = f"{said.text}\n{said.below}"
    return _is_down(scene, component) or bool(kinds_in(said.text)) or _OF_A_STORE.search(text) is not None


def _is_down(scene: Scene, component: str) -> bool:
    return any(not one.ready or looping(one) for one in _statuses(scene, component))


def _finding(scene: Scene, component: str, said: Heard, claims: tuple[Predicate, ...], stores: list[str]) -> Finding:
    down = _is_down(scene, component)
    deaths = deaths_of(scene, component)
    named = stores if len(stores) == 1 else []
    return Finding(
        component=component,
        condition="invalid_credentials",
        role="background" if said.chronic and not down else role_of(scene, component),
        names=(*names_of(scene, component), *named),
        # The log begins with the last start; the deaths before it had the same reason.
        since=min((at for at in (*deaths, said.first) if at), default=None) if None not in deaths else None,
        until=_healed(scene, component, said.last),
        strength=0.9 if down else 0.75,
        touches=(component,),
        claims=claims,
        says=f"the login of {component} is refused: {plain(said.text, 160)}",
    )


def _statuses(scene: Scene, component: str) -> Iterator[ContainerStatus]:
    return (one for pod in scene.snapshot.pods_by_component.get(component, ()) for one in pod.status.container_statuses)


def _healed(scene: Scene, component: str, last: datetime | None) -> datetime | None:
    """When all pods became ready after the last refusal; None while one is not, or was ready all along."""
    since = [ready_since(pod) for pod in scene.snapshot.pods_by_component.get(component, ())]
    if last is None or not since or any(at is None or at < last for at in since):
        return None
    return max(at for at in since if at is not None)


def _refused_by_stores(scene: Scene) -> Iterator[tuple[str, str, Heard]]:
    """Store, client and lines: logins that a store's own log says it refused, by the address of a running pod."""
    book = AddressBook(scene.snapshot)
    found: dict[tuple[str, str], Heard] = {}
    for ref, digest in scene.snapshot.logs.items():
        store = scene.snapshot.component_of_pod_name(ref.namespace, ref.pod)
        lines = [one for one in digest.mentions if one.family == "auth_failed" and one.kind == "own"]
        if not lines or not _keeps_logins(scene, store):
            continue
        for one in lines:
            match = _CLIENT.search(digest.lines[one.line])
            party = book.resolve(match[1], ref.namespace) if match else None
            if party is None or not scene.exists(party.component) or not scene.window.holds(one.at):
                continue
            said = found.setdefault((store, party.component), Heard(party.component, "auth_failed", times=[]))
            said.count += 1
            said.text = digest.lines[one.line]
            if one.at is not None:
                said.first, said.last = min(said.first or one.at, one.at), max(said.last or one.at, one.at)
    for (store, component), said in found.items():
        if said.count >= _FEW and component != store:
            yield store, component, said
