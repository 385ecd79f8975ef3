"""JSON Schemas as a model needs them: without what only costs tokens."""

from collections.abc import Mapping


def lean(schema: Mapping[str, object]) -> dict[str, object]:
    """The schema without titles and without defaults that say "nothing"."""
    kept = {key: value for key, value in schema.items() if key != "title" and not (key == "default" and not value)}
    return {key: _leaner(key, value) for key, value in kept.items()}


def _leaner(key: str, value: object) -> object:
    if key in {"properties", "$defs"} and isinstance(value, dict):
        return {name: lean(inner) for name, inner in value.items()}
    if isinstance(value, dict):
        return lean(value)
    if isinstance(value, list):
        return [lean(one) if isinstance(one, dict) else one for one in value]
    return value
