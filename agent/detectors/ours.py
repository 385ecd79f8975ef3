"""What changed on our side shortly before the calls of one edge began to fail; shared by detectors of failing calls."""

import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.finding import Predicate
from agent.scene import Scene, pointer
from tools.addresses import AddressBook
from tools.callgraph import FAILED, Edge, hosts_in
from tools.changes import Change
from tools.evidence import RECENT
from tools.traffic import Traffic

SLACK = timedelta(seconds=90)
"""Clocks differ, and the time of a write can be younger than the first error that it brought."""
SETTLING = timedelta(minutes=10)
"""Old instances and open connections may go on working this long after a change."""
_UNSEEN = timedelta(hours=1)
"""With no call that worked in view, only a change this young is suspected."""
_PROXY_SETTING = re.compile(r"^(?:https?|all)_proxy$", re.IGNORECASE)
_SETTINGS = ("env ", "env from", "args", "command", "volumes", "container", "image", "service account name")


class Suspect(Struct, frozen=True):
    """A change that may have brought the failures, or taken them away.

    Attributes:
        value, other: The setting while calls failed and while they worked; None where unknown.
        reverted: Whether `change` is the repair, which shows the fault only in hindsight.
    """

    change: Change
    value: str | None
    other: str | None
    reverted: bool = False


def onset(edge: Edge, counted: Traffic) -> datetime | None:
    """The first failure after the last success before the window's first failure."""
    failures = [hit.at for hit in edge.hits if hit.at and hit.family in FAILED]
    after = counted.last_worked
    return min((at for at in failures if after is None or at > after), default=counted.first)


def brought_by(at: datetime | None, edge: Edge, counted: Traffic) -> bool:
    """Whether what happened at `at` can have started the failures: before them, and nothing worked long after it."""
    first = onset(edge, counted)
    if at is None or first is None:
        return False
    worked = counted.last_worked
    if worked is None:
        return first - _UNSEEN <= at <= first + SLACK
    return first - RECENT <= at <= first + SLACK and worked <= at + SETTLING


def ended_by(at: datetime | None, counted: Traffic, *, quiet: bool = False) -> bool:
    """Whether what happened at `at` can have ended the failures; `quiet` takes mere silence since for an end."""
    if at is None or counted.last is None or not (counted.healed or (quiet and not counted.failed_after)):
        return False
    return counted.last - SLACK <= at <= counted.last + SETTLING


def suspects(scene: Scene, component: str, edge: Edge, counted: Traffic) -> list[Suspect]:
    """Changes of a component's settings, its image and the ConfigMaps it reads, the youngest first."""
    found = []
    for change in reversed(scene.recent_changes(component)):
        if not change.field.startswith(_SETTINGS):
            continue
        brought = brought_by(change.at, edge, counted)
        left = ended_by(change.at, counted, quiet=True) and brought_by(
            _made_before_last(scene, component), edge, counted
        )
        if left and not (brought and _is_nearer_onset(change.at, counted)):
            found.append(Suspect(change, change.before, change.after, reverted=True))
        elif brought:
            found.append(Suspect(change, change.after, change.before))
    return [*found, *_config_edits(scene, component, edge, counted)]


def _is_nearer_onset(at: datetime | None, counted: Traffic) -> bool:
    """Whether a change that can have brought short trouble or ended it lies nearer to its beginning."""
    if at is None or counted.first is None or counted.last is None:
        return True
    return at - counted.first <= counted.last - at


def _made_before_last(scene: Scene, component: str) -> datetime | None:
    """When the revision before the current one was made: the one that a rollback has left."""
    revisions = scene.snapshot.replica_sets.get(component, [])
    return revisions[-2].metadata.creation_timestamp if len(revisions) > 1 else None


def _config_edits(scene: Scene, component: str, edge: Edge, counted: Traffic) -> Iterator[Suspect]:
    namespace = component.partition("/")[0]
    for name in config_maps_of(scene, component):
        for change in reversed(scene.recent_changes(f"{namespace}/configmap/{name}")):
            if change.by and brought_by(change.at, edge, counted):
                yield Suspect(change, None, None)
            elif change.by and ended_by(change.at, counted):
                yield Suspect(change, None, None, reverted=True)


def config_maps_of(scene: Scene, component: str) -> list[str]:
    """Names of the ConfigMaps that a component's containers read."""
    template = scene.template(component)
    if template is None:
        return []
    found = [volume.config_map.name for volume in template.volumes if volume.config_map]
    for container in template.containers:
        found += [one.config_map_ref.name for one in container.env_from if one.config_map_ref]
        sources = [one.value_from for one in container.env if one.value_from]
        found += [one.config_map_key_ref.name for one in sources if one.config_map_key_ref]
    return list(dict.fromkeys(found))


def restarted(scene: Scene, component: str, edge: Edge, counted: Traffic) -> datetime | None:
    """When the component was restarted or rolled out without a visible difference, just before the failures.

    Secrets are never read, so a new instance is all that shows of a new key.
    """
    revisions = scene.snapshot.replica_sets.get(component, [])
    made = [one.metadata.creation_timestamp for one in revisions[1:]]
    moments = [at for at in (*made, *scene.starts_of(component)) if brought_by(at, edge, counted)]
    return max((at for at in moments if at), default=None)


def change_claims(scene: Scene, change: Change) -> tuple[Predicate, ...]:
    """That the change happened, if it is the last one of its field, which is what the evidence keeps by name."""
    latest = [one for one in scene.changes if (one.component, one.field) == (change.component, change.field)]
    if not latest or latest[-1] != change:
        return ()
    text = f"{change.field} of {change.component} was changed" + (f" by {change.by}" if change.by else "")
    evidence, path = f"changes/{change.component}", ("last", change.field)
    claims = [Predicate(text, evidence, "equals", pointer(*path, "at"), change.at)]
    if change.after is not None:
        claims.append(Predicate(f"{change.field} is new", evidence, "equals", pointer(*path, "after"), change.after))
    return tuple(claims)


def ended(counted: Traffic) -> datetime | None:
    """When the failures ended, None while they last."""
    return counted.last if counted.healed else None


def share(counted: Traffic, families: frozenset[str]) -> float:
    """Which part of the failures in the window is of these families."""
    return sum(count for name, count in counted.families.items() if name in families) / max(1, counted.failed)


def quoted(scene: Scene, counted: Traffic) -> str:
    """The line that stands for the edge's failures, in lower case."""
    sample = counted.sample
    return scene.snapshot.logs[sample.ref].lines[sample.line].lower() if sample else ""


def told_proxy(scene: Scene, caller: str) -> str | None:
    """The component or host of the proxy that a caller's own settings send it through."""
    template = scene.template(caller)
    settings = [one for box in template.containers for one in box.env] if template else []
    for setting in settings:
        if _PROXY_SETTING.match(setting.name):
            for host in hosts_in(f"env {setting.name}", setting.value):
                party = AddressBook(scene.snapshot).resolve(host, caller.partition("/")[0])
                if party is not None:
                    return party.component
    return None


def written_by_proxy(scene: Scene, edge: Edge, counted: Traffic) -> str | None:
    """The caller's proxy, if the failure's own words name it: then the callee was never asked."""
    proxy = told_proxy(scene, edge.caller)
    return proxy if proxy and proxy.rpartition("/")[2] in quoted(scene, counted) else None


def is_outside_host(edge: Edge) -> bool:
    """Whether the callee is a host outside the cluster; a private address may be a pod's that is gone."""
    if edge.inside or "." not in edge.callee:
        return False
    try:
        return ipaddress.ip_address(edge.callee).is_global
    except ValueError:
        return True


def domain(host: str) -> str:
    """What hosts of one operator share: the last two labels; an address stands for itself."""
    labels = host.split(".")
    return host if labels[-1].isdecimal() else ".".join(labels[-2:])
