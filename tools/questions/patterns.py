"""What to look for in log lines: plain text, or a pattern that no line can make slow.

A pattern is a regular expression without what makes matching run away: no lookarounds, no back references, no repeated
groups, few choices. `.*` outside of groups cuts it into pieces that are looked for one after the other; in a piece,
repetitions and alternatives are bounded together, so a line costs time by its length and no more.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from tools.errors import ToolError

Matcher = Callable[[str], int]
"""Where in a line what is looked for begins; -1 where it is not in it."""

_MOST_REPEATED = 40
_MOST_WAYS = 4_096
"""Ways in which one piece could match at one place."""
_MOST_LINE = 2_000
_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|(?P<gap>\.[*+]\??)|(?P<count>[*+]\??|\{\d+(?:,\d*)?\})|.", re.DOTALL
)
_IN_A_SET = re.compile(r"\\.|[\[&~|]|-(?=-)")
_ESCAPES = frozenset("dDwWsSbBt")
_HOW = "write words as they stand in the line, or alternatives such as refused|timeout, with .* for a gap"


def literal(text: str) -> Matcher:
    """Looks for a text, whatever its case."""
    sought = text.lower()
    return lambda line: line.lower().find(sought)


def matcher(pattern: str) -> Matcher:
    """Looks for a pattern, whatever the case.

    Raises:
        ToolError: it is malformed or one that could run away.
    """
    alternatives = [[_compiled(piece.text) for piece in pieces] for pieces in _pieces(pattern.removeprefix("(?i)"))]
    return lambda line: max(_follow(pieces, line[:_MOST_LINE]) for pieces in alternatives)


def _follow(pieces: list[re.Pattern[str]], line: str) -> int:
    """Where the pieces begin that are found one after the other; -1 where they are not."""
    start, at = -1, 0
    for piece in pieces:
        found = piece.search(line, at)
        if found is None:
            return -1
        start, at = found.start() if start < 0 else start, found.end()
    return start


def _compiled(piece: str) -> re.Pattern[str]:
    try:
        return re.compile(piece, re.IGNORECASE)
    except (re.error, OverflowError) as error:
        raise ToolError(f"pattern: {error}; {_HOW}") from None


class _Piece(Struct):
    """A part of a pattern without a gap; `ways` is how many it could match in at one place."""

    text: str = ""
    ways: int = 1
    depth: int = 0

    def add(self, part: str, counts: bool) -> None:
        """Append a part.

        Raises:
            ToolError: it could make matching run away.
        """
        if counts and self.text.endswith(")") and not self.text.endswith(r"\)"):
            raise ToolError(f"pattern: a repeated group is not supported; {_HOW}")
        self.depth += part.startswith("(") - (part == ")")
        if counts:
            least, most = _span(part)
            self.text += f"{{{least},{most}}}?"
            self.ways *= most - least + 1
        else:
            self.text += _safe_set(part) if len(part) > 1 and part[0] == "[" else "(?:" if part == "(" else part
            self.ways *= 2 if part in {"?", "|"} else 1
        if self.ways > _MOST_WAYS:
            raise ToolError(f"pattern: too many repetitions or choices between two gaps; {_HOW}")


def _pieces(pattern: str) -> list[list[_Piece]]:
    """The alternatives, each in pieces between its gaps."""
    found = [[_Piece()]]
    for match in _TOKEN.finditer(pattern):
        part, piece = match[0], found[-1][-1]
        if part in {"(?", "["} or (part[0] == "\\" and part[1:].isalnum() and part[1:] not in _ESCAPES):
            raise ToolError(f"pattern: {part} is not supported; {_HOW}")
        if part == "|" and not piece.depth:
            found.append([_Piece()])
        elif match["gap"] and not piece.depth:
            found[-1].append(_Piece())
        elif match["gap"]:
            piece.add(".", counts=False)
            piece.add(part[1], counts=True)
        else:
            piece.add(part, counts=match["count"] is not None)
    return found


def _safe_set(part: str) -> str:
    """A set of characters without the spellings that later versions of Python read as operations on sets."""
    return "[" + _IN_A_SET.sub(lambda match: match[0] if len(match[0]) > 1 else f"\\{match[0]}", part[1:])


def _span(part: str) -> tuple[int, int]:
    """How often a repetition repeats, bounded."""
    if part[0] in "*+":
        return int(part[0] == "+"), _MOST_REPEATED
    low, comma, high = part[1:-1].partition(",")
    least = min(int(low[:4]), _MOST_REPEATED)
    most = int(high[:4]) if high else _MOST_REPEATED if comma else least
    return least, max(least, min(most, _MOST_REPEATED))
