"""A calibration and how well it holds, as Markdown for people and for the docs."""

from collections.abc import Mapping

from agent.confidence import Calibration
from evals.calibration.reliability import Measure, Reliability

_HEAD = "| answers | n | right | ECE | ECE, equal mass | Brier | at ≥ 0.9 | of those wrong |"
_RULE = "|---|--:|--:|---|---|---|--:|---|"


def measures(rows: Mapping[str, Reliability]) -> str:
    """One line for each set of answers; in brackets 95 % intervals."""
    return "\n".join([_HEAD, _RULE, *(_measured(name, row) for name, row in rows.items())]) + "\n"


def bins(found: Reliability) -> str:
    """The numbers behind a curve."""
    lines = ["| answers | mean confidence | share right |", "|--:|--:|---|"]
    lines += [
        f"| {one.n} | {one.confidence:.2f} | {one.right:.3f} [{one.low:.3f}, {one.high:.3f}] |" for one in found.bins
    ]
    return "\n".join(lines) + "\n"


def worth(table: Calibration) -> str:
    """What each feature is worth in the logistic sum, by kind of answer."""
    names = dict.fromkeys(name for own in table.maps.values() for name in own)
    lines = [f"| kind of answer | {' | '.join(names)} |", "|---|" + "--:|" * len(names)]
    for kind, own in table.maps.items():
        cells = (f"{own[name]:.2f}" if name in own else "" for name in names)
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    needs = f"A confidence of {table.reserved.above} and more needs a fitted chance of {table.reserved.needs:.3f}."
    on = ", ".join(f"{name} {count}" for name, count in table.fitted_on.items())
    return "\n".join([*lines, "", f"Fitted on: {on}. {needs}"]) + "\n"


def between(text: str, name: str, block: str) -> str:
    """The text with what stands between the marks of a block replaced.

    Raises:
        ValueError: the text has no such marks.
    """
    start, end = f"<!-- {name}: written by make calibrate -->\n", f"<!-- end of {name} -->"
    head, tail = text.index(start) + len(start), text.index(end)
    return text[:head] + "\n" + block + "\n" + text[tail:]


def _measured(name: str, row: Reliability) -> str:
    cells = (name, row.n, f"{row.right:.3f}", *map(_cell, (row.ece, row.ece_equal_mass, row.brier)), row.top)
    return "| " + " | ".join(map(str, cells)) + f" | {_percent(row.top_wrong)} |"


def _cell(one: Measure) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _percent(one: Measure) -> str:
    return f"{one.value:.2%} [{one.low:.2%}, {one.high:.2%}]"
