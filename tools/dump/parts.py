"""A text cut into parts, each of one shape, with the command that printed it where a prompt tells."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Literal

from msgspec import Struct

from tools.dump import shapes
from tools.dump.folder import TextFile
from tools.dump.prompts import Command, command_in

Shape = Literal["table", "described", "manifest", "json", "refusal", "log", "text", "date"]

_SILENT = frozenset({"version", "config", "cluster-info", "api-resources", "auth", "rollout"})
_LOOKED_AT = 10
"""How many lines in a transcript's first prompt may stand."""


class Part(Struct, frozen=True):
    """One answer of kubectl, or what may be a log.

    Attributes:
        line: Where it begins in the file, from 1.
        kind: Of a table (`top` for measured use) or a description; empty where the text tells none.
        at: The moment that `date` printed before it.
    """

    shape: Shape
    text: str
    file: str
    line: int
    kind: str = ""
    command: Command | None = None
    at: datetime | None = None


class _Block(Struct):
    """Lines after one prompt."""

    first: int
    lines: list[str]
    command: Command | None = None
    one_log: bool = False


def parts_of(file: TextFile) -> list[Part]:
    """Every part of a file, in order."""
    found: list[Part] = []
    at: datetime | None = None
    for block in _blocks(file.text.split("\n")):
        verb = block.command.verb if block.command else ""
        if verb in _SILENT:
            continue
        if verb == "logs":
            found.append(_log(file, block, at))
            continue
        cutter = _Cutter(file.name, block, at)
        found.extend(cutter.parts())
        at = cutter.at
    return [one for one in found if one.text.strip() or one.command]


def _log(file: TextFile, block: _Block, at: datetime | None) -> Part:
    told = [line for line in block.lines if line.strip()]
    shape: Shape = "refusal" if told and len(told) <= 2 and shapes.is_refusal(told[-1]) else "log"
    return Part(shape, "\n".join(block.lines), file.name, block.first, "", block.command, at)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """The lines after each prompt.

    A program may log what looks like a prompt, so a file that begins as a log is one log, and a log that
    was printed after a prompt is only ended by the same prompt.
    """
    block = _Block(1, [])
    if not _is_transcript(lines):
        yield _Block(1, lines, one_log=True)
        return
    sign, prompt, rest = "", "", iter(enumerate(lines, 1))
    for number, line in rest:
        whole, more = _joined(lines, number - 1)
        found = command_in(whole)
        in_log = block.command is not None and block.command.verb == "logs"
        if found and not (in_log and found[0] != sign):
            yield block
            sign, prompt = found[0], _prompt(line)
            block = _Block(number + 1 + more, [], found[1])
            _skip(rest, more)
        elif prompt and line.startswith(prompt):
            yield block
            block = _Block(number + 1, [])
        else:
            block.lines.append(line)
    yield block


def _is_transcript(lines: list[str]) -> bool:
    """Whether a command, or what one prints, comes before anything that looks like a program's log."""
    told = (line for line in lines if line.strip())
    for line in islice(told, _LOOKED_AT):
        if command_in(line) or _begins(line):
            return True
        if shapes.is_logged(line):
            return False
    return False


def _begins(line: str) -> bool:
    """Whether a line begins something that kubectl prints for people."""
    return (
        shapes.is_header(line)
        or shapes.is_described(line)
        or shapes.is_refusal(line)
        or shapes.begins_yaml(line)
        or shapes.is_event_row(line)
        or shapes.date_in(line) is not None
    )


def _joined(lines: list[str], at: int) -> tuple[str, int]:
    """A command line with those that it goes on in, and how many they are."""
    line, more = lines[at].rstrip(), 0
    while line.endswith(("\\", "`")) and at + more + 1 < len(lines) and more < _LOOKED_AT:
        more += 1
        line = f"{line[:-1]} {lines[at + more].strip()}"
    return line, more


def _skip(lines: Iterator[object], count: int) -> None:
    for _ in range(count):
        next(lines, None)


def _prompt(line: str) -> str:
    """What stands before the command, if it is enough to know another command by."""
    at = min((found for word in ("kubectl", "oc ", "k ") if (found := line.find(word)) >= 0), default=0)
    return line[:at] if line[:at].strip() else ""


class _Cutter:
    """Cuts the lines after one prompt by what they look like."""

    def __init__(self, file: str, block: _Block, at: datetime | None) -> None:
        self.at = at
        self._file, self._block = file, block
        self._lines = block.lines

    def parts(self) -> Iterator[Part]:
        number = 0
        while number < len(self._lines):
            line = self._lines[number]
            told = shapes.date_in(line) if line.strip() else None
            if told:
                self.at = told
                yield Part("date", line, self._file, self._block.first + number, at=told)
            if told or not line.strip() or shapes.is_banner(line):
                number += 1
                continue
            shape, kind, end = self._part_at(number)
            text = "\n".join(self._lines[number:end])
            yield Part(shape, text, self._file, self._block.first + number, kind, self._block.command, self.at)
            number = end

    def _part_at(self, number: int) -> tuple[Shape, str, int]:
        """Shape, kind and end of the part that begins at a line."""
        line = self._lines[number]
        if shapes.is_refusal(line):
            return "refusal", "", number + 1
        if line[0] in "{[" and (end := self._json_end(number)):
            return "json", "", end
        if shapes.begins_yaml(line):
            end = self._end(number, lambda at: not shapes.continues_yaml(self._lines[at]))
            return "manifest", "", end
        if shapes.is_described(line):
            end = self._end(number, self._ends_description)
            return "described", self._kind_described(number, end), end
        return self._rows_at(number)

    def _rows_at(self, number: int) -> tuple[Shape, str, int]:
        line = self._lines[number]
        if shapes.is_header(line):
            end = self._end(number, lambda at: self._ends_table(at) or shapes.is_header(self._lines[at]))
            kind = shapes.kind_tabled("\n".join(self._lines[number:end]))
            return "table", kind or self._only_kind(), end
        if shapes.is_event_row(line):
            return "table", "Event", self._end(number, self._ends_table)
        if self._only_kind() and len(line.split()) > 2:
            return "table", self._only_kind(), self._end(number, self._ends_table)
        return "text", "", self._end_of_text(number)

    def _end(self, number: int, ends: Callable[[int], bool]) -> int:
        return next((at for at in range(number + 1, len(self._lines)) if ends(at)), len(self._lines))

    def _ends_table(self, at: int) -> bool:
        line = self._lines[at]
        return not line.strip() or line.startswith("```") or shapes.is_refusal(line) or shapes.is_described(line)

    def _ends_description(self, at: int) -> bool:
        line = self._lines[at]
        return (_begins(line) and not shapes.is_event_row(line)) or line.startswith("```") or line.rstrip() == "{"

    def _end_of_text(self, number: int) -> int:
        """A log goes on until kubectl surely says something else, after an empty line."""
        if self._block.one_log:
            return len(self._lines)
        logged = shapes.is_logged(self._lines[number])

        def ends(at: int) -> bool:
            line = self._lines[at]
            if not logged:
                return _begins(line)
            return not self._lines[at - 1].strip() and (shapes.is_header(line) or shapes.is_described(line))

        return self._end(number, ends)

    def _only_kind(self) -> str:
        command = self._block.command
        if command is None or command.verb not in {"get", "events"}:
            return ""
        return command.kinds[0] if len(command.kinds) == 1 else ""

    def _kind_described(self, number: int, end: int) -> str:
        command = self._block.command
        if command and command.verb == "describe" and len(command.kinds) == 1:
            return command.kinds[0]
        return shapes.kind_described("\n".join(self._lines[number:end]))

    def _json_end(self, number: int) -> int:
        """The line after the Kubernetes object that begins here; 0 where none does."""
        text = "\n".join(self._lines[number:])
        try:
            found, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return 0
        if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
            return 0
        return number + text.count("\n", 0, end) + 1 if {"items", "metadata"} & found.keys() else 0
