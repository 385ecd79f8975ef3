"""A plot of the scale benchmark as SVG that reads on light and on dark pages."""

import math
from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 34, 44
STYLE = """<style>
text{font:12px system-ui,sans-serif;fill:#57606a}
.title{font-weight:600;fill:#24292f}
.axis{stroke:#8c959f}.grid{stroke:#8c959f;stroke-opacity:.25}.bar{stroke:#cf222e;stroke-dasharray:5 4}
.line{fill:none;stroke:#0969da;stroke-width:2}.dot{fill:#0969da}
@media(prefers-color-scheme:dark){text{fill:#9198a1}.title{fill:#f0f6fc}.line{stroke:#4493f8}.dot{fill:#4493f8}
.bar{stroke:#f85149}}
</style>"""
Points = Sequence[tuple[float, float]]


def plot(title: str, points: Points, bar: float, ticks: tuple[Sequence[float], Sequence[float]]) -> str:
    """Both axes logarithmic: pods across, `points` as a line, `bar` as the value to stay below."""
    across, up = _scale(ticks[0], LEFT, WIDTH - RIGHT), _scale(ticks[1], HEIGHT - BOTTOM, TOP)
    parts = [f'<text class="title" x="{LEFT}" y="18">{title}</text>']
    for value in ticks[1]:
        y = up(value)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    below = f'y="{HEIGHT - BOTTOM + 18}" text-anchor="middle"'
    parts += [f'<text x="{across(value):.1f}" {below}>{value:,.0f}</text>' for value in ticks[0]]
    parts.append(f'<path class="axis" d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">pods</text>')
    parts.append(f'<path class="bar" d="M{LEFT} {up(bar):.1f}H{WIDTH - RIGHT}"/>')
    places = [(across(x), up(y)) for x, y in points]
    parts.append(f'<path class="line" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in places)}"/>')
    parts += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in places]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">', STYLE, *parts, "</svg>", ""])


class _Scale:
    def __init__(self, least: float, most: float, start: float, end: float) -> None:
        self._least, self._span, self._start, self._end = math.log(least), math.log(most / least), start, end

    def __call__(self, value: float) -> float:
        return self._start + (math.log(value) - self._least) / self._span * (self._end - self._start)


def _scale(ticks: Iterable[float], start: float, end: float) -> _Scale:
    return _Scale(min(ticks), max(ticks), start, end)


def slope(points: Points) -> float:
    """The exponent of growth: the least-squares slope of the points' logarithms."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return over / sum((x - middle_x) ** 2 for x in xs)
