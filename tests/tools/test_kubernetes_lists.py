"""Lists of a live cluster: pages, states that are gone, budget, rights, and answers that are none."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.faults import Fault, Faults, always, on
from evals.loopback.server import Reply
from evals.loopback.store import Store, sorted_objects
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import connect
from tools.kubernetes.events import MOST
from tools.kubernetes.requests import Bounds
from tools.objects.decode import KINDS
from tools.objects.meta import Wire
from tools.pointed import POINTED
from tools.source import Answer

Serve = Callable[..., tuple[ApiServer, LiveCluster]]


def _object(kind: str, namespace: str, name: str, **rest: object) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": "v1", "metadata": {"namespace": namespace, "name": name}, **rest}


PODS = [_object("Pod", f"team-{number % 3}", f"pod-{number:03}") for number in range(25)]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A server of some objects, and a source that asks it."""
    with ExitStack() as stack:

        def start(
            objects: list[dict[str, Any]],
            faults: Faults | None = None,
            rights: Rights = Rights(),  # noqa: B008 - frozen
            homes: tuple[str, ...] = (),
            **bounds: float,
        ) -> tuple[ApiServer, LiveCluster]:
            answers = Answers(Store(name="some", objects=sorted_objects(objects)), rights)
            server = stack.enter_context(ApiServer(answers, faults))
            connection = connect(str(server.kubeconfig(tmp_path / "kubeconfig")), None)
            stack.callback(connection.close)
            return server, LiveCluster(connection, homes, bounds=Bounds(**bounds))  # type: ignore[arg-type]

        yield start


def _names(answer: Answer[Sequence[Wire]]) -> list[str]:
    return [one.metadata.name for one in answer.value]  # type: ignore[attr-defined]


def test_a_list_is_read_in_pages_of_one_state(serve: Serve) -> None:
    server, cluster = serve(PODS, page=10)
    answer = cluster.objects("Pod", None)
    assert (answer.status, len(answer.value)) == ("ok", 25)
    assert answer.query == "kubectl get pods -A -o json"
    assert ["continue=" in one.target for one in server.requests] == [False, True, True]
    assert all("limit=10" in one.target for one in server.requests)


def test_a_large_list_comes_compressed(serve: Serve) -> None:
    note = {"annotations": {"about": "x" * 8000}}
    large = [{**one, "metadata": {**one["metadata"], **note}} for one in PODS]
    server, cluster = serve(large)
    assert len(cluster.objects("Pod", None).value) == 25
    assert "gzip" in server.requests[0].headers["accept-encoding"]
    sent = server.reply(server.requests[0])
    assert sent.headers["Content-Encoding"] == "gzip"
    assert len(sent.body) < 8000


def test_what_is_compressed_badly_is_an_error(serve: Serve) -> None:
    server, cluster = serve([])
    server.answers = _Garbled(Store(name="some", objects={}))
    answer = cluster.objects("Pod", None)
    assert (answer.status, list(answer.value)) == ("error", [])
    assert "broke off" in answer.error


class _Garbled(Answers):
    """A server, or something in between, that says gzip and sends something else."""

    def get(self, path: str, asked: Mapping[str, str]) -> Reply:
        found = super().get(path, asked)
        return Reply(200, found.body, headers={"Content-Encoding": "gzip"})


def test_the_same_list_is_asked_for_once(serve: Serve) -> None:
    server, cluster = serve(PODS)
    assert cluster.objects("Pod", None) is cluster.objects("Pod", None)
    assert len(server.requests) == 1


def test_a_state_that_is_gone_begins_the_list_anew(serve: Serve) -> None:
    server, cluster = serve(PODS, on("continue=", Fault(status=410), times=1), page=10)
    assert (cluster.objects("Pod", None).status, len(server.requests)) == ("ok", 5)


def test_a_page_of_another_state_begins_the_list_anew(serve: Serve) -> None:
    server, cluster = serve(PODS, page=10)
    server.faults = lambda request: _changed(server) if request.number == 2 else None
    answer = cluster.objects("Pod", None)
    assert (answer.status, len(set(_names(answer))), len(answer.value)) == ("ok", 25, 25)


def _changed(server: ApiServer) -> None:
    server.answers.version += 1


def test_a_list_that_is_gone_again_and_again_is_an_error(serve: Serve) -> None:
    server, cluster = serve(PODS, on("continue=", Fault(status=410)), page=10)
    answer = cluster.objects("Pod", None)
    assert (answer.status, list(answer.value), len(server.requests)) == ("error", [], 6)


def test_a_page_that_fails_leaves_what_was_read_and_says_so(serve: Serve) -> None:
    _, cluster = serve(PODS, on("continue=", Fault(keep=20)), page=10)
    answer = cluster.objects("Pod", None)
    assert (answer.status, len(answer.value)) == ("error", 10)
    assert "broke off" in answer.error
    assert "after the first 10 of 25" in answer.error


def test_pages_leave_a_request_for_every_other_kind(serve: Serve) -> None:
    server, cluster = serve(PODS, page=1)
    answer = cluster.objects("Pod", None)
    assert answer.status == "truncated"
    assert answer.error == "the budget of 40 requests is spent, after the first 9 of 25"
    others = [cluster.objects(kind, None).status for kind in KINDS if kind not in {"Pod", *POINTED}]
    assert set(others) == {"empty"}
    assert len(server.requests) <= 40
    assert cluster.room() == 40 - len(server.requests)
    assert len(server.requests) <= 40 - Bounds().logs


def test_what_does_not_fit_is_read_at_least_where_it_is_wrong(serve: Serve) -> None:
    _, cluster = serve(PODS, page=2, requests=36, homes=("team-2",))
    answer = cluster.objects("Pod", None)
    assert answer.status == "truncated"
    assert len(answer.value) == len(set(_names(answer)))
    assert set(_names(answer)) >= {one["metadata"]["name"] for one in PODS if one["metadata"]["namespace"] == "team-2"}
    assert answer.error.startswith("all of team-2 and 10 of all namespaces was read, else: the budget of 36")


def test_too_many_requests_are_tried_again_when_the_server_says(serve: Serve) -> None:
    server, cluster = serve(PODS, on("/pods", Fault(status=429, retry_after=1), times=1))
    begun = time.monotonic()
    assert cluster.objects("Pod", None).status == "ok"
    assert time.monotonic() - begun >= 1
    assert len(server.requests) == 2


def test_nobody_waits_for_a_retry_beyond_the_deadline(serve: Serve) -> None:
    server, cluster = serve(PODS, always(Fault(status=429, retry_after=60)), seconds=2)
    begun = time.monotonic()
    assert cluster.objects("Pod", None).status == "error"
    assert time.monotonic() - begun < 15
    assert len(server.requests) == 1


@pytest.mark.parametrize(("code", "requests"), [(500, 3), (503, 3), (404, 1), (400, 1), (403, 1), (401, 1)])
def test_only_what_may_pass_is_tried_again_and_not_for_ever(serve: Serve, code: int, requests: int) -> None:
    server, cluster = serve(PODS, always(Fault(status=code)))
    answer = cluster.objects("Pod", None)
    assert answer.status == ("denied" if code in {401, 403} else "error")
    assert answer.error == (f"fault on order: {code}")
    assert len(server.requests) == requests


def test_who_is_not_known_is_not_asked_for_again(serve: Serve) -> None:
    server, cluster = serve(PODS)
    server.token = "another"  # noqa: S105 - what the server of this test wants to see
    answers = [cluster.objects(kind, None) for kind in KINDS]
    assert {(one.status, one.error) for one in answers} == {("denied", "Unauthorized")}
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>welcome</html>",
        b"{}",
        b"[]",
        b"null",
        b'{"kind":"Status","metadata":{},"items":[]}',
        b'{"kind":"PodList","items":[]}',
        b'{"kind":"PodList","metadata":{},"items":[{"metadata":',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_no_list_is_not_an_empty_cluster(serve: Serve, body: bytes) -> None:
    _, cluster = serve(PODS, always(Fault(body=body)))
    answer = cluster.objects("Pod", None)
    assert (answer.status, list(answer.value)) == ("error", [])
    assert answer.error


def test_one_object_that_does_not_fit_spoils_no_other(serve: Serve) -> None:
    odd = _object("Pod", "shop", "odd", spec={"containers": 5})
    nulls = _object("Pod", "shop", "nulls", spec={"containers": None, "volumes": [None]})
    _, cluster = serve([_object("Pod", "shop", "fine"), odd, nulls])
    answer = cluster.objects("Pod", None)
    assert (answer.status, _names(answer)) == ("truncated", ["fine", "nulls"])
    assert "1 of 3 could not be read: items[2]: Pod odd" in answer.error


def test_kinds_of_workloads_are_told_apart(serve: Serve) -> None:
    _, cluster = serve([_object("StatefulSet", "shop", "db"), _object("Deployment", "shop", "web")])
    assert [one.kind for one in cluster.objects("StatefulSet", None).value] == ["StatefulSet"]  # type: ignore[attr-defined]


def test_an_account_of_one_namespace_reads_that_one_and_says_so(serve: Serve) -> None:
    server, cluster = serve(PODS, rights=Rights(frozenset({"team-1"})), homes=("team-1",))
    answer = cluster.objects("Pod", None)
    assert (answer.status, {one.metadata.namespace for one in answer.value}) == ("denied", {"team-1"})  # type: ignore[attr-defined]
    assert answer.error.startswith("all of team-1 was read, else: pods is forbidden: User")
    for kind in KINDS:
        cluster.objects(kind, None)
    assert len(server.requests) <= 40
    assert not [one for one in server.requests if "/deployments" in one.path and "team-1" not in one.path]


def test_a_single_kind_that_is_denied_leaves_the_others_whole(serve: Serve) -> None:
    quota = _object("ResourceQuota", "team-1", "limits")
    _, cluster = serve([*PODS, quota], rights=Rights(hidden=frozenset({"resourcequotas."})), homes=("team-1",))
    assert cluster.objects("Pod", None).status == "ok"
    answer = cluster.objects("ResourceQuota", None)
    assert (answer.status, list(answer.value)) == ("denied", [])


def test_events_are_read_by_the_newer_api_where_only_that_is_allowed(serve: Serve) -> None:
    newer = {"apiVersion": "events.k8s.io/v1", "regarding": {"kind": "Pod", "name": "a"}, "note": "killed"}
    event = _object("Event", "shop", "a.1") | newer
    for rights in (Rights(), Rights(hidden=frozenset({"events."}))):
        _, cluster = serve([event], rights=rights)
        answer = cluster.objects("Event", None)
        assert [(one.text, one.about.name) for one in answer.value] == [("killed", "a")]  # type: ignore[attr-defined]
        assert answer.status == "ok"


def _events(number: int, namespace: str, **rest: object) -> list[dict[str, Any]]:
    return [_object("Event", namespace, f"pod-{one:05}.1", **rest) for one in range(number)]


USUAL = [*_events(MOST, "team-1", type="Normal"), *_events(2, "team-2", type="Normal")]
TROUBLE = [_object("Event", "team-1", "zz.1", type="Warning"), _object("Event", "team-3", "odd.1")]


def test_of_too_many_events_those_of_trouble_are_read_and_all_of_home(serve: Serve) -> None:
    server, cluster = serve([*USUAL, *TROUBLE], homes=("team-2",))
    answer = cluster.objects("Event", None)
    assert answer.status == "ok"
    assert _names(answer) == ["zz.1", "odd.1", "pod-00000.1", "pod-00001.1"]
    assert answer.query == "kubectl get events -A -o json --field-selector 'type!=Normal'"
    assert answer.warnings == ("of 3,004 events those of type Normal were not read, but in team-2",)
    assert len(server.requests) == 3


def test_events_that_are_just_not_too_many_are_all_read(serve: Serve) -> None:
    server, cluster = serve([*USUAL[2:], *TROUBLE][:MOST])
    answer = cluster.objects("Event", None)
    assert (answer.status, len(answer.value), answer.warnings) == ("ok", MOST, ())
    assert len(server.requests) == 3


def test_a_home_with_too_many_events_is_read_like_the_cluster(serve: Serve) -> None:
    _, cluster = serve([*USUAL, *TROUBLE], homes=("team-1",))
    answer = cluster.objects("Event", None)
    assert (answer.status, _names(answer), answer.whole_in) == ("ok", ["zz.1", "odd.1"], ())
    assert answer.warnings == ("of 3,004 events those of type Normal were not read",)


def test_more_trouble_than_is_read_is_a_gap(serve: Serve) -> None:
    _, cluster = serve(_events(MOST + 5, "team-1", type="Warning"))
    answer = cluster.objects("Event", None)
    assert (answer.status, len(answer.value)) == ("truncated", MOST)
    assert answer.error == f"more were not asked for, after the first {MOST}"


def test_many_events_leave_requests_for_many_pods(serve: Serve) -> None:
    server, cluster = serve([*PODS, *USUAL, *TROUBLE], page=5)
    # As a sweep does: what others point at is asked for when these are there.
    first = [kind for kind in KINDS if kind not in POINTED]
    with ThreadPoolExecutor() as pool:
        found = dict(zip(first, pool.map(lambda kind: cluster.objects(kind, None), first), strict=True))
    assert (found["Pod"].status, len(found["Pod"].value)) == ("ok", len(PODS))
    assert found["Event"].status == "ok"
    assert len(server.requests) <= 40


def test_too_many_events_and_no_request_left_is_a_gap(serve: Serve) -> None:
    _, cluster = serve(USUAL, requests=len(KINDS) - len(POINTED) + 14)
    answer = cluster.objects("Event", None)
    assert (answer.status, answer.error) == ("truncated", "3,002 are too many to be read")


def test_endpoints_are_read_where_slices_are_not_to_be_had(serve: Serve) -> None:
    old = _object("Endpoints", "shop", "web", subsets=[{"addresses": [{"ip": "10.0.0.1"}]}])
    server, cluster = serve([old])
    assert cluster.objects("Endpoints", None).status == "empty"
    assert [one.path for one in server.requests] == ["/apis/discovery.k8s.io/v1/endpointslices"]
    _, cluster = serve([old], rights=Rights(hidden=frozenset({"endpointslices.discovery.k8s.io"})))
    assert _names(cluster.objects("Endpoints", None)) == ["web"]


def test_wrong_names_send_nothing(serve: Serve) -> None:
    server, cluster = serve(PODS)
    for kind, namespace in (("Secret", None), ("Pod", "../secrets"), ("Pod", ""), ("Pod", "a/b"), ("Pod", "A")):
        assert cluster.objects(kind, namespace).status == "error"
    assert server.requests == []
