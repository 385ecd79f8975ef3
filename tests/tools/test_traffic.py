"""What counts as usual, and when trouble began."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from agent.noise import is_chronic, most_by_chance
from tools.edges import Edge, Hit
from tools.evidence import Window
from tools.source import LogRef
from tools.traffic import Traffic, traffic_of

START = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(minutes=30))
LOG = LogRef("shop", "web-1", "web")


def calls(failed: Iterable[float], worked: Iterable[float]) -> Traffic:
    """Traffic of calls at minutes after the window's start."""
    families = ((failed, "timeout"), (worked, "ok"))
    hits = [
        Hit(START + timedelta(minutes=minute), family, None, None, None, LOG, 0, None)
        for minutes, family in families
        for minute in minutes
    ]
    return traffic_of(Edge("shop/deployment/web", "shop/deployment/cart", hits=hits), WINDOW, WINDOW.end)


def test_trouble_begins_when_many_fail_not_with_a_lone_failure_long_before() -> None:
    found = calls([2, *range(15, 30)], [minute / 2 for minute in range(5, 29)])
    assert found.first == START + timedelta(minutes=15)
    assert found.failed == 16


def test_trouble_that_comes_and_goes_begins_with_its_first_failure() -> None:
    found = calls([2, 4, 7, 9, 12], [1, 3, 5, 6, 8, 10, 11, 13])
    assert found.first == START + timedelta(minutes=2)


def test_one_failed_call_after_very_many_good_ones_is_a_blip_even_as_the_last() -> None:
    assert calls([29], range(-15, 29)).is_blip
    assert not calls([29], range(20, 29)).is_blip


def test_no_more_failures_than_chance_brings_are_chronic() -> None:
    usual = [minute / 2 for minute in range(-120, 60)]
    assert is_chronic(calls([-30.2, 10.2, 20.2], usual))
    assert not is_chronic(calls([-30.2, *(minute + 0.2 for minute in range(10, 20))], usual))
    assert not is_chronic(calls([10.2, 20.2], usual))


def test_a_few_failures_long_followed_by_good_calls_are_a_blip_and_many_or_fresh_ones_are_not() -> None:
    good = [minute / 2 for minute in range(2, 60)]
    assert calls([0.3, 0.6], good).is_blip
    assert not calls([0.3, 0.6], [1, 2, 3, 4, 5, 6]).is_blip
    assert not calls([28, 29], [minute / 2 for minute in range(56)]).is_blip


def test_chance_brings_more_failures_where_more_calls_failed_before() -> None:
    assert most_by_chance(0, 40, 40) < 2
    assert most_by_chance(4, 40, 40) > 8


def test_good_calls_between_the_failures_before_the_window_and_those_in_it_are_counted() -> None:
    found = calls([-4, -3, 8, 9], [-5, -3.5, -2, -1, 1, 2, 3, 8.5])
    assert found.last_before == START - timedelta(minutes=3)
    assert found.worked_meanwhile == 5
