"""Logs of containers in every state: what a real API server and kubelet answer, and what is told of it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evals.lab.cluster.places import Places
from evals.lab.cluster.status import own_kubectl
from evals.lab.kubectl import Kubectl
from tests.live.conftest import ROOT
from tools.evidence import Window
from tools.kubernetes.cluster import LiveCluster
from tools.kubernetes.connect import Connection, connect
from tools.source import Answer, LogRef

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]
NAMESPACE = "states"
GONE = "unable to retrieve container logs for containerd://"
BROKEN = {"env": [{"name": "PORT", "value": "eighty"}]}
MOUNTS = {"volumeMounts": [{"name": "missing", "mountPath": "/missing"}]}
APP = {"name": "app", "image": "docker.io/library/sock-shop-payment-gateway:v2", "imagePullPolicy": "IfNotPresent"}


def pod(name: str, container: dict[str, Any] | None = None, holders: tuple[str, ...] = (), **spec: object) -> object:
    about = {"name": name, "namespace": NAMESPACE, "finalizers": list(holders)}
    told = {"terminationGracePeriodSeconds": 1, "containers": [APP | (container or {})], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": told}


PODS = [
    pod("runs"),
    pod("goes"),
    pod("held", holders=("example.com/held",)),
    pod("ended", BROKEN, restartPolicy="Never"),
    pod("crashes", BROKEN),
    pod("evicted", {"resources": {"limits": {"ephemeral-storage": "1"}}}),
    pod("inits", initContainers=[APP | {"name": "first"}]),
    pod("pulls", {"image": "registry.example.com/nothing:v1"}),
    pod("mounts", MOUNTS, volumes=[{"name": "missing", "secret": {"secretName": "missing"}}]),
    pod("unplaced", nodeSelector={"disk": "missing"}),
]


@pytest.fixture(scope="module")
def kubectl(running_lab: Places) -> Iterator[Kubectl]:
    """A namespace with a pod in every state."""
    kubectl = own_kubectl(running_lab)
    kubectl("create", "namespace", NAMESPACE)
    kubectl.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": PODS}))
    for name in ("runs", "goes", "held"):
        kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s", seconds=70)
    kubectl("-n", NAMESPACE, "delete", "pod", "held", "--wait=false")
    yield kubectl
    kubectl("-n", NAMESPACE, "patch", "pod", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture
def server(kubectl: Kubectl) -> Iterator[Connection]:
    with closing(connect(str(kubectl.kubeconfig), None)) as connection:
        yield connection


def read(cluster: LiveCluster, ref: LogRef) -> Answer[str]:
    now = datetime.now(UTC)
    return cluster.logs(ref, Window(now - timedelta(minutes=10), now))


@pytest.mark.parametrize(
    ("name", "container", "previous", "status", "said"),
    [
        ("runs", "app", False, "ok", "starting on port 8080"),
        ("inits", "first", False, "ok", "starting on port 8080"),
        ("ended", "app", False, "ok", "unknown port"),
        ("crashes", "app", False, "ok", "unknown port"),
        ("crashes", "app", True, "ok", "unknown port"),
        ("runs", "app", True, "error", 'previous terminated container "app" in pod "runs" not found'),
        ("runs", "wrong", False, "error", "container wrong is not valid for pod runs"),
        ("never", "app", False, "error", 'pods "never" not found'),
        ("evicted", "app", False, "error", GONE),
        ("held", "app", False, "error", GONE),
        ("pulls", "app", False, "empty", 'container "app" in pod "pulls" is waiting to start: '),
        ("mounts", "app", False, "empty", 'container "app" in pod "mounts" is waiting to start: ContainerCreating'),
        ("inits", "app", False, "empty", 'container "app" in pod "inits" is waiting to start: PodInitializing'),
        ("unplaced", "app", False, "empty", ""),
    ],
)
def test_a_log_or_why_there_is_none(
    server: Connection, name: str, container: str, previous: bool, status: str, said: str
) -> None:
    ref = LogRef(NAMESPACE, name, container, previous)
    answer = read(LiveCluster(server), ref)
    end = time.monotonic() + 60  # a pod is on its way into its state, and a kubelet may say otherwise after a crash
    while time.monotonic() < end and (answer.status != status or said not in answer.value + answer.error):
        time.sleep(1.0)
        answer = read(LiveCluster(server), ref)
    assert (answer.status, said in (answer.value if status == "ok" else answer.error)) == (status, True), answer


def test_a_pod_that_is_deleted_behind_the_list_is_a_gap_in_the_servers_words(
    server: Connection, kubectl: Kubectl
) -> None:
    cluster = LiveCluster(server)
    [ref] = [one for one in cluster.log_refs(NAMESPACE) if one.pod == "goes"]
    kubectl("-n", NAMESPACE, "delete", "pod", "goes")
    answer = read(cluster, ref)
    assert (answer.status, answer.value, answer.error) == ("error", "", 'pods "goes" not found')


def asked(kubectl: Kubectl, *words: str) -> str:
    options = ["-n", NAMESPACE, "--kubeconfig", str(kubectl.kubeconfig), "--since", "5m"]
    command = [sys.executable, "-m", "agent.cli", *words, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 3}, done.stderr
    return done.stdout


def test_the_tool_tells_what_was_not_read_and_what_has_not_started(kubectl: Kubectl) -> None:
    said = asked(kubectl, "show", "tool", "search_logs", f"namespace={NAMESPACE}")
    [waiting] = [line for line in said.splitlines() if line.startswith("not started: ")]
    for name in ("inits (PodInitializing)", "mounts (ContainerCreating)", "pulls (", "unplaced (Pending)"):
        assert name in waiting
    assert f"not read: error: {GONE}" in said
    assert "pod/ended: 3 lines" in said


def test_only_logs_that_once_were_are_gaps_of_a_sweep(kubectl: Kubectl) -> None:
    said = asked(kubectl, "diagnose", "Is everything running?", "--mode", "engine", "--format", "json")
    gaps = {one["evidence"] for one in json.loads(said)["gaps"] if one["evidence"].startswith("gap/logs/")}
    assert gaps - {"gap/logs/states/pod/crashes"} == {f"gap/logs/states/pod/{name}" for name in ("evicted", "held")}
