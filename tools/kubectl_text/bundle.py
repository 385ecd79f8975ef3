"""Many texts about the same objects, put together into one List."""

from collections.abc import Iterable, Mapping

import msgspec

from tools.kubectl_text.complete import completed
from tools.kubectl_text.shape import Json

TABLE, MANIFEST, DESCRIBED, WHOLE = 0, 1, 2, 3
"""How much a text says of an object, least first: what a better text says replaces what a lesser one said."""


class Bundle:
    """Objects by kind, namespace and name, merged field by field."""

    def __init__(self) -> None:
        """Start empty."""
        self._found: dict[tuple[str, str, str], list[tuple[int, Json]]] = {}
        self.kinds: set[str] = set()
        self._listed: set[str] = set()

    def add(self, objects: Iterable[Json], rank: int) -> None:
        """Take objects of one text; lists are replaced as a whole by those of a higher rank."""
        for one in objects:
            meta = one.get("metadata")
            kind = one.get("kind")
            if isinstance(kind, str) and isinstance(meta, Mapping) and meta.get("name"):
                self.kinds.add(kind)
                key = kind, str(meta.get("namespace") or ""), str(meta["name"])
                self._found.setdefault(key, []).append((rank, one))

    def asked(self, kind: str) -> None:
        """Remember that a kind was listed, so that none of it means none, and a manifest alone makes no object."""
        self.kinds.add(kind)
        self._listed.add(kind)

    def only_completes(self, kind: str) -> None:
        """Let manifests of a kind complete what other texts say, and make no object alone."""
        self._listed.add(kind)

    def names(self, kind: str) -> list[str]:
        """Names of the objects of a kind, sorted."""
        return sorted({name for of, _, name in self._found if of == kind})

    def objects(self) -> list[Json]:
        """Every object once, completed by what is known of others."""
        return completed([merged(parts) for key, parts in self._found.items() if self._exists(key[0], parts)])

    def _exists(self, kind: str, parts: list[tuple[int, Json]]) -> bool:
        """Whether more is known of an object than that somebody wanted it, where the cluster's own were listed."""
        return kind not in self._listed or any(rank != MANIFEST for rank, _ in parts)

    def encoded(self) -> bytes:
        """A Kubernetes List in JSON."""
        return msgspec.json.encode({"kind": "List", "items": self.objects()})


def merged(parts: list[tuple[int, Json]]) -> Json:
    """One object of several partial ones, the lowest rank first."""
    if len(parts) == 1:
        return dict(parts[0][1])
    found: Json = {}
    for _, one in sorted(parts, key=lambda part: part[0]):
        found = _over(found, one)
    return found


def _over(below: Mapping[str, object], above: Mapping[str, object]) -> Json:
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            found[key] = _over(old, value)
        elif isinstance(value, list) and isinstance(old, list) and (name := _named_by(old + value)):
            found[key] = _members_over(old, value, name)
        else:
            found[key] = value
    return found


def _named_by(items: list[object]) -> str | None:
    """The field by which all members of a list are known: containers have names, conditions have types."""
    for name in ("name", "type"):
        if all(isinstance(one, Mapping) and isinstance(one.get(name), str) for one in items):
            return name
    return None


def _members_over(old: list[object], new: list[object], name: str) -> list[object]:
    """Members of the better list, completed by those that it shares with the lesser one.

    Conditions are added up instead, since no list of them is complete.
    """
    known = {one[name]: one for one in old if isinstance(one, Mapping)}
    better = {one[name]: _over(known.get(one[name], {}), one) for one in new if isinstance(one, Mapping)}
    return list(({**known, **better} if name == "type" else better).values())
