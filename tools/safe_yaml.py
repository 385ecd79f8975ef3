"""YAML from people, read without surprises: plain values only, bounded, every error with its line.

Built from parser events rather than nodes, because composing nodes recurses in C and an alias
bomb is cheap to compose and ruinous to walk.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Never, TypeAlias

import yaml

from tools.errors import InputError

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 60
MAX_NODES = 200_000
"""Values in one document, each alias counted as often as it is used."""

Step: TypeAlias = str | int
_Loader: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR = "tag:yaml.org,2002:str"
_AS_TEXT = frozenset({_STR, "tag:yaml.org,2002:value"})
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded document and where its parts stand.

    Attributes:
        value: Mappings, lists, text, numbers, booleans, None, and dates or datetimes (a naive
            datetime had no offset in the file). Aliased parts are the same object.
        where: The name that errors show.
        lines: From a path of keys and indices to a line, counted from 1.
    """

    value: object
    where: str
    lines: Mapping[tuple[Step, ...], int] = field(default_factory=dict)

    def line(self, *path: Step) -> int | None:
        """Line of a part, or of the nearest enclosing part whose line is known."""
        for end in range(len(path), -1, -1):
            if (found := self.lines.get(path[:end])) is not None:
                return found
        return None


def load_document(source: Path | str, where: str | None = None) -> Document:
    """Load one YAML document from a file (Path) or from text (str).

    Raises:
        InputError: The file can't be read, is too large, is not UTF-8 text, is not one plain YAML
            document, repeats a key, or nests or expands beyond the bounds of this module.
    """
    name = where or (source.name if isinstance(source, Path) else "text")
    text = _read(source, name) if isinstance(source, Path) else source
    if len(text) > MAX_BYTES:
        raise InputError(name, None, f"expected at most {MAX_BYTES} bytes of YAML, got more")
    try:
        return _Builder(text, name).document()
    except UnicodeEncodeError as error:
        half = text.count("\n", 0, error.start) + 1
        raise InputError(name, half, "expected text, got half of a surrogate pair") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else min(mark.line + 1, text.count("\n") + 1)
        message = f"expected valid YAML, got a mistake: {error.problem or error.context}"
        raise InputError(name, line, message) from error
    except yaml.reader.ReaderError as error:
        at = text.encode()[: error.position].count(b"\n") + 1
        raise InputError(name, at, f"expected plain text, got binary: {error.reason}") from error


def load_yaml(source: Path | str, where: str | None = None) -> object:
    """`load_document` for callers that need no line numbers of their own."""
    return load_document(source, where).value


def _read(path: Path, name: str) -> str:
    try:
        if path.exists() and not path.is_file():
            raise InputError(name, None, "expected a file, got something else (a directory?)")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "an unknown failure"
        raise InputError(name, None, f"expected a readable file, got: {reason}") from error
    except ValueError as error:  # a path with a null character
        raise InputError(name, None, f"expected a file name, got: {error}") from error
    if len(raw) > MAX_BYTES:
        raise InputError(name, None, f"expected at most {MAX_BYTES} bytes of YAML, got more")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(name, line, "expected UTF-8 text, got other bytes") from error


class _Builder:
    """Turns one stream of events into plain values."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.loader = _Loader(text)
        self.lines: dict[tuple[Step, ...], int] = {}
        self.nodes = 0
        self.anchors: dict[str, tuple[object, int] | None] = {}
        """Anchor to its value and size; None while it is still being built."""

    def document(self) -> Document:
        try:
            self._next()
            if self.loader.check_event(yaml.StreamEndEvent):
                return Document(None, self.where, {(): 1})
            self._next()
            value = self._value(self._next(), ())
            self._next()
            if not self.loader.check_event(yaml.StreamEndEvent):
                self._refuse(self._next(), "expected one YAML document, got a second one")
            return Document(value, self.where, self.lines)
        finally:
            self.loader.dispose()

    def _next(self) -> yaml.Event:
        event = self.loader.get_event()
        assert event is not None, "the parser ends every stream that it starts"  # noqa: S101
        return event

    def _refuse(self, event: yaml.Event, message: str) -> Never:
        raise InputError(self.where, _line(event), message)

    def _value(self, event: yaml.Event, path: tuple[Step, ...]) -> object:
        self.lines.setdefault(path, _line(event))
        before = self.nodes
        self._spend(event, 1)
        if len(path) > MAX_DEPTH:
            self._refuse(event, f"expected at most {MAX_DEPTH} levels, got more")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        anchor: str | None = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = None
        value = self._built(event, path)
        if anchor is not None:
            self.anchors[anchor] = (value, self.nodes - before)
        return value

    def _built(self, event: yaml.Event, path: tuple[Step, ...]) -> object:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        tag: str | None = getattr(event, "tag", None)
        if tag not in {None, "!"}:
            self._refuse(event, f"expected plain YAML values, got the tag {tag!r}")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        items: list[object] = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            items.append(self._value(self._next(), (*path, len(items))))
        self._next()
        return items

    def _spend(self, event: yaml.Event, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self._refuse(event, f"expected at most {MAX_NODES} values, got more (aliases count)")

    def _alias(self, event: yaml.AliasEvent) -> object:
        if event.anchor not in self.anchors:
            self._refuse(event, f"expected a known anchor, got the alias '*{event.anchor}'")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            self._refuse(event, f"expected a finite value, got '*{event.anchor}' inside itself")
        value, size = anchored
        self._spend(event, size)
        return value

    def _mapping(self, path: tuple[Step, ...]) -> dict[Hashable, object]:
        mapping: dict[Hashable, object] = {}
        while not self.loader.check_event(yaml.MappingEndEvent):
            event = self._next()
            key = self._key(event)
            if key in mapping:
                first = self.lines.get((*path, _step(key)))
                self._refuse(event, f"expected each key once, got {key!r} again (line {first})")
            self.lines[(*path, _step(key))] = _line(event)
            mapping[key] = self._value(self._next(), (*path, _step(key)))
        self._next()
        return mapping

    def _key(self, event: yaml.Event) -> Hashable:
        self._spend(event, 1)
        if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None:
            self._refuse(event, "expected a plain key, got a list, a mapping, an anchor or an alias")
        key = self._scalar(event)
        assert isinstance(key, Hashable), "every scalar is"  # noqa: S101
        return key

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        if event.tag not in {None, "!", _STR}:
            self._refuse(event, f"expected plain YAML values, got the tag {event.tag!r}")
        tag = event.tag
        if tag != _STR:
            tag = self.loader.resolve(  # type: ignore[no-untyped-call]
                yaml.ScalarNode, event.value, event.implicit
            )
        if tag == _MERGE:
            self._refuse(event, "expected a plain key, got the merge key '<<'")
        if tag in _AS_TEXT:
            return event.value
        node = yaml.ScalarNode(tag, event.value)
        try:
            return self.loader.construct_object(node)
        except (ValueError, OverflowError):
            self._refuse(event, f"expected a number or a time, got {event.value[:60]!r}")


def _step(key: Hashable) -> Step:
    return key if isinstance(key, str) else repr(key)


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1
