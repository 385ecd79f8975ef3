"""Which logs are read when there are too many."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from agent.incident import Incident
from agent.nearest import nearest
from tools.objects.decode import KINDS
from tools.snapshot import Snapshot
from tools.source import LogRef

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _workload(namespace: str, name: str, pods: int = 1, calls: str = "", unready: int = -1) -> dict[str, list[Any]]:
    labels = {"app": name}
    env = [{"name": "NEXT", "value": f"http://{calls}:80"}] if calls else []
    spec = {"containers": [{"name": "main", "env": env}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    selector = {"matchLabels": labels}
    owned = {"ownerReferences": [{"kind": "Deployment", "name": name, "controller": True}], "labels": labels}
    found = [
        {
            "metadata": {"namespace": namespace, "name": f"{name}-{number}", **owned},
            "spec": spec,
            "status": {"conditions": [{"type": "Ready", "status": str(number != unready)}]},
        }
        for number in range(pods)
    ]
    meta = {"namespace": namespace, "name": name}
    return {
        "Deployment": [{"metadata": meta, "kind": "Deployment", "spec": {"selector": selector, "template": template}}],
        "Service": [{"metadata": meta, "spec": {"selector": labels, "ports": [{"port": 80}]}}],
        "Pod": found,
    }


def _chosen(most: int, question: str = "web fails", namespace: str = "shop") -> list[str]:
    incident = Incident(question=question, namespace=namespace, start=NOW - timedelta(hours=1), end=NOW, asked_at=NOW)
    snapshot = Snapshot("test", incident.window, NOW)
    parts = [
        _workload("shop", "web", 5, calls="cart.stock", unready=4),
        _workload("shop", "mail"),
        _workload("stock", "cart"),
        _workload("kube-system", "coredns"),
        _workload("other", "far"),
    ]
    for part in parts:
        for kind, several in part.items():
            snapshot.objects[kind] += [msgspec.convert(one, KINDS[kind]) for one in several]
    refs = [LogRef(pod.metadata.namespace, pod.metadata.name, "main") for pod in snapshot.pods]
    return [ref.pod for ref in nearest(refs, incident, snapshot, most)]


def test_of_what_was_asked_about_an_unready_pod_is_first() -> None:
    assert _chosen(1) == ["web-4"]


def test_then_come_whom_it_calls_its_namespace_and_the_clusters_own() -> None:
    assert set(_chosen(6)) == {"web-0", "web-1", "web-2", "web-3", "web-4", "cart-0"}
    assert set(_chosen(7)) - set(_chosen(6)) == {"mail-0"}
    assert set(_chosen(8)) - set(_chosen(7)) == {"coredns-0"}


def test_what_is_far_is_not_read_although_there_is_room() -> None:
    assert "far-0" not in _chosen(100)


def test_the_order_stays_as_it_was() -> None:
    assert _chosen(6) == ["web-0", "web-1", "web-2", "web-3", "web-4", "cart-0"]


def test_where_nothing_is_near_everything_may_be_read() -> None:
    assert len(_chosen(3, question="something fails", namespace="")) == 3
