"""The closed lists of failure modes and remediation actions: what each means and how it is told from its neighbours."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from tools.safe_yaml import load_yaml

_FILE = "failure_modes.yaml"
Trait = Literal["soft", "relayed", "repeats", "total", "caller_side", "all_callers", "ours_in_managed", "horizontal"]
Kind = Literal["objects", "events", "logs", "samples", "feeds"]
NOTHING_BROKEN = "nothing broken"
"""The group whose modes a `no_fault` verdict carries."""


class FailureMode(Struct, frozen=True, kw_only=True):
    """One entry of the list.

    Attributes:
        means: One sentence.
        told_from: When a neighbour is meant instead.
        do: What usually mends it.
        mends: The actions that mend it on a component of ours, best first.
        seen_in: The kinds of evidence that show it.
        traits: How the ranking treats it.
        details: The closed list of what a cause's `detail` may say, each with its meaning.
    """

    id: str
    group: str
    means: str
    told_from: str
    do: str
    mends: tuple[str, ...]
    seen_in: tuple[Kind, ...]
    traits: frozenset[Trait]
    details: Mapping[str, str]


class _Row(Struct, forbid_unknown_fields=True):
    means: str
    told_from: str
    do: str
    mends: tuple[str, ...] = ()
    seen_in: tuple[Kind, ...] = ()
    traits: frozenset[Trait] = frozenset()
    details: dict[str, str] = {}


class _Table(Struct, forbid_unknown_fields=True):
    traits: dict[Trait, str]
    modes: dict[str, dict[str, _Row]]
    actions: dict[str, str]


def failure_modes() -> Mapping[str, FailureMode]:
    """All modes by id, in the order of the list."""
    return _lists()[0]


def has(condition: str, trait: Trait) -> bool:
    """Whether a condition is a failure mode of that trait; a symptom's own name has none."""
    mode = failure_modes().get(condition)
    return mode is not None and trait in mode.traits


def actions() -> Mapping[str, str]:
    """All remediation actions by id, each with its meaning."""
    return _lists()[1]


@cache
def _lists() -> tuple[Mapping[str, FailureMode], Mapping[str, str]]:
    text = files("agent").joinpath(_FILE).read_text(encoding="utf-8")
    table = msgspec.convert(load_yaml(text, _FILE), _Table)
    modes = {
        name: FailureMode(
            id=name,
            group=group,
            means=row.means,
            told_from=row.told_from,
            do=row.do,
            mends=row.mends,
            seen_in=row.seen_in,
            traits=row.traits,
            details=MappingProxyType(row.details),
        )
        for group, rows in table.modes.items()
        for name, row in rows.items()
    }
    return MappingProxyType(modes), MappingProxyType(table.actions)
