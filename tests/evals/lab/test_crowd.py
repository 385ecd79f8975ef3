"""The simulated pods: what is written to the cluster, that it goes again, and how the figures are judged."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from evals.benchmarks.live import Cost
from evals.lab.crowd.command import Measured, gathered
from evals.lab.crowd.objects import LABEL, manifests
from evals.lab.experiment.journal import Journal
from evals.lab.kubectl import Kubectl

COST = Cost(
    pods=5000, deployments=500, loaded=0.3, seconds=2.9, busy=1.0, lists=30, logs=10, peak=280.0, gaps=("loki/logs",)
)


def test_all_pods_find_a_simulated_node_and_no_real_one() -> None:
    objects = manifests(500, 10)
    nodes = [one for one in objects if one["kind"] == "Node"]
    pods = [one["spec"]["template"]["spec"] for one in objects if one["kind"] == "Deployment"]
    assert len(pods) == 500
    assert sum(one["spec"]["replicas"] for one in objects if one["kind"] == "Deployment") == 5000
    assert sum(int(node["status"]["allocatable"]["pods"]) for node in nodes) >= 5000
    for node in nodes:
        assert node["metadata"]["labels"][LABEL] == "yes"
        assert {one["key"] for one in node["spec"]["taints"]} == {pods[0]["tolerations"][0]["key"]}
    assert all(pod["nodeSelector"] == {LABEL: "yes"} and "nodeName" not in pod for pod in pods)


def test_what_the_api_server_adds_is_not_written() -> None:
    for one in manifests(3, 10):
        if one["kind"] not in {"Node", "Namespace"}:
            assert set(one["metadata"]) == {"name", "namespace"}
            assert "status" not in one
            assert "clusterIP" not in one.get("spec", {})


@pytest.mark.parametrize(
    ("cost", "good"),
    [
        (COST, True),
        (replace(COST, seconds=3.0), False),
        (replace(COST, lists=31), False),
        (replace(COST, pods=3000, gaps=("gap/kubernetes/pod",)), False),
        (replace(COST, peak=287.0), False),  # MiB: 300.9 MB
    ],
)
def test_every_bar_counts(cost: Cost, good: bool) -> None:
    measured = Measured([cost], 1.0, 2000)
    assert measured.is_good is good
    assert ("all bars are met" in measured.text()) is good


def test_one_slow_sweep_of_three_is_told_and_one_large_one_counts() -> None:
    slow = Measured([COST, replace(COST, seconds=9.0), COST], 1.0, 2000)
    assert slow.is_good
    assert "2.90 s (of 2.90, 9.00, 2.90)" in slow.text()
    assert not Measured([COST, replace(COST, peak=400.0), COST], 1.0, 2000).is_good


def test_logs_that_were_not_read_are_counted() -> None:
    gaps = ("gap/logs/a/deployment/b", "gap/logs/a/deployment/c", "gap/prometheus/metrics")
    text = Measured([replace(COST, gaps=gaps)], 1.0, 2000).text()
    assert "gaps                      logs (2), gap/prometheus/metrics\n" in text


def test_a_crowd_that_did_not_gather_is_taken_away_too(tmp_path: Path) -> None:
    program = tmp_path / "kubectl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n', encoding="utf-8")
    program.chmod(0o755)
    journal = Journal(tmp_path / "journal.json")
    kubectl = Kubectl(program, tmp_path / "kubeconfig")

    def interrupted() -> None:
        with gathered(kubectl, journal, lambda _: None):
            assert journal.read() is not None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    told = (tmp_path / "told").read_text(encoding="utf-8")
    for words in (f"delete namespaces --selector {LABEL}", f"delete nodes --selector {LABEL}", "--replicas=1"):
        assert words in told
    assert journal.read() is None
