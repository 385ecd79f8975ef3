"""Routes of gateways and Ingresses that lead to another Service than the one that their path is called after."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors import ours
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.addresses import AddressBook, Party
from tools.callgraph import FAILED
from tools.route_tables import Route, route_tables

_GENERIC = frozenset({"service", "services", "svc", "api", "apis", "server", "app", "rest", "internal", "public"})
_ENDING = re.compile(r"(?:services?|svc|api)$")
_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?$")
_LIKE_IT = 3
"""So many other routes of the table lead where their names say before a name is taken for a rule."""
_SHARE = 0.8
_COMMON = 0.5
"""From this share of a namespace's Services on, the first part of their names says nothing about each."""
_WRONG_PLACE = frozenset({"client_error", "server_error", "schema", "unavailable", "forbidden", "unauthorized"})


class Misled(Struct, frozen=True):
    """A route with where it leads and where its name says that it should."""

    route: Route
    party: Party
    meant: Party


class Names(Struct, frozen=True):
    """Services of a namespace by what is left of their names without the part that most of them share."""

    prefix: str
    by_stem: dict[str, str]


def detect(scene: Scene) -> Iterator[Finding]:
    """`wrong_address` with detail `route` on whoever holds the table, and what cannot be reached as its symptom."""
    if scene.snapshot.gap_about("Service") or not scene.snapshot.services:
        return
    book, called = AddressBook(scene.snapshot), _names(scene)
    for holder, routes in route_tables(scene.snapshot).items():
        namespace = holder.partition("/")[0]
        for one in _misled(scene, book, called.get(namespace, Names("", {})), routes):
            yield from _findings(scene, holder, one)


def _misled(scene: Scene, book: AddressBook, names: Names, routes: list[Route]) -> list[Misled]:
    """Routes that leave a table's own rule, where it has one: paths are called after the Services that serve them."""
    namespace = routes[0].holder.partition("/")[0] if routes else ""
    pairs = [(route, book.resolve(route.host, namespace), _wanted(route, names.by_stem)) for route in routes]
    known = [(route, party, wanted) for route, party, wanted in pairs if party and party.service and wanted]
    right = {wanted for _, party, wanted in known if party.service == (namespace, wanted)}
    wrong = [one for one in known if one[1].service != (namespace, one[2]) and one[2] not in right]
    kept = sum(1 for _, party, wanted in known if party.service == (namespace, wanted))
    edited = bool(wrong) and _edited(scene, wrong[0][0].holder) is not None
    if not edited and (kept < _LIKE_IT or kept < _SHARE * len(known)):
        return []
    services = scene.snapshot.services
    return [
        Misled(route, party, book.behind(services[namespace, wanted], wanted))
        for route, party, wanted in wrong
        if _stem(route.host, names.prefix) not in _tokens(route)
    ]


def _names(scene: Scene) -> dict[str, Names]:
    """By namespace, what the names of its Services say; those that say the same as another's are left out."""
    together: dict[str, list[str]] = {}
    for namespace, name in scene.snapshot.services:
        together.setdefault(namespace, []).append(name)
    found = {}
    for namespace, names in together.items():
        prefix = _prefix(names)
        stems = [(name, _stem(name, prefix)) for name in names]
        often = Counter(stem for _, stem in stems)
        found[namespace] = Names(prefix, {stem: name for name, stem in stems if stem and often[stem] == 1})
    return found


def _prefix(names: list[str]) -> str:
    """What most names begin with, such as the name of the whole application."""
    firsts = Counter(name.split("-")[0] for name in names if "-" in name)
    first, count = firsts.most_common(1)[0] if firsts else ("", 0)
    return first if count >= _LIKE_IT and count > _COMMON * len(names) else ""


def _stem(name: str, prefix: str) -> str:
    parts = [part for part in re.split(r"[-_.]", name.lower()) if part and part not in _GENERIC]
    if prefix and len(parts) > 1 and parts[0] == prefix:
        parts = parts[1:]
    return "".join(parts)


def _tokens(route: Route) -> list[str]:
    """What a route says that it is for: the first part of its path that is no version, and its own name."""
    parts = [part for part in route.path.lower().split("/") if part and "*" not in part and "{" not in part]
    telling = [part for part in parts if part not in _GENERIC and not _VERSION.match(part)]
    plain = [_stem(telling[0], "")] if telling else []
    return [*plain, *(_ENDING.sub("", one) for one in plain), _stem(route.name, "")]


def _wanted(route: Route, names: dict[str, str]) -> str | None:
    return next((names[token] for token in _tokens(route) if token in names), None)


def _edited(scene: Scene, holder: str) -> datetime | None:
    return max((one.at for one in scene.recent_changes(holder) if one.by and one.at), default=None)


def _findings(scene: Scene, holder: str, one: Misled) -> Iterator[Finding]:
    path = one.route.path.rstrip("*").rstrip("/")
    since, suffers = _suffering(scene, path)
    edited = _edited(scene, holder)
    claims = _claims(scene, holder, one.route)
    says = f"{holder} sends {path} to {one.route.host}, not to {one.meant.names[0]}"
    component = _reader(scene, holder)
    yield Finding(
        component=component,
        condition="wrong_address",
        detail="route",
        role="cause",
        names=(*one.meant.names[:1], *(() if component == holder else (holder,))),
        since=edited or since,
        strength=0.9 if suffers or edited else 0.7,
        touches=(one.meant.component,),
        claims=claims,
        says=says,
    )
    yield Finding(
        component=one.meant.component,
        condition="misled",
        role="symptom",
        since=since,
        strength=1.0 if suffers else 0.6,
        claims=claims,
        says=f"requests for {path} do not reach {one.meant.component}",
    )


def _suffering(scene: Scene, path: str) -> tuple[datetime | None, bool]:
    """Since when requests on the path fail, as far as known, and whether anybody tells of it."""
    failed = [
        hit
        for edge, _ in scene.failing
        for hit in edge.hits
        if hit.family in FAILED & _WRONG_PLACE and hit.target and (hit.target.path or "").startswith(path)
    ]
    told = f"{path}/" in f"{scene.incident.text}/" or path in scene.incident.text
    return min((hit.at for hit in failed if hit.at), default=None), bool(failed) or told


def _claims(scene: Scene, holder: str, route: Route) -> tuple[Predicate, ...]:
    """What the table says, and that it was changed, if that is known."""
    text = f"{holder} leads {route.path} to {route.host}"
    says = Predicate(text, scene.object_id(holder), "equals", pointer("routes", route.path), route.host)
    edits = [one for one in scene.recent_changes(holder) if one.by]
    return (says, *(ours.change_claims(scene, edits[-1]) if edits else ()))


def _reader(scene: Scene, holder: str) -> str:
    """The one workload that reads a ConfigMap; an Ingress, or a ConfigMap that many read, stands for itself."""
    namespace, kind, name = holder.split("/", 2)
    if kind != "configmap":
        return holder
    readers = [
        one
        for one in scene.snapshot.workloads
        if one.startswith(f"{namespace}/") and name in ours.config_maps_of(scene, one)
    ]
    return readers[0] if len(readers) == 1 else holder
