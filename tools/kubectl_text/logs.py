"""Logs with and without the kubelet's time before each line."""

import re
from datetime import datetime

from tools.kubectl_text.shape import stamp

_STAMPED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) ?")


def is_stamped(text: str) -> bool:
    """Whether the log was taken with `--timestamps`: every line begins with a time (continued lines too)."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(_STAMPED.match(line) for line in lines)


def stamped(text: str, at: datetime) -> str:
    """The same log with times; a line without one gets `at`, since it was there at the latest then.

    A program's own time inside the line still tells when; the kubelet's is only the upper bound.
    """
    if is_stamped(text):
        return text
    return "".join(f"{stamp(at)} {line}\n" for line in text.splitlines() if line.strip())
