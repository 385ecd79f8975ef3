"""Markdown that evidence can't break out of: spans and fences longer than any run of backticks within."""

import re
from collections.abc import Iterable, Sequence

from tools.plain_text import plain, plain_lines

_MOST = 600
_SIGNS = re.compile(r"([\\`*_\[\]<|~&$])")
_RUNS = re.compile(r"`+")
_OPENERS = re.compile(r"^(\d{0,9})([-+>#=.)])")  # what makes a list, a quote or a heading at a line's start
_BARS = re.compile(r"(\\*)\|")
# Renderers make links of bare addresses, mentions of @names and references of #1; a span is left alone.
_LINKING = re.compile(r"://|www\.|@|#\d", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:_\-]+(/[A-Za-z0-9._~%\-/?=&#+,]*)?")


def prose(text: str) -> str:
    """One line of text without any markup in force; words that would become links are put in spans."""
    words = (span(word) if _LINKING.search(word) else _SIGNS.sub(r"\\\1", word) for word in plain(text, _MOST).split())
    return _OPENERS.sub(r"\1\\\2", " ".join(words))


def span(text: str, most: int = _MOST) -> str:
    """An inline code span; an empty text gives nothing."""
    inner = plain(text, most)
    if not inner:
        return ""
    fence = "`" * (_longest_run(inner) + 1)
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def fenced(text: str, language: str = "", width: int = 400, lines: int = 20) -> str:
    """A fenced block of at most `lines` lines."""
    shown = plain_lines(text, width, lines)
    fence = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return "\n".join((fence + language, *shown, fence))


def link(address: str) -> str:
    """A link when it is plainly one to a web page, else a span."""
    return f"<{address}>" if _ADDRESS.fullmatch(address) and len(address) <= _MOST else span(address)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; a bar inside a cell can't end it."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_BARS.sub(_kept_bar, cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _kept_bar(match: re.Match[str]) -> str:
    """An odd number of backslashes before a bar keeps it within its cell for every renderer, in spans too."""
    before = match[1]
    return f"{before}\\|" if len(before) % 2 == 0 else f"{before}|"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUNS.findall(text)), default=0)
