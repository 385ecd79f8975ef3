"""What JSON would have said and text does not, as far as other texts about the same object tell."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tools.kubectl_text.shape import Json

_ROUNDED = timedelta(minutes=2)
"""Ages are printed in whole minutes after the first two, and rounded down."""
_UNPRINTED = ("affinity", "dnsPolicy", "dnsConfig")
"""Parts of a pod's spec that `describe` leaves out."""


def completed(objects: list[Json]) -> list[Json]:
    """The objects, with rules of pods taken from their workload, and without events of earlier objects.

    Uids are not printed, so an event that ended before its object was made is taken to be about one of the
    same name before it. A pod that waits for a node gets what its Deployment's template asks of nodes.
    """
    templates = {_name(one): _part(one, "spec", "template", "spec") for one in objects if one["kind"] == "Deployment"}
    born = {(one["kind"], *_name(one)): _time(_part(one, "metadata"), "creationTimestamp") for one in objects}
    found = []
    for one in objects:
        if one["kind"] == "Event" and _is_of_earlier(one, born):
            continue
        if one["kind"] == "Pod" and not _part(one, "spec").get("nodeName"):
            _complete(one, templates)
        found.append(one)
    return found


def _is_of_earlier(event: Json, born: Mapping[tuple[object, str, str], datetime | None]) -> bool:
    about = _part(event, "involvedObject")
    made = born.get((about.get("kind"), str(about.get("namespace") or ""), str(about.get("name"))))
    last = _time(event, "lastTimestamp")
    return made is not None and last is not None and made - last > _ROUNDED


def _complete(pod: Json, templates: Mapping[tuple[str, str], Json]) -> None:
    owners = _part(pod, "metadata").get("ownerReferences")
    owner = owners[0] if isinstance(owners, list) and owners and isinstance(owners[0], Mapping) else {}
    workload = str(owner.get("name", "")).rpartition("-")[0]
    template = templates.get((_name(pod)[0], workload), {}) if owner.get("kind") == "ReplicaSet" else {}
    spec = pod.setdefault("spec", {})
    if isinstance(spec, dict):
        spec.update({name: template[name] for name in _UNPRINTED if name in template and name not in spec})


def _name(one: Json) -> tuple[str, str]:
    meta = _part(one, "metadata")
    return str(meta.get("namespace") or ""), str(meta.get("name"))


def _part(one: Json, *path: str) -> Json:
    found: object = one
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _time(one: Json, name: str) -> datetime | None:
    """A time of an object, UTC where it has no zone; None for what is none."""
    found = one.get(name)
    if isinstance(found, str):
        try:
            found = datetime.fromisoformat(found)
        except ValueError:
            return None
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
