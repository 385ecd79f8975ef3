"""Whatever one of four live systems does, there is a diagnosis in time with a named gap; silence is never health."""

from pathlib import Path

import pytest

from evals.benchmarks.spoilt import SYSTEMS, outcome

RUNS = Path(__file__).parents[2] / "evals" / "runs" / "sockshop"
EXTERNAL, INTERNAL = RUNS / "r-2a6171", RUNS / "r-b02a29"
LIMIT = 1.2
QUICK = ("403", "500", "cut off", "garbage", "absent", "no TLS")
"""The whole table is `make faults`; what hangs takes its time here, too."""


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("fault", [*QUICK, "hanging"])
def test_one_system_that_fails(system: str, fault: str) -> None:
    assert outcome(EXTERNAL, system, fault, LIMIT).problems(LIMIT) == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("requests", [0, 3, 19])
def test_one_system_that_dies_in_mid_sweep(system: str, requests: int) -> None:
    assert outcome(INTERNAL, system, "killed", LIMIT, requests).problems(LIMIT) == []


def test_what_fails_is_told_in_the_systems_own_words() -> None:
    gaps = outcome(EXTERNAL, "kubernetes", "500", 4.0).found.gaps
    assert [one.error for one in gaps if one.evidence == "gap/kubernetes/objects"] == ["fault on order: 500"]
