"""The reliability curve as a plain SVG that can be read on light and on dark pages."""

from collections.abc import Iterator, Sequence

from evals.calibration.reliability import Bin

SIDE, LEFT, TOP, BARS = 320, 56, 46, 60
_STYLE = """\
  <style>
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 14px; font-weight: 600 }
    .faint { stroke: #8c959f; stroke-width: 1; fill: none }
    .dashed { stroke-dasharray: 4 4 }
    .curve { stroke: #0969da; stroke-width: 2; fill: none }
    .spread { stroke: #0969da; stroke-width: 1 }
    .dot, .bar { fill: #0969da }
    .bar { opacity: .55 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .faint { stroke: #6e7681 }
      .curve, .spread { stroke: #58a6ff }
      .dot, .bar { fill: #58a6ff }
    }
  </style>"""


def reliability_curve(title: str, bins: Sequence[Bin]) -> str:
    """Share right against confidence, with Wilson intervals; how many answers each point stands for lies below."""
    width, height = LEFT + SIDE + 24, TOP + SIDE + 48 + BARS
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    points = " ".join(f"{_x(one.confidence):.1f},{_y(one.right):.1f}" for one in bins)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">',
        _STYLE,
        f'  <text class="title" x="{LEFT}" y="22">{title}</text>',
        f'  <rect class="faint" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>',
        f'  <line class="faint dashed" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>',
        *_axes(),
        f'  <polyline class="curve" points="{points}"/>',
        *(_point(one) for one in bins),
        *_counts(bins),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _x(share: float) -> float:
    return round(LEFT + SIDE * share, 1)


def _y(share: float) -> float:
    return round(TOP + SIDE * (1 - share), 1)


def _axes() -> Iterator[str]:
    for tenth in range(0, 11, 2):
        share = tenth / 10
        yield f'  <text x="{LEFT - 8}" y="{_y(share) + 4}" text-anchor="end">{share:g}</text>'
        yield f'  <text x="{_x(share)}" y="{TOP + SIDE + 16}" text-anchor="middle">{share:g}</text>'
    yield f'  <text x="{_x(0.5)}" y="{TOP + SIDE + 32}" text-anchor="middle">confidence</text>'
    middle = TOP + SIDE / 2
    yield f'  <text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">share right</text>'


def _point(one: Bin) -> str:
    at = _x(one.confidence)
    return (
        f'  <line class="spread" x1="{at}" y1="{_y(one.low)}" x2="{at}" y2="{_y(one.high)}"/>'
        f'<circle class="dot" cx="{at}" cy="{_y(one.right)}" r="4"/>'
    )


def _counts(bins: Sequence[Bin]) -> Iterator[str]:
    """Bars of the counts, on a scale of their own, with the numbers above them."""
    foot, most = TOP + SIDE + 44 + BARS, max(one.n for one in bins)
    for one in bins:
        tall = round((BARS - 14) * one.n / most, 1)
        at = _x(one.confidence)
        yield f'  <rect class="bar" x="{at - 8}" y="{foot - tall}" width="16" height="{max(tall, 1)}"/>'
        yield f'  <text x="{at}" y="{foot - tall - 3}" text-anchor="middle" font-size="9">{one.n}</text>'
