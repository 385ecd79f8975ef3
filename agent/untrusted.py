"""The one place where text of a system becomes text for a model: fenced, labelled as data, harmless, cut, redacted."""

import re

from tools.plain_text import plain, plain_lines

MOST_LINES = 40
LONGEST_LINE = 400
OPEN, CLOSE = "<data", "</data>"

_FENCE = re.compile(r"[<\uff1c\u2039\u276e\u3008]\s*/?\s*(?=data\b)", re.IGNORECASE)
_ROLE = re.compile(r"<\|[^|>\n]{0,40}\|>|\[/?INST\]|<</?SYS>>", re.IGNORECASE)


def fenced(label: str, text: str, note: str = "") -> str:
    """Text of a system as data: what looks like the fence or a chat template's mark in it is broken."""
    lines = [_defused(line) for line in plain_lines(text, LONGEST_LINE, MOST_LINES)]
    name = readable(label, 200).replace('"', "'")
    told = f' note="{readable(note, 120)}"' if note else ""
    return "\n".join([f'{OPEN} id="{name}"{told}>', *lines, CLOSE])


def readable(text: str, most: int) -> str:
    """One line of a system's text, for use in a sentence or a list."""
    return _defused(plain(text, most))


def _defused(line: str) -> str:
    """A fence gets a sign into it that no fence has; marks of chat templates go."""
    return _ROLE.sub("", _FENCE.sub("(", line))
