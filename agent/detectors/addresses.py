"""Addresses of callees that were edited or misspelt on the caller's side."""

import re
from collections.abc import Iterator

from agent.detectors import ours
from agent.detectors.calls import edge_claims
from agent.detectors.ours import Suspect
from agent.detectors.pod_state import deaths_of
from agent.finding import Finding
from agent.scene import Scene
from tools.callgraph import FAILED, Edge, hosts_in
from tools.changes import Change
from tools.traffic import Traffic

_NOBODY_THERE = frozenset({"dns", "refused", "timeout", "unreachable", "unavailable", "no_upstream", "reset"})
_WRONG_PLACE = _NOBODY_THERE | {
    "client_error",
    "tls_other",
    "tls_untrusted",
    "schema",
    "server_error",
    "forbidden",
    "unauthorized",
}
_URL_PARTS = re.compile(r"^([a-z][a-z0-9+.-]*)://(?:[^/@]*@)?([^/:?#]+)(?::(\d+))?([^?#]*)", re.IGNORECASE)


def detect(scene: Scene) -> Iterator[Finding]:
    """`wrong_address` on callers with an edited setting, a callee that is nearly a Service, or a port that is none."""
    for edge, counted in scene.failing:
        found = _edited(scene, edge, counted) or _misspelt(scene, edge, counted) or _closed_port(scene, edge, counted)
        if found is not None:
            yield found


def _edited(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """The caller's setting that names the callee became another address just before calls began to fail."""
    if ours.share(counted, _WRONG_PLACE) < 0.5 or _fails_unchanged_callers(scene, edge):
        return None
    found = (_suspected(scene, edge, counted, one) for one in ours.suspects(scene, edge.caller, edge, counted))
    return next((one for one in found if one is not None), None)


def _suspected(scene: Scene, edge: Edge, counted: Traffic, suspect: Suspect) -> Finding | None:
    change = suspect.change
    if suspect.value is None:
        unknown = ours.share(counted, _NOBODY_THERE) >= 0.5 and not _is_known(scene, edge)
        edited = "/configmap/" in change.component and unknown and _configured_by(scene, edge)
        return _finding(scene, edge, counted, suspect, (0.8, "host", "")) if edited else None
    if not _names_callee(edge, change, suspect.value):
        return None
    if suspect.other is None:
        anew = _new_to_nobody(scene, edge, counted)
        return _finding(scene, edge, counted, suspect, (0.88, "host", "")) if anew else None
    was, now = _address(change.field, suspect.other), _address(change.field, suspect.value)
    if not was or not now or was == now:
        return None
    strength = 0.88 if _is_known(scene, edge) else 0.94
    return _finding(scene, edge, counted, suspect, (strength, _part(was, now), ""))


def _new_to_nobody(scene: Scene, edge: Edge, counted: Traffic) -> bool:
    """Whether a setting made anew, perhaps over a ConfigMap's value, names a host that no name server knows."""
    return not edge.callee.count(".") and not _is_known(scene, edge) and ours.share(counted, frozenset({"dns"})) >= 0.9


def _names_callee(edge: Edge, change: Change, value: str) -> bool:
    """Whether the setting in force while calls failed is the one that leads to this callee."""
    hosts = hosts_in(change.field, value)
    called = {hit.target.host for hit in edge.hits if hit.target and hit.family in FAILED}
    return bool(called & set(hosts)) or any(
        setting == change.field and text == value for _, setting, text in edge.configured
    )


def _address(field: str, value: str) -> tuple[str, ...]:
    """What of a setting decides where a call goes: scheme, host, port and path, without credentials."""
    match = _URL_PARTS.match(value.strip())
    if match:
        return tuple((part or "").lower().rstrip("/") for part in match.groups())
    if not hosts_in(field, value):
        return (value,) if value.isdecimal() and field.upper().endswith("PORT") else ()
    return (value.rpartition("@")[2].lower(),)


def _part(was: tuple[str, ...], now: tuple[str, ...]) -> str:
    """What of an address is another one, in the words of `wrong_address`."""
    if len(was) != len(now) or len(was) == 1:
        return "port" if was[0].isdecimal() and now[0].isdecimal() else "host"
    if was[1] != now[1]:
        return "host"
    return "port" if was[2] != now[2] else "path"


def _configured_by(scene: Scene, edge: Edge) -> bool:
    """Whether the caller's own settings name the callee as it is called."""
    called = {hit.target.host for hit in edge.hits if hit.target}
    texts = [value.lower() for _, _, value in edge.configured]
    maps = scene.snapshot.config_maps
    namespace = edge.caller.split("/")[0]
    for name in ours.config_maps_of(scene, edge.caller):
        if (namespace, name) in maps:
            texts.extend(text.lower() for text in maps[namespace, name].data.values())
    return any(host in text for host in called for text in texts)


def _is_known(scene: Scene, edge: Edge) -> bool:
    """Whether the callee exists as far as the cluster can tell."""
    if edge.service is not None or scene.exists(edge.callee):
        return True
    return not edge.inside and any(
        counted.worked or counted.worked_before
        for (caller, callee), counted in scene.traffic.items()
        if callee == edge.callee and caller != edge.caller
    )


def _fails_unchanged_callers(scene: Scene, edge: Edge) -> bool:
    """Whether others fail at the same callee too, so that it is not this caller's address."""
    return any(other.callee == edge.callee and other.caller != edge.caller for other, _ in scene.failing)


def _misspelt(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """A name that nobody bears but that is one slip away from a Service or from a host that others reach."""
    if counted.healed or edge.service is not None or scene.exists(edge.callee) or not counted.families.get("dns"):
        return None
    if counted.worked_before or (counted.worked and counted.rate < 0.9):
        return None
    host = edge.callee
    known = (
        [name for _, name in scene.snapshot.services] if "." not in host or edge.inside else _reached_hosts(scene, host)
    )
    base = host.split(".")[0] if edge.inside else host
    near = next((name for name in sorted(set(known)) if name != base and is_slip(base, name)), None)
    if near is None and not (edge.inside and _bare_or_cluster(host) and base in known):
        return None
    return _finding(scene, edge, counted, None, (0.85, "host", near or base))


def _bare_or_cluster(host: str) -> bool:
    return host.count(".") in {0, 1} or ".svc" in host


def _reached_hosts(scene: Scene, host: str) -> list[str]:
    return [
        callee
        for (_, callee), counted in scene.traffic.items()
        if callee != host and "/" not in callee and (counted.worked or counted.worked_before)
    ]


def is_slip(written: str, meant: str) -> bool:
    """Whether one letter is missing, extra, wrong or swapped with its neighbour; short names are too alike to say."""
    if min(len(written), len(meant)) < 4 or abs(len(written) - len(meant)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(len(written), len(meant))
    )
    one, two = written[start:], meant[start:]
    swapped = len(one) > 1 and len(two) > 1 and (one[0], one[1]) == (two[1], two[0]) and one[2:] == two[2:]
    return swapped or one[1:] == two[1:] or one == two[1:] or one[1:] == two


def _closed_port(scene: Scene, edge: Edge, counted: Traffic) -> Finding | None:
    """Calls to a port that the Service does not have, and that was not taken from it just now."""
    service = scene.snapshot.services.get(edge.service) if edge.service else None
    if service is None or counted.healed or counted.worked or ours.share(counted, _NOBODY_THERE) < 0.9:
        return None
    if not any(ready for _, ready in scene.snapshot.endpoints.get(edge.service or ("", ""), [("", True)])):
        # With nobody behind it every port of the Service is closed, and callers log the pods' own.
        return None
    called = {hit.target.port for hit in edge.hits if hit.target and hit.target.port and hit.family in FAILED}
    known = {port.port for port in service.spec.ports}
    if not called or called & known or not known or service.spec.external_name or not service.spec.cluster_ip:
        return None
    name = f"{service.metadata.namespace}/service/{service.metadata.name}"
    worked = counted.worked_before or counted.last_worked
    # Of a Service that is new itself nothing was taken, unless calls worked before.
    taken = [one for one in scene.recent_changes(name) if worked or one.field != "object"]
    if any(ours.brought_by(change.at, edge, counted) for change in taken):
        return None
    return _finding(scene, edge, counted, None, (0.85, "port", f"port {min(known)}"))


def _finding(
    scene: Scene, edge: Edge, counted: Traffic, suspect: Suspect | None, how: tuple[float, str, str]
) -> Finding:
    strength, detail, meant = how
    # A caller that dies of it keeps the last start's log only; its deaths tell since when.
    died = min((at for at in deaths_of(scene, edge.caller) if at), default=None)
    first = min((at for at in (ours.onset(edge, counted), died) if at), default=None)
    change = suspect.change if suspect else None
    meant = meant or (suspect.other if suspect and suspect.other else "")
    since = (
        change.at
        if change and suspect and not suspect.reverted and change.at and (first is None or change.at < first)
        else first
    )
    return Finding(
        component=edge.caller,
        condition="wrong_address",
        detail=detail,
        role="cause",
        names=edge.names,
        since=since,
        until=counted.last if suspect and suspect.reverted else ours.ended(counted),
        strength=min(strength, 0.75) if suspect and suspect.reverted else strength,
        on_edge=(edge.caller, edge.callee),
        claims=(*(ours.change_claims(scene, change) if change else ()), *edge_claims(scene, edge, counted)),
        says=f"{edge.caller} calls {edge.callee}" + (f", meant is {meant}" if meant else ""),
    )
