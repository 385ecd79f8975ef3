"""The answer for programs: the public JSON form of a diagnosis, and its schema."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime

from agent.diagnosis import Diagnosis

SCHEMA_ID = "urn:faultside:diagnosis:1"
_PLACES = 4


def json_form(diagnosis: Diagnosis) -> dict[str, object]:
    """Plain values: times RFC 3339 in UTC with `Z`, confidences to four places, keys of free values sorted."""
    return {key: _value(key, value) for key, value in diagnosis.model_dump(mode="python").items()}


def json_text(diagnosis: Diagnosis) -> str:
    """The form as text; ASCII only, so that no terminal, pipe or locale changes or obeys it."""
    return json.dumps(json_form(diagnosis), indent=2, allow_nan=False) + "\n"


def schema() -> dict[str, object]:
    """The JSON Schema of the form. Every key is always present, so every one is required."""
    described = Diagnosis.model_json_schema(mode="serialization")
    parts = [described, *described.get("$defs", {}).values()]
    for part in parts:
        if "properties" in part:
            part["required"] = list(part["properties"])
            for one in part["properties"].values():
                one.pop("default", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **described}


def schema_text() -> str:
    """The schema as it is published in `docs/diagnosis.schema.json`."""
    return json.dumps(schema(), indent=2) + "\n"


def _value(key: str, value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return _number(key, value)
    if isinstance(value, Mapping):
        return _mapping(key, value)
    if isinstance(value, list | tuple):
        return [_value(key, one) for one in value]
    return value


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; fractions of a second only where there are some."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _mapping(key: str, value: Mapping[object, object]) -> dict[str, object]:
    """A record of ours keeps its order, a free value's keys are sorted."""
    keys = sorted(value, key=str) if key == "value" else list(value)
    # Below a free value, no key means anything to us.
    return {str(one): _value("value" if key == "value" else str(one), value[one]) for one in keys}


def _number(key: str, value: float) -> float | None:
    """JSON has no infinities; measured values keep their places."""
    if not math.isfinite(value):
        return None
    return round(value, _PLACES) if key in {"confidence", "seconds", "cost"} else value
