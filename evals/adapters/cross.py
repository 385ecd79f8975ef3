"""Whether the numbers of the ranking were made for the cases: learnt anew on a part of them, tried on the rest.

What the detectors find does not depend on these numbers, so every case is read once and only ranked again. Each
search begins from numbers that know nothing, not from the shipped ones, which were chosen with all cases in sight.
"""

import random
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from agent.boundary import Boundary
from agent.diagnosis import Cause, Claim
from agent.finding import Finding
from agent.scene import Scene
from agent.verdict import decide
from agent.weights import WEIGHTS, Weights
from evals.adapters.cloud_opsbench_labels import Prediction, prediction_of
from evals.adapters.score import Share, half_of, share_of
from evals.progress import Listener

PASSES = 2
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""What is tried for a number that lies between 0 and 1; the middle one is where the search begins."""
SECONDS = (30.0, 90.0, 300.0, 1800.0)
NAMES = Weights.__struct_fields__
BLANK = Weights(**{name: 0.5 if getattr(WEIGHTS, name) <= 1 else getattr(WEIGHTS, name) for name in NAMES})
"""Where a search begins: every share one half; how late a cause may seem to begin stays, in seconds."""
_COLUMNS = ("nothing known", "learnt", "tried on the rest", "shipped on the rest")
_SEED = 20260302


class Kept(Struct, frozen=True):
    """A case as far as the ranking needs it."""

    app: str
    about: str
    right: Prediction
    scene: Scene
    findings: list[Finding]
    boundary: Boundary


class Direction(Struct, frozen=True, kw_only=True):
    """One part learnt from, the other tried on: shares of right first answers.

    Attributes:
        begun: With the numbers that the search began from, on the part that it learnt from.
        learnt: With those that it ended with, there.
        tried, shipped: On the other part, with the learnt and with the shipped numbers.
        changed: Every number that the search moved, and where to.
    """

    learnt_on: str
    begun: Share
    learnt: Share
    tried: Share
    shipped: Share
    changed: dict[str, float]


class Cross(Struct, frozen=True):
    """All directions, and what the shipped numbers give on all cases."""

    overall: Share
    directions: list[Direction]

    @property
    def furthest(self) -> float:
        """How far the worst tried part lies from the whole, in either sense."""
        return max(abs(self.overall.value - one.tried.value) for one in self.directions)


def first_answer(kept: Kept, weights: Weights) -> Prediction | None:
    """The leading cause in the benchmark's words."""
    causes = decide(kept.scene, kept.findings, kept.boundary, weights).causes
    if not causes:
        return None
    lead = causes[0].candidate
    several = (lead.finding, *(one.finding for one in lead.explains[:3] if one.finding))
    claims = [one for finding in several for one in finding.claims]
    return prediction_of(
        Cause(
            component=lead.finding.component,
            names=tuple(name for name in lead.finding.names if name != lead.finding.component),
            side="owned",
            owner="",
            failure_mode=lead.finding.condition,
            detail=lead.finding.detail,
            confidence=0,
            claims=tuple(Claim(text=c.text, evidence=c.evidence, op=c.op, value=str(c.value)) for c in claims),
        )
    )


def hits(cases: Sequence[Kept], weights: Weights) -> list[bool]:
    """Which cases are answered right."""
    return [first_answer(one, weights) == one.right for one in cases]


def crossed(cases: Sequence[Kept], listener: Listener) -> Cross:
    """Learn on each application and on each half of the faulty objects, and try on the rest."""
    directions = []
    for names in ([one.app for one in cases], list(map(half_of(cases), cases))):
        for name in sorted(set(names)):
            inside = [one for one, own in zip(cases, names, strict=True) if own == name]
            outside = [one for one, own in zip(cases, names, strict=True) if own != name]
            if outside:
                listener.note(f"learning on {name}: {len(inside)} cases")
                directions.append(_direction(name, inside, outside))
    return Cross(share_of(hits(cases, WEIGHTS)), directions)


def _direction(name: str, inside: Sequence[Kept], outside: Sequence[Kept]) -> Direction:
    learnt = search(inside)
    return Direction(
        learnt_on=name,
        begun=share_of(hits(inside, BLANK)),
        learnt=share_of(hits(inside, learnt)),
        tried=share_of(hits(outside, learnt)),
        shipped=share_of(hits(outside, WEIGHTS)),
        changed={at: value for at in NAMES if (value := getattr(learnt, at)) != getattr(BLANK, at)},
    )


def search(cases: Sequence[Kept]) -> Weights:
    """One number after the other, in an order drawn by a fixed seed: it moves only where more becomes right."""
    chance = random.Random(_SEED)  # noqa: S311 - statistics
    best, score = BLANK, sum(hits(cases, BLANK))
    for _ in range(PASSES):
        before = score
        for name in chance.sample(NAMES, len(NAMES)):
            for value in _tries(name, getattr(best, name)):
                tried = msgspec.structs.replace(best, **{name: value})
                if (found := sum(hits(cases, tried))) > score:
                    best, score = tried, found
        if score == before:
            break
    return best


def _tries(name: str, now: float) -> list[float]:
    return [value for value in (SHARES if getattr(WEIGHTS, name) <= 1 else SECONDS) if value != now]


def render(cross: Cross) -> str:
    """The table of all directions."""
    lines = ["", f"numbers of the ranking learnt on one part, tried on the rest (A@1); shipped: {_cell(cross.overall)}"]
    lines += [f"{'learnt on':18}" + "".join(f"{name:>25}" for name in _COLUMNS)]
    for one in cross.directions:
        cells = (one.begun, one.learnt, one.tried, one.shipped)
        lines.append(f"{one.learnt_on:18}" + "".join(f"{_cell(cell):>25}" for cell in cells))
    if cross.directions:
        lines.append(f"the worst tried part lies {cross.furthest:.3f} from the whole")
    return "\n".join(lines) + "\n"


def _cell(share: Share) -> str:
    return f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"
