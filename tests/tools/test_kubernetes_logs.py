"""Logs of a live cluster: which exist, how much of them is read, and what a kubelet answers in place of one."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.faults import Fault, Faults, always
from evals.loopback.store import Store, sorted_objects
from tools.evidence import Window
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.logs import MOST_BYTES, MOST_LINES
from tools.kubernetes.requests import Bounds
from tools.source import Answer, LogRef

Serve = Callable[..., tuple[ApiServer, LiveCluster]]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=1), NOW)
REF = LogRef("shop", "cart-1", "cart")


def _ended(minutes: int) -> dict[str, Any]:
    return {"terminated": {"exitCode": 1, "finishedAt": f"{NOW - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"}}


def _pod(**status: object) -> dict[str, Any]:
    cart = {"name": "cart", "restartCount": 0, "state": {"running": {}}, **status}
    init = {"name": "migrate", "state": {"terminated": {"exitCode": 0}}}
    statuses = {"containerStatuses": [cart], "initContainerStatuses": [init]}
    return {"kind": "Pod", "metadata": {"namespace": "shop", "name": "cart-1"}, "status": statuses}


def _line(minutes: float, text: str) -> str:
    return f"{(NOW - timedelta(minutes=minutes)).isoformat().replace('+00:00', 'Z')} {text}\n"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(
            logs: dict[LogRef, str],
            *pods: dict[str, Any],
            faults: Faults | None = None,
            rights: Rights = Rights(),  # noqa: B008 - frozen
        ) -> tuple[ApiServer, LiveCluster]:
            objects = sorted_objects(list(pods) or [_pod()])
            store = Store(name="one pod", objects=objects, log=lambda ref: Answer(logs.get(ref, ""), ""))
            server = stack.enter_context(ApiServer(Answers(store, rights), faults))
            connection = connect(str(server.kubeconfig(tmp_path / "kubeconfig")), None)
            stack.callback(connection.close)
            return server, LiveCluster(connection, since=WINDOW.start, bounds=Bounds(seconds=5, call_seconds=1))

        yield start


def test_every_container_and_init_container_has_a_log(serve: Serve) -> None:
    _, cluster = serve({})
    assert [ref.container for ref in cluster.log_refs("shop")] == ["migrate", "cart"]
    assert cluster.log_refs("elsewhere") == []


@pytest.mark.parametrize(
    ("phase", "logs", "said"),
    [("Failed", ["cart"], 'container "cart" in pod "cart-1" is not available'), ("Pending", [], "")],
)
def test_a_pod_without_statuses_is_asked_for_its_containers_unless_it_waits_for_a_node(
    serve: Serve, phase: str, logs: list[str], said: str
) -> None:
    pod = _pod() | {"spec": {"containers": [{"name": "cart"}]}, "status": {"phase": phase}}
    _, cluster = serve({}, pod)
    assert [ref.container for ref in cluster.log_refs("shop")] == logs
    answer = cluster.logs(REF, WINDOW)
    assert (answer.status, answer.error) == ("empty", said)


@pytest.mark.parametrize(("minutes", "asked"), [(10, True), (90, False)])
def test_the_instance_before_is_asked_for_when_it_ended_lately(serve: Serve, minutes: int, asked: bool) -> None:
    _, cluster = serve({}, _pod(restartCount=1, lastState=_ended(minutes)))
    assert any(ref.previous for ref in cluster.log_refs("shop")) is asked


def test_lines_since_the_start_of_the_window_are_read(serve: Serve) -> None:
    server, cluster = serve({REF: _line(90, "old") + _line(30, "new")})
    answer = cluster.logs(REF, WINDOW)
    assert (answer.status, answer.value) == ("ok", _line(30, "new"))
    assert answer.query == "kubectl logs -n shop cart-1 -c cart --timestamps --since-time=2026-03-01T11:00:00Z"
    assert f"tailLines={MOST_LINES}" in server.requests[0].target


def test_the_instance_before_has_a_log_of_its_own(serve: Serve) -> None:
    before = LogRef("shop", "cart-1", "cart", previous=True)
    _, cluster = serve({REF: _line(1, "new"), before: _line(2, "panic")}, _pod(restartCount=1))
    answer = cluster.logs(before, WINDOW)
    assert answer.value == _line(2, "panic")
    assert answer.query.endswith("--previous")


def test_an_instance_before_that_is_no_more_is_a_gap(serve: Serve) -> None:
    _, cluster = serve({})
    answer = cluster.logs(LogRef("shop", "cart-1", "cart", previous=True), WINDOW)
    assert (answer.status, answer.error) == (
        "error",
        'previous terminated container "cart" in pod "cart-1" not found',
    )


@pytest.mark.parametrize("text", ["unable to retrieve container logs for containerd://4f1a", "x"])
def test_the_text_in_place_of_a_dead_instances_log_is_a_gap(serve: Serve, text: str) -> None:
    _, cluster = serve({}, faults=lambda one: Fault(body=text.encode()) if "/log" in one.target else None)
    answer = cluster.logs(REF, WINDOW)
    expected = ("error", "", text) if text != "x" else ("ok", "x", "")
    assert (answer.status, answer.value, answer.error) == expected


@pytest.mark.parametrize(
    ("reason", "said"),
    [("ContainerCreating", "ContainerCreating"), ("ImagePullBackOff", "trying and failing to pull image")],
)
def test_a_container_that_has_not_started_has_no_log_and_is_no_gap(serve: Serve, reason: str, said: str) -> None:
    _, cluster = serve({}, _pod(state={"waiting": {"reason": reason}}))
    answer = cluster.logs(REF, WINDOW)
    assert answer.status == "empty"
    assert f"waiting to start: {said}" in answer.error


def test_a_silent_container_is_empty_and_a_pod_that_is_gone_is_a_gap(serve: Serve) -> None:
    _, cluster = serve({})
    assert cluster.logs(REF, WINDOW).status == "empty"
    answer = cluster.logs(LogRef("shop", "cart-0", "cart"), WINDOW)
    assert (answer.status, answer.error) == ("error", 'pods "cart-0" not found')


def test_of_very_many_lines_the_last_are_read_and_told(serve: Serve) -> None:
    text = "".join(_line(30 - number / 1000, f"n{number}") for number in range(MOST_LINES + 7))
    _, cluster = serve({REF: text})
    answer = cluster.logs(REF, WINDOW)
    assert (answer.status, answer.value.count("\n")) == ("truncated", MOST_LINES)
    assert answer.value.endswith(_line(30 - (MOST_LINES + 6) / 1000, f"n{MOST_LINES + 6}"))
    assert answer.error == f"the last {MOST_LINES} lines; older ones were not read"


def test_of_very_long_lines_the_last_bytes_are_read_and_told(serve: Serve) -> None:
    lines = 4000
    text = "".join(_line(30 - number / 1000, f"n{number} {'x' * 2000}") for number in range(lines))
    _, cluster = serve({REF: text})
    answer = cluster.logs(REF, WINDOW)
    kept = answer.value.count("\n")
    assert (answer.status, len(answer.value) <= MOST_BYTES, kept < lines) == ("truncated", True, True)
    assert answer.error == f"the last {len(answer.value)} bytes: {kept} of {lines} lines"
    assert answer.value.startswith("2026-")


def test_a_log_that_breaks_off_keeps_what_came(serve: Serve) -> None:
    text = "".join(_line(10, f"n{number}") for number in range(50))
    _, cluster = serve({REF: text}, faults=always(Fault(keep=500)))
    answer = cluster.logs(REF, WINDOW)
    assert (answer.status, len(answer.value)) == ("error", 500)
    assert "broke off" in answer.error


def test_a_log_that_drips_is_not_waited_for(serve: Serve) -> None:
    _, cluster = serve({REF: _line(10, "slow")}, faults=always(Fault(drip=0.2)))
    answer = cluster.logs(REF, WINDOW)
    assert answer.status == "error"
    assert "within 1 s" in answer.error


def test_a_namespace_whose_logs_are_denied_is_soon_left_in_peace(serve: Serve) -> None:
    server, cluster = serve({REF: _line(1, "x")}, rights=Rights(hidden=frozenset({"pods.log"})))
    answers = [cluster.logs(REF, WINDOW) for _ in range(10)]
    assert {one.status for one in answers} == {"denied"}
    assert 'cannot get resource "pods/log"' in answers[-1].error
    assert len(server.requests) == 3


def test_a_silent_kubelet_is_waited_for_once_and_not_for_its_other_pods(serve: Serve) -> None:
    pods = [_pod() | {"metadata": {"namespace": "shop", "name": f"cart-{n}"}} for n in range(4)]
    pods = [pod | {"spec": {"nodeName": "far" if n < 3 else "near"}} for n, pod in enumerate(pods)]
    logs = {LogRef("shop", f"cart-{n}", "cart"): _line(1, "x") for n in range(4)}
    far = re.compile(r"/cart-[0-2]/log")
    silent = Fault(status=500, delay=0.5)
    server, cluster = serve(logs, *pods, faults=lambda one: silent if far.search(one.target) else None)
    cluster.objects("Pod", None)
    answers = [cluster.logs(ref, WINDOW) for ref in logs]
    assert [one.status for one in answers] == ["error", "error", "error", "ok"]
    assert answers[0].error == "fault on order: 500"
    assert answers[1].error == "node far kept another request waiting: fault on order: 500"
    assert len(server.requests) == 3


def test_wrong_names_send_nothing(serve: Serve) -> None:
    server, cluster = serve({})
    for ref in (LogRef("../x", "p", "c"), LogRef("n", "p/exec?", "c"), LogRef("n", "p", "c&follow=true")):
        assert cluster.logs(ref, WINDOW).status == "error"
    assert server.requests == []
