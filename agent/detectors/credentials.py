"""Refused credentials: ours that changed or expired, or a callee that refuses good ones."""

import re
from collections.abc import Iterator
from datetime import datetime

from agent.detectors import feeds, ours
from agent.detectors.calls import edge_claims
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.callgraph import FAILED, Edge
from tools.changes import Change
from tools.traffic import Traffic

_REFUSED = frozenset({"unauthorized", "forbidden", "auth_failed"})
_EXPIRED = re.compile(
    r"(?:key|token|credential|password|secret|jwt|session)\w*[^\n]{0,24}(?:expired|revoked|rotated|disabled|invalid)"
    r"|(?:expired|revoked)[^\n]{0,16}(?:key|token|credential)|expiredtoken|invalidaccesskey"
)
_WALL = re.compile(r"cloudflare|akamai|incapsula|imperva|sucuri|attention required|captcha|request blocked|ray id|waf")
_LOOKED_AT = 40
_OUR_PROXY = re.compile(r"rbac: access denied|squid|x-squid|err_access_denied|jwt is missing|envoy|istio")


def detect(scene: Scene) -> Iterator[Finding]:
    """One finding, or two readings, for each edge whose calls are refused for who we are."""
    for edge, counted in scene.failing:
        if ours.share(counted, _REFUSED) >= 0.5 and not ours.written_by_proxy(scene, edge, counted):
            yield from _refused(scene, edge, counted)


def _refused(scene: Scene, edge: Edge, counted: Traffic) -> Iterator[Finding]:
    incident = feeds.incident_for(scene, edge, counted)
    if incident is not None:
        yield _theirs(scene, edge, counted, (0.85, feeds.feed_claims(incident)))
    change = _our_change(scene, edge, counted)
    line = ours.quoted(scene, counted)
    if change is not None:
        yield _mine(scene, edge, counted, (0.87, change.at, ours.change_claims(scene, change)))
        return
    if incident is not None:
        return
    page = _page(scene, edge) or line
    if counted.producers.get("proxy", 0) > counted.failed / 2 or _WALL.search(page):
        yield from _walled(scene, edge, counted, page)
        return
    restart = ours.restarted(scene, edge.caller, edge, counted)
    if restart is not None:
        yield _mine(scene, edge, counted, (0.85, restart, ()))
    else:
        yield _mine(scene, edge, counted, (0.7 if _EXPIRED.search(line) else 0.55, None, ()))


def _page(scene: Scene, edge: Edge) -> str:
    """The line of a refused call, or of the one after it, that shows a firewall's page; the status line may not."""
    for hit in edge.hits[-_LOOKED_AT:]:
        lines = scene.snapshot.logs[hit.ref].lines
        text = " ".join(lines[hit.line : hit.line + 2]).lower()
        if hit.family in FAILED and _WALL.search(text):
            return text
    return ""


def _our_change(scene: Scene, edge: Edge, counted: Traffic) -> Change | None:
    found = [one for one in ours.suspects(scene, edge.caller, edge, counted) if not one.reverted or counted.healed]
    # Of several changes the one that names a credential is the likelier.
    named = [
        one for one in found if re.search(r"key|secret|token|pass|cred|user|auth", one.change.field, re.IGNORECASE)
    ]
    chosen = next(iter((*named, *found)), None)
    return chosen.change if chosen else None


def _walled(scene: Scene, edge: Edge, counted: Traffic, line: str) -> Iterator[Finding]:
    """A refusal that a proxy or a firewall in front wrote: whose it is decides, and a plain page does not say."""
    if edge.inside or _OUR_PROXY.search(line):
        yield _mine(scene, edge, counted, (0.55, None, ()))
    elif _WALL.search(line):
        yield _theirs(scene, edge, counted, (0.65, ()))
    else:
        yield _mine(scene, edge, counted, (0.5, None, ()))
        yield _theirs(scene, edge, counted, (0.5, ()))


def _mine(
    scene: Scene, edge: Edge, counted: Traffic, how: tuple[float, datetime | None, tuple[Predicate, ...]]
) -> Finding:
    strength, at, claims = how
    first = ours.onset(edge, counted)
    earlier = at if at and first and at <= first else first
    return Finding(
        component=edge.caller,
        condition="invalid_credentials",
        role="cause",
        names=(),
        since=earlier,
        until=ours.ended(counted),
        strength=strength,
        on_edge=(edge.caller, edge.callee),
        claims=(*claims, *edge_claims(scene, edge, counted)),
        says=f"{edge.callee} refuses {edge.caller} ({counted.main_family})"
        + (" since our side changed" if strength > 0.8 else "; the key's age and use at the provider would decide"),
    )


def _theirs(scene: Scene, edge: Edge, counted: Traffic, how: tuple[float, tuple[Predicate, ...]]) -> Finding:
    strength, claims = how
    return Finding(
        component=edge.callee,
        condition="dependency_auth_rejected",
        role="cause",
        names=edge.names,
        since=ours.onset(edge, counted),
        until=ours.ended(counted),
        strength=strength,
        on_edge=(edge.caller, edge.callee),
        claims=(*claims, *edge_claims(scene, edge, counted)),
        says=f"{edge.callee} refuses {edge.caller} although nothing of ours changed",
    )
