"""Claims are predicates: each operation holds and fails for a reason."""

from datetime import UTC, datetime

import pytest

from agent.diagnosis import Op
from agent.finding import Predicate
from agent.verify import checked, holds
from tools.evidence import Evidence, Window

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
VALUE = {
    "replicas": {"desired": 0},
    "calls": {"shop/deployment/pay": {"failed": 3, "first": "2026-03-02T11:50:00Z", "quote": "dial tcp: refused"}},
    "list": ["a", "b"],
    "flag": True,
}


def _evidence(status: str = "ok") -> Evidence:
    return Evidence(
        id="logs/x",
        source="kubernetes",
        query="kubectl logs x",
        window=Window(NOW, NOW),
        observed_at=NOW,
        status=status,  # type: ignore[arg-type]
        text="2 of 9 lines\nconnect:  connection refused",
        value=VALUE,
    )


@pytest.mark.parametrize(
    ("op", "path", "value", "expected"),
    [
        ("equals", "/replicas/desired", 0, True),
        ("equals", "/replicas/desired", 1, False),
        ("equals", "/replicas/missing", None, False),
        ("not_equals", "/replicas/desired", 1, True),
        ("not_equals", "/nowhere", 1, False),
        ("contains", "/list", "b", True),
        ("contains", "/list", "c", False),
        ("contains", "/calls", "shop/deployment/pay", True),
        ("contains", "/calls/shop~1deployment~1pay/quote", "refused", True),
        ("count_at_least", "/calls/shop~1deployment~1pay/failed", 3, True),
        ("count_at_least", "/calls/shop~1deployment~1pay/failed", 4, False),
        ("count_at_least", "/flag", 1, False),
        ("count_at_most", "/calls/shop~1deployment~1pay/failed", 2, False),
        ("before", "/calls/shop~1deployment~1pay/first", NOW, True),
        ("after", "/calls/shop~1deployment~1pay/first", NOW, False),
        ("before", "/replicas/desired", NOW, False),
        ("matches_quote", "", "connection refused", True),
        ("matches_quote", "", "connect: connection refused", True),
        ("matches_quote", "", "no such host", False),
        ("matches_quote", "", "", False),
        ("matches_quote", "/calls/shop~1deployment~1pay/quote", "tcp: refused", True),
        ("absent", "/replicas/ready", None, True),
        ("absent", "/replicas/desired", None, False),
        ("contains", "/list/1", "b", True),
        ("equals", "/list/9", "b", False),
    ],
)
def test_operations(op: Op, path: str, value: object, expected: bool) -> None:
    assert holds(Predicate("text", "logs/x", op, path, value), _evidence()) is expected


@pytest.mark.parametrize("status", ["empty", "denied", "error", "truncated"])
def test_nothing_is_absent_from_evidence_that_is_a_gap(status: str) -> None:
    assert holds(Predicate("text", "logs/x", "absent", "/nowhere"), _evidence(status)) is False


def test_a_claim_about_evidence_that_nobody_has_stays_unverified() -> None:
    claim = checked(Predicate("text", "logs/other", "equals", "", 1), lambda _: None)

    assert claim.verified is False
    assert claim.evidence == "logs/other"
