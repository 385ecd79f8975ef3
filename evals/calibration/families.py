"""Which labelled runs tell the same story: those must not be learnt from when another of them is tried."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from evals.generator.__main__ import applications, load
from evals.generator.kit_run import Run

_TWIN = re.compile(r", (?:first|second|third|fourth|fifth) .*$")


def family_of(app: str, run: str) -> str:
    """The name of a run's family; a run that the generator did not make is its own."""
    return _families(app).get(run, run)


@cache
def _families(app: str) -> Mapping[str, str]:
    return joined(load(app).runs()) if app in applications() else {}


def joined(runs: Iterable[Run]) -> dict[str, str]:
    """Run to family, where families that share the title of a case are one.

    A title such as "Rate limit, second case" marks twins: the same alert, another answer.
    """
    several = list(runs)
    found = {run.id: run.family for run in several}
    stems: dict[str, str] = {}
    for run in several:
        old, new = found[run.id], stems.setdefault(_TWIN.sub("", run.title), found[run.id])
        if old != new:
            found = {name: new if family == old else family for name, family in found.items()}
            stems = {stem: new if family == old else family for stem, family in stems.items()}
    return found
