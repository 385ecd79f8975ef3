"""Aligned columns under a header line, as `kubectl get`, `top` and the tables inside `describe` print them."""

import re

_HEADING = re.compile(r"\S+(?: \S+)*")
_RULE = re.compile(r"[\s-]+")

Row = dict[str, str]


def rows(text: str) -> list[Row]:
    """The rows of every table in a text, by heading; blank lines end a table, a rule under the header is skipped.

    The last column takes the rest of its line. Cells lie where their heading begins, or where the gap before
    it ends, since one wide character shifts what follows.
    """
    found: list[Row] = []
    header: list[tuple[str, int]] = []
    for line in text.expandtabs().splitlines():
        if not line.strip():
            header = []
        elif not header or _is_header(line):
            header = [(one.group(), one.start()) for one in _HEADING.finditer(line)]
        elif not _RULE.fullmatch(line):
            found.append(_row(line, header))
    return found


def _is_header(line: str) -> bool:
    return line.startswith(("NAME ", "NAMESPACE ", "LAST SEEN "))


def _row(line: str, header: list[tuple[str, int]]) -> Row:
    cells: Row = {}
    ends = [start for _, start in header[1:]] + [len(line)]
    for (name, start), end in zip(header, ends, strict=True):
        cells[name] = line[start:].strip() if end == len(line) and name == header[-1][0] else line[start:end].strip()
    if all(line[start - 1 : start] == " " for _, start in header[1:] if start <= len(line) and start):
        return cells
    split = re.split(r"\s{2,}", line.strip(), maxsplit=len(header) - 1)
    return dict(zip((name for name, _ in header), split, strict=False)) if len(split) == len(header) else cells
