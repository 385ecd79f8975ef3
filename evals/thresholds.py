"""Thresholds for continuous integration: `verdict=0.98`."""

from collections.abc import Mapping, Sequence

from evals.score import RATES
from evals.summary import Summary, threshold_share
from tools.errors import InputError


def parse_thresholds(options: Sequence[str]) -> dict[str, float]:
    """`score=share` options as a mapping; of a repeated score the last one counts.

    Raises:
        InputError: a score is unknown or no share, or the share is no number from 0 to 1.
    """
    found: dict[str, float] = {}
    for option in options:
        name, _, number = option.partition("=")
        if name not in RATES:
            raise InputError("--fail-under", None, f"expected one of {', '.join(RATES)} before the =, got {option!r}")
        try:
            share = float(number)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise InputError("--fail-under", None, f"expected a share from 0 to 1 after the =, got {option!r}")
        found[name] = share
    return found


def below(summary: Summary, agents: Sequence[str], thresholds: Mapping[str, float]) -> list[str]:
    """One line for every agent and score below its threshold, or with nothing to measure."""
    missed: list[str] = []
    for agent in agents:
        for name, least in thresholds.items():
            share = threshold_share(summary.agents.get(agent), name)
            if share is None:
                missed.append(f"{agent}: {name} was not measured, and {least:g} is asked")
            elif share < least:
                missed.append(f"{agent}: {name} is {share:.4f}, below {least:g}")
    return missed
