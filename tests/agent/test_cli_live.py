"""`faultside diagnose` on a live cluster, as one types it: in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.page_server import PageServer
from evals.loopback.server import Reply
from evals.loopback.store import store_of_run

RUNS = Path(__file__).parents[2] / "evals" / "runs"
DEMO = RUNS / yaml.safe_load((RUNS / "demo.yaml").read_text())["runs"][0]
THEN = ("--start", "2025-11-11T06:30:00Z", "--end", "2025-11-11T06:43:00Z")


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer(Answers(store_of_run(DEMO))) as running:
        yield running


def _faultside(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", *map(str, arguments)]
    alone = {"PYTHONPATH": str(RUNS.parents[1]), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=alone, check=False, timeout=50)


def test_a_cluster_is_diagnosed(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig")
    boundary = RUNS / "sockshop" / "boundary.yaml"
    asked = ("diagnose", "Customers cannot pay", "-n", "sock-shop", *THEN, "--boundary", boundary, "--format", "json")
    for named in (("--kubeconfig", config), ("--kubeconfig", config, "--context", "loopback")):
        ran = _faultside(*asked, *named)
        assert (ran.returncode, ran.stderr) == (0, "")
        found = json.loads(ran.stdout)
        assert (found["verdict"], found["component"]) == ("external", "sock-shop/deployment/stripe-mock")
        assert found["provenance"]["looked_at"].startswith(f"loopback ({server.url}), namespace sock-shop")
    assert _faultside(*asked, KUBECONFIG=str(config)).returncode == 0
    assert {request.method for request in server.requests} == {"GET"}


def test_a_cluster_is_recorded_and_the_recording_diagnosed(server: ApiServer, tmp_path: Path) -> None:
    config, out = server.kubeconfig(tmp_path / "kubeconfig"), tmp_path / "run"
    boundary = RUNS / "sockshop" / "boundary.yaml"
    asked = ("Customers cannot pay", "-n", "sock-shop", *THEN, "--boundary", boundary, "--kubeconfig", config)
    ran = _faultside("record", *asked, "--out", out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"faultside diagnose --run {out}" in ran.stdout
    replayed = _faultside("diagnose", "--run", out, "--format", "json")
    found = json.loads(replayed.stdout)
    assert (found["verdict"], found["component"]) == ("external", "sock-shop/deployment/stripe-mock")
    again = _faultside("record", *asked, "--out", out)
    assert (again.returncode, again.stdout) == (2, "")
    assert "expected an empty folder" in again.stderr


def test_status_feeds_are_fetched_when_they_are_switched_on(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig")
    page = {"status": {"indicator": "major"}, "incidents": [{"name": "API errors", "started_at": THEN[1]}]}
    with PageServer({"/summary.json": Reply(200, json.dumps(page).encode())}) as status:
        boundary = tmp_path / "boundary.yaml"
        where = f"status: {{kind: statuspage, url: '{status.url}/summary.json'}}"
        stripe = f"{{name: Stripe, workloads: [sock-shop/stripe-mock], {where}}}"
        boundary.write_text(f"version: 1\nthird_party: [{stripe}]\n")
        asked = ("diagnose", "Customers cannot pay", "-n", "sock-shop", *THEN, "--boundary", boundary)
        off = _faultside(*asked, "--kubeconfig", config, FAULTSIDE_STATUS_LOOPBACK="1")
        assert "not fetched, because status feeds are off" in " ".join(off.stdout.split())
        assert (off.returncode, status.requests) == (0, [])
        on = _faultside(*asked, KUBECONFIG=str(config), FAULTSIDE_STATUS_FEEDS="1", FAULTSIDE_STATUS_LOOPBACK="1")
        assert (on.returncode, on.stderr, "gap/status" in on.stdout) == (0, "", False)
        assert len(status.requests) == 2
        recorded = _faultside("record", *asked[1:], "--kubeconfig", config, "--status-feeds", "--out", tmp_path / "run",
                              FAULTSIDE_STATUS_LOOPBACK="1")  # fmt: skip
        assert (recorded.returncode, recorded.stderr) == (0, "")
        assert json.loads((tmp_path / "run/status/stripe.json").read_text())["incidents"][0]["name"] == "API errors"
        refused = _faultside(*asked, "--kubeconfig", config, "--status-feeds")
        assert "127.0.0.1, which is not a public address" in " ".join(refused.stdout.split())
    assert len(status.requests) == 4


def test_a_checkup_says_what_is_missing_and_never_how_one_gets_in(server: ApiServer, tmp_path: Path) -> None:
    server.answers.rights = Rights(hidden=frozenset({"pods.log", "nodes."}))
    config = server.kubeconfig(tmp_path / "kubeconfig")
    ran = _faultside("doctor", "-n", "sock-shop", "--kubeconfig", config)
    assert (ran.returncode, ran.stderr) == (2, "")
    command = "kubectl create clusterrole faultside-reads-cluster-faultside --verb=get,list --resource=nodes"
    assert any(line.startswith(f"  do       {command} && ") for line in ran.stdout.splitlines())
    server.answers.rights = Rights()
    ran = _faultside(
        "doctor", "-n", "sock-shop", "--format", "json", KUBECONFIG=str(config), DD_API_KEY="k3ySecretOfMine"
    )
    found = json.loads(ran.stdout)
    assert (ran.returncode, found["format"], found["exit"]) == (0, 1, 0)
    assert [one["name"] for one in found["checks"] if one["state"] == "warning"] == ["keys"]
    assert "k3ySecretOfMine" not in ran.stdout
    assert f"Bearer {server.token}" not in ran.stdout
    server.kill()
    assert _faultside("doctor", "--kubeconfig", config).returncode == 3


def test_a_cluster_that_is_not_there_is_status_3_with_the_answer_printed(server: ApiServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path / "kubeconfig")
    server.kill()
    ran = _faultside("diagnose", "x fails", "--kubeconfig", config)
    assert (ran.returncode, ran.stderr) == (3, "")
    assert ran.stdout.splitlines()[2].startswith("INCONCLUSIVE")
    recorded = _faultside("record", "x fails", "--kubeconfig", config, "--out", tmp_path / "run")
    assert (recorded.returncode, recorded.stderr) == (3, "")
    assert "objects: error" in recorded.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "found no kubeconfig; name one with --kubeconfig FILE"),
        (("--kubeconfig", "nowhere"), "nowhere: expected a kubeconfig file, found nothing"),
        (("--context", "prod"), "expected a kubeconfig file, found nothing"),
        (("--since", "soon"), "--since: expected a length of time"),
    ],
)
def test_what_is_wrong_with_the_way_there_is_one_line(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = _faultside("diagnose", "x fails", *arguments, HOME=str(tmp_path))
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert said in ran.stderr


def test_help_needs_no_vendor() -> None:
    begun = time.monotonic()
    code = "import sys; sys.argv[1:] = ['diagnose', '--help']; from agent.cli import main; main()"
    ran = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert time.monotonic() - begun < 15
    assert not [line for line in ran.stderr.splitlines() if line.rpartition("|")[2].strip().startswith("kubernetes")]
