"""Typed reading of a loaded YAML document, part by part, with errors that name line and place."""

from collections.abc import Collection
from dataclasses import dataclass

from tools.errors import InputError
from tools.safe_yaml import Document, Step


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a document and the path to it. Every reader raises `InputError`."""

    document: Document
    value: object
    path: tuple[Step, ...] = ()

    def expected(self, what: str, got: str | None = None) -> InputError:
        """The error to raise: `file:line: expected WHAT in third_party[0].hosts, got 3`."""
        place = f" in {dotted(self.path)}" if self.path else ""
        message = f"expected {what}{place}, got {shown(self.value) if got is None else got}"
        return InputError(self.document.where, self.document.line(*self.path), message)

    def keys(self, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, "Part"]:
        """The parts of a mapping; a key with no value counts as absent."""
        if not isinstance(self.value, dict):
            raise self.expected(f"a mapping of {listed(allowed)}")
        parts: dict[str, Part] = {}
        for key, value in self.value.items():
            if key not in allowed:
                place = Part(self.document, value, (*self.path, _step(key)))
                line = self.document.line(*place.path)
                where = f" in {dotted(self.path)}" if self.path else ""
                message = f"expected one of {listed(allowed)}{where}, got the key {shown(key)}"
                raise InputError(self.document.where, line, message)
            if value is not None:
                parts[key] = Part(self.document, value, (*self.path, key))
        for key in required:
            if key not in parts:
                raise self.expected(f"the key '{key}'", "a mapping without it")
        return parts

    def items(self) -> list["Part"]:
        """The parts of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.expected("a list")
        return [Part(self.document, value, (*self.path, index)) for index, value in enumerate(self.value)]

    def text(self, what: str = "text") -> str:
        """A string that isn't blank, stripped."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.expected(what)
        return self.value.strip()

    def choice(self, allowed: Collection[str]) -> str:
        """A string out of a closed set."""
        if not isinstance(self.value, str) or self.value not in allowed:
            raise self.expected(f"one of {listed(allowed)}")
        return self.value


def shown(value: object) -> str:
    """A value as an error quotes it: short, its kind instead of its content where that is long."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str | int | float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def listed(words: Collection[str]) -> str:
    """Words for an error, sorted."""
    return ", ".join(sorted(words))


def dotted(path: tuple[Step, ...]) -> str:
    """`('third_party', 0, 'hosts')` as `third_party[0].hosts`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _step(key: object) -> Step:
    return key if isinstance(key, str) else repr(key)
