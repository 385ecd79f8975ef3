"""The agents that can be evaluated, by name. Another one is one more line of the table."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from tools.errors import InputError

if TYPE_CHECKING:
    from agent.diagnosis import Diagnosis
    from agent.run_input import RunInput

Agent: TypeAlias = "Callable[[RunInput], Diagnosis]"
"""Diagnoses a run from its inputs; the label is not among them."""


def _engine() -> Agent:
    from agent.diagnose import diagnose

    return lambda run: diagnose(run.incident, run.sources, run.boundary)


# Makers rather than agents: what an agent has to import or connect to is no part of the time that its answers take.
AGENTS: Mapping[str, Callable[[], Agent]] = {
    "engine": _engine,
}


def agents_named(names: Sequence[str]) -> dict[str, Agent]:
    """The agents of these names, each once.

    Raises:
        InputError: a name is unknown.
    """
    for name in names:
        if name not in AGENTS:
            raise InputError("--agent", None, f"expected one of {', '.join(sorted(AGENTS))}, got {name!r}")
    return {name: AGENTS[name]() for name in dict.fromkeys(names)}
