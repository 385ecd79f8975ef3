"""Tool calls as JSON text: the schema that an answer has to follow, and how an answer is read."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from agent.conclusion import Conclusion
from tools.questions import Question

Json = dict[str, Any]
CONCLUSION = Conclusion.__name__
_LEFT = {"$defs", "title", "default"}


def turn_schema(questions: Mapping[str, Question]) -> Json:
    """One call of a tool, or the conclusion."""
    calls = [_call(name, question.arguments) for name, question in questions.items()]
    return {"anyOf": [*calls, conclusion_schema()]}


def conclusion_schema() -> Json:
    """The conclusion alone."""
    return _call(CONCLUSION, Conclusion)


def told(questions: Mapping[str, Question]) -> str:
    """The tools and the conclusion in words, a line each."""
    rows: list[tuple[str, str, type[BaseModel]]] = [
        *((name, one.description, one.arguments) for name, one in questions.items()),
        (CONCLUSION, Conclusion.__doc__ or "", Conclusion),
    ]
    return "\n".join(f"- {name}{_arguments(kind)}: {' '.join(says.split())}" for name, says, kind in rows)


def read_turn(text: str) -> tuple[str, Json]:
    """The tool and its arguments, from the first JSON object in a text; words and fences around it do not matter.

    Raises:
        ValueError: there is none, or it is no call; the message tells the model what was expected.
    """
    expected = 'expected one JSON object {"tool": NAME, "arguments": {...}}'
    start = text.find("{")
    if start < 0:
        raise ValueError(f"{expected}, got no JSON")
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except json.JSONDecodeError as error:
        raise ValueError(f"{expected}; the JSON is malformed: {error.msg}") from None
    except RecursionError:
        raise ValueError(f"{expected}; the JSON is too deep") from None
    # Some models have learnt to say "name" where ours are asked for "tool".
    name, arguments = found.get("tool", found.get("name")), found.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise ValueError(expected)  # noqa: TRY004 - the model's mistake, whatever its kind
    return name, arguments


def _call(name: str, arguments: type[BaseModel]) -> Json:
    properties = {"tool": {"enum": [name]}, "arguments": _inlined(arguments.model_json_schema())}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _inlined(schema: Json) -> Json:
    """A schema without references, titles and defaults: inside of another schema not every endpoint follows them."""
    shared = schema.get("$defs", {})

    def plain(value: object) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, list):
            return [plain(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return plain(shared[value["$ref"].rpartition("/")[2]])
        return {
            key: fields(one) if key == "properties" else plain(one) for key, one in value.items() if key not in _LEFT
        }

    def fields(several: Json) -> Json:
        return {name: plain(one) for name, one in several.items()}

    return {**plain(schema), "additionalProperties": False}


def _arguments(kind: type[BaseModel]) -> str:
    """Names and types as a signature; optional ones carry a question mark."""
    schema = _inlined(kind.model_json_schema())
    needed = schema.get("required", ())
    fields = [f"{name}{'' if name in needed else '?'}: {_type(one)}" for name, one in schema["properties"].items()]
    return f"({', '.join(fields)})"


def _type(schema: Json) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if "properties" in schema:
        return "{" + ", ".join(f"{name}: {_type(one)}" for name, one in schema["properties"].items()) + "}"
    kind = schema.get("type") or " | ".join(_type(one) for one in schema.get("anyOf", ()))
    said = schema.get("description")
    return f"{kind} ({said})" if said else str(kind)
