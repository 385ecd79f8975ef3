"""A recording of live systems gives the diagnosis that they gave, and holds no secret."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from agent.diagnose import diagnose
from agent.diagnosis import Diagnosis
from agent.record import record
from agent.run_input import RunInput, load_run
from agent.sweep import LIVE, Limits
from evals.decided import decided
from evals.lint import lint
from evals.loopback.answers import Answers, Rights
from evals.loopback.api_server import ApiServer
from evals.loopback.faults import Fault, Faults, on
from evals.loopback.live_cluster import live_cluster
from evals.loopback.store import Store, sorted_objects, store_of_run
from evals.run import load_labelled
from tools.errors import InputError
from tools.kubernetes.requests import Bounds
from tools.recorder import Recorded
from tools.source import Answer, Sources

RUNS = Path(__file__).parents[2] / "evals" / "runs"
SOME = sorted(path.parent for path in RUNS.glob("*/*/run.yaml"))[::20]
DEMO = RUNS / yaml.safe_load((RUNS / "demo.yaml").read_text())["runs"][0]


class Live:
    """A run served over HTTP, asked as often as needed; with everything else that the run has."""

    def __init__(self, run: RunInput, answers: Answers, folder: Path, faults: Faults | None = None) -> None:
        self.run, self.folder = run, folder
        self.server = ApiServer(answers, faults)

    @contextmanager
    def sources(self, *, keep: bool = False, seconds: float = 10.0) -> Iterator[Sources]:
        bounds = Bounds(requests=200, seconds=seconds, call_seconds=seconds / 2)
        with live_cluster(self.server, self.run.incident, bounds, keep=keep) as cluster:
            yield msgspec.structs.replace(self.run.sources, cluster=cluster)

    def diagnosed(self, limits: Limits) -> Diagnosis:
        with self.sources(seconds=limits.seconds or 10.0) as sources:
            return diagnose(self.run.incident, sources, self.run.boundary, limits=limits)

    def recorded(self, limits: Limits = LIVE) -> Recorded:
        with self.sources(keep=True, seconds=limits.seconds or 10.0) as sources:
            return record(sources, self.run.incident, self.folder / "out", limits=limits)


def _replayed(folder: Path, run: RunInput) -> Diagnosis:
    again = load_run(folder)
    assert again.incident == run.incident.model_copy(update={"origin": "run"})
    return diagnose(again.incident, again.sources, run.boundary)


@pytest.mark.parametrize("folder", SOME, ids=lambda one: one.name)
def test_a_recording_gives_the_live_diagnosis(folder: Path, tmp_path: Path) -> None:
    live = Live(load_run(folder), Answers(store_of_run(folder)), tmp_path)
    with live.server:
        found = live.diagnosed(LIVE)
        recorded = live.recorded()
    assert decided(_replayed(recorded.folder, live.run)) == decided(found)
    assert lint(recorded.folder) == []
    assert load_labelled(recorded.folder).label is None


FAULTS: dict[str, Faults | Rights] = {
    "one namespace only": Rights(namespaces=frozenset({"sock-shop"})),
    "no deployments": Rights(hidden=frozenset({"deployments.apps"})),
    "no logs": Rights(hidden=frozenset({"pods.log"})),
    "pods hang": on("/api/v1/pods", Fault(hang=True)),
    "logs hang": on("/log", Fault(hang=True)),
    "events break off": on("/events", Fault(keep=40)),
    "logs break off": on("/pods/payment", Fault(keep=200)),
    "nothing is allowed": on("/", Fault(status=403)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_live_system_did_not_tell_is_as_unknown_in_the_recording(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    rights, faults = (fault, None) if isinstance(fault, Rights) else (Rights(), fault)
    live = Live(load_run(DEMO), Answers(store_of_run(DEMO), rights), tmp_path, faults)
    limits = Limits(logs=LIVE.logs, seconds=1.5)
    with live.server:
        found = live.diagnosed(limits)
        recorded = live.recorded(limits)
    again = _replayed(recorded.folder, live.run)
    assert (again.verdict, again.component, again.failure_mode) == (found.verdict, found.component, found.failure_mode)
    assert {(one.evidence, one.status) for one in again.gaps} == {(one.evidence, one.status) for one in found.gaps}
    assert recorded.gaps
    assert all(row["error"] for row in recorded.gaps)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    live = Live(load_run(DEMO), Answers(store_of_run(DEMO)), tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with live.server, pytest.raises(InputError, match=r"expected an empty folder, found notes\.txt"):
        live.recorded()
    assert live.server.requests == []


def test_a_recording_cannot_be_recorded_again(tmp_path: Path) -> None:
    run = load_run(DEMO)
    with pytest.raises(InputError, match="expected a live cluster"):
        record(run.sources, run.incident, tmp_path / "out")


SECRETS = {
    "in a variable": "c0rrect-horse-battery",
    "in a URL": "sw0rdfish",
    "in an argument": "open-sesame-77",
    "as last applied": "xyzzy-plugh-42",
    "in a setting": "Tr0ub4dor-and-3",
    "in a log": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "in a key": "MIIEpAIBAAKCAQEAsecretsecretsecret",
}


def _with_secrets() -> Store:
    store = store_of_run(DEMO)
    objects = [json.loads(json.dumps(one)) for several in store.objects.values() for one in several]
    payment = next(one for one in objects if one["kind"] == "Deployment" and one["metadata"]["name"] == "payment")
    container = payment["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [
        *container.get("env", ()),
        {"name": "DB_PASSWORD", "value": SECRETS["in a variable"]},
        {"name": "SESSION_DSN", "value": f"postgres://app:{SECRETS['in a URL']}@session-db:5432/sessions"},
        {"name": "OTHER_URL", "value": f"http://app:{SECRETS['in a URL']}@session-db:5432/x"},
    ]
    container["args"] = ["--verbose", "--db-password", SECRETS["in an argument"]]
    applied = {"spec": {"env": [{"name": "API_KEY", "value": SECRETS["as last applied"]}]}}
    notes = payment["metadata"].setdefault("annotations", {})
    notes["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(applied) + "\n"
    settings = {"metadata": {"name": "settings", "namespace": "sock-shop"}, "apiVersion": "v1", "kind": "ConfigMap"}
    objects.append({**settings, "data": {"admin_password": SECRETS["in a setting"], "mode": "fast"}})
    return msgspec.structs.replace(store, objects=sorted_objects(objects), log=lambda ref: _chatty(store.log(ref)))


def _chatty(log: Answer[str]) -> Answer[str]:
    at = "2025-11-11T06:35:00.000000000Z"
    said = f"{at} pushing with {SECRETS['in a log']}\n{at} -----BEGIN RSA PRIVATE KEY-----\n"
    said += f"{at} {SECRETS['in a key']}\n{at} -----END RSA PRIVATE KEY-----\n{at} done\n"
    return msgspec.structs.replace(log, value=log.value + said)


def test_no_secret_is_written_and_what_belongs_together_still_does(tmp_path: Path) -> None:
    live = Live(load_run(DEMO), Answers(_with_secrets()), tmp_path)
    with live.server:
        found = live.diagnosed(LIVE)
        recorded = live.recorded()
    written = {path: path.read_text() for path in recorded.folder.rglob("*") if path.is_file()}
    for where, secret in SECRETS.items():
        assert not [path.name for path, text in written.items() if secret in text], where
    assert sum(recorded.secrets.values()) >= len(SECRETS) - 1
    env = {one["name"]: one["value"] for one in _container(recorded.folder)["env"] if "value" in one}
    password = env["OTHER_URL"].removeprefix("http://app:").partition("@")[0]
    assert env["OTHER_URL"] == f"http://app:{password}@session-db:5432/x"
    assert env["SESSION_DSN"].partition("@")[2].startswith("session-db:5432/")
    assert decided(_replayed(recorded.folder, live.run))["verdict"] == decided(found)["verdict"]


def _container(folder: Path) -> dict[str, Any]:
    items = json.loads((folder / "cluster.json").read_text())["items"]
    chosen: Callable[[Any], bool] = lambda one: one["kind"] == "Deployment" and one["metadata"]["name"] == "payment"  # noqa: E731
    found: dict[str, Any] = next(filter(chosen, items))["spec"]["template"]["spec"]["containers"][0]
    return found
