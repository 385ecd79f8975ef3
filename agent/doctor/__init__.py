"""The checkup behind `faultside doctor`: does what is configured work, and what exactly is missing where it does not.

It only reads; of a cluster it asks further what the account may do, which changes nothing.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from agent.doctor import boundary, cluster, datadog, metrics, model, status
from agent.doctor.check import Asked, Check, Section, State, check
from tools.errors import InputError
from tools.parallel import in_order

__all__ = ["SECTIONS", "Asked", "Check", "Section", "State", "examine", "exit_status"]

SECTIONS: Mapping[str, Section] = {
    "kubernetes": cluster.checks,
    "prometheus": metrics.checks,
    "datadog": datadog.checks,
    "status feeds": status.checks,
    "boundary": boundary.checks,
    "model": model.checks,
}
"""In the order in which they are told; another system adds its own."""

_WRONG, _UNREACHED = 2, 3
_GRACE = 0.5


def examine(asked: Asked, sections: Mapping[str, Section] = SECTIONS) -> list[Check]:
    """All checks; a section that has not ended shortly after the deadline is told as such."""
    calls = [partial(_checked, name, section, asked) for name, section in sections.items()]
    answers = in_order(calls, len(calls), asked.deadline + _GRACE)
    found: list[Check] = []
    begun = time.monotonic()
    for name, several in zip(sections, answers, strict=True):
        late = check(name, "answer", "missing", f"nothing within {time.monotonic() - begun:.0f} s", unreached=True)
        found += [late] if several is None else several
    return found


def exit_status(checks: Sequence[Check]) -> int:
    """0 where what is configured works, 2 where a person has to mend something, 3 where a system does not answer."""
    wrong = [one for one in checks if one.state == "missing"]
    if any(not one.unreached for one in wrong):
        return _WRONG
    return _UNREACHED if wrong else 0


def _checked(name: str, section: Section, asked: Asked) -> list[Check]:
    return list(_told(name, section, asked))


def _told(name: str, section: Section, asked: Asked) -> Iterator[Check]:
    try:
        yield from section(asked)
    except InputError as error:
        place = error.file if error.line is None else f"{error.file}:{error.line}"
        yield check(name, "configuration", "missing", f"{place}: {error.message}")
