"""Signals in PromQL: one query that means the same today, tomorrow and in anybody's browser, for it names its moment.

Prometheus extrapolates `increase` and `rate` to the ends of the window, our own reductions do not. With n samples of a
counter that lived through the window, its increase is at most 2.2 / (n - 1) above ours and its rate as much below.
"""

import re
from collections.abc import Sequence

from tools.evidence import Window
from tools.reductions import Reduction
from tools.selectors import Wanted, duration, selector
from tools.signals import Signal

_FUNCTIONS: dict[Reduction, str] = {
    "last": "last_over_time",
    "max": "max_over_time",
    "avg": "avg_over_time",
    "increase": "increase",
    "rate": "rate",
}
_TOGETHER: dict[Reduction, str] = {"max": "max", "avg": "avg"}
_OF_KIND = re.compile(r"kube_(deployment|statefulset|daemonset|horizontalpodautoscaler|pod)_")
_KINDS = frozenset({"deployment", "statefulset", "daemonset", "horizontalpodautoscaler", "pod"})


def signal_query(
    signal: Signal, wanted: Wanted, window: Window, by: Sequence[str] = (), among: Sequence[str] = ()
) -> str:
    """The signal's value over the window, one number for each group of `by`.

    Args:
        signal: The question.
        wanted: Labels of the series that are meant, besides the signal's own.
        window: Ends at the moment that the query names.
        by: Labels that keep groups apart.
        among: Those of the signal's metrics that are known to have samples; all of them otherwise.
    """
    metrics = [one for one in signal.metrics if (not among or one in among) and _fits(one, wanted)] or signal.metrics[
        :1
    ]
    reduced = {one: _reduced(signal, one, wanted, window) for one in metrics}
    together = _TOGETHER.get(signal.function, "sum") + (f" by ({', '.join(by)})" if by else "")
    if signal.joined and len(metrics) > 1:
        # Of the same labels, so that nothing but a mark of their own keeps one from hiding the other.
        marked = (f'label_replace({text}, "of", "{name}", "", "")' for name, text in reduced.items())
        return f"{together} ({' or '.join(marked)})"
    first, *others = (f"{together} ({text})" for text in reduced.values())
    present = [f"present_over_time({_range(signal, one, wanted, window)})" for one in metrics]
    return " or ".join([first, *(_unless(other, present[: place + 1]) for place, other in enumerate(others))])


def _unless(query: str, present: Sequence[str]) -> str:
    """A query that counts only where none of the metrics before it has samples."""
    return "(" + " unless on() ".join([query, *present]) + ")"


def _fits(metric: str, wanted: Wanted) -> bool:
    """Whether a metric of one kind of object can have the labels; that of another kind has its own name's."""
    kind = _OF_KIND.match(metric)
    return kind is None or kind[1] == "pod" or not (_KINDS - {kind[1], "pod"}) & wanted.keys()


def _reduced(signal: Signal, metric: str, wanted: Wanted, window: Window) -> str:
    text = f"{_FUNCTIONS[signal.function]}({_range(signal, metric, wanted, window)})"
    return f"{text} * {signal.scales[metric]:g}" if metric in signal.scales else text


def _range(signal: Signal, metric: str, wanted: Wanted, window: Window) -> str:
    milliseconds = max(1, round((window.end - window.start).total_seconds() * 1000))
    end = f"{window.end.timestamp():.3f}".rstrip("0").rstrip(".")
    return f"{selector(metric, {**wanted, **signal.matchers})}[{duration(milliseconds)}] @ {end}"
