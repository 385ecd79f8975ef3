"""Cases in the benchmark's form, about a made-up shop."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.detectors.levels import growth
from agent.diagnose import diagnose
from agent.diagnosis import Cause, Claim
from agent.failure_modes import failure_modes
from evals.adapters import cloud_opsbench_labels as labels
from evals.adapters.benchmark import CROSS, Chosen, answers_of, render, run_cloud_opsbench
from evals.adapters.cloud_opsbench import Question, case_of, find_cases, labelled, load_case
from evals.adapters.cloud_opsbench_samples import samples_of
from evals.adapters.score import Answered, share, summarize
from evals.progress import StderrProgress
from evals.results import RESULTS, SUMMARY
from tools.errors import InputError
from tools.evidence import Window
from tools.objects.capacity import Node
from tools.source import LogRef

Answers = dict[str, object]

PODS = """\
NAME              READY   STATUS    RESTARTS   AGE   IP         NODE
till-7d9-aaaaa    1/1     Running   0          9m    10.2.0.4   n1
door-66b-bbbbb    1/1     Running   0          9m    10.2.0.5   n1
"""
DEPLOYMENTS = """\
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
till   1/1     1            1           9m
door   1/1     1            1           9m
store  0/0     0            0           9m
"""
SERVICES = """\
NAME    TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)    AGE   SELECTOR
till    ClusterIP   10.9.0.1     <none>        80/TCP     9m    app=till
store   ClusterIP   10.9.0.2     <none>        5432/TCP   9m    app=store
"""
TILL = """\
Name:             till-7d9-aaaaa
Namespace:        shop
Node:             n1/10.1.0.4
Start Time:       Sun, 01 Mar 2026 19:50:00 +0800
Labels:           app=till
Status:           Running
IP:               10.2.0.4
Controlled By:    ReplicaSet/till-7d9
Containers:
  server:
    Image:          example.org/till:1
    State:          Running
      Started:      Sun, 01 Mar 2026 19:50:01 +0800
    Ready:          True
    Restart Count:  0
Conditions:
  Type           Status
  Ready          True
Events:          <none>
"""
TRIED = """=== Service store:6379 Connectivity test report ===
Debug Pod test results deployed on n1: store (10.96.0.9:6379) open
Connection Succeeded
Debug Pod test results deployed on n2: punt!
Terminated
Connection Failed
Debug Pod test results deployed on n3:
Debug Pod test results deployed on n4: Connection Failed
"""
KUBELET = """\
Service: kubelet
Status: kubelet.service
     Active: inactive (dead) since Sun 2026-03-01 19:55:00 CST; 5min 2s ago
"""


def key(tool: str, **arguments: object) -> str:
    return f"{tool}:{json.dumps(arguments)}"


def listing(kind: str, text: str) -> Answers:
    return {key("GetResources", resource_type=kind, name="", namespace="shop"): text}


def answers() -> Answers:
    refused = "dial tcp: lookup store on 10.9.0.9:53: connection refused: http://store:5432/rows"
    return {
        "collection_timestamp": "2026-03-01T20:00:00.5",
        **listing("pods", PODS),
        **listing("deployments", DEPLOYMENTS),
        **listing("services", SERVICES),
        **listing("endpoints", "NAME    ENDPOINTS     AGE\ntill    10.2.0.4:80   9m\nstore   <none>        9m\n"),
        **listing("replicasets", "Error: something broke\n"),
        **listing("jobs", ""),
        key("DescribeResource", resource_type="pods", name="till-7d9-aaaaa", namespace="shop"): TILL,
        key("GetErrorLogs", namespace="shop", service_name="till"): {
            "patterns": [{"count": 3, "sample": json.dumps({"level": "error", "message": refused})}]
        },
        key("GetErrorLogs", namespace="shop", service_name="door"): {
            "app": ["2026-03-01T19:59:00+08:00 late\n2026-03-01T19:59:01+08:00 later"],
            "previous": ["2026-03-01T19:58:00+08:00 gone"],
        },
        key("GetServiceDependencies", service_name="store"): "[Service]: store\n[Upstream (Called By)]: till, nobody\n",
        key("GetAlerts"): {
            "alerts": [
                {"type": "Service", "name": "till", "evidence": ["LATENCY_DEGRADATION [Slow] | p90: 5ms -> 900ms"]},
                {"entry_service": "till", "request_method": "GET", "url": "/pay", "occurrences": 4, "raw_error": "503"},
            ]
        },
        key("CheckNodeServiceStatus", node_name="n1", service_name="kubelet"): KUBELET,
        key("CheckServiceConnectivity", namespace="shop", service_name="store", port=6379): TRIED,
        key("CheckServiceConnectivity", namespace="shop", service_name="till", port=80): "Connection Failed",
    }


def test_connection_tests_are_samples_of_a_blackbox_exporter(tmp_path: Path) -> None:
    sources = load_case(write(tmp_path / "case")).sources
    assert sources.metrics is not None
    window = Window(sources.now, sources.now)

    tests, other = (sources.metrics.series(name, {}, window) for name in ("probe_success", "http_requests_total"))

    assert [(one.labels, one.points) for one in tests.value] == [
        ({"instance": "store.shop.svc:6379", "node": "n1"}, [(sources.now.timestamp(), 1.0)]),
        ({"instance": "store.shop.svc:6379", "node": "n2"}, [(sources.now.timestamp(), 0.0)]),
        ({"instance": "store.shop.svc:6379", "node": "n4"}, [(sources.now.timestamp(), 0.0)]),
        ({"instance": "till.shop.svc:80"}, [(sources.now.timestamp(), 0.0)]),
    ]
    assert other.value == []


def write(folder: Path, root_cause: str = "deployment_zero_replicas", namespace: str = "shop") -> Path:
    folder.mkdir(parents=True)
    result = {"fault_taxonomy": "X", "fault_object": "app/store", "root_cause": root_cause}
    metadata = {"namespace": namespace, "query": "Purchases fail.", "result": result, "process": {"path1": ["store"]}}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    (folder / "tool_cache.json").write_text(json.dumps(answers()))
    return folder


def test_times_without_a_zone_take_that_of_the_answers() -> None:
    case = case_of(Question("shop", "Purchases fail."), answers())
    assert case.sources.now == datetime(2026, 3, 1, 12, 0, 0, 500000, UTC)
    assert case.incident.end == case.incident.asked_at == case.sources.now


def test_kinds_that_were_not_answered_are_unknown_not_empty() -> None:
    cluster = case_of(Question("shop", ""), answers()).sources.cluster
    assert cluster is not None
    assert cluster.objects("Job", None).status == "empty"
    assert cluster.objects("ReplicaSet", None).status == "error"
    assert cluster.objects("Ingress", None).status == "error"
    assert len(cluster.objects("Pod", "shop").value) == 2
    assert cluster.objects("Pod", "elsewhere").value == []


def test_logs_of_services_become_logs_of_their_pods() -> None:
    case = case_of(Question("shop", ""), answers())
    cluster = case.sources.cluster
    assert cluster is not None
    refs = set(cluster.log_refs("shop"))
    till = LogRef("shop", "till-7d9-aaaaa", "server")
    assert till in refs
    text = cluster.logs(till, case.incident.window).value
    assert text.count("connection refused") == 3
    assert all(line.startswith("2026-03-01T12:00:00Z ") for line in text.splitlines())


def test_numbers_in_alerts_are_samples_with_the_usual_before_and_the_present_since_the_onset() -> None:
    numbers = [
        "LATENCY_DEGRADATION [Slow] | p90latency: Normal=10.00ms -> Current=900.00ms (+8900%) | Peak=950.00ms",
        "TRAFFIC_ANOMALY [Drop] | Inbound: Normal=9pps -> Current=3pps (-66%) | Outbound: Normal=8pps -> Current=2pps",
        "RESOURCE_SATURATION [cpu core] | Normal=0.00 cores -> Current=0.15 cores (+4900.0%)",
        "RESOURCE_SATURATION [cpu_cfs] | Val: 0.500s (Throttled)",
    ]
    row = {
        "type": "Service",
        "name": "till",
        "evidence": numbers,
        "time_range": "2026-03-01 19:55:00 ~ 2026-03-01 19:58:00",
    }
    node = {
        "type": "Node",
        "name": "n1",
        "evidence": ["X [TCP] | Normal=0.00retrans -> Current=6.00retrans (New Spike)"],
    }
    taken = datetime.fromisoformat("2026-03-01T20:00:00+08:00")

    found = samples_of({"alerts": [row, node]}, "shop", taken - timedelta(minutes=30), taken)

    (latency,) = found["http_request_duration_seconds"]
    assert latency.labels == {"namespace": "shop", "service": "till", "quantile": "0.9"}
    assert [value for _, value in latency.points] == [0.01] * 55 + [0.9] * 6
    assert latency.points[55][0] == datetime(2026, 3, 1, 11, 55, tzinfo=UTC).timestamp()
    rates = {name: [round(rate, 4) for _, rate in growth(one[0])] for name, one in found.items()}
    assert {rates["container_network_receive_packets_total"][0], rates["node_netstat_Tcp_RetransSegs"][0]} == {9, 0}
    assert rates["container_network_transmit_packets_total"][-1] == 2
    assert {*rates["container_cpu_usage_seconds_total"]} == {0.003, 0.15}
    assert {*rates["container_cpu_cfs_throttled_seconds_total"]} == {0.5}
    assert found["container_cpu_usage_seconds_total"][0].labels == {"namespace": "shop", "deployment": "till"}


def test_alerts_and_declared_calls() -> None:
    case = case_of(Question("shop", ""), answers())
    assert [alert.labels["service"] for alert in case.incident.alerts] == ["till", "till"]
    assert case.incident.alerts[1].text == "RequestsFail GET /pay: 4 times 503"
    assert [(edge.caller, edge.callee) for edge in case.boundary.edges] == [("shop/till", "shop/store")]


def test_daemons_become_conditions_of_their_node() -> None:
    cluster = case_of(Question("shop", ""), answers()).sources.cluster
    assert cluster is not None
    (node,) = cluster.objects("Node", None).value
    assert isinstance(node, Node)
    (condition,) = node.status.conditions
    assert (condition.type, condition.status) == ("KubeletUnhealthy", "True")
    assert condition.last_transition_time == datetime(2026, 3, 1, 11, 54, 58, tzinfo=UTC)


def test_nothing_of_the_answer_or_of_its_place_reaches_the_case(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop-app" / "secret-category" / "no-17", "the-answer")
    case = load_case(folder)
    diagnosis = diagnose(case.incident, case.sources, case.boundary).model_dump_json()
    for word in ("the-answer", "secret-category", "no-17", "fault_taxonomy", "path1", str(tmp_path)):
        assert word not in f"{case.incident!r} {case.sources.name} {case.sources.notes} {case.boundary!r} {diagnosis}"
    assert labelled(folder).root_cause == "the-answer"


def test_cases_are_found_and_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a" / "1"), write(tmp_path / "a" / "2")
    assert find_cases(tmp_path) == [first, second]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="expected folders"):
        find_cases(empty)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "a" / "1")
    (folder / "tool_cache.json").write_text("[1]")
    with pytest.raises(InputError, match="Cloud-OpsBench"):
        load_case(folder)


def cause(component: str, mode: str, detail: str | None = None, text: str = "") -> Cause:
    claims = (Claim(text=text, evidence="e", op="equals"),) if text else ()
    return Cause(
        component=component,
        side="owned",
        owner="us",
        failure_mode=mode,
        detail=detail,
        confidence=0.5,
        claims=claims,
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (cause("shop/deployment/till", "scaled_to_zero"), ("app/till", "deployment_zero_replicas")),
        (cause("shop/deployment/till", "quota_exceeded", "cpu"), ("namespace/shop", "namespace_cpu_quota_exceeded")),
        (cause("-/node/n1", "node_component_down", "containerd"), ("node/n1", "containerd_unavailable")),
        (cause("-/node/n1", "network_delay"), ("node/n1", "node_network_delay")),
        (cause("shop/deployment/till", "network_delay"), ("app/till", "pod_network_delay")),
        (cause("shop/service/till", "target_port_mismatch"), ("app/till", "service_port_mapping_mismatch")),
        (cause("shop/deployment/till", "queue_full"), ("app/till", "ours:queue_full")),
        (cause("shop/deployment/till", "affinity_conflict"), ("app/till", "node_affinity_mismatch")),
        (
            cause("shop/deployment/till", "affinity_conflict", text="didn't match pod anti-affinity rules"),
            ("app/till", "pod_anti_affinity_conflict"),
        ),
    ],
)
def test_causes_in_the_words_of_the_benchmark(given: Cause, expected: tuple[str, str]) -> None:
    found = labels.prediction_of(given)
    assert (found.fault_object, found.root_cause) == expected


def test_the_map_knows_only_failure_modes_and_details_that_exist() -> None:
    known = failure_modes()
    assert set(labels._PLAIN) <= set(known)
    for mode, detail in labels._DETAILED:
        assert detail in known[mode].details, (mode, detail)


def test_a_zero_replica_store_is_found_scored_and_printed(tmp_path: Path) -> None:
    write(tmp_path / "cases" / "shop" / "1")
    write(tmp_path / "cases" / "shop" / "2", "something_else")
    summary = run_cloud_opsbench(Chosen(tmp_path / "cases"), tmp_path / "out", StderrProgress())
    rows = [json.loads(line) for line in (tmp_path / "out" / RESULTS).read_text().splitlines()]
    assert [row["rank"] for row in rows] == [1, None]
    assert summary.micro["a@1"].value == 0.5
    assert summary.labels["something_else"].taken_for == {"deployment_zero_replicas": 1}
    assert (tmp_path / "out" / SUMMARY).is_file()
    assert "something_else" in render(summary)


def test_chosen_cases(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / "shop" / str(number))
    write(tmp_path / "0", namespace="zoo")
    assert len(Chosen(tmp_path).cases()) == 5
    assert [case.name for case in Chosen(tmp_path, "shop", 2).cases()] == ["0", "2"]
    assert [case.name for case in Chosen(tmp_path, "zoo").cases()] == ["0"]
    with pytest.raises(InputError, match="--app"):
        Chosen(tmp_path, "mine").cases()


def test_answers_are_said_once() -> None:
    case = case_of(Question("shop", "Purchases fail."), answers())
    found = answers_of(diagnose(case.incident, case.sources, case.boundary))
    assert len(found) == len(set(found)) <= 3


def test_shares_micro_and_macro_with_intervals() -> None:
    rows = [Answered(case="", app="x", label="often", about=f"app/{n}", said="often", rank=1) for n in range(9)]
    rows += [Answered(case="", app="y", label="seldom", about="app/z", said="often", said_about="app/z", rank=2)]
    summary = summarize("test", rows, {"seldom": "nothing tells"})
    assert summary.micro["a@1"].value == pytest.approx(0.9)
    assert summary.macro["a@1"].value == pytest.approx(0.5)
    assert summary.micro["a@3"].value == 1.0
    assert summary.micro["a@1"].low < 0.9 < summary.micro["a@1"].high
    assert summary.labels["seldom"].taken_for == {"often": 1}
    assert summary.labels["seldom"].object_right == 1.0
    assert summary.labels["seldom"].lacks == "nothing tells"
    assert share(rows, 1) == share(rows, 1)
    halves = summary.object_halves
    assert halves["even"]["a@1"].n + halves["odd"]["a@1"].n == 10


def test_the_benchmark_is_a_way_to_run(tmp_path: Path) -> None:
    """`run --benchmark` and `benchmark` are one."""
    write(tmp_path / "cases" / "1")
    command = [sys.executable, "-m", "evals.cli"]
    ways = (
        ["run", "--benchmark", "cloud-opsbench", str(tmp_path / "cases"), "--agent", "engine"],
        ["benchmark", "cloud-opsbench", str(tmp_path / "cases")],
    )
    texts = []
    for number, way in enumerate(ways):
        out = tmp_path / str(number)
        done = subprocess.run([*command, *way, "--out", str(out)], capture_output=True, text=True, check=True)
        texts.append(re.sub(r"\d+ ms", "", done.stdout))
        assert (out / SUMMARY).is_file()
    assert texts[0] == texts[1]


def test_a_benchmark_is_run_by_the_engine_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evals.cli", "run", str(tmp_path), "--out", str(tmp_path), "--repeat", "2"]
    done = subprocess.run([*command, "--benchmark", "cloud-opsbench"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--benchmark" in done.stderr


def test_cases_can_be_crossed_by_command(tmp_path: Path) -> None:
    write(tmp_path / "1")
    write(tmp_path / "2", namespace="zoo")
    command = [sys.executable, "-m", "evals.cli", "benchmark", "cloud-opsbench", str(tmp_path), "--cross"]
    done = subprocess.run([*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, check=True)
    assert "tried on the rest" in done.stdout
    assert [one["learnt_on"] for one in json.loads((tmp_path / "out" / CROSS).read_text())["directions"]] == [
        "shop",
        "zoo",
        "even",
        "odd",
    ]
