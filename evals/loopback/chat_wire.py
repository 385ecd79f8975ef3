"""OpenAI's chat completions on the wire: a request becomes what a script is asked, its turn becomes the answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from evals.turns import Asked, Call, Message, Turn, as_json, used, written

Json = dict[str, Any]
_CREATED = 1_700_000_000


class Wanted(Struct, frozen=True):
    """A chat request, read.

    Attributes:
        stream, usage: Whether the answer comes in pieces, and whether these end with the usage.
    """

    model: str
    asked: Asked
    stream: bool = False
    usage: bool = False


def wanted(body: bytes) -> Wanted:
    """Read a request.

    Raises:
        ValueError: it is no JSON, or lacks what a chat request needs.
    """
    try:
        sent: Json = json.loads(body)
        messages = tuple(Message(one["role"], _text(one)) for one in sent["messages"])
        tools = {one["function"]["name"]: one["function"].get("parameters", {}) for one in sent.get("tools") or ()}
        form = sent.get("response_format") or {}
        schema = form["json_schema"]["schema"] if form.get("type") == "json_schema" else None
        options = sent.get("stream_options") or {}
        asked = Asked(messages, tools, schema)
        return Wanted(sent["model"], asked, bool(sent.get("stream")), bool(options.get("include_usage")))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no chat request: {error}") from None


def whole(turn: Turn, request: Wanted, number: int, *, usage: bool) -> bytes:
    """The answer in one piece."""
    turn = _shaped(turn, request)
    message: Json = {"role": "assistant", "content": turn.text or None}
    if turn.calls:
        message["tool_calls"] = _calls(turn.calls, number)
    choice = {"index": 0, "message": message, "finish_reason": _why(turn), "logprobs": None}
    answer = _head(request, number, "chat.completion") | {"choices": [choice]}
    if usage:
        answer["usage"] = _usage(turn, request)
    return json.dumps(answer, ensure_ascii=False).encode()


def streamed(turn: Turn, request: Wanted, number: int, *, usage: bool) -> bytes:
    """The answer as server-sent events."""
    head = _head(request, number, "chat.completion.chunk")
    events = [head | {"choices": [_piece(delta)]} for delta in _deltas(_shaped(turn, request), number)]
    events.append(head | {"choices": [_piece({}, _why(turn))]})
    if usage and request.usage:
        events.append(head | {"choices": [], "usage": _usage(turn, request)})
    lines = [json.dumps(one, ensure_ascii=False) for one in events]
    return "".join(f"data: {one}\n\n" for one in [*lines, "[DONE]"]).encode()


def _shaped(turn: Turn, request: Wanted) -> Turn:
    """A turn of calls as JSON text where no tools were offered."""
    if not turn.calls or request.asked.tools:
        return turn
    return Turn(as_json(turn), tokens_in=turn.tokens_in, tokens_out=turn.tokens_out)


def _text(message: Mapping[str, Any]) -> str:
    """A message's text; of an assistant's turn with calls, these as well."""
    content = message.get("content") or ""
    text = content if isinstance(content, str) else "".join(one.get("text", "") for one in content)
    calls = [one["function"] for one in message.get("tool_calls") or ()]
    return "\n".join([text, *(f"{one['name']} {one['arguments']}" for one in calls)]).strip()


def _head(request: Wanted, number: int, kind: str) -> Json:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": _CREATED, "model": request.model}


def _why(turn: Turn) -> str:
    return "tool_calls" if turn.calls else "stop"


def _calls(calls: tuple[Call, ...], number: int) -> list[Json]:
    return [
        {"id": f"call_{number}_{place}", "type": "function", "function": {"name": one.name, "arguments": written(one)}}
        for place, one in enumerate(calls)
    ]


def _piece(delta: Json, why: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": why, "logprobs": None}


def _deltas(turn: Turn, number: int) -> Iterator[Json]:
    yield {"role": "assistant", "content": ""}
    for start in range(0, len(turn.text), 12):
        yield {"content": turn.text[start : start + 12]}
    for place, call in enumerate(_calls(turn.calls, number)):
        function = call["function"]
        yield {"tool_calls": [call | {"index": place, "function": {"name": function["name"], "arguments": ""}}]}
        for start in range(0, len(function["arguments"]), 24):
            piece = {"arguments": function["arguments"][start : start + 24]}
            yield {"tool_calls": [{"index": place, "function": piece}]}


def _usage(turn: Turn, request: Wanted) -> Json:
    sent, said = used(turn, request.asked)
    return {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}
