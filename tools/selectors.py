"""Which series are meant: labels with their values, as PromQL and as a test of one series' labels."""

import json
import re
from collections.abc import Mapping, Sequence

Wanted = Mapping[str, str | Sequence[str]]
"""A value, or several of which any will do, by label. An empty value also means series without the label."""

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def selector(metric: str, wanted: Wanted) -> str:
    """The series as a PromQL selector; values mean themselves, whatever signs they hold."""
    inner = ",".join(_matcher(label, value) for label, value in wanted.items())
    return f"{metric}{{{inner}}}" if inner else metric


def is_wanted(labels: Mapping[str, str], wanted: Wanted) -> bool:
    """Whether a series with these labels is meant."""
    return all(
        labels.get(label, "") == value if isinstance(value, str) else labels.get(label, "") in value
        for label, value in wanted.items()
    )


def duration(milliseconds: int) -> str:
    """A length of time in PromQL, such as `90s` or `90s500ms`; parsers don't take very many milliseconds alone."""
    seconds, rest = divmod(milliseconds, 1000)
    return (f"{seconds}s" if seconds or not rest else "") + (f"{rest}ms" if rest else "")


def _matcher(label: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f"{label}={_quoted(value)}"
    # An empty choice in front, so that the expression does not end in a bar.
    choices = sorted(value)
    return f"{label}=~{_quoted('|'.join(_SPECIAL.sub(lambda sign: chr(92) + sign[0], one) for one in choices))}"


def _quoted(text: str) -> str:
    """PromQL's strings are written as JSON's are."""
    return json.dumps(text, ensure_ascii=False)
