"""The samples of a sweep: what is near where a metric store holds too many, and what it did not answer."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from agent.clock import Clock
from tools.evidence import Gap, Window
from tools.selectors import Wanted, selector
from tools.signals import SIGNALS
from tools.snapshot import Snapshot
from tools.source import Answer, MetricSource, Series, SizeSource

METRICS = tuple(dict.fromkeys(name for signal in SIGNALS for name in signal.metrics))
_MOST_CHARACTERS = 1500
"""Of the names of namespaces, and of pods, in one query."""
_FAILED = frozenset({"denied", "error"})
_NONE: Answer[dict[str, int]] = Answer({}, "", "empty")

Sizes = Iterator[Answer[dict[str, int]] | None]
Samples = Iterator[Answer[list[Series]] | None]


class Near(Struct, frozen=True):
    """What lies near the symptom, the nearest first."""

    namespaces: Sequence[str] = ()
    pods: Sequence[str] = ()


class Scope(Struct, frozen=True):
    """Which series are read.

    Attributes:
        note: What is not; empty where all are.
    """

    wanted: Wanted = {}
    note: str = ""


def ask_sizes(source: SizeSource | None, window: Window, clock: Clock, share: float) -> Sizes:
    """Ask how many samples there are; nobody does of what answers from files."""
    calls = [partial(source.sizes, METRICS, window)] if source is not None and clock.live else []
    return clock.asked(calls, share)


def is_too_much(sizes: Answer[dict[str, int]] | None, most: int) -> bool:
    """Whether not all samples are to be read; where nobody knows how many there are, the bounds of an answer hold."""
    return sum((sizes or _NONE).value.values()) > most


def scope_of(sizes: dict[str, int], near: Near, most: int) -> Scope:
    """The nearest namespaces, and others, as far as they fit; of a namespace too large in itself only near pods."""
    first = [one for one in ("", *near.namespaces) if one in sizes]
    others = sorted(set(sizes) - set(first), key=lambda one: (sizes[one], one))
    chosen, left = [], most
    for namespace in _fitting((*first, *others)):
        if sizes[namespace] <= left:
            chosen.append(namespace)
            left -= sizes[namespace]
    nearest = next((one for one in near.namespaces if one in sizes), None)
    bound = f"of {sum(sizes.values())} samples about {most} are read"
    if nearest is None or nearest in chosen:
        return Scope({"namespace": chosen}, f"samples of {len(chosen)} of {len(sizes)} namespaces were read: {bound}")
    pods = list(_fitting(near.pods))
    note = f"of pods' samples those of {len(pods)} near ones were read: {bound}"
    return Scope({"namespace": list(_fitting(first)), "pod": ["", *pods]}, note)


def _fitting(names: Iterable[str]) -> Iterator[str]:
    """The first names that fit into a query."""
    left = _MOST_CHARACTERS
    for name in names:
        left -= len(selector("", {"": ["", name]}))
        if left < 0:
            return
        yield name


def ask_samples(source: MetricSource, scope: Scope, window: Window, clock: Clock) -> Samples:
    """Ask for every metric of a signal; answers wait until somebody takes them."""
    return clock.asked([partial(source.series, one, scope.wanted, window) for one in METRICS], ahead=len(METRICS))


def keep_samples(snapshot: Snapshot, answers: Samples, clock: Clock) -> None:
    """Take the answers; what failed is one gap, what came in part another."""
    failed: dict[str, Answer[list[Series]]] = {}
    cut: dict[str, Answer[list[Series]]] = {}
    for metric, answered in zip(METRICS, answers, strict=True):
        answer: Answer[list[Series]] = answered or Answer([], metric, "error", clock.late())
        if answer.value:
            snapshot.samples[metric] = answer.value
        if answer.status in _FAILED:
            failed[metric] = answer
        elif answer.status == "truncated":
            cut[metric] = answer
    if failed:
        snapshot.gaps.append(_gap("gap/prometheus/metrics", failed, clock))
    if cut:
        snapshot.gaps.append(_gap("gap/prometheus/metrics/cut", cut, clock))


def _gap(gap_id: str, answers: dict[str, Answer[list[Series]]], clock: Clock) -> Gap:
    """The first answer's words; where systems answered some questions and not others, which."""
    metric, first = next(iter(answers.items()))
    live = clock.live or first.live
    more = f" and {len(answers) - 1} more" if len(answers) > 1 else ""
    some = f"{metric}{more} of {len(METRICS)} metrics: " if live and len(answers) < len(METRICS) else ""
    return Gap(
        id=gap_id, source="prometheus", what="metrics", status=first.status, error=f"{some}{first.error}", live=live
    )
