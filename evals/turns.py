"""A model's turns, without any library: what a script says, a recorder keeps and a loopback endpoint sends."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeAlias

from msgspec import Struct

_KEPT: "ContextVar[list[Turn] | None]" = ContextVar("kept_turns", default=None)


class Call(Struct, frozen=True):
    """A tool call; arguments that are a text are sent as they are, malformed or not."""

    name: str
    arguments: dict[str, Any] | str = {}


class Turn(Struct, frozen=True, omit_defaults=True):
    """One answer of a model.

    Attributes:
        tokens_in, tokens_out: As the endpoint reported them; None where it reported nothing.
        error: Why there was no answer.
        in_json: Calls were asked for as JSON text, for want of native ones.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    tokens_in: int | None = None
    tokens_out: int | None = None
    error: str = ""
    in_json: bool = False


class Message(Struct, frozen=True):
    """What a model gets to read; `role` is system, user, assistant or tool."""

    role: str
    text: str


class Asked(Struct, frozen=True):
    """One request to a model.

    Attributes:
        tools: JSON Schemas of the offered tools' arguments by the tools' names.
        schema: The JSON Schema that the answer has to follow; None for free text.
    """

    messages: tuple[Message, ...]
    tools: Mapping[str, Mapping[str, Any]] = {}
    schema: Mapping[str, Any] | None = None

    @property
    def offered(self) -> Mapping[str, Mapping[str, Any]]:
        """The tools that may be called: natively, or else in JSON, as the schema has them."""
        calls = [one.get("properties", {}) for one in (self.schema or {}).get("anyOf", ())]
        in_json = {one["tool"]["enum"][0]: one["arguments"] for one in calls if {"tool", "arguments"} <= one.keys()}
        return self.tools or in_json

    @property
    def round(self) -> int:
        """How many turns the model has had already."""
        return sum(one.role == "assistant" for one in self.messages)

    @property
    def text(self) -> str:
        """Everything that the model sees, in its order."""
        return "\n".join(one.text for one in self.messages)


Script: TypeAlias = Callable[[Asked], Turn]


class ScriptError(RuntimeError):
    """A scripted model that breaks down on order, as an endpoint does that answers with an error."""


def in_order(turns: Sequence[Turn]) -> Script:
    """The turns one after the other; the last one again and again.

    A conversation is known by its length, so one script serves any number of conversations at the same time.
    """
    if not turns:
        raise ValueError("a script needs a turn")
    return lambda asked: turns[min(asked.round, len(turns) - 1)]


def played(turns: Sequence[Turn]) -> Script:
    """A recording, once: turn after turn in one conversation. Only a last error stands: after others was asked on."""
    left = iter([turn for place, turn in enumerate(turns, 1) if not turn.error or place == len(turns)])

    def script(_: Asked) -> Turn:
        turn = next(left, Turn(error="the recording is over"))
        if turn.error:
            raise ScriptError(turn.error)
        return turn

    return script


@contextmanager
def kept_turns() -> Iterator[list[Turn]]:
    """The turns of every recorded model that is asked inside, in the order in which they came."""
    turns: list[Turn] = []
    token = _KEPT.set(turns)
    try:
        yield turns
    finally:
        _KEPT.reset(token)


def keep(turn: Turn) -> None:
    """Record a turn, where somebody records."""
    turns = _KEPT.get()
    if turns is not None:
        turns.append(turn)


def tokens_of(text: str) -> int:
    """Tokens of a text, by the o200k vocabulary where `bpe-openai` is installed; else a token is four signs."""
    encoding = _encoding()
    return len(encoding.encode_ordinary(text)) if encoding else -(-len(text) // 4)


@cache
def _encoding() -> Any:  # noqa: ANN401 - a library without types
    try:
        from bpe_openai import get_encoding
    except ImportError:
        return None
    return get_encoding("o200k_base")


def as_json(turn: Turn) -> str:
    """A turn where tools can't be called natively: the first call as an object with `tool` and `arguments`."""
    if not turn.calls:
        return turn.text
    call = turn.calls[0]
    return f'{{"tool": {json.dumps(call.name)}, "arguments": {written(call)}}}'


def used(turn: Turn, asked: Asked) -> tuple[int, int]:
    """Tokens in and out: what the turn says itself, else a count of the texts, the tools and the schema."""
    offered = [asked.text, *(json.dumps(one) for one in asked.tools.items())]
    schema = json.dumps(asked.schema) if asked.schema else ""
    sent = turn.tokens_in if turn.tokens_in is not None else tokens_of("\n".join([*offered, schema]))
    said = turn.tokens_out if turn.tokens_out is not None else tokens_of(turn.text + "".join(map(_told, turn.calls)))
    return sent, said


def written(call: Call) -> str:
    """A call's arguments as JSON text, or as the text that they are."""
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)


def _told(call: Call) -> str:
    return f"{call.name} {written(call)}"
