"""Sources that keep what they answer, so that a recording holds what a diagnosis was told, and no more."""

from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import TypeVar

from msgspec import structs

from tools.evidence import Window
from tools.objects.meta import Wire
from tools.selectors import Wanted
from tools.source import (
    Answer,
    ClusterSource,
    FeedRef,
    LogRef,
    MetricSource,
    SearchedLine,
    SearchSource,
    Series,
    Sources,
    StatusFeed,
    StatusSource,
)

K = TypeVar("K")
V = TypeVar("V")
Asked = dict[K, Answer[V] | None]
"""Questions with their answers; None where there was none in time."""


class Kept:
    """What was asked through the taps, and what came back."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.lists: Asked[tuple[str, str], Sequence[Wire]] = {}
        self.logs: Asked[LogRef, str] = {}
        self.series: Asked[str, list[Series]] = {}
        self.lines: Asked[str, list[SearchedLine]] = {}
        self.events: Asked[str, list[SearchedLine]] = {}
        self.feeds: Asked[tuple[FeedRef, ...], list[StatusFeed]] = {}
        self._lock = Lock()
        self._closed = False

    def close(self) -> None:
        """Take nothing more: what is answered from now on came too late to be told."""
        with self._lock:
            self._closed = True

    def passed(self, asked: Asked[K, V], question: K, call: Callable[[], Answer[V]]) -> Answer[V]:
        """The call's answer, kept."""
        self._put(asked, question, None)
        answer = call()
        self._put(asked, question, answer)
        return answer

    def _put(self, asked: Asked[K, V], question: K, answer: Answer[V] | None) -> None:
        with self._lock:
            if not self._closed:
                asked[question] = answer


def tapped(sources: Sources, kept: Kept) -> Sources:
    """The same sources, with every answer that a sweep gets kept."""
    return structs.replace(
        sources,
        cluster=sources.cluster and _Cluster(sources.cluster, kept),
        metrics=sources.metrics and _Metrics(sources.metrics, kept),
        search=sources.search and _Search(sources.search, kept),
        status=sources.status and _Status(sources.status, kept),
    )


class _Cluster:
    def __init__(self, inner: ClusterSource, kept: Kept) -> None:
        self._inner, self._kept = inner, kept

    def objects(self, kind: str, namespace: str | None) -> Answer[Sequence[Wire]]:
        call = partial(self._inner.objects, kind, namespace)
        return self._kept.passed(self._kept.lists, (kind, namespace or ""), call)

    def logs(self, ref: LogRef, window: Window) -> Answer[str]:
        return self._kept.passed(self._kept.logs, ref, partial(self._inner.logs, ref, window))

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        return self._inner.log_refs(namespace)

    def room(self) -> int | None:
        return self._inner.room()


class _Metrics:
    def __init__(self, inner: MetricSource, kept: Kept) -> None:
        self._inner, self._kept = inner, kept

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        call = partial(self._inner.series, metric, wanted, window)
        return self._kept.passed(self._kept.series, metric, call)


class _Search:
    def __init__(self, inner: SearchSource, kept: Kept) -> None:
        self._inner, self._kept = inner, kept

    def logs(self, namespace: str, window: Window) -> Answer[list[SearchedLine]]:
        return self._kept.passed(self._kept.lines, "logs", partial(self._inner.logs, namespace, window))

    def events(self, window: Window) -> Answer[list[SearchedLine]]:
        return self._kept.passed(self._kept.events, "events", partial(self._inner.events, window))

    def search(self, query: str, window: Window) -> Answer[list[SearchedLine]]:
        # What a model asks beyond the sweep is its own evidence.
        return self._inner.search(query, window)


class _Status:
    def __init__(self, inner: StatusSource, kept: Kept) -> None:
        self._inner, self._kept = inner, kept

    def feeds(self, asked: Sequence[FeedRef] = ()) -> Answer[list[StatusFeed]]:
        return self._kept.passed(self._kept.feeds, tuple(asked), partial(self._inner.feeds, asked))
