"""The scale benchmark's clusters, small: they can be read, are fair, and their one fault is found."""

from pathlib import Path

import pytest

from agent.diagnose import diagnose
from agent.run_input import load_run
from evals.benchmarks.estate.cluster import Size, make, write
from evals.benchmarks.estate.faults import FAULTS
from evals.benchmarks.scale import is_right
from evals.benchmarks.scale_plot import plot, slope
from evals.generator.kit_run import leaks
from evals.run import load_labelled

SMALL = Size(60, 0)


def test_a_cluster_is_the_same_on_every_machine_and_of_about_the_size_asked_for() -> None:
    files = make(SMALL, "scaled_to_zero").files()
    assert files == make(SMALL, "scaled_to_zero").files()
    assert 55 <= files["cluster.json"].count('"kind":"Pod","metadata"') <= 80


@pytest.mark.parametrize("fault", FAULTS)
def test_no_input_gives_the_fault_away(fault: str) -> None:
    assert leaks(make(SMALL, fault)) == []


@pytest.mark.parametrize("fault", ["oom_killed", "network_policy_blocks", "vendor_refuses"])
def test_the_one_fault_is_found_among_the_noise(fault: str, tmp_path: Path) -> None:
    folder = write(make(SMALL, fault), tmp_path)
    run = load_run(folder)
    assert is_right(diagnose(run.incident, run.sources, run.boundary), load_labelled(folder))


def test_noise_alone_is_no_cause(tmp_path: Path) -> None:
    run = load_run(write(make(SMALL, None), tmp_path))
    assert diagnose(run.incident, run.sources, run.boundary).verdict in {"no_fault", "inconclusive"}


def test_the_slope_is_the_exponent_of_growth() -> None:
    assert slope([(1, 3), (10, 300), (100, 30000)]) == pytest.approx(2)


def test_a_plot_holds_a_dot_for_every_size() -> None:
    drawn = plot("seconds", [(100, 0.1), (1000, 0.5)], 2, ([100, 1000], [0.1, 1, 10]))
    assert drawn.count("<circle") == 2
    assert "prefers-color-scheme:dark" in drawn
