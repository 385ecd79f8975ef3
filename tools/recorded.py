"""A recording as a source: it answers what the live systems would have answered at `recorded_at`."""

from collections.abc import Sequence
from pathlib import Path

from tools.datadog.items import MonitorItem, alerts_of, rule_of
from tools.errors import InputError
from tools.evidence import Gap, Window
from tools.objects.meta import Wire
from tools.recorded_datadog import read_lines, read_monitors, read_series
from tools.run_folder import RunFiles, RunHead, read_files
from tools.search_syntax import parsed
from tools.selectors import Wanted, is_wanted, selector
from tools.source import MOST_FOUND, Alert, Answer, FeedRef, LogRef, Rule, SearchedLine, Series, Sources, StatusFeed
from tools.status_feeds.recorded import read_feeds

MAX_LOG_BYTES = 4 * 2**20
_PROBE_BYTES = 4096
_NUL_SHARE = 0.01


class RecordedCluster:
    """Kubernetes as recorded."""

    def __init__(self, files: RunFiles) -> None:
        """Serve `files`."""
        self._files = files

    def objects(self, kind: str, namespace: str | None) -> Answer[Sequence[Wire]]:
        """All recorded objects of a kind; a kind that the gaps name is unknown, not empty.

        What a live system told nevertheless, before it failed or in namespaces that it opens, is there.
        """
        scope = f"-n {namespace}" if namespace else "-A"
        query = f"kubectl get {kind.lower()} {scope} -o json"
        gap = _gap_for(self._files.gaps, kind, namespace) or (
            self._files.objects is None and Gap(id="", source="", what="", status="error", error="not recorded")
        )
        if gap and not gap.live:
            return Answer([], query, gap.status, gap.error)
        found = [one for one in (self._files.objects or {}).get(kind, []) if _lies_in(one, namespace)]
        if gap:
            return Answer(found, query, gap.status, gap.error, gap.whole_in, live=True)
        return Answer(found, query, "ok" if found else "empty")

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        """Logs that were recorded, of deleted pods too, and those that a live system was asked for in vain."""
        lost = [
            LogRef(one.namespace, one.pod, one.container, one.previous) for one in self._files.gaps if _lost_log(one)
        ]
        return [ref for ref in dict.fromkeys((*self._files.logs, *lost)) if ref.namespace == namespace]

    def room(self) -> int | None:
        """As many as there are: files cost nothing."""
        return None

    def logs(self, ref: LogRef, window: Window) -> Answer[str]:  # noqa: ARG002 - a recording is already bounded
        """One log; of a very long one the end, which is told.

        Raises:
            InputError: the file is not text.
        """
        query = f"kubectl logs -n {ref.namespace} {ref.pod} -c {ref.container} --timestamps"
        query += " --previous" if ref.previous else ""
        path = self._files.logs.get(ref)
        gap = next((gap for gap in self._files.gaps if _hides_log(gap, ref)), None)
        text, skipped = _tail(path) if path is not None else ("", 0)
        if gap and (gap.live or path is None):
            return Answer(text, query, gap.status, gap.error, live=gap.live)
        if path is None:
            return Answer("", query, "empty")
        note = f"the last {MAX_LOG_BYTES} bytes; {skipped} bytes before them were not read" if skipped else ""
        return Answer(text, query, "truncated" if skipped else "ok", note)


class RecordedMetrics:
    """Prometheus as recorded; Datadog's recorded series, under the same names, fill what it lacks."""

    def __init__(self, series: dict[str, list[Series]], gaps: Sequence[Gap] = ()) -> None:
        """Serve `series`; a gap is of one metric, or of all `metrics`."""
        self._series, self._gaps = series, {gap.what: gap for gap in gaps}

    def series(self, metric: str, wanted: Wanted, window: Window) -> Answer[list[Series]]:
        """Raw samples of the window."""
        query = selector(metric, wanted)
        start, end = window.start.timestamp(), window.end.timestamp()
        found = []
        for one in self._series.get(metric, ()):
            if is_wanted(one.labels, wanted):
                points = [point for point in one.points if start <= point[0] <= end]
                if points:
                    found.append(Series(one.labels, points))
        if gap := self._gaps.get(metric) or self._gaps.get("metrics"):
            return Answer(found, query, gap.status, gap.error, live=gap.live)
        return Answer(found, query, "ok" if found else "empty")


class RecordedSearch:
    """Datadog's logs and events as recorded."""

    def __init__(self, lines: list[SearchedLine], events: list[SearchedLine], gaps: Sequence[Gap] = ()) -> None:
        """Serve both; a gap is of `logs` or of `events`, where a live system failed to answer."""
        self._lines, self._events, self._gaps = lines, events, {gap.what: gap for gap in gaps}

    def logs(self, namespace: str, window: Window) -> Answer[list[SearchedLine]]:
        """Lines of the namespace in the window, of every namespace where none is named; oldest first."""
        inside = (one for one in self._lines if window.holds(one.at) and one.namespace)
        found = [one for one in inside if namespace in {one.namespace, ""}]
        return self._answer("logs", found, f"kube_namespace:{namespace or '*'}")

    def events(self, window: Window) -> Answer[list[SearchedLine]]:
        """Events of the window."""
        return self._answer("events", [one for one in self._events if window.holds(one.at)], "*")

    def search(self, query: str, window: Window) -> Answer[list[SearchedLine]]:
        """Lines of the window that the query finds, newest first.

        Raises:
            ToolError: the query is not in the syntax that `tools.search_syntax` knows.
        """
        test = parsed(query)
        found = [one for one in reversed(self._lines) if window.holds(one.at) and test(one)]
        if len(found) > MOST_FOUND:
            return Answer(found[:MOST_FOUND], query, "truncated", f"the first {MOST_FOUND}; there are more")
        return self._answer("logs", found, query)

    def _answer(self, what: str, found: list[SearchedLine], query: str) -> Answer[list[SearchedLine]]:
        if gap := self._gaps.get(what):
            return Answer(found, query, gap.status, gap.error, live=True)
        return Answer(found, query, "ok" if found else "empty")


class RecordedAlerts:
    """Datadog's monitors as recorded."""

    def __init__(self, monitors: list[MonitorItem]) -> None:
        """Serve `monitors`."""
        self._monitors = monitors

    def alerts(self) -> Answer[list[Alert]]:
        """What was not all right."""
        found = alerts_of(self._monitors)
        return Answer(found, "GET /api/v1/monitor", "ok" if found else "empty")

    def rules(self) -> Answer[list[Rule]]:
        """Every monitor."""
        found = [rule_of(one) for one in self._monitors]
        return Answer(found, "GET /api/v1/monitor", "ok" if found else "empty")


class RecordedStatus:
    """Status feeds as recorded."""

    def __init__(self, feeds: list[StatusFeed]) -> None:
        """Serve `feeds`."""
        self._feeds = feeds

    def feeds(self, asked: Sequence[FeedRef] = ()) -> Answer[list[StatusFeed]]:  # noqa: ARG002 - all there is
        """Every recorded feed."""
        return Answer(self._feeds, "status feeds", "ok" if self._feeds else "empty")


def open_recording(head: RunHead) -> Sources:
    """Sources that answer from a run folder, bounded by `recorded_at`.

    Raises:
        InputError: a file of the folder is malformed.
    """
    files = read_files(head)
    datadog = head.folder / "datadog"
    series = dict(files.series or {})
    for name, several in read_series(datadog / "metrics.jsonl", head.recorded_at).items():
        series.setdefault(name, several)
    lines = read_lines(datadog / "logs.jsonl", head.recorded_at)
    events = read_lines(datadog / "events.jsonl", head.recorded_at)
    monitors = datadog / "monitors.jsonl"
    unsearched = [one for one in files.gaps if one.source == "datadog" and one.live]
    return Sources(
        name=f"recording {head.id}",
        now=head.recorded_at,
        cluster=RecordedCluster(files),
        metrics=RecordedMetrics(series, [one for one in files.gaps if _lost_metrics(one, known=bool(series))]),
        search=RecordedSearch(lines, events, unsearched) if datadog.is_dir() or unsearched else None,
        alerts=RecordedAlerts(read_monitors(monitors)) if monitors.is_file() else None,
        status=RecordedStatus(read_feeds(head.folder / "status", head.recorded_at)),
        notes=tuple(files.notes),
        gaps=tuple(one for one in files.gaps if one.source == "status" and one.live),
    )


def _gap_for(gaps: list[Gap], kind: str, namespace: str | None) -> Gap | None:
    names = {kind.lower(), f"{kind.lower()}s", "objects"}
    for gap in gaps:
        named = gap.source == "kubernetes" and gap.what.lower() in names and not gap.pod
        if named and (not gap.namespace or namespace in {None, gap.namespace}):
            return gap
    return None


def _lost_log(gap: Gap) -> bool:
    return gap.live and gap.what == "logs" and bool(gap.pod and gap.container)


def _lost_metrics(gap: Gap, *, known: bool) -> bool:
    """Whether metrics are missing; what a recording alone leaves out is no matter where it has others."""
    return gap.source == "prometheus" and (gap.live or not known)


def _hides_log(gap: Gap, ref: LogRef) -> bool:
    if gap.live and gap.previous != ref.previous:
        return False
    return gap.what.lower() in {"logs", "log", "pods/log"} and all(
        not named or named == actual
        for named, actual in ((gap.namespace, ref.namespace), (gap.pod, ref.pod), (gap.container, ref.container))
    )


def _lies_in(one: Wire, namespace: str | None) -> bool:
    return namespace is None or one.metadata.namespace == namespace  # type: ignore[attr-defined]


def _tail(path: Path) -> tuple[str, int]:
    """The last part of a log as text, cut at a line, and how many bytes were skipped."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_PROBE_BYTES)
            if head.count(0) > len(head) * _NUL_SHARE:
                raise InputError(str(path), None, "expected a text log, found a binary file")
            skipped = max(0, size - MAX_LOG_BYTES)
            file.seek(skipped)
            raw = file.read()
    except OSError as error:
        raise InputError(str(path), None, f"cannot be read ({error.strerror})") from None
    if skipped:
        raw = raw.partition(b"\n")[2]
    return raw.decode(errors="replace"), skipped
