"""The questions that a system under diagnosis can be asked; a recording answers the same ones as a live system."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from tools.evidence import Gap, Status, Window
from tools.objects.meta import Wire
from tools.selectors import Wanted

T = TypeVar("T")

MOST_FOUND = 500
"""Lines of one search; where there are more, the answer is `truncated`."""


class Answer(Struct, Generic[T]):
    """What a source says.

    Attributes:
        value: The answer; empty where there is none.
        query: The same question for a person's terminal.
        status: `empty` means asked and nothing there; `denied` and `error` mean unknown.
        error: The source's own words.
        whole_in: Namespaces of which the answer is whole although the status is not `ok`.
        live: A recording's word that the system itself failed to answer, not only the recording.
        warnings: What the system said beside its answer.
    """

    value: T
    query: str
    status: Status = "ok"
    error: str = ""
    whole_in: tuple[str, ...] = ()
    live: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether this is all that there is, be it nothing; else something was not told."""
        return self.status in {"ok", "empty"}


class LogRef(Struct, frozen=True, order=True):
    """One container's log; `previous` is the instance before the current one."""

    namespace: str
    pod: str
    container: str
    previous: bool = False


class Series(Struct, frozen=True):
    """Samples of one labelled series: `(unix seconds, value)`, oldest first."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


class SearchedLine(Struct, frozen=True):
    """A log line or event found by a search over all systems, such as Datadog's.

    Attributes:
        status: The severity, such as `error`.
        tags: `key:value`, all of them.
        attributes: What the line's own fields were parsed into, nested as JSON is.
    """

    at: datetime
    text: str
    namespace: str = ""
    pod: str = ""
    container: str = ""
    service: str = ""
    title: str = ""
    status: str = ""
    host: str = ""
    tags: tuple[str, ...] = ()
    attributes: dict[str, object] = {}


class ProviderIncident(Struct, frozen=True):
    """One entry of a provider's status feed, open unless `resolved_at` is set.

    Attributes:
        impact: `minor`, `major` or `critical`; `none` and `maintenance` accuse nobody.
        services: Which of the provider's services it is about, where the feed is one of many services.
        places: In which regions.
    """

    title: str
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    impact: str = ""
    services: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class FeedRef(Struct, frozen=True):
    """Where a provider reports its incidents; `kind` is the format."""

    provider: str
    kind: str
    url: str


class StatusFeed(Struct, frozen=True):
    """What a provider says of itself at `fetched_at`.

    Attributes:
        url: Where it was fetched, if it was.
        status: Anything but `ok` means that the feed is not known, whatever else stands here.
        error: Why.
    """

    provider: str
    fetched_at: datetime
    indicator: str = ""
    description: str = ""
    incidents: list[ProviderIncident] = []
    url: str = ""
    status: Status = "ok"
    error: str = ""


class ClusterSource(Protocol):
    """Kubernetes, live or recorded."""

    def objects(self, kind: str, namespace: str | None) -> Answer[Sequence[Wire]]:
        """All objects of a kind, in one namespace or (None) everywhere."""

    def logs(self, ref: LogRef, window: Window) -> Answer[str]:
        """One container's log with the kubelet's time before each line."""

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        """Logs that exist in the namespace, of deleted pods too where they are kept."""

    def room(self) -> int | None:
        """How many logs may still be asked for; None where it does not matter."""


class MetricSource(Protocol):
    """A metric store."""

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        """Raw samples of a metric by its Prometheus name."""


class SizeSource(Protocol):
    """A metric store that may hold more than one reads."""

    def sizes(self, metrics: Sequence[str], window: Window) -> Answer[dict[str, int]]:
        """About how many samples these metrics have in the window, by namespace ("" for series without one)."""


class SearchSource(Protocol):
    """A log and event search."""

    def logs(self, namespace: str, window: Window) -> Answer[list[SearchedLine]]:
        """Log lines of a namespace."""

    def events(self, window: Window) -> Answer[list[SearchedLine]]:
        """Events of every kind."""

    def search(self, query: str, window: Window) -> Answer[list[SearchedLine]]:
        """Log lines that a query in Datadog's log search syntax finds, newest first, `MOST_FOUND` at most.

        Raises:
            ToolError: the query is not in that syntax; the text says what would work.
        """


class QuerySource(Protocol):
    """A metric store that evaluates PromQL; a recording has none."""

    def instant(self, query: str, at: datetime) -> Answer[list[Series]]:
        """The value of each series at one moment; a scalar is one series without labels.

        Raises:
            ToolError: the query is none, or asks for too much.
        """

    def ranged(self, query: str, window: Window, step: float) -> Answer[list[Series]]:
        """The values over the window, one each `step` seconds.

        Raises:
            ToolError: the query is none, or asks for too much.
        """


class Alert(Struct, frozen=True):
    """An alert that a metric store holds now.

    Attributes:
        state: `pending` or `firing`; of Datadog's monitors also `warn`, `no data` and whatever else it calls them.
        value: Of the rule's query when it was last evaluated, None where it is no number.
    """

    name: str
    state: str
    labels: dict[str, str]
    annotations: dict[str, str]
    since: datetime | None = None
    value: float | None = None


class Rule(Struct, frozen=True):
    """An alerting rule.

    Attributes:
        state: `inactive`, `pending` or `firing`.
        health: `ok`, `err` or `unknown`; a rule that can't be evaluated never fires, and `error` says why.
        hold: Seconds for which the query must hold before the alert fires.
    """

    name: str
    query: str
    state: str
    health: str = "unknown"
    error: str = ""
    hold: float = 0.0
    group: str = ""


class AlertSource(Protocol):
    """What watches over a metric store."""

    def alerts(self) -> Answer[list[Alert]]:
        """Alerts that are pending or firing now."""

    def rules(self) -> Answer[list[Rule]]:
        """Every alerting rule."""


class StatusSource(Protocol):
    """Status pages of third parties."""

    def feeds(self, asked: Sequence[FeedRef] = ()) -> Answer[list[StatusFeed]]:
        """What each asked provider says; a recording tells all that it has, whoever is asked."""


class Sources(Struct, frozen=True, kw_only=True):
    """Everything that can be asked in one diagnosis; what is not configured is None.

    Attributes:
        name: Which cluster, context or recording is being looked at.
        now: The moment of looking, UTC; a recording's is its `recorded_at`.
        gaps: What the sources know that they can't tell, before anybody asks.
        later: The cluster for questions after the sweep, where the sweep's own clock would have run out.
    """

    name: str
    now: datetime
    cluster: ClusterSource | None = None
    later: ClusterSource | None = None
    metrics: MetricSource | None = None
    sizes: SizeSource | None = None
    promql: QuerySource | None = None
    alerts: AlertSource | None = None
    search: SearchSource | None = None
    status: StatusSource | None = None
    notes: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
