"""Text that others wrote, made harmless for a terminal and a page.

No escapes, no invisible or reordering signs, no secrets.
"""

import re
import unicodedata
from collections.abc import Iterator

from tools.redact import redacted

# Strings end with BEL or ST; an unended one takes nothing but its own letters away, so that it can't hide what follows.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences: colours, cursor, screen
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x9c|\x1b\\)"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"  # the short ones
)
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_MOST_MARKS = 3
_READ_AHEAD = 4096


def plain(text: str, most: int) -> str:
    """One printable line of at most `most` characters, cut with an ellipsis; runs of white space become one space."""
    words = redacted(" ".join(_visible(_shortened(text, most)).split()))
    return words if len(words) <= most else words[: max(0, most - 1)].rstrip() + "…"


def plain_lines(text: str, most: int, lines: int) -> list[str]:
    """The first `lines` lines, indentation kept, each at most `most` characters; one more tells what was left out."""
    found = text.splitlines()
    kept = [_one_line(line, most) for line in found[:lines]]
    if len(found) > lines:
        kept.append(f"… {len(found) - lines} more lines")
    return kept


def columns(text: str) -> int:
    """How many terminal columns a printable line takes: emoji and East Asian signs two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _one_line(line: str, most: int) -> str:
    shown = redacted(_visible(_shortened(line, most)).replace("\t", "    ").rstrip())
    return shown if len(shown) <= most else shown[: max(0, most - 1)] + "…"


def _shortened(text: str, most: int) -> str:
    """What could matter for `most` characters of output, so that a line of megabytes costs no time."""
    return text[: most * 8 + _READ_AHEAD]


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(_ESCAPES.sub("", text)))


def _shown(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        if " " <= char <= "~":  # most of any text, and never anything but itself
            marks = 0
            yield char
            continue
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if char in "\t\n" or category in {"Zl", "Zp"} or char == "\r":
            yield "\t" if char == "\t" else " "
        elif category in {"Cs", "Co", "Cn"}:
            yield "\N{REPLACEMENT CHARACTER}"
        elif category not in {"Cc", "Cf"} and marks <= _MOST_MARKS and not _selects(char):
            yield char


def _selects(char: str) -> bool:
    """Variation selectors show nothing, and can carry hidden bytes."""
    return any(ord(char) in span for span in _SELECTORS)
