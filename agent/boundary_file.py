"""boundary.yaml: parsed with the line of every mistake, and refused where two owners claim one thing.

Overlapping workload patterns of different owners are a mistake whatever their wildcards; of two
overlapping host, image or namespace patterns the more specific decides, so only a tie is one.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import cast

from agent.boundary import Boundary, Edge, OwnedRule, Rule
from agent.boundary_patterns import Pattern, PatternKind, pattern
from agent.providers import (
    FEED_KINDS,
    KINDS,
    ROLES,
    FeedKind,
    Role,
    StatusPage,
    ThirdParty,
    catalogue,
    provider_key,
)
from tools.errors import InputError
from tools.safe_yaml import Document, Step, load_document
from tools.yaml_part import Part, shown

_TOP = ("version", "third_party", "owned", "edges", "trust_annotations")
_PATTERN_KEYS: dict[str, PatternKind] = {
    "workloads": "workload",
    "hosts": "host",
    "images": "image",
    "namespaces": "namespace",
}
_PARTY_PATTERNS = ("hosts", "workloads", "images")
_PARTY = ("name", "kind", "role", "status", "contact", "fallback", *_PARTY_PATTERNS)


def load_boundary(path: Path) -> Boundary:
    """Read a boundary file.

    Raises:
        InputError: The file is unreadable or anything in it is not as docs/boundary.md says.
    """
    return boundary_in(load_document(path))


def boundary_from(mapping: object, where: str, line: int | None = None) -> Boundary:
    """The boundary that an already loaded mapping holds; errors carry `where` and `line`.

    Raises:
        InputError: As `load_boundary`.
    """
    lines: Mapping[tuple[Step, ...], int] = {} if line is None else {(): line}
    return boundary_in(Document(mapping, where, lines))


def boundary_in(document: Document, *path: Step) -> Boundary:
    """The boundary at `path` inside a document, such as an inline one in run.yaml.

    Raises:
        InputError: As `load_boundary`, with the exact line in that document.
    """
    part = _at(document, path)
    top = part.keys(_TOP, required=["version"])
    version = top["version"]
    if version.value != 1 or isinstance(version.value, bool):
        raise version.expected("version: 1")
    rules: list[Rule] = []
    parties = _parties(top.get("third_party"), rules)
    owned = tuple(_owned(entry, rules) for entry in _items(top.get("owned")))
    _refuse_conflicts(rules, document.where)
    return Boundary(
        third_parties=parties,
        owned=owned,
        edges=tuple(_edge(entry) for entry in _items(top.get("edges"))),
        trust_annotations=tuple(_pattern(entry, "namespace") for entry in _items(top.get("trust_annotations"))),
        rules=tuple(rules),
        where=document.where,
    )


def _at(document: Document, path: tuple[Step, ...]) -> Part:
    value = document.value
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return Part(document, value, path)


def _items(part: Part | None) -> list[Part]:
    return [] if part is None else part.items()


def _place(part: Part) -> str:
    line = part.document.line(*part.path)
    return part.document.where if line is None else f"{part.document.where}:{line}"


def _pattern(part: Part, kind: PatternKind) -> Pattern:
    text = part.text(f"a {kind} pattern")
    try:
        return pattern(kind, text)
    except ValueError as error:
        raise part.expected(str(error)) from error


def _patterns(keys: Mapping[str, Part], name: str) -> list[tuple[Pattern, str]]:
    """The patterns under a key, each with its place."""
    return [(_pattern(entry, _PATTERN_KEYS[name]), _place(entry)) for entry in _items(keys.get(name))]


def _parties(part: Part | None, rules: list[Rule]) -> tuple[ThirdParty, ...]:
    parties: dict[str, ThirdParty] = {}
    for entry in _items(part):
        party = _party(entry, rules)
        first = parties.setdefault(provider_key(party.name), party)
        if first is not party:
            got = f"'{party.name}' again after {first.declared_at}"
            raise entry.expected("each third party once", got)
    return tuple(parties.values())


def _party(entry: Part, rules: list[Rule]) -> ThirdParty:
    keys = entry.keys(_PARTY, required=["name"])
    name = keys["name"].text("a provider's name")
    if not provider_key(name):
        raise keys["name"].expected("a provider's name with a letter or a digit")
    known = catalogue().named(name)
    found = {key: _patterns(keys, key) for key in _PARTY_PATTERNS}
    if known is None and not any(found.values()):
        raise entry.expected(f"hosts, workloads or images of '{name}', which the catalogue doesn't know", "none")
    written = {key: tuple(each.text for each, _ in pairs) for key, pairs in found.items()}
    inherited = [host for host in (known.hosts if known else ()) if host not in written["hosts"]]
    party = ThirdParty(
        name=name,
        hosts=(*written["hosts"], *inherited),
        workloads=written["workloads"],
        images=written["images"],
        status=_status(keys["status"]) if "status" in keys else getattr(known, "status", None),
        contact=_words(keys, "contact"),
        fallback=_words(keys, "fallback"),
        role=cast("Role", _chosen(keys, "role", ROLES, known.role if known else "application")),
        kind=_chosen(keys, "kind", KINDS, known.kind if known else "other"),
        declared_at=_place(entry),
    )
    for pairs in found.values():
        rules.extend(Rule(each, party, "", place) for each, place in pairs)
    rules.extend(Rule(pattern("host", host), party, "", party.declared_at, inherited=True) for host in inherited)
    return party


def _words(keys: Mapping[str, Part], key: str) -> str:
    return keys[key].text() if key in keys else ""


def _chosen(keys: Mapping[str, Part], key: str, allowed: frozenset[str], otherwise: str) -> str:
    return keys[key].choice(allowed) if key in keys else otherwise


def _status(part: Part) -> StatusPage:
    keys = part.keys(["kind", "url"], required=["kind", "url"])
    url = keys["url"].text("an https:// or http:// address")
    if not url.startswith(("https://", "http://")) or any(char.isspace() for char in url):
        raise keys["url"].expected("an https:// or http:// address")
    return StatusPage(cast("FeedKind", keys["kind"].choice(FEED_KINDS)), url)


def _owned(entry: Part, rules: list[Rule]) -> OwnedRule:
    keys = entry.keys([*_PATTERN_KEYS, "team"])
    team = _words(keys, "team")
    found = {key: _patterns(keys, key) for key in _PATTERN_KEYS}
    if not any(found.values()):
        raise entry.expected("namespaces, hosts, workloads or images of what is owned", "none")
    for pairs in found.values():
        rules.extend(Rule(each, None, team, place) for each, place in pairs)
    written = {key: tuple(each.text for each, _ in pairs) for key, pairs in found.items()}
    return OwnedRule(**written, team=team)


def _edge(entry: Part) -> Edge:
    keys = entry.keys(["from", "to"], required=["from", "to"])
    return Edge(_end(keys["from"]), _end(keys["to"]), _place(entry))


def _end(part: Part) -> str:
    what = "one component, as namespace/name or a host"
    text = part.text(what).lower()
    kind: PatternKind = "workload" if "/" in text else "host"
    try:
        found = pattern(kind, text)
    except ValueError as error:
        raise part.expected(what) from error
    if "*" in text or "?" in text:
        raise part.expected(what)
    return found.text


def _refuse_conflicts(rules: list[Rule], where: str) -> None:
    for first, second in _rivals([rule for rule in rules if not rule.inherited]):
        strict = first.pattern.kind == "workload" and first.provider != second.provider
        tie = first.pattern.specificity == second.pattern.specificity
        if (strict or tie) and first.pattern.overlaps(second.pattern):
            line = second.declared_at.removeprefix(f"{where}:")
            message = (
                f"expected one owner for each {first.pattern.kind}, got"
                f" {shown(second.pattern.text)} ({second.owner}), which overlaps"
                f" {shown(first.pattern.text)} ({first.owner}) at {first.declared_at}"
            )
            raise InputError(where, int(line) if line.isdigit() else None, message)


def _rivals(rules: list[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Pairs of declared patterns of one kind that name different owners."""
    for first, second in combinations(rules, 2):
        if first.pattern.kind == second.pattern.kind and first.owner != second.owner:
            yield first, second
