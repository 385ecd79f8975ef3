"""Bad models on a few shipped runs; `make adversaries` takes them all."""

from pathlib import Path

import pytest

from evals.benchmarks.adversaries import measure, render
from evals.progress import StderrProgress
from evals.run import find_runs

RUNS = Path("evals/runs")


@pytest.fixture(scope="module")
def chosen() -> list[Path]:
    return find_runs([RUNS])[::40]


def test_no_bad_model_makes_a_diagnosis_worse(chosen: list[Path], tmp_path: Path) -> None:
    found = measure(chosen, tmp_path, StderrProgress())
    assert {name: (one.runs, one.worse, one.failed) for name, one in found.items()} == dict.fromkeys(
        ["random", "wrong", "obedient", "silent", "crashing"], (len(chosen), [], [])
    )
    assert found["silent"].cases == {"silent": len(chosen)}
    assert "unproven" in found["wrong"].cases
    assert render(found).count("\n") == 6
