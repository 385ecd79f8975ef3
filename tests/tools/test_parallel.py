"""Questions at once: answers in order, nobody awaited for longer than there is time, and no thread left behind."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from tools.errors import InputError
from tools.parallel import in_order, within


def _after(seconds: float, value: int) -> int:
    time.sleep(seconds)
    return value


def test_results_come_in_the_order_of_the_calls() -> None:
    calls = [partial(_after, (5 - number) / 100, number) for number in range(5)]
    assert list(in_order(calls, 4, time.monotonic() + 5)) == [0, 1, 2, 3, 4]


def test_calls_run_at_once_but_not_more_than_allowed() -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def call() -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return 0

    assert len(list(in_order([call] * 20, 3, time.monotonic() + 5))) == 20
    assert most[0] == 3


def test_what_is_late_is_none_and_the_rest_is_not() -> None:
    forever = threading.Event()
    calls: list[Callable[[], int]] = [partial(_after, 0, 1), lambda: int(forever.wait(20)), partial(_after, 0, 3)]
    begun = time.monotonic()
    assert list(in_order(calls, 2, begun + 0.3)) == [1, None, 3]
    assert time.monotonic() - begun < 15
    forever.set()


def test_few_results_are_held_for_who_is_slow_to_take_them() -> None:
    done: list[int] = []

    def call() -> int:
        done.append(0)
        return 0

    results = in_order([call] * 50, 2, time.monotonic() + 5)
    next(results)
    time.sleep(0.2)
    assert len(done) <= 6
    assert len(list(results)) == 49


def test_wrong_input_comes_through() -> None:
    def wrong() -> int:
        raise InputError("file", None, "is wrong")

    with pytest.raises(InputError):
        list(in_order([wrong], 1, time.monotonic() + 5))
    with pytest.raises(InputError):
        within(5, wrong)


def test_nobody_waits_for_a_single_call_either() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(TimeoutError):
        within(0.05, partial(_after, 0.5, 1))
