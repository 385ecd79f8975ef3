"""When trouble on one edge began: single failures and usual ones apart from those that came together."""

from bisect import bisect_left, bisect_right
from datetime import datetime
from itertools import pairwise

from tools.evidence import Window

FEW_FAILURES = 3
WELL_SINCE = 7
"""So many calls that worked after each of a few failures show that these were single ones."""
REFUSED_RATE = 0.3
LONE = 8
"""Calls that work between one failure and the next: the first says nothing of the second."""
_NO_CHANCE = 5
"""Where so many failures were to be expected and none came, it was no chance: less than one in a hundred."""


def onset(failed: list[datetime], worked: list[datetime]) -> datetime:
    """The first failure, but for single ones before many calls that worked and then a phase in which many failed.

    Both lists are sorted, and `failed` is not empty.
    """
    for number, (at, after) in enumerate(pairwise(failed), 1):
        between = bisect_left(worked, after) - bisect_right(worked, at)
        rest, good = len(failed) - number, bisect_left(worked, failed[-1]) - bisect_right(worked, after)
        if between < LONE or rest <= FEW_FAILURES or rest < REFUSED_RATE * (rest + good):
            return at
    return failed[0]


def usual_until(failed: list[datetime], worked: list[datetime], window: Window) -> datetime:
    """Up to when calls before the window show what is usual: until the trouble came up in which the window begins.

    That trouble has a beginning if, before it, so many calls worked one after another as would not have by chance,
    had they failed at its share. Otherwise what failed before the window was usual up to its start.
    """
    ended = sorted([*((at, True) for at in failed), *((at, False) for at in worked)], reverse=True)
    began, bad, good, well = window.start, 0, 0, 0
    for at, broke in (one for one in ended if one[0] <= window.end):
        if at < window.start and not bad:
            break  # the window began well
        if broke:
            began, good = min(at, window.start), good + well if bad else 0
            bad, well = bad + 1, 0
            continue
        well += 1
        if bad and well >= max(WELL_SINCE, _NO_CHANCE * (bad + good) / bad):
            if at < window.start:
                return began
            bad = 0
    return window.start
