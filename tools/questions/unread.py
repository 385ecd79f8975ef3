"""What could not be read, told in place of an answer that would look like one."""

from tools.evidence import Gap, Status
from tools.questions.toolbox import Toolbox


def unread(toolbox: Toolbox, namespace: str, *kinds: str) -> list[Gap]:
    """The gaps that make some kinds of objects unknown in a namespace."""
    gaps = (toolbox.snapshot.gap_about(kind, namespace) for kind in kinds)
    found = {gap.id: gap for gap in gaps if gap is not None and namespace not in gap.whole_in}
    return list(found.values())


def status_of(gaps: list[Gap], *, found: bool) -> Status:
    """`ok` or `empty`, or what the gaps make of it."""
    if gaps:
        return "truncated" if found else gaps[0].status
    return "ok" if found else "empty"


def told_gaps(gaps: list[Gap]) -> str:
    """The gaps in words, one line each with a line feed before it; empty without any."""
    return "".join(f"\nnot read: {gap.what} ({gap.status}: {gap.error or 'no reason given'})" for gap in gaps)
