"""The agent carries weight where the engine has no rule, and harms it nowhere (all: `make switched-off worst-case`)."""

from pathlib import Path

from agent.settle import MOVES
from evals.benchmarks.switched_off import outcomes
from evals.benchmarks.worst_case import tried

RUNS = Path(__file__).parents[2] / "evals" / "runs"
VOLUME = RUNS / "cedarcare" / "r-3e9c7d"
TWO_AT_ZERO = RUNS / "sockshop" / "r-f40432"
NO_BUNDLE = RUNS / "sockshop" / "r-01ba4d"
NOT_TOLD = RUNS / "harbourline" / "r-163b73"


def test_a_reader_recovers_what_a_missing_detector_would_have_found() -> None:
    found = list(outcomes([VOLUME, TWO_AT_ZERO, NO_BUNDLE]))
    assert [(one.mode, one.before, one.after) for one in found] == [
        ("volume_unbound", False, True),
        ("scaled_to_zero", False, True),
        ("ca_bundle_missing", False, True),
    ]
    assert all(one.claims and one.held == one.claims for one in found)


def test_a_reader_without_a_fact_changes_nothing() -> None:
    (one,) = outcomes([NOT_TOLD])
    assert (one.after, one.moved, one.worse) == (False, False, False)


def test_no_hypothesis_that_holds_outweighs_a_cause_that_the_engine_is_sure_of() -> None:
    found = [one for folder in (TWO_AT_ZERO, RUNS / "cedarcare" / "r-0bef2e") for one in tried(folder)]
    assert found
    assert not [one for one in found if one.case in MOVES]
