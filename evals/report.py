"""Results as text for a terminal: per agent the runs, what is wrong and why, and the totals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from evals.results import Line, brief
from evals.summary import AgentSummary, Described, Summary, misses

_TITLE_WIDTH = 32
_ANSWER_WIDTH = 64
_MARKED = {
    "verdict": "V",
    "component": "C",
    "failure_mode": "M",
    "remediation": "R",
    "mention": "N",
    "grounding": "G",
}
_LEGEND = "V verdict, C component, M mode, R remediation, N named too, G grounding: + right, x wrong, . not scored"
_Three: TypeAlias = tuple[str, str | None, str | None]
"""Verdict, component, mode."""

_VERDICTS = ("internal", "external", "no_fault", "inconclusive")


def render(summary: Summary, lines: Sequence[Line]) -> str:
    """The whole report; ends with a line break."""
    parts: list[str] = [_LEGEND, ""]
    for name, own in summary.agents.items():
        mine = [line for line in lines if line.agent == name and line.run in summary.runs]
        parts += [f"agent {name}", *_table(mine, summary.runs), ""]
        parts += [*_wrong(mine, summary.runs), *_totals(name, own, any(line.repeat > 1 for line in mine)), ""]
    return "\n".join(parts).rstrip() + "\n"


def _table(lines: Sequence[Line], runs: Mapping[str, Described]) -> Iterator[str]:
    marks = " ".join(_MARKED.values())
    rows = [("run", "title", marks, "seconds", "expected", "got")]
    rows += [_row(line, runs[line.run]) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(line: Line, run: Described) -> tuple[str, str, str, str, str, str]:
    expected = run.expected
    wanted = (expected.verdict, expected.component, expected.failure_mode) if expected else None
    answer = brief(line)
    got = "failed" if answer is None else _different((answer.verdict, *answer.leading), wanted)
    seconds = "" if line.seconds is None else f"{line.seconds:.3f}"
    name = plain(line.run if line.repeat == 1 else f"{line.run} #{line.repeat}")
    label = _short(_joined(wanted), _ANSWER_WIDTH) if wanted else "(no label)"
    return name, _short(run.title, _TITLE_WIDTH), _marks(line), seconds, label, _short(got, _ANSWER_WIDTH)


def _marks(line: Line) -> str:
    return " ".join(_mark(line, name) for name in _MARKED)


def _mark(line: Line, name: str) -> str:
    score = line.scores.get(name)
    if score is None or score.value is None:
        return "."
    return "+" if score.value >= 1 else "x"


def _wrong(lines: Sequence[Line], runs: Mapping[str, Described]) -> Iterator[str]:
    listed = [line for line in lines if line.error is not None or misses(line)]
    if not listed:
        return
    yield f"wrong or failed: {len(listed)} of {len(lines)}"
    for line in listed:
        yield plain(f"  {line.run}  {runs[line.run].title}" + (f"  #{line.repeat}" if line.repeat > 1 else ""))
        if line.error is not None:
            yield f"    failed: {plain(line.error.strip().splitlines()[-1])}"
        for name, reason in misses(line).items():
            yield f"    {name}: {plain(reason)}"
    yield ""


def _totals(name: str, own: AgentSummary, repeated: bool) -> Iterator[str]:
    answered = own.lines - own.failed
    yield f"totals of {name}: {answered} of {own.lines} answered" + (f", {own.failed} failed" if own.failed else "")
    for score, found in own.scores.items():
        if score in {"seconds", "tokens"}:
            continue
        interval = own.verdict_interval if score == "verdict" else None
        between = f"  (95 % interval {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
        yield f"  {score:<15} {found.mean:.3f}  n={found.n}{between}"
    if own.ece is not None:
        yield f"  {'ece':<15} {own.ece:.3f}"
    if own.seconds:
        yield f"  {'seconds':<15} p50 {own.seconds.p50:.3f}, p95 {own.seconds.p95:.3f}"
    if tokens := own.scores.get("tokens"):
        yield f"  {'tokens':<15} {tokens.mean:.0f} a run"
    if repeated and own.all_repeats_right is not None:
        yield f"  {'every repeat':<15} {own.all_repeats_right:.3f}"
    yield from _confusion(own)


def _confusion(own: AgentSummary) -> Iterator[str]:
    if not own.confusion:
        return
    yield "  expected down, got across" + "".join(f"{verdict:>14}" for verdict in _VERDICTS)
    for verdict in _VERDICTS:
        if row := own.confusion.get(verdict):
            yield f"  {verdict:<25}" + "".join(f"{row.get(got, 0):>14}" for got in _VERDICTS)


def _different(got: _Three, wanted: _Three | None) -> str:
    """The parts of an answer that aren't literally the label's; a component without its kind."""
    verdict, component, mode = got
    short = component and "/".join(component.split("/")[0::2] if component.count("/") == 2 else [component])
    mine = (verdict, short, mode)
    if wanted is None:
        return _joined(mine)
    return _joined(tuple(part for part, other in zip(mine, wanted, strict=True) if part != other)) or "same"


def _joined(parts: tuple[str | None, ...]) -> str:
    return " ".join(part for part in parts if part)


def _short(words: str, width: int) -> str:
    text = plain(words)
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Text of a recording as one line that can't steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
