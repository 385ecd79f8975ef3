"""OpenMetrics and Prometheus text with timestamps, as an exporter or `promtool` writes it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from tools.errors import InputError
from tools.source import Series

_SAMPLE = re.compile(
    r"^(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+(?P<time>\S+))?(?:\s+#.*)?$"
)
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def parse_openmetrics(text: str, where: str, until: float) -> dict[str, list[Series]]:
    """Series by metric name, samples in order of time, those after `until` (unix seconds) left out.

    Raises:
        InputError: a line is neither a comment nor a sample with a time.
    """
    found: dict[str, dict[str, Series]] = {}
    # Only a line feed ends a line; other separators may stand in a label's value.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, label_text, value, at = _sample(line, where, number)
        if at > until or math.isnan(value):
            continue
        named = found.setdefault(name, {})
        series = named.get(label_text)
        if series is None:
            series = named[label_text] = Series(dict(_labels(label_text, where, number)), [])
        series.points.append((at, value))
    return {name: [_in_order(one) for one in named.values()] for name, named in found.items()}


def openmetrics_text(series: Mapping[str, Sequence[Series]]) -> str:
    """Samples by metric name in the form that `parse_openmetrics` and `promtool` read."""
    lines: list[str] = []
    for name, several in series.items():
        family, kind = (name.removesuffix("_total"), "counter") if name.endswith("_total") else (name, "unknown")
        lines += [f"# TYPE {family} {kind}"] if several else []
        for one in several:
            shown = labels_text(one.labels)
            lines += [f"{name}{shown} {value:.17g} {at:.3f}" for at, value in one.points]
    return "\n".join([*lines, "# EOF", ""])


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels in braces."""
    return "{" + ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _sample(line: str, where: str, number: int) -> tuple[str, str, float, float]:
    match = _SAMPLE.match(line)
    if match is None:
        raise InputError(where, number, "expected `metric{labels} value timestamp`")
    if match["time"] is None:
        raise InputError(where, number, "expected a timestamp after the value (unix seconds)")
    try:
        at = float(match["time"])
        value = float(match["value"])
    except ValueError:
        raise InputError(where, number, "expected numbers for value and timestamp") from None
    if not math.isfinite(at):
        raise InputError(where, number, "expected a finite timestamp")
    # The older text format counts in milliseconds; 1e11 seconds is the year 5138.
    return match["name"], match["labels"] or "", value, at / 1000 if at > 1e11 else at


def _labels(text: str, where: str, number: int) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _LABEL.match(text, position)
        if match is None:
            raise InputError(where, number, f'expected label="value" at {text[position : position + 20]!r}')
        yield match[1], re.sub(r'\\[n"\\]', lambda found: _ESCAPES[found[0]], match[2])
        position = match.end()


def _in_order(series: Series) -> Series:
    points = series.points
    if any(points[i][0] > points[i + 1][0] for i in range(len(points) - 1)):
        points.sort()
    return series
