"""Who belongs to whom where a table does not print it: owners by how controllers name what they make."""

import re
from collections.abc import Mapping

from tools.kubectl_text import Json

# Generated endings leave out vowels and what looks like them (apimachinery's rand.SafeEncodeString).
_SAFE = "[bcdfghjklmnpqrstvwxz0-9]"
_OF_DEPLOYMENT = re.compile(rf"(?P<set>(?P<stem>.+)-{_SAFE}{{6,10}})-{_SAFE}{{5}}")
_REPLICA_SET = re.compile(rf"(?P<stem>.+)-{_SAFE}{{6,10}}")
_ORDINAL = re.compile(r"(?P<stem>.+)-\d+")
_FIVE = re.compile(rf"(?P<stem>.+)-{_SAFE}{{5}}")
_UNTOLD = "labels of pods were not printed, so selectors of Services were not compared; take --show-labels or -o json"
_MAKERS = (("StatefulSet", _ORDINAL), ("DaemonSet", _FIVE), ("Job", _FIVE))

Names = set[tuple[str, str, str]]


def adopted(objects: list[Json]) -> tuple[list[Json], list[str]]:
    """The objects with owners that their names tell, and without selectors that nothing can be compared with."""
    known: Names = {(str(one["kind"]), *_place(one)) for one in objects}
    untold = _namespaces_without_labels(objects)
    blind = False
    for one in objects:
        meta, spec = one.get("metadata"), one.get("spec")
        if isinstance(meta, dict) and not meta.get("ownerReferences"):
            owner = _owner(str(one["kind"]), *_place(one), known)
            if owner is not None:
                meta["ownerReferences"] = [owner]
        if one["kind"] == "Service" and _place(one)[0] in untold and isinstance(spec, dict):
            blind = spec.pop("selector", None) is not None or blind
    return objects, [_UNTOLD] if blind else []


def _owner(kind: str, namespace: str, name: str, known: Names) -> Json | None:
    if kind == "ReplicaSet":
        found = _REPLICA_SET.fullmatch(name)
        is_known = found is not None and ("Deployment", namespace, found["stem"]) in known
        return {"kind": "Deployment", "name": found["stem"], "controller": True} if found and is_known else None
    if kind != "Pod":
        return None
    found = _OF_DEPLOYMENT.fullmatch(name)
    deployments = any(of == "Deployment" and at == namespace for of, at, _ in known)
    if found and (("Deployment", namespace, found["stem"]) in known or not deployments):
        return {"kind": "ReplicaSet", "name": found["set"], "controller": True}
    for maker, pattern in _MAKERS:
        made = pattern.fullmatch(name)
        if made and (maker, namespace, made["stem"]) in known:
            return {"kind": maker, "name": made["stem"], "controller": True}
    return None


def _namespaces_without_labels(objects: list[Json]) -> set[str]:
    """Namespaces with pods or workloads of which no labels are known."""
    seen: dict[str, bool] = {}
    for one in objects:
        if one["kind"] in {"Pod", "Deployment", "StatefulSet", "DaemonSet"}:
            namespace = _place(one)[0]
            seen[namespace] = seen.get(namespace, False) or bool(_labels(one))
    return {namespace for namespace, labelled in seen.items() if not labelled}


def _labels(one: Json) -> object:
    at: object = one if one["kind"] == "Pod" else _below(_below(one, "spec"), "template")
    return _below(_below(at, "metadata"), "labels")


def _below(one: object, key: str) -> object:
    return one.get(key) if isinstance(one, Mapping) else None


def _place(one: Json) -> tuple[str, str]:
    meta = one.get("metadata")
    found = meta if isinstance(meta, Mapping) else {}
    return str(found.get("namespace") or ""), str(found.get("name"))
