"""How well confidences hold: calibration error, Brier score, what is wrong at the top, with bootstrap intervals."""

import itertools
import random
from collections.abc import Callable, Sequence

from msgspec import Struct

from evals.summary import wilson

BINS = 10
TOP = 0.9
RESAMPLES = 500
_SEED = 20260302


class Told(Struct, frozen=True):
    """A confidence, whether the answer was right, and the run that it is from: variants of one run are no news."""

    confidence: float
    right: bool
    run: str


class Bin(Struct, frozen=True):
    """Answers of like confidence; `low` and `high` are Wilson's 95 % interval of the share right."""

    n: int
    confidence: float
    right: float
    low: float
    high: float


class Measure(Struct, frozen=True):
    """A number with its 95 % bootstrap interval over runs."""

    value: float
    low: float
    high: float


class Reliability(Struct, frozen=True, kw_only=True):
    """Everything that is said of a set of answers.

    Attributes:
        ece, ece_equal_mass: Expected calibration error over ten bins of equal width, and of equal count.
        top: How many have a confidence of 0.9 and more; `top_wrong` the share of those that are wrong.
    """

    n: int
    right: float
    ece: Measure
    ece_equal_mass: Measure
    brier: Measure
    top: int
    top_wrong: Measure
    bins: list[Bin]


def reliability(told: Sequence[Told]) -> Reliability:
    """Measure a set of answers, which must not be empty."""
    draws = list(_resampled(told))
    top = [one for one in told if one.confidence >= TOP]
    return Reliability(
        n=len(told),
        right=sum(one.right for one in told) / len(told),
        ece=_measure(told, draws, ece),
        ece_equal_mass=_measure(told, draws, ece_equal_mass),
        brier=_measure(told, draws, brier),
        top=len(top),
        top_wrong=_measure(told, draws, top_wrong),
        bins=[_bin(own) for own in by_width(told) if own],
    )


def ece(told: Sequence[Told]) -> float:
    """Expected calibration error over bins of equal width."""
    return _error(by_width(told), len(told))


def ece_equal_mass(told: Sequence[Told]) -> float:
    """The same over bins that hold about as many answers each."""
    ordered = sorted(told, key=lambda one: one.confidence)
    cuts = [number * len(ordered) // BINS for number in range(BINS + 1)]
    return _error([ordered[start:end] for start, end in itertools.pairwise(cuts)], len(told))


def brier(told: Sequence[Told]) -> float:
    """The mean squared distance of confidence from having been right."""
    return sum((one.confidence - one.right) ** 2 for one in told) / len(told)


def top_wrong(told: Sequence[Told]) -> float:
    """The share of wrong answers among those of high confidence; 0 where there are none."""
    top = [one for one in told if one.confidence >= TOP]
    return sum(not one.right for one in top) / len(top) if top else 0.0


def by_width(told: Sequence[Told]) -> list[list[Told]]:
    """Ten bins of equal width, lowest first."""
    bins: list[list[Told]] = [[] for _ in range(BINS)]
    for one in told:
        bins[min(int(one.confidence * BINS), BINS - 1)].append(one)
    return bins


def _error(bins: Sequence[Sequence[Told]], n: int) -> float:
    return sum(abs(sum(one.confidence - one.right for one in own)) for own in bins) / n


def _bin(own: Sequence[Told]) -> Bin:
    right = sum(one.right for one in own)
    return Bin(len(own), sum(one.confidence for one in own) / len(own), right / len(own), *wilson(right, len(own)))


def _resampled(told: Sequence[Told]) -> list[list[Told]]:
    """Whole runs drawn with all their variants."""
    chance = random.Random(_SEED)  # noqa: S311 - statistics
    by_run: dict[str, list[Told]] = {}
    for one in told:
        by_run.setdefault(one.run, []).append(one)
    runs = list(by_run.values())
    return [[one for run in chance.choices(runs, k=len(runs)) for one in run] for _ in range(RESAMPLES)]


def _measure(told: Sequence[Told], draws: Sequence[Sequence[Told]], of: Callable[[Sequence[Told]], float]) -> Measure:
    values = sorted(of(draw) for draw in draws)
    return Measure(of(told), values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1])
