"""What a model's hypothesis rests on: predicates of a table, run on the evidence that the model cited."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from agent.diagnosis import Op
from agent.finding import Finding, Predicate
from agent.scene import Scene, pointer
from agent.subject import behind, evidence_of, is_a, touched
from agent.verify import MISSING, at_path, holds, moment, steps
from tools.evidence import Cite
from tools.safe_yaml import load_yaml

_FILE = "supports.yaml"
_EARLIER = timedelta(hours=1)

Basis = Literal["state", "counts", "words"]
Condition = tuple[str, Op, str | int | float | bool | list[str] | None]


class Need(Struct, forbid_unknown_fields=True):
    """Conditions that all hold in one part of one piece of evidence; `edge`: that part is a call to its callee."""

    of: str
    each: str = ""
    all: list[Condition] = []
    since: str = ""
    edge: bool = False


class Sign(Struct, forbid_unknown_fields=True):
    """Needs that together show a failure mode, on components of the kinds in `only`."""

    strength: float
    rests_on: Basis
    needs: list[Need]
    only: str = ""


class Table(Struct, forbid_unknown_fields=True):
    """Signs by failure mode, and which evidence a tool's answer stands for."""

    vouches: dict[str, list[str]]
    signs: dict[str, list[Sign]]


class Support(Struct, frozen=True):
    """A hypothesis with what shows it, as a detector would state it."""

    finding: Finding
    rests_on: Basis


class _Shown(Struct):
    """One need that holds."""

    claims: list[Predicate]
    since: datetime | None = None
    edge: tuple[str, str] | None = None


def supported(scene: Scene, component: str, mode: str, cited: frozenset[str], cite: Cite) -> Support | None:
    """The strongest sign of the mode that holds on the component and rests on something that was cited.

    `cited` holds the ids of the evidence in which a quote of the model was found.
    """
    proven = provable(scene, component, mode, cite)
    return next((one for one in proven if _vouched(scene, component, one.finding, cited, cite)), None)


def provable(scene: Scene, component: str, mode: str, cite: Cite) -> Iterator[Support]:
    """Every sign of the mode that holds, the strongest first, whoever points at it."""
    for sign in sorted(table().signs.get(mode, ()), key=lambda one: -one.strength):
        if sign.only and not is_a(scene, component, sign.only):
            continue
        found = [_shown(scene, component, need, cite) for need in sign.needs]
        shown = [one for one in found if one is not None]
        if len(shown) == len(found):
            yield Support(_finding(scene, component, mode, sign.strength, shown), sign.rests_on)


def modes() -> frozenset[str]:
    """The failure modes that can be supported."""
    return frozenset(table().signs)


@cache
def table() -> Table:
    """The shipped table."""
    text = files("agent").joinpath(_FILE).read_text(encoding="utf-8")
    return msgspec.convert(load_yaml(text, _FILE), Table)


def _vouched(scene: Scene, component: str, finding: Finding, cited: frozenset[str], cite: Cite) -> bool:
    """Whether the model pointed at any of the evidence itself, or at a tool's answer that stands for it."""
    used = {claim.evidence for claim in finding.claims}
    if used & cited:
        return True
    name = component.rpartition("/")[2]
    for answer in cited:
        sorts = table().vouches.get(answer.partition("/")[0], ())
        found = cite(answer) if sorts else None
        names = found is not None and (name in found.text or name in answer)
        if names and any(used & set(evidence_of(scene, component, sort)) for sort in sorts):
            return True
    return False


def _finding(scene: Scene, component: str, mode: str, strength: float, shown: list[_Shown]) -> Finding:
    times = [one.since for one in shown if one.since is not None]
    edge = next((one.edge for one in shown if one.edge), None)
    return Finding(
        component=component,
        condition=mode,
        role="cause",
        claims=tuple(claim for one in shown for claim in one.claims),
        since=max(times, default=None),
        strength=strength,
        touches=tuple(touched(scene, component)),
        on_edge=edge,
        names=(edge[1],) if edge else (),
        says=f"{component}: {mode.replace('_', ' ')}",
    )


def _shown(scene: Scene, component: str, need: Need, cite: Cite) -> _Shown | None:
    for name in evidence_of(scene, component, need.of):
        evidence = cite(name)
        if evidence is None or evidence.status != "ok":
            continue
        for place in _places(evidence.value, _filled(scene, component, need.each)):
            claims = [_predicate(scene, component, name, place, one) for one in need.all]
            if all(holds(claim, evidence) for claim in claims):
                since = at_path(evidence.value, place + need.since) if need.since else None
                edge = (component, _key(place)) if need.edge else None
                return _Shown(claims, moment(since), edge)
    return None


def _predicate(scene: Scene, component: str, evidence: str, place: str, condition: Condition) -> Predicate:
    path, op, value = condition
    wanted = _filled(scene, component, value) if isinstance(value, str) else value
    words = {"equals": "is", "count_at_least": "is at least", "count_at_most": "is at most"}.get(op, op)
    last = _key(place + path).replace("_", " ")
    return Predicate(f"{component}: {last} {words} {wanted}", evidence, op, place + path, wanted)


def _places(value: object, path: str) -> Iterator[str]:
    """The concrete pointers that a path with `*` leads to."""
    head, star, rest = path.partition("/*")
    found = at_path(value, head)
    if found is MISSING:
        return
    if not star:
        yield head
        return
    keys = found.keys() if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
    for key in keys:
        for inner in _places(at_path(found, pointer(str(key))), rest):
            yield head + pointer(str(key)) + inner


def _key(place: str) -> str:
    return next(reversed(steps(place)), "")


def _filled(scene: Scene, component: str, text: str) -> str:
    start = scene.window.start
    holes = {
        "$component": pointer(component)[1:],
        "$callee": pointer(next(iter(behind(scene, component)), component))[1:],
        "$start": start.isoformat(),
        "$earlier": (start - _EARLIER).isoformat(),
    }
    for hole, value in holes.items():
        text = text.replace(hole, value)
    return text
