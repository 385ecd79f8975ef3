"""Shares of right answers, micro and macro, with bootstrap intervals: what every external benchmark needs."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

RESAMPLES = 2000
_SEED = 20260302


class Answered(Struct, frozen=True, kw_only=True):
    """One case with its answer.

    Attributes:
        case: A name for people.
        app: The system that the case is from.
        label: The right label.
        about: The object that is at fault.
        said: The first label that was answered; empty when none was.
        rank: The place of the right answer, from 1; None when it is not among the answers.
        seconds: How long the diagnosis took.
        error: Why there is no answer.
    """

    case: str
    app: str
    label: str
    about: str
    said: str = ""
    said_about: str = ""
    others: tuple[str, ...] = ()
    rank: int | None = None
    verdict: str = ""
    confidence: float | None = None
    seconds: float | None = None
    error: str | None = None


class Share(Struct, frozen=True):
    """A share of `n` cases with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    n: int


class LabelScore(Struct, frozen=True, kw_only=True):
    """One label: shares, and what its misses were taken for, the commonest first."""

    at_1: Share
    at_3: Share
    object_right: float
    label_right: float
    taken_for: dict[str, int]
    lacks: str = ""


class BenchmarkSummary(Struct, frozen=True, kw_only=True):
    """The content of `summary.json`."""

    format: int = 1
    benchmark: str
    cases: int
    failed: int
    micro: dict[str, Share]
    macro: dict[str, Share]
    applications: dict[str, dict[str, Share]]
    object_halves: dict[str, dict[str, Share]]
    labels: dict[str, LabelScore]
    median_seconds: float | None


def summarize(benchmark: str, rows: Sequence[Answered], out_of_reach: Mapping[str, str]) -> BenchmarkSummary:
    """Everything that is said of a finished run."""
    by_label = _grouped(rows, lambda row: row.label)
    return BenchmarkSummary(
        benchmark=benchmark,
        cases=len(rows),
        failed=sum(row.error is not None for row in rows),
        micro=_shares(rows),
        macro={f"a@{most}": _macro(list(by_label.values()), most) for most in (1, 3)},
        applications={name: _shares(own) for name, own in _grouped(rows, lambda row: row.app).items()},
        object_halves={name: _shares(own) for name, own in _grouped(rows, half_of(rows)).items()},
        labels={name: _label(own, out_of_reach.get(name, "")) for name, own in by_label.items()},
        median_seconds=_median([row.seconds for row in rows if row.seconds is not None]),
    )


class About(Protocol):
    """A case of a system with an object that is at fault."""

    @property
    def app(self) -> str:
        """The system."""

    @property
    def about(self) -> str:
        """The object."""


def half_of(rows: Sequence[About]) -> Callable[[About], str]:
    """Splits cases by their faulty object, every second one (by name) to one side."""
    place = {name: number % 2 for number, name in enumerate(sorted({f"{row.app} {row.about}" for row in rows}))}
    return lambda row: "even" if place[f"{row.app} {row.about}"] == 0 else "odd"


def share(rows: Sequence[Answered], most: int) -> Share:
    """The share of rows whose right answer is among the first `most`."""
    return share_of([_hit(row, most) for row in rows])


def share_of(hits: Sequence[bool]) -> Share:
    """The share of hits with its interval."""
    values = [float(hit) for hit in hits]
    low, high = _interval([values])
    return Share(sum(values) / len(values), low, high, len(values))


def _shares(rows: Sequence[Answered]) -> dict[str, Share]:
    return {f"a@{most}": share(rows, most) for most in (1, 3)} if rows else {}


def _macro(groups: Sequence[Sequence[Answered]], most: int) -> Share:
    hits = [[float(_hit(row, most)) for row in group] for group in groups]
    if not hits:
        return Share(0.0, 0.0, 0.0, 0)
    low, high = _interval(hits)
    return Share(sum(sum(group) / len(group) for group in hits) / len(hits), low, high, len(hits))


def _interval(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The middle 95 % of the mean of group means, over resamples within each group."""
    chance = random.Random(_SEED)  # noqa: S311 - statistics
    means = sorted(
        sum(sum(chance.choices(group, k=len(group))) / len(group) for group in groups) / len(groups)
        for _ in range(RESAMPLES)
    )
    return means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975) - 1]


def _label(rows: Sequence[Answered], lacks: str) -> LabelScore:
    wrong = Counter((row.error and "failed") or row.said or "nothing" for row in rows if row.rank != 1)
    named = Counter({("right label, other object" if name == rows[0].label else name): n for name, n in wrong.items()})
    return LabelScore(
        at_1=share(rows, 1),
        at_3=share(rows, 3),
        object_right=sum(row.said_about == row.about for row in rows) / len(rows),
        label_right=sum(row.said == row.label for row in rows) / len(rows),
        taken_for=dict(named.most_common()),
        lacks=lacks,
    )


def _hit(row: Answered, most: int) -> bool:
    return row.rank is not None and row.rank <= most


def _grouped(rows: Sequence[Answered], key: Callable[[Answered], str]) -> dict[str, list[Answered]]:
    found: dict[str, list[Answered]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(sorted(found.items()))


def _median(values: list[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None
