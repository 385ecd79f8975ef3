"""Two agents on the same runs, score by score: where the second is worse, and where it is better."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from evals.results import Line
from evals.score import RATES

NOT_COMPARED = {"grounding", "abstention"}
"""Grounding counts claims, of which a model makes its own; to abstain is a verdict, and scored as one."""
_EPSILON = 1e-9


class _Said(Struct, frozen=True):
    case: str


class _Provenance(Struct, frozen=True):
    said: _Said | None = None


class _Answer(Struct, frozen=True):
    provenance: _Provenance


_ANSWER = msgspec.json.Decoder(_Answer)


class Difference(Struct, frozen=True):
    """One score of one run that is not the same."""

    run: str
    score: str
    before: float
    after: float
    why: str


class Compared(Struct, frozen=True):
    """The outcome of comparing.

    Attributes:
        cases: How the second agent's model was settled with the engine, counted.
        failed: Runs that the second did not answer, with the reason.
    """

    runs: int
    worse: list[Difference]
    better: list[Difference]
    cases: Counter[str]
    failed: list[str]
    tokens: int = 0
    seconds: float = 0.0


def compared(lines: Iterable[Line], first: str, second: str) -> Compared:
    """Compare the answers of two agents; attempts that the first did not answer are left out."""
    several = list(lines)
    before = {(line.run, line.repeat): line for line in several if line.agent == first and line.answered}
    after = {(line.run, line.repeat): line for line in several if line.agent == second}
    pairs = [(before[key], line) for key, line in after.items() if key in before]
    differences = [one for left, right in pairs for one in _differences(left, right)]
    told = [_provenance(right) for _, right in pairs if right.answered]
    return Compared(
        runs=len(pairs),
        worse=[one for one in differences if one.after < one.before],
        better=[one for one in differences if one.after > one.before],
        cases=Counter(one.said.case if one.said else "silent" for one in told),
        failed=[f"{right.run}: {right.error}" for _, right in pairs if not right.answered],
        tokens=sum(right.tokens or 0 for _, right in pairs),
        seconds=sum(right.seconds or 0.0 for _, right in pairs),
    )


def _differences(before: Line, after: Line) -> Iterator[Difference]:
    for name in RATES:
        left, right = before.scores.get(name), after.scores.get(name)
        if name in NOT_COMPARED or left is None or right is None or left.value is None or right.value is None:
            continue
        if abs(left.value - right.value) > _EPSILON:
            yield Difference(after.run, name, left.value, right.value, right.reason)


def _provenance(line: Line) -> _Provenance:
    return _ANSWER.decode(line.diagnosis).provenance
