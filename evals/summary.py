"""Statistics over result lines, per agent, in the form of `summary.json`."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from evals.results import SUMMARY, Brief, Line, brief
from evals.run import LabelledRun
from evals.score import RATES
from tools.errors import InputError
from tools.run_folder import read_bytes

_BINS = 10
_Z95 = 1.959964
_MOST_BYTES = 256 * 2**20


class Expected(Struct, frozen=True):
    """The head of a label."""

    verdict: str
    component: str | None
    failure_mode: str | None


class Described(Struct, frozen=True):
    """A run as a table names it."""

    title: str
    folder: str
    expected: Expected | None = None


class Mean(Struct, frozen=True):
    """A mean over the `n` lines that were scored."""

    mean: float
    n: int


class Spread(Struct, frozen=True):
    """Nearest-rank percentiles, seconds."""

    p50: float
    p95: float


class Miss(Struct, frozen=True):
    """A line with something wrong, and why, by score."""

    run: str
    repeat: int
    reasons: dict[str, str]


class AgentSummary(Struct, frozen=True, kw_only=True):
    """One agent over all lines.

    Attributes:
        lines, failed: Attempts, and those that ended without a diagnosis.
        verdict_interval: Wilson's 95 % interval of the verdict score; None when none was scored.
        confusion: Expected verdict to answered verdict to count.
        ece: Expected calibration error over ten bins of confidence, right meaning verdict and component.
        all_repeats_right: Share of runs whose verdict was right every time.
    """

    lines: int
    failed: int
    scores: dict[str, Mean]
    verdict_interval: tuple[float, float] | None
    confusion: dict[str, dict[str, int]]
    ece: float | None
    seconds: Spread | None
    all_repeats_right: float | None
    wrong: list[Miss]


class Summary(Struct, frozen=True, kw_only=True):
    """The content of `summary.json`."""

    format: int = 1
    runs: dict[str, Described]
    agents: dict[str, AgentSummary]


def described(run: LabelledRun) -> Described:
    """A run as a table names it."""
    label = run.label
    expected = Expected(label.verdict, label.component, label.failure_mode) if label else None
    return Described(run.title, str(run.folder), expected)


def summarize(lines: Sequence[Line], runs: Mapping[str, Described]) -> Summary:
    """Statistics of the lines whose run is among `runs`."""
    agents: dict[str, list[Line]] = {}
    for line in lines:
        if line.run in runs:
            agents.setdefault(line.agent, []).append(line)
    return Summary(runs=dict(runs), agents={name: _agent(own, runs) for name, own in agents.items()})


def read_summary(folder: Path) -> Summary:
    """What `write` left.

    Raises:
        InputError: there is none, or it is none of ours.
    """
    path = folder / SUMMARY
    try:
        return msgspec.json.decode(read_bytes(path, _MOST_BYTES), type=Summary)
    except msgspec.MsgspecError as error:
        raise InputError(str(path), None, f"expected a summary: {error}") from None


def misses(line: Line) -> dict[str, str]:
    """The scores of a line that are less than they should be, with their reasons."""
    return {
        name: score.reason
        for name, score in line.scores.items()
        if name in RATES and not name.endswith("_at_3") and score.value is not None and score.value < 1
    }


def threshold_share(own: AgentSummary | None, score: str) -> float | None:
    """The mean of a score where failed attempts count as misses; None when nothing was tried."""
    if own is None:
        return None
    found = own.scores.get(score, Mean(0.0, 0))
    tried = found.n + own.failed
    return found.mean * found.n / tried if tried else None


def wilson(right: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, `right` out of `n` > 0."""
    share, z2 = right / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def calibration_error(points: Sequence[tuple[float, float]]) -> float | None:
    """Expected calibration error of (confidence, 0 or 1) pairs; None without any."""
    bins: dict[int, list[tuple[float, float]]] = {}
    for confidence, right in points:
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, right))
    if not points:
        return None
    off = (abs(sum(confidence - right for confidence, right in own)) for own in bins.values())
    return sum(off) / len(points)


def _agent(lines: Sequence[Line], runs: Mapping[str, Described]) -> AgentSummary:
    answered = [(line, found) for line in lines if (found := brief(line)) is not None]
    verdicts = _values(lines, "verdict")
    names = dict.fromkeys(name for line in lines for name in line.scores)
    means = {name: Mean(sum(own) / len(own), len(own)) for name in names if (own := _values(lines, name))}
    wrong = [Miss(line.run, line.repeat, reasons) for line in lines if (reasons := misses(line))]
    sure = [(got.confidence, right) for line, got in answered if (right := _right(line)) is not None]
    return AgentSummary(
        lines=len(lines),
        failed=len(lines) - len(answered),
        scores=means,
        verdict_interval=wilson(sum(verdicts), len(verdicts)) if verdicts else None,
        confusion=_confusion(answered, runs),
        ece=calibration_error(sure),
        seconds=_spread([line.seconds for line in lines if line.seconds is not None]),
        all_repeats_right=_every_time(lines),
        wrong=wrong,
    )


def _values(lines: Sequence[Line], name: str) -> list[float]:
    scores = (line.scores.get(name) for line in lines)
    return [score.value for score in scores if score is not None and score.value is not None]


def _right(line: Line) -> float | None:
    values = [score.value for name in ("verdict", "component") if (score := line.scores.get(name)) is not None]
    known = [value for value in values if value is not None]
    return min(known) if known else None


def _confusion(answered: Sequence[tuple[Line, Brief]], runs: Mapping[str, Described]) -> dict[str, dict[str, int]]:
    matrix: dict[str, dict[str, int]] = {}
    for line, got in answered:
        expected = runs[line.run].expected
        if expected is not None:
            row = matrix.setdefault(expected.verdict, {})
            row[got.verdict] = row.get(got.verdict, 0) + 1
    return matrix


def _spread(seconds: list[float]) -> Spread | None:
    if not seconds:
        return None
    ordered = sorted(seconds)
    p50, p95 = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95))
    return Spread(p50, p95)


def _every_time(lines: Sequence[Line]) -> float | None:
    worst: dict[str, float] = {}
    for line in lines:
        score = line.scores.get("verdict")
        value = 0.0 if line.error is not None else None if score is None else score.value
        if value is not None:
            worst[line.run] = min(value, worst.get(line.run, 1.0))
    return sum(worst.values()) / len(worst) if worst else None
