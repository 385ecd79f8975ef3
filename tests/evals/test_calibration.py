"""Evidence is taken away, a small map is fitted, and what it tells is held against what was right."""

import random
from collections import Counter
from pathlib import Path

import pytest

from agent.confidence import Calibration, Reserved, calibration
from agent.diagnose import diagnose
from agent.run_input import load_run
from evals.calibration import report
from evals.calibration.command import calibrate
from evals.calibration.degrade import degraded
from evals.calibration.draw import reliability_curve
from evals.calibration.families import family_of
from evals.calibration.fit import Example, fitted, probability
from evals.calibration.fitting import calibrated, cross_validated, needed
from evals.calibration.points import LABELLED, Point
from evals.calibration.reliability import Bin, Told, ece, ece_equal_mass, reliability, top_wrong
from evals.metamorphic.base import Base
from evals.progress import StderrProgress
from tools.errors import InputError

RUNS = Path(__file__).parents[2] / "evals" / "runs"
DOCS = Path(__file__).parents[2] / "docs"


def _drawn(number: int) -> list[Example]:
    """Examples whose chance of being right grows with the first feature, shrinks with the second."""
    chance = random.Random(7)  # noqa: S311 - examples
    found = []
    for _ in range(number):
        one, other = chance.random(), chance.random()
        found.append(Example((one, other), chance.random() < 0.5 + 0.45 * one - 0.2 * other))
    return found


def test_no_feature_ever_makes_an_answer_less_sure() -> None:
    found = fitted(_drawn(2000))
    assert found[1] > 1
    assert found[2] == 0.0
    assert probability(found, (1.0, 0.0)) == pytest.approx(0.85, abs=0.06)


def test_a_fit_stays_finite_where_nothing_was_wrong() -> None:
    found = fitted([Example((1.0,), right=True)] * 50)
    assert 0.5 < probability(found, (1.0,)) < 1.0


def test_equal_examples_count_as_often_as_they_are() -> None:
    right, wrong = Example((1.0,), right=True), Example((1.0,), right=False)
    assert probability(fitted([right] * 30 + [wrong] * 10), (1.0,)) == pytest.approx(0.75, abs=0.02)


def _points(number: int) -> list[Point]:
    """Answers of twelve families; the strong ones are right, of the weak ones every second."""
    found = []
    for at in range(number):
        strong = at % 3 > 0
        found.append(
            Point(
                made=LABELLED,
                name=f"p-{at}",
                run=f"r-{at % 60}",
                app="shop" if at % 2 else "zoo",
                family=f"f-{at // 6 % 12}",
                verdict="internal",
                kind="cause",
                features={"shown": float(strong)},
                right=strong or at % 2 == 0,  # of the weak ones every second
                told=0.5,
            )
        )
    return found


def test_confidence_follows_what_was_right_elsewhere() -> None:
    tried = cross_validated(_points(1200))
    strong = [told for told, one in tried if one.features["shown"] == 1.0]
    weak = [told for told, one in tried if one.features["shown"] == 0.0]
    assert min(strong) > 0.95
    assert all(told == pytest.approx(0.5, abs=0.1) for told in weak)


def test_a_high_confidence_is_told_only_where_almost_nothing_was_wrong() -> None:
    sure, torn = [(0.99, True)] * 400, [(0.95, True)] * 90 + [(0.95, False)] * 10
    assert needed([*sure, *torn]) == 0.99
    assert needed([(0.95, True)] * 400) == 0.95
    assert needed([(0.95, False)] * 4) > 1

    table = Calibration({"cause": {"intercept": 3.0}}, Reserved(0.9, 0.99), 0.02, 0.98)
    assert table.chance("cause", {}) == pytest.approx(0.953, abs=0.001)
    assert table.of("cause", {}) == pytest.approx(0.89)


def test_the_shipped_table_has_no_feature_that_speaks_against_an_answer() -> None:
    table = calibration()
    assert {"cause", "no_fault", "inconclusive"} == set(table.maps)
    for worth in table.maps.values():
        assert all(value >= 0 for name, value in worth.items() if name != "intercept")
    assert 0 < table.least < table.most < 1
    assert table.reserved.needs >= table.reserved.above


def test_errors_of_calibration() -> None:
    told = [Told(0.8, number < 8, f"r-{number}") for number in range(10)]
    assert ece(told) == pytest.approx(0.0)
    told += [Told(0.95, right=False, run="r-x")] * 10
    assert ece(told) == pytest.approx(0.475)
    assert top_wrong(told) == 1.0
    assert top_wrong([Told(0.5, right=False, run="r")]) == 0.0
    assert 0 < ece_equal_mass(told) <= 1


def test_intervals_are_of_runs_not_of_their_variants() -> None:
    """A hundred variants of one run are one piece of news."""
    many = [Told(0.9, number % 2 == 0, f"r-{number}") for number in range(200)]
    alike = [Told(0.9, number % 2 == 0, f"r-{number % 2}") for number in range(200)]
    spread, wide = reliability(many).top_wrong, reliability(alike).top_wrong
    assert wide.high - wide.low > spread.high - spread.low


def test_twins_are_one_family() -> None:
    """Both cases of a title stay on one side, although the generator keeps them in different files."""
    first, second = (family_of("harbourline", run) for run in ("r-c9da3a", "r-928170"))
    assert first == second
    assert family_of("elsewhere", "r-1") == "r-1"


def test_evidence_is_taken_away_alone_and_together() -> None:
    base = Base(RUNS / "sockshop" / "r-2a6171")
    found = list(degraded(base))
    assert len({one.name for one in found}) == len(found) > 15
    assert {1, 2, 3} == {len(one.losses) for one in found}
    assert [one.name for one in degraded(base)] == [one.name for one in found]
    alone = {one.losses[0]: one for one in found if len(one.losses) == 1}
    assert not alone["nodes"].open
    kinds = Counter(one["kind"] for one in alone["workloads"].make().objects)
    assert "Deployment" not in kinds
    assert kinds["Pod"]


def test_a_degraded_run_that_is_left_open_says_what_would_decide(tmp_path: Path) -> None:
    left_open = 0
    for run in ("sockshop/r-2a6171", "sockshop/r-d2e7a7", "sockshop/r-f11896", "harbourline/r-c7dba4"):
        for number, one in enumerate(degraded(Base(RUNS / run))):
            loaded = load_run(one.make().write(tmp_path / run.replace("/", "-") / str(number)))
            answer = diagnose(loaded.incident, loaded.sources, loaded.boundary)
            left_open += answer.verdict == "inconclusive"
            if answer.verdict == "inconclusive":
                assert answer.undecided, one.name
                assert all(item.question and item.would_decide and item.query for item in answer.undecided), one.name
    assert left_open > 5


def test_the_whole_command_on_few_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="families"):
        calibrate([RUNS / "sockshop" / "r-5a8f59"], None, tmp_path, StderrProgress())


def test_a_fit_of_points_can_be_shown() -> None:
    table = calibrated(_points(240))
    assert "shown" in report.worth(table)
    rows = {"all": reliability([Told(told, one.right, one.run) for told, one in cross_validated(_points(240))])}
    assert report.measures(rows).count("\n") == 3
    assert "share right" in report.bins(rows["all"])


def test_the_curve_is_a_picture_with_every_bin() -> None:
    bins = [Bin(10, 0.55, 0.5, 0.2, 0.8), Bin(90, 0.95, 0.96, 0.9, 0.99)]
    drawn = reliability_curve("Test", bins)
    assert drawn.startswith("<svg")
    assert drawn.rstrip().endswith("</svg>")
    assert drawn.count('class="dot"') == 2
    assert "prefers-color-scheme: dark" in drawn


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    text = "before\n<!-- bins: written by make calibrate -->\nold\n<!-- end of bins -->\nafter\n"
    found = report.between(text, "bins", "new\n")
    assert found.startswith("before\n")
    assert found.endswith("after\n")
    assert "old" not in found
    assert "\nnew\n" in found
    with pytest.raises(ValueError, match="not found"):
        report.between(text, "other", "")
