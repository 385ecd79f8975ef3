"""What an endpoint's model really can do, tried with small requests, and how it is best asked."""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from msgspec import Struct

from agent.endpoint import Endpoint, EndpointError, Json, Said, completion_options

Asking = Callable[[str, Sequence[Json], float], Said]
Strategy = Literal["tools", "schema", "text"]
"""How a model asks our tools: by native calls, by JSON that the endpoint holds to a schema, by JSON in free text."""

_COLOUR = {"type": "string", "enum": ["blue", "red"]}
_SCHEMA = {"type": "object", "properties": {"colour": _COLOUR}, "required": ["colour"], "additionalProperties": False}
_TOOL = {"type": "function", "function": {"name": "paint", "description": "Paint a wall.", "parameters": _SCHEMA}}


class Ability(Struct, frozen=True):
    """One thing that was tried; `why` says what happened, in a few words."""

    works: bool
    why: str
    seconds: float = 0.0


class Probe(Struct, frozen=True, kw_only=True):
    """What was found; `models` is empty where the endpoint has no list."""

    model: str
    models: tuple[str, ...]
    tools: Ability
    schema: Ability
    stream: Ability
    usage: Ability

    @property
    def strategy(self) -> Strategy:
        """How it is best asked."""
        return "tools" if self.tools.works else "schema" if self.schema.works else "text"


def probe(endpoint: Endpoint, model: str, seconds: float = 30.0) -> Probe:
    """Try everything with four small requests.

    Raises:
        EndpointError: the endpoint can't be reached, refuses the key, or does not have the model.
    """
    models = _listed(endpoint, seconds)
    used: list[Said] = []

    def asking(ask: Asking, sentence: str) -> Callable[[], Said]:
        def asked() -> Said:
            used.append(ask(model, [{"role": "user", "content": sentence}], seconds))
            return used[-1]

        return asked

    held = partial(endpoint.ask, **completion_options(_SCHEMA))
    tools = _tried(asking(partial(endpoint.ask, tools=[_TOOL]), "Paint the wall blue with the tool."), _calls)
    schema = _tried(asking(held, "Which colour has the sky? Answer in JSON."), _follows)
    stream = _tried(asking(endpoint.stream, "Count from one to five in words."), _came)
    return Probe(model=model, models=models, tools=tools, schema=schema, stream=stream, usage=_usage(used))


def _listed(endpoint: Endpoint, seconds: float) -> tuple[str, ...]:
    """The endpoint's models; many own endpoints have no list, which is no trouble."""
    try:
        return tuple(endpoint.models(seconds))
    except EndpointError as error:
        if error.trouble in {"unknown", "refused"}:
            return ()
        raise


def _tried(ask: Callable[[], Said], judge: Callable[[Said], Ability]) -> Ability:
    """Ask and judge; what no other request would survive is raised."""
    started = time.monotonic()
    try:
        found = judge(ask())
    except EndpointError as error:
        if error.trouble in {"key", "unknown", "unreachable", "busy"}:
            raise
        found = Ability(False, str(error))
    return Ability(found.works, found.why, round(time.monotonic() - started, 2))


def _calls(said: Said) -> Ability:
    if not said.calls:
        return Ability(False, "offered a tool, it answers in text")
    name, arguments = said.calls[0]
    if name != "paint" or not _fits(arguments):
        return Ability(False, "its tool calls do not follow the tool's schema")
    return Ability(True, "native tool calls")


def _follows(said: Said) -> Ability:
    return Ability(True, "follows a JSON schema") if _fits(said.text) else Ability(False, "does not follow the schema")


def _fits(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and list(found) == ["colour"] and found["colour"] in _COLOUR["enum"]


def _came(said: Said) -> Ability:
    if said.pieces > 1:
        return Ability(True, f"in {said.pieces} pieces")
    return Ability(False, "in one piece" if said.text else "nothing came")


def _usage(said: list[Said]) -> Ability:
    if any(one.tokens for one in said):
        return Ability(True, "usage figures are reported")
    return Ability(False, "no usage figures: tokens are counted as a fourth of the signs")
