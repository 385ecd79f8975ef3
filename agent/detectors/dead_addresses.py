"""Settings that name a Service which does not exist though one of nearly that name does, or a port that it lacks."""

import re
from collections.abc import Iterator

from msgspec import Struct

from agent.detectors import ours
from agent.detectors.addresses import is_slip
from agent.detectors.pod_state import looping, names_of
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from tools.addresses import AddressBook, Party
from tools.edges_set import hosts_in, settings_of
from tools.objects.containers import Container

_SHORTEST = 4


class Dead(Struct, frozen=True):
    """A setting that leads to nobody, what of it is wrong (`host` or `port`), and what is meant instead."""

    component: str
    box: Container
    setting: str
    value: str
    host: str
    wrong: str
    meant: str


def detect(scene: Scene) -> Iterator[Finding]:
    """`wrong_address` of programs in trouble whose own calls to that address no log shows.

    A silent program counts too, where others have the right address in the setting of the same name.
    """
    if scene.snapshot.gap_about("Service") or not scene.snapshot.services:
        return
    book = AddressBook(scene.snapshot)
    ends = frozenset(end for edge, _ in scene.failing for end in (edge.caller, edge.callee))
    for component in scene.snapshot.workloads:
        suffers = component in ends or _suffers(scene, component)
        if suffers or not scene.speaks(component):
            for one in {one.host: one for one in _dead(scene, book, component)}.values():
                if suffers:
                    yield _finding(scene, one, 0.85)
                elif _rightly_set_elsewhere(scene, book, one):
                    yield _finding(scene, one, 0.7)
                    yield _cut_off(scene, one)


def _dead(scene: Scene, book: AddressBook, component: str) -> Iterator[Dead]:
    namespace, template = component.partition("/")[0], scene.template(component)
    for box in template.containers if template else ():
        for setting, value in settings_of(scene.snapshot, namespace, box):
            for host in hosts_in(setting, value):
                party = book.resolve(host, namespace)
                if party is None or (component, party.component) in scene.traffic:
                    continue
                near, port = _nearly(scene, component, host, party), _port(scene, value, host, party)
                if near or port:
                    yield Dead(component, box, setting, value, host, "host" if near else "port", near or port or "")


def _nearly(scene: Scene, component: str, host: str, party: Party) -> str | None:
    """The Service whose name the host is one slip from, or adds a part to; dead settings resemble nothing."""
    if party.service is not None or scene.exists(party.component):
        return None
    name, _, rest = host.partition(".")
    if rest and "svc" not in rest.split("."):
        return None
    place = rest.split(".")[0] if rest and not rest.startswith("svc") else component.partition("/")[0]
    names = sorted(known for where, known in scene.snapshot.services if where == place and known != name)
    return next((known for known in names if _resembles(name, known)), None)


def _port(scene: Scene, value: str, host: str, party: Party) -> str | None:
    """A port that the Service has, where the setting names one that it has not."""
    service = scene.snapshot.services.get(party.service) if party.service else None
    written = re.search(rf"{re.escape(host)}:(\d{{2,5}})(?!\d)", value, re.IGNORECASE)
    if service is None or written is None or service.spec.external_name or service.spec.cluster_ip in {"", "None"}:
        return None
    known = {port.port for port in service.spec.ports}
    return f"port {min(known)}" if known and int(written[1]) not in known else None


def _resembles(host: str, name: str) -> bool:
    longer, shorter = sorted((host, name), key=len, reverse=True)
    added = len(shorter) >= _SHORTEST and (longer.startswith(f"{shorter}-") or longer.endswith(f"-{shorter}"))
    return is_slip(host, name) or added


def _rightly_set_elsewhere(scene: Scene, book: AddressBook, one: Dead) -> bool:
    """Whether another workload's setting of the same name leads to the Service that is meant, and none of its own."""
    namespace = one.component.partition("/")[0]
    service = (namespace, one.meant if one.wrong == "host" else one.host.partition(".")[0])
    for component in scene.snapshot.workloads:
        template = scene.template(component) if component.startswith(f"{namespace}/") else None
        for box in template.containers if template else ():
            for setting, value in settings_of(scene.snapshot, namespace, box):
                parties = [(host, book.resolve(host, namespace)) for host in hosts_in(setting, value)]
                right = any(p and p.service == service and not _port(scene, value, host, p) for host, p in parties)
                if right and component != one.component and setting == one.setting:
                    return not _has_right_one(scene, one, service)
    return False


def _has_right_one(scene: Scene, one: Dead, service: tuple[str, str]) -> bool:
    """Whether the program has another setting that leads there: then this one is a spare."""
    mine = [edge for edge in scene.graph.calls_of(one.component) if edge.service == service]
    return any(value != one.value for edge in mine for _, _, value in edge.configured)


def _cut_off(scene: Scene, one: Dead) -> Finding:
    """What is suffered where nobody tells: the program cannot reach what its setting means."""
    return Finding(
        component=one.component,
        condition="cut_off",
        role="symptom",
        strength=0.6,
        claims=(_claim(scene, one),),
        says=f"{one.component} cannot reach what its {one.setting} means",
    )


def _suffers(scene: Scene, component: str) -> bool:
    """Whether the component fails, cannot start, or is asked about."""
    if component in scene.fails_unnamed or component in scene.asked:
        return True
    pods = scene.snapshot.pods_by_component.get(component, ())
    return any(looping(one) or not one.ready for pod in pods for one in pod.status.container_statuses)


def _finding(scene: Scene, one: Dead, strength: float) -> Finding:
    changes = [change for change in scene.recent_changes(one.component) if change.field == one.setting]
    return Finding(
        component=one.component,
        condition="wrong_address",
        detail=one.wrong,
        role="cause",
        names=names_of(scene, one.component),
        since=changes[-1].at if changes else None,
        strength=0.92 if changes else strength,
        claims=(_claim(scene, one), *(ours.change_claims(scene, changes[-1]) if changes else ())),
        says=f"{one.setting} of {one.component} names {one.value}, meant is {one.meant}",
    )


def _claim(scene: Scene, one: Dead) -> Predicate:
    """What the setting says, where the workload holds it itself; else that the workload is there to read it."""
    text = f"{one.setting} of {one.component} names {one.value}, and no Service answers there"
    name = one.setting.removeprefix("env ")
    if any(own.name == name and own.value == one.value for own in one.box.env):
        place = pointer("containers", one.box.name, "env", name)
        return Predicate(text, scene.object_id(one.component), "contains", place, one.host)
    return Predicate(
        text, scene.object_id(one.component), "equals", pointer("containers", one.box.name, "image"), one.box.image
    )
