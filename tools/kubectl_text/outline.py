"""The outline that `kubectl describe` prints: keys, values and what is indented below them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.kubectl_text.shape import said

_KEYED = re.compile(r"(?P<key>\S[^:]*?):(?:\s+(?P<value>.*))?$")
_TOP = re.compile(r"[A-Z][\w /()-]*:(?:\s|$)")
_EMPTY_TOP = re.compile(r"(?:Data|BinaryData|Resource Quotas?|Resource Limits|No [A-Za-z ]+\.)$")


@dataclass(slots=True)
class Entry:
    """One line with what lies below it.

    Attributes:
        key, value: The line split at its first colon; `key` is empty where the line has none.
        text: The whole line, stripped.
    """

    key: str
    value: str
    text: str
    indent: int
    below: list["Entry"] = field(default_factory=list)

    def find(self, key: str) -> "Entry | None":
        """The first entry below called `key`."""
        return next((one for one in self.below if one.key == key), None)

    def each(self, key: str) -> Iterator["Entry"]:
        """Every entry below called `key`."""
        return (one for one in self.below if one.key == key)

    def said(self, key: str) -> str:
        """The value of the first entry below called `key`; empty where nothing is printed."""
        one = self.find(key)
        return said(one.value) if one else ""

    def lines(self, key: str) -> list[str]:
        """The value of `key` and the lines that continue it."""
        one = self.find(key)
        if one is None:
            return []
        return [text for text in (said(one.value), *(below.text for below in one.below)) if text]

    def entries(self, key: str) -> list["Entry"]:
        """What lies below the first entry called `key`."""
        one = self.find(key)
        return one.below if one else []


def outline(text: str) -> Entry:
    """Read an outline; a line at the margin that is no key continues what came before it."""
    root = Entry("", "", "", -1)
    stack = [root]
    for line in text.splitlines():
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip(" "))
        entry = _entry(line.strip(), indent)
        if indent == 0 and len(stack) > 1 and not (_TOP.match(line) or _EMPTY_TOP.match(line.rstrip())):
            stack[-1].below.append(entry)
            continue
        while stack[-1].indent >= indent:
            stack.pop()
        stack[-1].below.append(entry)
        stack.append(entry)
    return root


def _entry(text: str, indent: int) -> Entry:
    found = _KEYED.match(text)
    if found is None:
        return Entry("", "", text, indent)
    return Entry(found["key"].strip(), (found["value"] or "").strip(), text, indent)


def sections(text: str) -> list[str]:
    """Several objects that were described at once: each begins with `Name:` at the margin."""
    starts = [found.start() for found in re.finditer(r"^Name:\s", text, re.MULTILINE)]
    if not starts:
        return []
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
