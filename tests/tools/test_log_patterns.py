"""Patterns for log lines mean what they say, and none of them can make a line slow."""

import re
import time

import pytest

from tools.errors import ToolError
from tools.questions.patterns import literal, matcher

LINE = 'level=error msg="Post http://gw/v1: dial tcp 10.0.0.7:80: connect: connection refused" status=503 took=12.5ms'


@pytest.mark.parametrize(
    "pattern",
    ["refused", "timeout|refused", "dial .* refused", r"status=5\d\d", r"status=[45]..", "connection (refused|reset)",
     "^level=error", r"took=\d+\.\d+ms$", "(?i)CONNECTION", "err.*conn.*50", r"\bdial\b", "x?level", "[^a]evel",
     "s{1,2}"],
)  # fmt: skip
def test_a_line_is_found_as_a_regular_expression_finds_it(pattern: str) -> None:
    found = re.search(pattern.removeprefix("(?i)"), LINE, re.IGNORECASE)
    assert found is not None
    assert matcher(pattern)(LINE) == found.start()


@pytest.mark.parametrize("pattern", ["timeout", "^refused", r"status=4\d\d", "refused.*dial", r"took=\d+s$", "[[]"])
def test_what_is_not_there_is_not_found(pattern: str) -> None:
    assert matcher(pattern)(LINE) == -1


def test_plain_text_is_taken_as_it_stands() -> None:
    assert literal("10.0.0.7:80: CONNECT")(LINE) == LINE.index("10.0.0.7")
    assert literal("10.0.0.7.80")(LINE) == -1


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|b)*c", r"(\w+) \1", "(?=x)", "(?P<n>x)", "[", "[[", "(", ")", "*", "a?" * 13, r"\p{L}", "\\",
     r"\d+\d+\d+", "(x|x)" * 13, r"\u0000"],
)  # fmt: skip
def test_what_could_run_away_is_refused_with_a_way_out(pattern: str) -> None:
    with pytest.raises(ToolError, match=r"^pattern: .*write words as they stand"):
        matcher(pattern)


@pytest.mark.parametrize("pattern", ["a.*a.*a.*a.*a.*b", r"a+a+b", "a?" * 12 + "b", "(a|a)" * 12 + "z"])
def test_the_worst_line_costs_a_fraction_of_a_second(pattern: str) -> None:
    find = matcher(pattern)
    started = time.process_time()
    find("a" * 100_000)
    assert time.process_time() - started < 1.0
