"""What a question is about."""

from datetime import UTC, datetime

import msgspec

from agent.asked import asked_about
from agent.incident import Incident
from tools.edges import CallGraph, Edge
from tools.evidence import Window
from tools.objects.decode import decode_list
from tools.snapshot import Snapshot

NOW = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)


def _asked(question: str, *edges: Edge) -> set[str]:
    snapshot = Snapshot("test", Window(NOW, NOW), NOW)
    items = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace}}
        for namespace, name in (("shop", "schedule"), ("shop", "cart"), ("finance", "report"))
    ]
    for kind, one in decode_list(msgspec.json.encode({"kind": "List", "items": items}), "test"):
        snapshot.objects[kind].append(one)
    incident = Incident(question=question, namespace="shop", start=NOW, end=NOW, asked_at=NOW, origin="run")
    return asked_about(
        incident, snapshot, CallGraph({(edge.caller, edge.callee): edge for edge in edges}), lambda _: False
    )


def test_a_word_that_another_team_s_program_bears_by_chance_is_not_asked_about() -> None:
    assert _asked("Customers report errors from schedule") == {"shop/deployment/schedule"}


def test_another_team_s_program_is_meant_where_it_is_called_or_nobody_else_is_named() -> None:
    called = Edge("shop/deployment/schedule", "finance/deployment/report", hits=[])
    assert _asked("schedule gets errors from report", called) == {
        "shop/deployment/schedule",
        "finance/deployment/report",
    }
    assert _asked("Is report down?") == {"finance/deployment/report"}
