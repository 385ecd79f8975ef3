"""What an attempt makes of bad input and of a bug."""

import pytest

from evals.attempts import Failed, attempt
from tools.errors import InputError


def test_what_was_made_comes_back() -> None:
    assert attempt(lambda: 3) == 3


def test_bad_input_is_kept_as_its_one_line() -> None:
    def unreadable() -> int:
        raise InputError("run.yaml", 4, "expected a time")

    made = attempt(unreadable)

    assert isinstance(made, Failed)
    assert made.why == made.line == str(InputError("run.yaml", 4, "expected a time"))


def test_a_bug_is_kept_with_the_way_to_it() -> None:
    def broken() -> int:
        raise ZeroDivisionError("nothing to share")

    made = attempt(broken)

    assert isinstance(made, Failed)
    assert made.why.startswith("Traceback")
    assert made.line == "ZeroDivisionError: nothing to share"


def test_an_interruption_is_not_kept_but_ends_everything() -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupted)
