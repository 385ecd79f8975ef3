"""The checkup: what is configured is tried, and what is missing is told with the command that grants it."""

import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from agent.doctor import Asked, Check, examine, exit_status
from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.datadog import DatadogServer, account_of_run
from evals.loopback.faults import Fault, Faults, always, on
from evals.loopback.page_server import PageServer
from evals.loopback.server import Reply
from evals.loopback.store import store_of_run
from tools.kubernetes.guard import check as guarded

RUNS = Path(__file__).parents[2] / "evals" / "runs"
DEMO = RUNS / yaml.safe_load((RUNS / "demo.yaml").read_text())["runs"][0]
STORE = store_of_run(DEMO)
WHOLE = Rights()
Found = list[tuple[str, str]]


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer(Answers(STORE)) as running:
        yield running


def _examined(server: ApiServer | None, folder: Path, seconds: float = 10.0, **asked: object) -> list[Check]:
    config = str(server.kubeconfig(folder / "kubeconfig")) if server else str(folder / "none")
    said = Asked(deadline=time.monotonic() + seconds, kubeconfig=config, namespace="sock-shop")
    return examine(msgspec.structs.replace(said, **asked))


def _of(checks: list[Check], system: str) -> Found:
    return [(one.name, one.state) for one in checks if one.system == system]


def _told(checks: list[Check], name: str, state: str) -> Check:
    [found] = [one for one in checks if (one.name, one.state) == (name, state)]
    return found


def test_a_reader_of_everything_is_ready(server: ApiServer, tmp_path: Path) -> None:
    checks = _examined(server, tmp_path)
    names = ("context", "server", "namespace", "objects", "logs", "read-only")
    assert _of(checks, "kubernetes") == [(name, "ok") for name in names]
    assert [one.state for one in checks if one.system != "kubernetes"] == ["off"] * 5
    assert exit_status(checks) == 0
    for request in server.requests:
        guarded(request.method, request.target)
    assert {request.method for request in server.requests} == {"GET", "POST"}


def _given(rights: Rights, do: str) -> Rights:
    """The rights after an administrator has run the commands."""
    said = re.search(r"--resource=(\S+)", do)
    assert said is not None, do
    granted = {one.replace("/", ".") if "/" in one else one if "." in one else f"{one}." for one in said[1].split(",")}
    everywhere = " -n " not in do
    assert f" --user={shlex.quote(rights.user)}" in do, do
    assert ("clusterrole " in do) == everywhere, do
    return msgspec.structs.replace(rights, hidden=rights.hidden - granted)


@pytest.mark.parametrize(
    ("hidden", "name", "state"),
    [
        ({"pods."}, "objects", "missing"),
        ({"configmaps.", "deployments.apps", "horizontalpodautoscalers.autoscaling"}, "objects", "missing"),
        ({"nodes.", "storageclasses.storage.k8s.io"}, "objects", "warning"),
        ({"leases.coordination.k8s.io"}, "objects", "warning"),
        ({"pods.log"}, "logs", "missing"),
        ({"events.", "events.events.k8s.io"}, "objects", "missing"),
    ],
)
def test_what_is_missing_is_told_with_the_command_that_grants_it(
    hidden: set[str], name: str, state: str, tmp_path: Path
) -> None:
    rights = Rights(hidden=frozenset(hidden), user="reader@example.com")
    lacking = _lacking(rights, name, state, tmp_path)
    for resource in hidden - {"pods.log", "events.events.k8s.io"}:
        assert resource.rstrip(".") in lacking.said
    given = _given(rights, lacking.do)
    given = msgspec.structs.replace(given, hidden=given.hidden - {"events.events.k8s.io"})
    with ApiServer(Answers(STORE, given)) as server:
        checks = _examined(server, tmp_path)
    assert {one.state for one in checks if one.system == "kubernetes"} == {"ok"}


def _lacking(rights: Rights, name: str, state: str, folder: Path) -> Check:
    with ApiServer(Answers(STORE, rights)) as server:
        checks = _examined(server, folder)
    assert exit_status(checks) == (2 if state == "missing" else 0)
    return _told(checks, name, state)


def test_either_event_api_will_do(tmp_path: Path) -> None:
    with ApiServer(Answers(STORE, Rights(hidden=frozenset({"events."})))) as server:
        assert ("objects", "warning") not in _of(_examined(server, tmp_path), "kubernetes")


def test_a_reader_of_one_namespace_works_there_and_is_told_what_lies_elsewhere(tmp_path: Path) -> None:
    with ApiServer(Answers(STORE, Rights(namespaces=frozenset({"sock-shop"})))) as server:
        checks = _examined(server, tmp_path)
        assert exit_status(checks) == 0
        only, cluster = [one for one in checks if (one.name, one.state) == ("objects", "warning")]
        assert "may be listed in sock-shop only: pods, deployments.apps" in only.said
        assert "nodes" in cluster.said
        assert _told(checks, "namespace", "ok").said == "sock-shop has pods"
        assert "sock-shop only" in _told(checks, "logs", "warning").said
        elsewhere = _examined(server, tmp_path, namespace="kube-system")
    assert exit_status(elsewhere) == 2
    assert " -n kube-system " in _told(elsewhere, "objects", "missing").do


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"create pods/exec."}, "create pods/exec"),
        ({"get secrets.", "patch deployments.apps"}, "patch deployments.apps, get secrets"),
        ({"get pods/proxy.", "watch *."}, "get pods/proxy in sock-shop"),
        ({"delete services."}, "delete services in sock-shop"),
        ({"* *.*"}, "everything"),
    ],
)
def test_an_account_that_could_change_something_is_warned_about(more: set[str], said: str, tmp_path: Path) -> None:
    with ApiServer(Answers(STORE, Rights(more=frozenset(more)))) as server:
        checks = _examined(server, tmp_path)
    assert said in _told(checks, "read-only", "warning").said
    assert exit_status(checks) == 0


NAMELESS = "selfsubjectreviews.authentication.k8s.io"


@pytest.mark.parametrize(
    ("user", "hidden", "named"),
    [
        ("system:serviceaccount:faultside:faultside", set(), "system:serviceaccount:faultside:faultside"),
        ("o'brien; rm -rf /", set(), """'o'"'"'brien; rm -rf /'"""),
        ("faultside", {NAMELESS}, "faultside"),
        ("reader@example.com", {NAMELESS}, "USER"),
        ("\u202eevil", set(), "USER"),
        ('a" "b', set(), "USER"),
    ],
)
def test_commands_name_the_account_as_a_shell_takes_it(user: str, hidden: set[str], named: str, tmp_path: Path) -> None:
    rights = Rights(hidden=frozenset({"nodes.", *hidden}), user=user)
    do = _lacking(rights, "objects", "warning", tmp_path).do
    assert do.endswith(f" --user={named}")


def test_an_account_that_may_not_ask_what_it_may_is_tried(tmp_path: Path) -> None:
    rights = Rights(hidden=frozenset({"selfsubjectreviews.authorization.k8s.io", NAMELESS, "nodes."}))
    with ApiServer(Answers(STORE, rights)) as server:
        checks = _examined(server, tmp_path)
    assert "--clusterrole=system:basic-user --user=faultside" in _told(checks, "rights", "warning").do
    assert "nodes" in _told(checks, "objects", "warning").said
    assert exit_status(checks) == 0


def test_a_namespace_that_is_not_there_is_told_with_its_neighbours(server: ApiServer, tmp_path: Path) -> None:
    checks = _examined(server, tmp_path, namespace="sockshop")
    assert "did you mean sock-shop?" in _told(checks, "namespace", "missing").do
    assert exit_status(checks) == 2
    assert exit_status(_examined(server, tmp_path, namespace="../secrets")) == 2
    assert not [request for request in server.requests if "secrets" in request.target]


FAULTS: dict[str, tuple[Faults, int]] = {
    "hanging": (always(Fault(hang=True)), 3),
    "closed": (always(Fault(close=True)), 3),
    "dripping": (always(Fault(drip=0.05)), 3),
    "cut off": (always(Fault(keep=3)), 3),
    "500": (always(Fault(status=500)), 3),
    "401": (always(Fault(status=401)), 2),
    "403": (always(Fault(status=403)), 2),
    "garbage": (always(Fault(body=b"<html>It works!</html>")), 2),
    "reviews hang": (on("/authorization", Fault(hang=True)), 0),
    "reviews are garbage": (on("/authorization", Fault(body=b"[]")), 0),
    "reviews say nothing": (on("/authorization", Fault(body=b"{}")), 0),
    "namespaces hang": (on("/namespaces?", Fault(hang=True)), 0),
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_the_server_does_there_is_an_answer_in_time(name: str, tmp_path: Path) -> None:
    faults, status = FAULTS[name]
    begun = time.monotonic()
    with ApiServer(Answers(STORE), faults) as server:
        checks = _examined(server, tmp_path, seconds=2.0)
    assert time.monotonic() - begun < 15
    assert [one for one in checks if one.system == "kubernetes" and one.state in {"missing", "warning"}]
    assert exit_status(checks) == status


def test_nobody_there_is_status_3_and_no_kubeconfig_status_2(server: ApiServer, tmp_path: Path) -> None:
    server.kill()
    assert exit_status(_examined(server, tmp_path)) == 3
    assert exit_status(_examined(None, tmp_path)) == 2


def test_the_boundary_file_is_read(server: ApiServer, tmp_path: Path) -> None:
    checks = _examined(server, tmp_path, boundary=RUNS / "sockshop" / "boundary.yaml")
    assert "third parties Stripe" in _told(checks, "file", "ok").said
    broken = tmp_path / "boundary.yaml"
    broken.write_text("version: 1\nthird_party:\n  - {nam: Stripe}\n")
    checks = _examined(server, tmp_path, boundary=broken)
    [told] = [one for one in checks if one.system == "boundary"]
    assert (told.state, exit_status(checks)) == ("missing", 2)
    assert "boundary.yaml:3" in told.said


def test_declared_status_feeds_are_tried(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTSIDE_STATUS_LOOPBACK", "1")
    boundary = tmp_path / "boundary.yaml"
    with PageServer({"/good": Reply(200, b'{"incidents": [{"name": "x"}]}')}) as pages:
        parties = [
            {"name": name, "hosts": [f"{name}.example"], "status": {"kind": "statuspage", "url": f"{pages.url}/{name}"}}
            for name in ("good", "gone")
        ]
        boundary.write_text(yaml.safe_dump({"version": 1, "third_party": parties}))
        checks = _examined(server, tmp_path, boundary=boundary, status_feeds=True)
    assert _of(checks, "status feeds") == [("fetching", "ok"), ("good", "ok"), ("gone", "warning")]
    assert "HTTP 404" in _told(checks, "gone", "warning").said
    assert exit_status(checks) == 0


@pytest.fixture
def datadog(monkeypatch: pytest.MonkeyPatch) -> Iterator[DatadogServer]:
    with DatadogServer(account_of_run(DEMO)) as running:
        for name, value in zip(("DD_API_KEY", "DD_APP_KEY"), running.keys, strict=True):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DD_URL", running.url)
        yield running


def test_datadog_is_asked_for_each_permission(server: ApiServer, datadog: DatadogServer, tmp_path: Path) -> None:
    checks = _examined(server, tmp_path)
    assert [name for name, _ in _of(checks, "datadog")] == ["keys", "logs", "metrics", "events", "monitors"]
    assert exit_status(checks) == 0
    datadog.faults = on("/logs/", Fault(status=403))
    checks = _examined(server, tmp_path)
    assert "logs_read_data" in _told([one for one in checks if one.system == "datadog"], "logs", "missing").do
    assert exit_status(checks) == 2


def test_wrong_keys_and_half_of_them(
    server: ApiServer, datadog: DatadogServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DD_API_KEY", "another-api-key-of-mine")
    checks = _examined(server, tmp_path)
    assert {state for name, state in _of(checks, "datadog") if name != "keys"} == {"missing"}
    monkeypatch.delenv("DD_APP_KEY")
    checks += _examined(server, tmp_path)
    assert "export DD_APP_KEY" in _told([one for one in checks if one.system == "datadog"], "keys", "warning").do
    assert "another-api-key-of-mine" not in repr(checks)
    assert datadog.keys[1] not in repr(checks)


def test_a_section_that_never_ends_is_told_and_the_others_stand() -> None:
    def endless(_asked: Asked) -> Iterator[Check]:
        time.sleep(30)
        yield from ()

    def quick(_asked: Asked) -> list[Check]:
        return [Check("quick", "x", "ok", "y")]

    asked = Asked(deadline=time.monotonic() + 0.3)
    late, fine = examine(asked, {"endless": endless, "quick": quick})
    assert (late.system, late.state, late.unreached, fine.system) == ("endless", "missing", True, "quick")
