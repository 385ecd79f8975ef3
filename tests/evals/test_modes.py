"""The page of failure modes is what its command writes now."""

from pathlib import Path

import pytest

from agent.failure_modes import failure_modes
from evals.modes import Answered, answers, page
from evals.run import Label, find_runs

ROOT = Path(__file__).parents[2]


class Quiet:
    def step(self, done: int, total: int, what: str) -> None:
        """Nobody watches."""

    def note(self, text: str) -> None:
        """Nobody reads."""


def labelled(run: str, mode: str, detail: str | None = None, *, right: bool = True) -> Answered:
    label = Label(verdict="internal", component="a/b", failure_mode=mode, detail=detail)
    return Answered(run, label, (mode, detail), right)


@pytest.fixture
def rows() -> dict[str, list[str]]:
    found = [labelled("r-2", "quota_exceeded", "cpu"), labelled("r-1", "quota_exceeded", "pods", right=False)]
    lines = [line for line in page(found).splitlines() if line.startswith(("| `", "| —"))]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row for row in cells}


def test_every_mode_has_a_row_and_every_detail_one_of_its_own(rows: dict[str, list[str]]) -> None:
    assert [name for name in failure_modes() if f"`{name}`" not in rows] == []
    assert {"— pods", "— cpu", "— storage"} <= set(rows)


def test_runs_are_counted_where_they_are_labelled(rows: dict[str, list[str]]) -> None:
    assert rows["`quota_exceeded`"][3:] == ["r-1 r-2", "1 of 2"]
    assert rows["— cpu"][3:] == ["r-2", "1 of 1"]
    assert rows["— pods"][3:] == ["r-1", "0 of 1"]
    assert rows["— storage"][3:] == ["", "-"]


@pytest.mark.timeout(300)
def test_the_page_is_not_stale() -> None:
    """`make modes` writes it anew."""
    assert page(answers(find_runs([ROOT / "evals" / "runs"]), Quiet())) == (ROOT / "docs/failure-modes.md").read_text()
