"""A signal asked of Datadog gives what its reduction over the same samples gives, and the samples are the same."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from evals.loopback.datadog import Account as Held
from evals.loopback.datadog import DatadogServer, sampled
from tools.datadog.connect import Account, Call, connect
from tools.datadog.items import QuerySeries, series_by_name
from tools.datadog.live import LiveDatadog
from tools.datadog.names import ALIASES, Alias
from tools.datadog.queries import READ, interval, signal_query
from tools.datadog.requests import Bounds
from tools.evidence import Window
from tools.reductions import reduce
from tools.signals import SIGNALS, Signal
from tools.source import Series

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Window(NOON - timedelta(hours=1), NOON)
HELD_BY_DATADOG = [one for one in SIGNALS if signal_query(one, {}, WINDOW)]
TOLERANCE = 0.05
"""Of the number that a rendered signal gives; the samples themselves are equal."""


def items(alias: Alias, step: int, seed: int = 1) -> list[dict[str, Any]]:
    """Three series from before the window to its end, in the shape of a v1 query; a counter only grows."""
    dice = random.Random(f"{alias.datadog}{seed}")  # noqa: S311 - a seeded test
    grows = alias.prometheus.endswith("_total") and alias.kept == "gauge"
    found = []
    for number in range(3):
        value, points = 0.0, []
        for at in range(int(NOON.timestamp()) - 7200, int(NOON.timestamp()) + 1, step):
            value = value + dice.choice((0, 0, 0, 1)) if grows else dice.choice((0.0, 1.0, 2.0, 4.0)) / alias.factor
            points.append([at * 1000, value])
        tags = [f"{tag}:{tag.replace('_', '-')}-{number}" for tag in alias.by]
        found.append({"metric": alias.datadog, "tag_set": tags, "scope": ",".join(tags), "pointlist": points})
    return found


def account(held: list[dict[str, Any]]) -> Held:
    return Held(name="signals", logs=[], events=[], samples=[sampled(one, NOON) for one in held], monitors=[])


def by_labels(several: list[Series]) -> dict[tuple[tuple[str, str], ...], Series]:
    return {tuple(sorted(one.labels.items())): one for one in several}


def kept(held: list[dict[str, Any]]) -> dict[str, list[Series]]:
    return series_by_name(msgspec.convert(held, list[QuerySeries]))


def asked(server: DatadogServer, query: str) -> list[QuerySeries]:
    """Every series of a query over the window."""
    connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))
    start, end = (str(int(at.timestamp())) for at in (WINDOW.start, WINDOW.end))
    response = connection.send(Call("GET", "/api/v1/query", {"from": start, "to": end, "query": query}), 1, 5)
    answer: Mapping[str, Any] = msgspec.json.decode(response.read())
    connection.close()
    assert answer["status"] == "ok", answer
    return msgspec.convert(answer["series"], list[QuerySeries])


@pytest.mark.parametrize("step", [15, 60])
def test_the_samples_are_those_that_a_recording_keeps(step: int) -> None:
    wide = Window(NOON - timedelta(hours=3), NOON)
    with DatadogServer(account([])) as server:
        connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))
        datadog = LiveDatadog(connection, bounds=Bounds(requests=10_000))
        for alias in ALIASES:
            held = items(alias, step)
            server.account.samples = account(held).samples
            answer = datadog.series(alias.prometheus, {}, wide)
            assert (alias.datadog, answer.status) == (alias.datadog, "ok")
            assert by_labels(answer.value) == by_labels(kept(held)[alias.prometheus])
            first = kept(held)[alias.prometheus][0]
            for label, value in first.labels.items():
                same = [one for one in kept(held)[alias.prometheus] if one.labels[label] == value]
                for wanted in (value, [value, "another"]):
                    found = datadog.series(alias.prometheus, {label: wanted}, wide)
                    assert by_labels(found.value) == by_labels(same), (alias.datadog, label)
        connection.close()


def test_a_label_that_no_series_keeps_apart_is_asked_for_as_well() -> None:
    alias = next(one for one in ALIASES if one.datadog == "kubernetes.memory.working_set")
    held = items(alias, 60)
    for number, item in enumerate(held):
        item["tag_set"].append(f"kube_deployment:deployment-{number}")
    with DatadogServer(account(held)) as server:
        connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))
        (found,) = LiveDatadog(connection).series(alias.prometheus, {"deployment": "deployment-1"}, WINDOW).value
        connection.close()
    assert (found.labels["deployment"], found.labels["pod"]) == ("deployment-1", "pod-name-1")


@pytest.mark.parametrize("signal", HELD_BY_DATADOG, ids=lambda one: one.name)
def test_a_rendered_signal_gives_its_reduction(signal: Signal) -> None:
    query = signal_query(signal, {}, WINDOW)
    aliases = [one for one in ALIASES if f":{one.datadog}{{" in query]
    held = [item for alias in aliases for item in items(alias, 15)]
    samples = [one for several in kept(held).values() for one in several]
    expected = sorted(value for one in samples if (value := reduce(one, signal.function, WINDOW)) is not None)
    with DatadogServer(account(held)) as server:
        answered = asked(server, query)
    series = [
        Series({}, [(at / 1000, value) for at, value in one.pointlist if at and value is not None]) for one in answered
    ]
    given = sorted(value for one in series if (value := reduce(one, READ[signal.function], WINDOW)) is not None)
    assert len(expected) == 3 * len(aliases)
    assert any(expected)
    assert given == pytest.approx(expected, rel=TOLERANCE)


def test_what_datadog_has_is_rendered_and_nothing_else() -> None:
    named = {metric for one in ALIASES for metric in (one.prometheus,)}
    for signal in SIGNALS:
        assert bool(signal_query(signal, {}, WINDOW)) == bool(named & set(signal.metrics))


def test_a_statefulset_is_asked_for_by_its_own_metric() -> None:
    replicas = next(one for one in SIGNALS if one.name == "replicas_available")
    query = signal_query(replicas, {"namespace": "shop", "statefulset": "db"}, WINDOW)
    assert query.startswith("avg:kubernetes_state.statefulset.replicas_ready{kube_namespace:shop,kube_stateful_set:db}")
    assert "deployment" not in query


def test_a_rate_and_its_restart_are_read_as_written() -> None:
    restarts = next(one for one in SIGNALS if one.name == "restarts")
    alias = next(one for one in ALIASES if one.datadog == "kubernetes_state.container.restarts")
    (item, *_) = items(alias, 60)
    item["pointlist"] = [
        [(int(NOON.timestamp()) - 240 + 60 * number) * 1000, value] for number, value in enumerate((5, 6, 0, 2))
    ]
    with DatadogServer(account([item])) as server:
        (answer,) = asked(server, signal_query(restarts, {}, WINDOW))
    # 5 to 6, a restart at 0, then 2: three by either count. Without the sample at 0 Datadog's is one.
    assert answer.pointlist[-1][1] == reduce(kept([item])[alias.prometheus][0], "increase", WINDOW) == 3


@pytest.mark.parametrize(("hours", "seconds"), [(1, 15), (4, 15), (5, 30), (24, 90)])
def test_points_are_as_fine_as_samples_and_never_too_many(hours: int, seconds: int) -> None:
    window = Window(NOON - timedelta(hours=hours), NOON)
    assert interval(window) == seconds
    assert hours * 3600 / seconds <= 1000


def test_a_query_that_is_none_is_told_as_the_api_tells_it() -> None:
    with DatadogServer(account([])) as server:
        connection = connect(Account(api_key=server.keys[0], app_key=server.keys[1], url=server.url))
        parameters = {"from": "1", "to": "2", "query": "avg:nothing"}
        response = connection.send(Call("GET", "/api/v1/query", parameters), 1, 5)
        answer = msgspec.json.decode(response.read())
        connection.close()
        assert (response.status, answer["status"]) == (200, "error")
        assert server.requests[0].target == f"/api/v1/query?{urlencode(parameters)}"
