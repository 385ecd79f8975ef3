"""The generator makes the shipped runs byte for byte, its objects agree, and a run that tells its answer is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.generator import __main__ as generator
from evals.generator.kit import Object, fields, later, moment
from evals.generator.kit_changes import deploy, roll_out, scale, set_env
from evals.generator.kit_cluster import Cluster
from evals.generator.kit_events import event, scheduler_event, use_new_api
from evals.generator.kit_logs import Logs
from evals.generator.kit_metrics import Metrics, grid, state_metrics
from evals.generator.kit_objects import container, pod_template, service
from evals.generator.kit_pods import crash_loop, restart, unschedulable
from evals.generator.kit_run import Incident, Label, Run, leaks, write
from evals.run import load_labelled
from tools.run_folder import read_files, read_head

BORN = datetime(2025, 11, 1, 8, tzinfo=UTC)
NOW = datetime(2025, 11, 2, 9, tzinfo=UTC)
LABEL = Label("internal", "shop/till", "scaled_to_zero", ("scale_up",), ("contact_vendor",), "It has no replicas.")


@pytest.fixture
def cluster() -> Cluster:
    """One Deployment of two pods behind a Service."""
    made = Cluster("seed", "shop")
    made.put(service("till", "shop", BORN, {"http": (80, 8080)}, "10.96.1.1"))
    template = pod_template({"name": "till"}, container("till", "example/till:1", (8080,), env={"BANK": "http://bank"}))
    deploy(made, "till", template, BORN, replicas=2)
    return made


def listed(cluster: Cluster, at: datetime = NOW) -> list[Object]:
    items: list[Object] = json.loads(cluster.render(at))["items"]
    return items


def only(items: list[Object], kind: str) -> Object:
    (found,) = [item for item in items if item["kind"] == kind]
    return found


def shipped(name: str) -> dict[str, bytes]:
    root = generator.RUNS / name
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.timeout(120)
def test_sock_shop_is_generated_byte_for_byte(tmp_path: Path) -> None:
    generator.generate(generator.load("sockshop"), tmp_path / "sockshop")
    made = {
        str(path.relative_to(tmp_path / "sockshop")): path.read_bytes()
        for path in (tmp_path / "sockshop").rglob("*")
        if path.is_file()
    }
    assert made == shipped("sockshop")


@pytest.mark.timeout(60)
def test_every_sock_shop_run_loads_with_its_label_and_nothing_is_dropped() -> None:
    folders = sorted(path.parent for path in (generator.RUNS / "sockshop").glob("r-*/run.yaml"))
    assert len(folders) >= 50
    for folder in folders:
        assert load_labelled(folder).label is not None
        assert read_files(read_head(folder)).notes == [], folder.name


def test_scaling_to_zero_leaves_the_traces_of_a_real_one(cluster: Cluster) -> None:
    scale(cluster, "till", 0, later(NOW, -60))
    items = listed(cluster)
    till, slice_ = only(items, "Deployment"), only(items, "EndpointSlice")
    assert [item for item in items if item["kind"] == "Pod"] == []
    assert (slice_["endpoints"], slice_["ports"]) == (None, None)
    assert till["spec"]["replicas"] == 0
    assert "replicas" not in till["status"]
    signed = [entry for entry in till["metadata"]["managedFields"] if entry.get("subresource") == "scale"]
    assert [(entry["manager"], entry["time"]) for entry in signed] == [("kubectl", "2025-11-02T08:59:00Z")]
    texts = [item["message"] for item in items if item["kind"] == "Event"]
    assert any(text.startswith("Scaled down replica set till-") and text.endswith(" from 2 to 0") for text in texts)
    assert texts.count("Stopping container till") == 2


def test_the_other_wording_of_a_scale(cluster: Cluster) -> None:
    cluster.scale_wording = "to {new} from {old}"
    scale(cluster, "till", 1, later(NOW, -60))
    assert any(e["message"].endswith(" to 1 from 2") for e in listed(cluster) if e["kind"] == "Event")


def test_events_expire(cluster: Cluster) -> None:
    scale(cluster, "till", 0, later(NOW, -7200))
    assert [item for item in listed(cluster) if item["kind"] == "Event"] == []


def test_a_rollout_makes_a_revision_and_a_rollback_reuses_one(cluster: Cluster) -> None:
    roll_out(cluster, "till", lambda template: set_env(template, "BANK", "http://other"), later(NOW, -600))
    assert [rs["spec"]["replicas"] for rs in cluster.replica_sets("till")] == [0, 2]
    before = {rs["metadata"]["name"] for rs in cluster.replica_sets("till")}
    roll_out(cluster, "till", lambda template: set_env(template, "BANK", "http://bank"), later(NOW, -300))
    assert {rs["metadata"]["name"] for rs in cluster.replica_sets("till")} == before
    newest = cluster.replica_sets("till")[-1]
    assert newest["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    assert newest["metadata"]["creationTimestamp"] == "2025-11-01T08:00:00Z"


def test_a_crash_loop_waits_with_a_dead_instance_and_takes_the_endpoint_away(cluster: Cluster) -> None:
    pod = cluster.pods("till")[0]
    crash_loop(cluster, pod, later(NOW, -600), later(NOW, -60), 5, exit_code=2)
    status = pod["status"]["containerStatuses"][0]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["lastState"]["terminated"]["exitCode"] == 2
    ready = [e["conditions"]["ready"] for e in only(listed(cluster), "EndpointSlice")["endpoints"]]
    assert sorted(ready) == [False, True]
    assert cluster.get("Deployment", "till")["status"]["unavailableReplicas"] == 1


def test_a_pending_pod_has_a_scheduler_event_without_times_or_count(cluster: Cluster) -> None:
    (pod,) = roll_out(cluster, "till", lambda t: set_env(t, "A", "1"), later(NOW, -900), healthy=False)
    unschedulable(cluster, pod, later(NOW, -899), "0/2 nodes are available", later(NOW, -60))
    (found,) = [e for e in listed(cluster) if e.get("reason") == "FailedScheduling"]
    assert (found["lastTimestamp"], found.get("count"), found["series"]["count"]) == (None, None, 3)
    assert "nodeName" not in pod["spec"]


def test_both_event_shapes_say_the_same(cluster: Cluster) -> None:
    pod = cluster.pods("till")[0]
    event(
        cluster,
        pod,
        "Unhealthy",
        "Readiness probe failed",
        later(NOW, -30),
        count=7,
        first=later(NOW, -90),
        type="Warning",
    )
    scheduler_event(cluster, pod, "Scheduled", "assigned", later(NOW, -100))
    use_new_api(cluster)
    counted, scheduled = sorted(
        (e for e in listed(cluster) if e["kind"] == "Event"), key=lambda e: e["reason"], reverse=True
    )
    assert (counted["note"], counted["deprecatedCount"], counted["regarding"]["name"]) == (
        "Readiness probe failed",
        7,
        pod["metadata"]["name"],
    )
    assert "deprecatedCount" not in scheduled
    assert scheduled["eventTime"] == "2025-11-02T08:58:20.000000Z"


def test_metrics_follow_the_cluster(cluster: Cluster) -> None:
    scale(cluster, "till", 0, later(NOW, -120))
    metrics = Metrics()
    state_metrics(cluster, metrics, grid(later(NOW, -300), NOW, 60), ["till"])
    lines = [
        line for line in metrics.text(NOW).splitlines() if line.startswith("kube_deployment_status_replicas_available")
    ]
    assert [line.split()[1] for line in lines] == ["2", "2", "2", "2", "0", "0"]
    assert metrics.text(NOW).endswith("# EOF\n")


def test_a_restart_leaves_one_earlier_log(cluster: Cluster) -> None:
    pod, logs = cluster.pods("till")[0], Logs("shop")
    name = pod["metadata"]["name"]
    logs.add(name, "till", later(NOW, -900), "lost")
    restart(cluster, pod, later(NOW, -800))
    logs.add(name, "till", later(NOW, -700), "earlier")
    restart(cluster, pod, later(NOW, -600))
    logs.add(name, "till", later(NOW, -100), "now")
    logs.keep_last_instances(cluster, later(NOW, -1000))
    made = {
        path.rpartition("/")[2]: text.split(maxsplit=1)[1] for path, text in logs.files(later(NOW, -1000), NOW).items()
    }
    assert made == {"till.log": "now\n", "till.previous.log": "earlier\n"}


def test_managed_fields_are_a_tree() -> None:
    assert fields("spec/replicas", "spec/template") == {"f:spec": {"f:replicas": {}, "f:template": {}}}


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("Was the till scaled to zero?", "listening"),
        ("Why do orders fail?", "INFO incident-6 begins"),
        ("Why do orders fail?", "deployment scaled by test script"),
        ("Is this a dependency_unavailable?", "listening"),
    ],
)
def test_a_run_that_tells_its_answer_is_refused(cluster: Cluster, tmp_path: Path, question: str, line: str) -> None:
    fair = Run(
        key="one",
        title="One",
        family="a",
        recorded_at=NOW,
        incident=Incident(later(NOW, -600), NOW, "Why do orders fail?"),
        label=LABEL,
        provenance={"cluster": "modelled"},
        cluster=cluster,
        logs=Logs("shop"),
    )
    assert leaks(fair) == []
    logs = Logs("shop")
    logs.add(cluster.pods("till")[0]["metadata"]["name"], "till", later(NOW, -10), line)
    telling = replace(fair, incident=replace(fair.incident, question=question), logs=logs)
    with pytest.raises(ValueError, match="gives its answer away"):
        write(telling, tmp_path)


def test_moments_are_utc() -> None:
    assert moment("2025-11-11T12:00:00+05:30") == moment("2025-11-11T06:30:00Z")
