"""How an answer is made: redacted and cut at one place, with what was left out told, under an id that stays.

A tool finds; what it found leaves for a model, a chat or a person only through here.
"""

import hashlib
import math
import re
from typing import Any, TypeAlias

from msgspec import Struct, to_builtins

from tools.evidence import Evidence, Status
from tools.plain_text import plain
from tools.questions.toolbox import Toolbox

MOST_CHARS = 1_600
"""Of an answer's text, about 500 tokens."""
MOST_LINE = 320
MOST_VALUES = 60
"""Members of one object or list of an answer's value."""
MOST_STRING = 400
MOST_QUERY = 1_000
_SPARE = 120

Row: TypeAlias = dict[str, Any]
"""One thing of many in an answer's value, made of plain values and times."""
_PLAIN_PART = re.compile(r"[A-Za-z0-9._:/-]{1,120}")


class Found(Struct, kw_only=True):
    """What a tool found.

    Attributes:
        about: The question in parts, as the tool understood it; with the tool's name they are the id.
        query: What a person runs to ask again.
        heading: The digest, always shown whole.
        rows: Details, the most important first; as many are shown as there is room for.
        of: What the rows are and in which order, such as `pods, the unhealthy first`.
        value: The same as plain values; a number of everything, and the rows by name.
    """

    about: tuple[str, ...]
    query: str
    heading: str
    value: object
    rows: list[str] = []
    of: str = "lines"
    source: str = "kubernetes"
    status: Status = "ok"


def evidence_of(tool: str, toolbox: Toolbox, found: Found) -> Evidence:
    """What was found as evidence: bounded, without secrets, and `truncated` where its value had to be cut."""
    snapshot = toolbox.snapshot
    value, whole = _bounded(to_builtins(found.value, str_keys=True))
    return Evidence(
        id="/".join((tool, *(_part(one) for one in found.about if one))),
        source=found.source,
        query=plain(found.query, MOST_QUERY),
        window=snapshot.window,
        observed_at=snapshot.now,
        status=found.status if whole or found.status != "ok" else "truncated",
        text=_text(found),
        value=value,
    )


def told(answer: Evidence) -> str:
    """An answer as a model or a person reads it: its id to cite it by, its status unless it is `ok`, its text."""
    status = "" if answer.status == "ok" else f" ({answer.status})"
    return f"[{answer.id}]{status}\n{answer.text}"


def _text(found: Found) -> str:
    lines = [plain(line, MOST_LINE) for line in found.heading.splitlines()]
    room = MOST_CHARS - sum(len(line) + 1 for line in lines)
    shown = 0
    for row in found.rows:
        line = plain(row, MOST_LINE)
        spare = _SPARE if shown + 1 < len(found.rows) else 0
        if len(line) + 1 + spare > room:
            break
        lines.append(line)
        room -= len(line) + 1
        shown += 1
    if shown < len(found.rows):
        lines.append(f"({shown} of {len(found.rows)} {found.of})")
    return "\n".join(lines)[:MOST_CHARS]


def _part(text: str) -> str:
    """A part of an id: itself if it is a plain word, else its beginning with a fingerprint."""
    if _PLAIN_PART.fullmatch(text):
        return text
    words = "-".join(re.findall(r"[A-Za-z0-9]+", text))[:24]
    return f"{words}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")


def _bounded(value: object) -> tuple[object, bool]:
    """The value with every text redacted and cut, and whether no member had to be left out."""
    if isinstance(value, str):
        return plain(value, MOST_STRING), True
    if isinstance(value, list | tuple):
        kept = [_bounded(one) for one in value[:MOST_VALUES]]
        return [one for one, _ in kept], len(value) <= MOST_VALUES and all(whole for _, whole in kept)
    if isinstance(value, dict):
        several = {plain(key, MOST_STRING): _bounded(one) for key, one in list(value.items())[:MOST_VALUES]}
        whole = len(value) <= MOST_VALUES and all(whole for _, whole in several.values())
        return {key: one for key, (one, _) in several.items()}, whole
    if isinstance(value, float) and not math.isfinite(value):
        return None, True
    return value, True
