"""Parts of a dump as objects: what was listed, what was only described, what was refused."""

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from tools.dump.folder import Unread
from tools.dump.kin import adopted
from tools.dump.moment import Births, parsed
from tools.dump.parts import Part
from tools.errors import InputError
from tools.evidence import Status
from tools.kubectl_text import (
    Bundle,
    Json,
    kind_named,
    objects_from_describe,
    objects_from_table,
    objects_from_yaml,
    unpacked,
)
from tools.kubectl_text.bundle import DESCRIBED, MANIFEST, TABLE, WHOLE
from tools.objects.decode import KINDS, decode_list
from tools.objects.meta import Wire
from tools.safe_yaml import MAX_DEPTH

SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
_FORBIDDEN_KIND = re.compile(r"resource \"([\w./]+)\"|cannot (?:list|get|watch) ([\w./]+)|^\S+: ([\w.]+) is forbidden")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.:-]{0,251}[a-z0-9])?")
_YAML_LIST = re.compile(r"^kind:\s+(\w*List)\s*$", re.MULTILINE)
_READ_BACK = frozenset({"uid", "resourceVersion", "selfLink"})


class Lack(Struct, frozen=True):
    """Why a kind is not known, or not wholly."""

    status: Status
    error: str


class Found(Struct):
    """What the parts say of objects.

    Attributes:
        whole: Kinds that were listed with nothing left out.
        lacking: Kinds (or `logs`, `top`) that were refused.
        notes: For the reader.
    """

    bundle: Bundle = msgspec.field(default_factory=Bundle)
    whole: set[str] = msgspec.field(default_factory=set)
    lacking: dict[str, Lack] = msgspec.field(default_factory=dict)
    unread: list[Unread] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    secrets: int = 0


class Documents(Struct, frozen=True):
    """The objects of a JSON or YAML part.

    Attributes:
        listed: The kind that they are a list of, `""` for any, None where the part is no list.
    """

    objects: list[Json]
    listed: str | None


def documents(part: Part) -> Documents:
    """Read a JSON or YAML part, Secrets reduced to their names.

    Raises:
        InputError: it is broken, or nested beyond reason.
    """
    if part.shape == "json":
        try:
            tree = msgspec.json.decode(part.text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InputError(part.file, part.line, f"expected JSON ({error})") from None
        if _too_deep(tree):
            raise InputError(part.file, part.line, f"expected at most {MAX_DEPTH} levels, got more")
        found, kind = list(unpacked(tree)), str(tree.get("kind"))
    else:
        found = objects_from_yaml(part.text, part.file)
        told = _YAML_LIST.search(part.text)
        kind = told[1] if told else ""
    kept = [_nameonly(one) if one.get("kind") == "Secret" else one for one in found]
    return Documents(kept, kind.removesuffix("List") if kind.endswith("List") else None)


def births_in(objects: list[Json]) -> Births:
    """When whole objects were made."""
    found: Births = {}
    for one in objects:
        meta = one.get("metadata")
        if isinstance(meta, Mapping) and (made := parsed(str(meta.get("creationTimestamp", "")))):
            found[str(one["kind"]), str(meta.get("name"))] = made
    return found


def add_documents(found: Found, part: Part, read: Documents, namespace: str) -> None:
    """Take whole objects; manifests that nobody read back from a cluster only complete what was."""
    found.secrets += sum(one.get("kind") == "Secret" for one in read.objects)
    for one in read.objects:
        live = _is_live(one)
        found.bundle.add([_placed(one, namespace)], WHOLE if live else MANIFEST)
        if not live:
            found.bundle.only_completes(str(one["kind"]))
    if read.listed is None or (part.command is not None and not part.command.whole):
        return
    asked = part.command.kinds if part.command else ()
    for kind in {read.listed, *asked, *(str(one["kind"]) for one in read.objects if _is_live(one))} & KINDS.keys():
        _whole(found, kind)


def add_table(found: Found, part: Part, namespace: str, now: datetime) -> None:
    """Take the rows of a `get` table."""
    if part.kind == "Secret":
        found.secrets += part.text.count("\n")
        return
    rows = objects_from_table(part.kind, part.text, namespace, now)
    objects = [one for one in rows if part.kind == "Event" or _is_named(one)]
    found.bundle.add(objects, TABLE)
    if part.command is None or part.command.whole:
        _whole(found, part.kind)
    if not objects:
        tell(found, part, "a table without rows that can be read")


def add_described(found: Found, part: Part, now: datetime) -> None:
    """Take one description."""
    if part.kind == "Secret":
        found.secrets += 1
        return
    found.bundle.add(objects_from_describe(part.kind, part.text, now), DESCRIBED)
    if part.command is not None and part.command.whole:
        _whole(found, part.kind)


def add_refusal(found: Found, part: Part, hint: str) -> None:
    """Take what kubectl said instead of an answer; `hint` is the kind that the file's name tells."""
    text = " ".join(part.text.split())
    named = _FORBIDDEN_KIND.search(text)
    resource = next((one for one in named.groups() if one), "") if named else ""
    asked = part.command.kinds if part.command else ()
    verb = part.command.verb if part.command else ""
    kinds = [kind_named(resource) or ""] if kind_named(resource) else list(asked) or [kind_named(hint) or ""]
    if verb in {"logs", "top"} or resource.startswith("pods/log"):
        kinds = [verb if verb == "top" else "logs"]
    known = [kind for kind in kinds if kind]
    if not known:
        tell(found, part, f"nothing tells what was asked: {text}")
    for kind in known:
        if text.startswith("No resources found"):
            if kind in KINDS and (part.command is None or part.command.whole):
                _whole(found, kind)
        elif "(NotFound)" not in text:
            found.lacking[kind] = Lack("denied" if _denies(text) else "error", text)


def objects_of(found: Found) -> dict[str, list[Wire]]:
    """All objects by kind; one that is malformed is left out and told."""
    objects: dict[str, list[Wire]] = {}
    completed, notes = adopted(found.bundle.objects())
    found.notes.extend(notes)
    for one in completed:
        try:
            for kind, wire in decode_list(msgspec.json.encode({"items": [one]}), "dump"):
                objects.setdefault(kind, []).append(wire)
        except InputError as error:
            found.notes.append(f"an object was left out: {error.message}")
    return objects


def lacking(found: Found, objects: Mapping[str, object]) -> dict[str, Lack]:
    """Why kinds are not known wholly, by kind."""
    partial = {kind: Lack("truncated", f"only some were collected: {_names(found, kind)}") for kind in objects}
    partial = {kind: lack for kind, lack in partial.items() if kind not in found.whole}
    return {**partial, **found.lacking}


def _names(found: Found, kind: str) -> str:
    names = found.bundle.names(kind)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def tell(found: Found, part: Part, why: str) -> None:
    """Keep the first of a file's parts that nothing can be made of; the next ones mostly say the same."""
    if all(one.name != part.file for one in found.unread[-1:]):
        found.unread.append(Unread(part.file, f"line {part.line}: {why}"))


def _whole(found: Found, kind: str) -> None:
    found.whole.add(kind)
    found.bundle.asked(kind)


def _is_named(one: Json) -> bool:
    """Whether a row bears a name that the API would take: what else stands under a header is no row of it."""
    meta = one.get("metadata")
    return isinstance(meta, Mapping) and _NAME.fullmatch(str(meta.get("name"))) is not None


def _denies(text: str) -> bool:
    return any(word in text for word in ("Forbidden", "forbidden", "Unauthorized", "logged in"))


def _is_live(one: Json) -> bool:
    meta = one.get("metadata")
    return isinstance(meta, Mapping) and (bool(_READ_BACK & meta.keys()) or "status" in one or one["kind"] == "Event")


def _placed(one: Json, namespace: str) -> Json:
    meta = one.get("metadata")
    if not isinstance(meta, dict) or meta.get("namespace") or _is_live(one):
        return one
    return {**one, "metadata": {**meta, "namespace": namespace}}


def _nameonly(one: Json) -> Json:
    meta = one.get("metadata")
    kept = {key: meta.get(key) for key in ("name", "namespace")} if isinstance(meta, Mapping) else {}
    return {"kind": "Secret", "metadata": kept}


def _too_deep(tree: object) -> bool:
    level: list[object] = [tree]
    for _ in range(MAX_DEPTH):
        level = [below for one in level for below in _below(one)]
        if not level:
            return False
    return True


def _below(one: object) -> list[object]:
    found = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
    return [below for below in found if isinstance(below, dict | list)]
