"""Who calls whom: from settings, from logs, through Services and addresses."""

import pytest

from tools.callgraph import hosts_in


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("env PAYMENT_GATEWAY_URL", "http://stripe-mock", ["stripe-mock"]),
        ("env DB", "postgres://app:secret@db.shop.svc:5432/app?sslmode=off", ["db.shop.svc"]),
        ("env DB_HOST", "catalogue-db", ["catalogue-db"]),
        ("env SESSION_REDIS", "session-db:6379", ["session-db"]),
        ("env BROKERS", "kafka-0.kafka:9092,kafka-1.kafka:9092", ["kafka-0.kafka", "kafka-1.kafka"]),
        ("args", "-DSN=user:pass@tcp(catalogue-db:3306)/socksdb", ["catalogue-db"]),
        ("env PORT", "8080", []),
        ("env MODE", "production", []),
        ("env JAVA_OPTS", "-Xms64m -Xmx128m -XX:+UseG1GC", []),
        ("env TIME", "12:30", []),
        ("env VERSION", "v1.2.3", []),
        ("env API_URL", "https://API.Stripe.com/v1", ["api.stripe.com"]),
    ],
)
def test_hosts_of_settings(setting: str, value: str, expected: list[str]) -> None:
    assert hosts_in(setting, value) == expected
