"""A small recorded run: one caller, one callee that nobody runs any more, refused calls in the caller's log.

And the command, asked within this process.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import main

_RUN = """\
format: 1
id: r-0001
title: Checkout declines
recorded_at: 2025-11-11T06:40:00Z
incident:
  question: Why do payments fail?
  namespace: shop
  start: 2025-11-11T06:20:00Z
  end: 2025-11-11T06:40:00Z
boundary:
  version: 1
  third_party:
    - {name: Stripe, workloads: ["shop/gateway"]}
label: {verdict: SECRET-LABEL}
"""
_GAPS = "- {source: kubernetes, what: logs, namespace: shop, pod: cart-1, status: denied, error: logs are forbidden}\n"


def _deployment(name: str, replicas: int, env: list[dict[str, str]]) -> dict[str, object]:
    labels = {"name": name}
    container = {"name": name, "image": f"shop/{name}:v2", "env": env}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "creationTimestamp": "2025-10-18T08:00:00Z",
            "managedFields": [
                {
                    "manager": "kubectl",
                    "operation": "Update",
                    "subresource": "scale",
                    "time": "2025-11-11T06:30:30Z",
                    "fieldsV1": {"f:spec": {"f:replicas": {}}},
                }
            ]
            if not replicas
            else [],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
        "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
    }


def _service(name: str, address: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": "2025-10-18T08:00:00Z"},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "selector": {"name": name},
            "ports": [{"port": 80, "targetPort": 8080}],
        },
    }


def _pod(name: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{name}-7f-x1",
            "namespace": "shop",
            "labels": {"name": name},
            "creationTimestamp": "2025-11-10T08:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{name}-7f", "controller": True}],
        },
        "spec": {"nodeName": "worker-1", "containers": [{"name": name, "image": f"shop/{name}:v2"}]},
        "status": {
            "phase": "Running",
            "podIP": "10.244.1.7",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [
                {
                    "name": name,
                    "ready": True,
                    "restartCount": 0,
                    "state": {"running": {"startedAt": "2025-11-10T08:00:01Z"}},
                }
            ],
        },
    }


def _refused(clock: str) -> str:
    said = 'Gateway error: Post "http://gateway/v1/charges": dial tcp 10.96.145.169:80: connect: connection refused'
    return f"2025-11-11T{clock}.100000000Z 2025/11/11 {clock} {said} (0.00s)\n"


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    logs = folder / "logs" / "shop" / "payment-7f-x1"
    logs.mkdir(parents=True)
    (folder / "run.yaml").write_text(_RUN)
    (folder / "gaps.yaml").write_text(_GAPS)
    items = [
        _deployment("payment", 1, [{"name": "PAYMENT_GATEWAY_URL", "value": "http://gateway"}]),
        _deployment("gateway", 0, []),
        _service("payment", "10.96.100.12"),
        _service("gateway", "10.96.145.169"),
        _pod("payment"),
    ]
    (folder / "cluster.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    (logs / "payment.log").write_text("".join(_refused(clock) for clock in ("06:37:53", "06:38:22", "06:39:04")))
    return folder


@pytest.fixture
def faultside(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = ["faultside", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(command, int(left.value.code or 0), said.out, said.err)

    return run
