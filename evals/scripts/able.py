"""A model without judgement that does what it is asked for in form: calls the first tool, follows a schema, talks."""

import json
from collections.abc import Mapping
from typing import Any

from evals.turns import Asked, Call, Script, Turn


def able(_: int) -> Script:
    """Calls with the least that the schema allows; what a checkup of an endpoint wants to see."""

    def script(asked: Asked) -> Turn:
        if asked.tools:
            name, schema = next(iter(asked.tools.items()))
            return Turn(calls=(Call(name, least(schema)),))
        if asked.schema is not None:
            return Turn(json.dumps(least(asked.schema)))
        return Turn("one, two, three, four, five")

    return script


def least(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest object of a schema: its required properties."""
    properties = schema.get("properties", {})
    return {name: _value(properties.get(name, {})) for name in schema.get("required", ())}


def _value(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    if "enum" in schema:
        return schema["enum"][0]
    plain: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "array": [], "null": None}
    return least(schema) if schema.get("type") == "object" else plain.get(schema.get("type", ""), "")
