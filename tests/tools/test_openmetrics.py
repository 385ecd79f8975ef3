"""OpenMetrics text with timestamps."""

import pytest

from tools.errors import InputError
from tools.openmetrics import parse_openmetrics

FOREVER = 1e12


def test_samples_are_grouped_by_labels_and_ordered_by_time() -> None:
    text = (
        "# TYPE up gauge\n"
        'up{job="a",path="/x, \\"y\\""} 1 200\n'
        'up{job="a",path="/x, \\"y\\""} 0 100.5\n'
        "up 3 100\n"
        "# EOF\n"
    )

    found = parse_openmetrics(text, "metrics.om", FOREVER)

    assert [series.labels for series in found["up"]] == [{"job": "a", "path": '/x, "y"'}, {}]
    assert found["up"][0].points == [(100.5, 0.0), (200.0, 1.0)]


def test_milliseconds_of_the_older_format_are_understood() -> None:
    found = parse_openmetrics("up 1 1762840800000\n", "metrics.om", FOREVER)

    assert found["up"][0].points == [(1762840800.0, 1.0)]


def test_nothing_after_the_recording_is_seen() -> None:
    found = parse_openmetrics("up 1 100\nup 0 300\n", "metrics.om", 200)

    assert found["up"][0].points == [(100.0, 1.0)]


def test_nan_is_no_sample() -> None:
    assert parse_openmetrics("up NaN 100\n", "metrics.om", FOREVER) == {}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("up{", "expected `metric"),
        ("up 1", "expected a timestamp"),
        ("up one 100", "expected numbers"),
        ("up 1 nan", "finite"),
        ("up{job=a} 1 100", "expected label"),
        ("{} 1 100", "expected `metric"),
    ],
)
def test_a_malformed_line_is_named(line: str, says: str) -> None:
    with pytest.raises(InputError, match=r"metrics\.om:2") as error:
        parse_openmetrics(f"# HELP\n{line}\n", "metrics.om", FOREVER)

    assert says in str(error.value)
