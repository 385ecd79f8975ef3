"""The agents that can be evaluated, by name: `engine`, or a mode and a model such as `hybrid:gpt-5`.

`hybrid:scripted:NAME` is a model that follows a script of `evals.scripts`; its seed is the run's.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from msgspec import structs

from tools.errors import InputError

if TYPE_CHECKING:
    from agent.diagnosis import Diagnosis
    from agent.investigator import Investigator
    from agent.run_input import RunInput
    from evals.turns import Script, Turn

Agent: TypeAlias = "Callable[[RunInput], Diagnosis]"
"""Diagnoses a run from its inputs; the label is not among them."""
Mode = Literal["hybrid", "llm"]

SCRIPTED = "scripted"
_SECONDS_A_REQUEST = 60.0
_SECONDS_LOCAL = 3600.0
"""An evaluation has the time that a busy machine takes."""


def agents_named(names: Sequence[str]) -> dict[str, Agent]:
    """The agents of these names, each once.

    Raises:
        InputError: a name is unknown, or its model can't be asked.
    """
    # Made before the first run: what an agent has to import or connect to is no part of the time that its answers take.
    return {name: _agent(name) for name in dict.fromkeys(names)}


def _agent(name: str) -> Agent:
    if name == "engine":
        from agent.diagnose import diagnose

        return lambda run: diagnose(run.incident, run.sources, run.boundary)
    mode, _, model = name.partition(":")
    if mode not in get_args(Mode) or not model:
        raise InputError("--agent", None, f"expected engine, hybrid:MODEL or llm:MODEL, got {name!r}")
    if model.startswith(f"{SCRIPTED}:"):
        return _scripted(cast("Mode", mode), model)
    return _asked(cast("Mode", mode), model)


def _asked(mode: Mode, names: str) -> Agent:
    """A model behind an endpoint, or the local one; its turns are recorded."""
    from agent.budget import Budget
    from agent.consult import Model
    from agent.diagnose import diagnose
    from agent.investigators import Around, investigator_of
    from agent.local_weights import BUDGET, LOCAL
    from agent.settings import ModelSettings, read
    from evals.scripted import recorded
    from evals.scripted_json import RecordedCompleter

    around = Around(recorded, RecordedCompleter)
    investigator = investigator_of(names.split(","), read(ModelSettings), _SECONDS_A_REQUEST, around)
    budget = structs.replace(BUDGET, seconds=_SECONDS_LOCAL) if names == LOCAL else Budget()
    model = Model(investigator, mode=mode, budget=budget)
    return lambda run: diagnose(run.incident, run.sources, run.boundary, model)


def _scripted(mode: Mode, name: str) -> Agent:
    from agent.consult import Model
    from agent.diagnose import diagnose

    make = script_named(name.partition(":")[2])

    def agent(run: "RunInput") -> "Diagnosis":
        script = make(zlib.crc32(run.head.id.encode()))
        return diagnose(run.incident, run.sources, run.boundary, Model(scripted(script, name), mode=mode))

    return agent


def script_named(name: str) -> "Callable[[int], Script]":
    """A maker of scripts from a seed.

    Raises:
        InputError: there is none of this name.
    """
    from evals.scripts import SCRIPTS

    if name not in SCRIPTS:
        raise InputError("--agent", None, f"expected a script: {', '.join(SCRIPTS)}, got {name!r}")
    return SCRIPTS[name]


def scripted(script: "Script", name: str = SCRIPTED) -> "Investigator":
    """An investigator on LangChain whose model follows a script; its turns are recorded."""
    from agent.investigate.chain import given
    from agent.investigate.loop import LangChainInvestigator
    from evals.scripted import ScriptedModel, recorded

    return LangChainInvestigator([recorded(given(name, ScriptedModel(script=script)))])


def in_recorded_order(turns: "Sequence[Turn]", name: str) -> "Investigator":
    """An investigator whose model says again what was recorded, natively or in JSON as it did then."""
    from agent.investigators import InTurn
    from agent.json_loop import JsonInvestigator
    from evals.scripted_json import RecordedCompleter, ScriptedCompleter
    from evals.turns import played

    native = [turn for turn in turns if not turn.in_json]
    in_json = [turn for turn in turns if turn.in_json]
    completer = RecordedCompleter(ScriptedCompleter(played(in_json), name))
    several = [scripted(played(native), name)] if native else []
    return InTurn([*several, *([JsonInvestigator(completer)] if in_json or not native else [])], {"failed", "refused"})
