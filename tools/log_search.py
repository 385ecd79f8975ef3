"""Searches of log text that skip quickly to where a match can begin."""

import re
import sys
from collections.abc import Iterable
from typing import AnyStr


class Anchored:
    """A pattern that is tried only where one of its beginnings stands.

    The engine tries a pattern that begins with a word boundary, or that ignores case, at each character.
    Its beginnings, in lower case and each led by a literal, are found many times quicker.
    """

    def __init__(self, beginnings: str, pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> None:
        self.pattern = re.compile(pattern, flags)
        self.beginnings = re.compile(beginnings)

    def search(self, text: str, low: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """What `pattern.search(text, start, end)` finds; `low` is `text.lower()`."""
        if not text.isascii():  # lower case may have another length
            return self.pattern.search(text, start, end)
        begins, matches = self.beginnings.search, self.pattern.match
        beginning = begins(low, start, end)
        while beginning is not None:
            at = beginning.start()
            found = matches(text, at, end)
            if found is not None:
                return found
            beginning = begins(low, at + 1, end)
        return None


def alternatives(words: Iterable[str]) -> str:
    """The text of a pattern for any of many words, grouped by their first letter: many times as quick as one by one."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[:1], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items())


def one_of(words: Iterable[bytes]) -> re.Pattern[bytes]:
    """A pattern of bytes for many words: twenty times as quick as a look for each of them."""
    return re.compile(alternatives(word.decode("latin-1") for word in words).encode("latin-1"))


def has_any(text: AnyStr, words: Iterable[AnyStr]) -> bool:
    """Whether one of the words stands in the text; a plain loop, since a generator takes twice the time."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False
