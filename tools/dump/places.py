"""Which namespace an output is of, where it does not print one itself."""

import re
from collections.abc import Iterator, Mapping

from tools.dump.parts import Part
from tools.kubectl_text import Json
from tools.kubectl_text.tables import rows

SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
_DESCRIBED = re.compile(r"^Namespace:\s+([a-z0-9][a-z0-9-]*)$", re.MULTILINE)
_REFUSED = re.compile(r"(?:No resources found in |in the namespace \")([a-z0-9][a-z0-9-]*)")
_WORDS = re.compile(r"[^/_. ]+")


class Places:
    """Namespaces of a dump.

    Attributes:
        asked: The one that the person names, else the only one that the outputs tell; empty where there are several.
    """

    def __init__(self, parts: list[Part], documents: list[list[Json]], asked: str) -> None:
        """Look for namespaces in commands, columns, descriptions and objects."""
        told = {place for part in parts for place in _told(part)}
        told |= {place for objects in documents for one in objects if (place := _namespace(one))}
        self._known = told
        own = told - SYSTEM
        self.asked = asked or (next(iter(own)) if len(own) == 1 else "")
        self._because = "as asked" if asked else "the only one that is told"
        self._used: dict[str, str] = {}

    def of(self, part: Part) -> str:
        """The namespace of an output that prints none."""
        if part.command is not None and part.command.namespace:
            return part.command.namespace
        words = [word for word in _WORDS.findall(part.file) if word in self._known]
        place = words[0] if words else self.asked or "default"
        if part.shape == "table" and not _columns(part):
            why = "its name" if words else self._because if self.asked else "nothing tells another"
            self._used[part.file] = f"{part.file}: taken as of namespace {place} ({why})"
        return place

    def assumed(self) -> list[str]:
        """What was assumed, one line for each file."""
        return sorted(self._used.values())


def _told(part: Part) -> Iterator[str]:
    if part.command is not None and part.command.namespace:
        yield part.command.namespace
    match part.shape:
        case "described":
            yield from _DESCRIBED.findall(part.text)
        case "refusal":
            yield from _REFUSED.findall(part.text)
        case "table":
            yield from _columns(part)


def _columns(part: Part) -> set[str]:
    return {row["NAMESPACE"] for row in rows(part.text) if row.get("NAMESPACE")}


def _namespace(one: Json) -> str:
    meta = one.get("metadata")
    return str(meta.get("namespace") or "") if isinstance(meta, Mapping) else ""
