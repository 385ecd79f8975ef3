"""Two metric stores as one, tried with what recordings hold."""

from datetime import UTC, datetime, timedelta

from tools.datadog.items import MonitorItem
from tools.evidence import Gap, Window
from tools.metric_stores import Both, Filled
from tools.recorded import RecordedAlerts, RecordedMetrics
from tools.source import Series

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = Window(NOON - timedelta(hours=1), NOON)
LOST = Gap(
    id="gap/prometheus/metrics", source="prometheus", what="metrics", status="error", error="it is down", live=True
)


def store(*names: str, worth: float = 1.0) -> RecordedMetrics:
    return RecordedMetrics({name: [Series({"pod": "a"}, [(NOON.timestamp() - 60, worth)])] for name in names})


def test_the_second_store_fills_only_what_the_first_lacks() -> None:
    both = Filled(store("up", "errors", worth=1.0), store("errors", "latency", worth=2.0))
    found = {name: both.series(name, {}, HOUR) for name in ("up", "errors", "latency", "nothing")}
    assert [(one.status, [series.points[0][1] for series in one.value]) for one in found.values()] == [
        ("ok", [1.0]),
        ("ok", [1.0]),
        ("ok", [2.0]),
        ("empty", []),
    ]


def test_a_store_that_failed_is_told_although_the_other_one_answers() -> None:
    both = Filled(RecordedMetrics({}, [LOST]), store("up"))
    filled, neither = both.series("up", {}, HOUR), both.series("nothing", {}, HOUR)
    assert (len(filled.value), filled.status, filled.error) == (1, "error", "it is down")
    assert (neither.value, neither.status, neither.error) == ([], "error", "it is down")


def test_alerts_of_both_are_told() -> None:
    calm, loud = RecordedAlerts([MonitorItem("calm", "q", "OK")]), RecordedAlerts([MonitorItem("loud", "q", "Alert")])
    both = Both(calm, loud)
    assert [(one.name, one.state) for one in both.alerts().value] == [("loud", "firing")]
    assert [one.name for one in both.rules().value] == ["calm", "loud"]
    assert Both(calm, calm).alerts().status == "empty"
