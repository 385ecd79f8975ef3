"""Lines without a secret: what evidence is joined on, and sentences about secrets."""

import random
import string
import uuid
from collections.abc import Callable, Iterator

from evals.benchmarks.redaction_corpus import HEX, WORDS, Line, line, of

_POD_HASH = "bcdf2456789vwxz"
_BENIGN_LINES = (
    "pod/{} is ready",
    "container {} restarted",
    '{{"id":"{}","status":"ok"}}',
    "id={} took=12ms",
    "Successfully pulled {}",
    "GET /orders/{} HTTP/1.1 200",
    "trace_id={} span=2",
    "key={}",
    "created {} in 12 ms",
)

_BENIGN: dict[str, Callable[[random.Random], str]] = {
    "pod name": lambda c: f"{'-'.join(c.sample(WORDS, 2))}-{of(c, _POD_HASH, 9, 10)}-{of(c, _POD_HASH, 5)}",
    "image digest": lambda c: "sha256:" + of(c, HEX, 64),
    "commit": lambda c: of(c, HEX, 40),
    "object id": lambda c: of(c, HEX, 24),
    "trace id": lambda c: of(c, HEX, 32),
    "uuid": lambda c: str(uuid.UUID(int=c.getrandbits(128))),
    "image": lambda c: f"registry.example.com/{c.choice(WORDS)}:v{c.randint(0, 9)}.{c.randint(0, 40)}.2",
    "address": lambda c: f"10.{c.randint(0, 255)}.{c.randint(0, 255)}.{c.randint(1, 254)}:{c.choice((80, 5432, 8080))}",
    "epoch": lambda c: str(c.randint(1_600_000_000_000_000, 1_799_999_999_999_999)),
    "nanoseconds": lambda c: str(c.randint(1_600_000_000_000_000_000, 1_799_999_999_999_999_999)),
    "time": lambda c: f"2025-11-{c.randint(10, 28)}T{c.randint(10, 23)}:10:02.{of(c, string.digits, 9)}Z",
    "host": lambda c: f"{c.choice(WORDS)}.{c.choice(WORDS)}.svc.cluster.local:{c.choice((80, 8443))}",
    "user at a service": lambda c: f"amqp://guest@{c.choice(WORDS)}.{c.choice(WORDS)}.svc.cluster.local:5672/",
    "path": lambda c: f"/var/run/secrets/{c.choice(WORDS)}.io/serviceaccount/token",
    "resource version": lambda c: of(c, "123456789", 1) + of(c, string.digits, 6, 9),
    "number": lambda c: f"{c.randint(1, 10**6)}.{of(c, string.digits, 12)}",
    "class": lambda c: f"com.{c.choice(WORDS)}.{c.choice(WORDS)}.TokenAuthenticationFilter",
}  # fmt: skip
_SENTENCES = (
    'password authentication failed for user "app"',
    "Access denied for user 'app'@'10.1.2.3' (using password: YES)",
    'MountVolume.SetUp failed for volume "tls" : secret "payment-tls" not found',
    "Error: couldn't find key api-key in Secret shop/payment",
    "Error: secret: not found",
    "token expired, please log in again",
    "invalid token: unexpected end of input",
    'duplicate key value violates unique constraint "orders_pkey"',
    'level=error msg="auth: missing credentials"',
    "key=orders value=7 partition=3",
    "imagePullSecrets: regcred",
    "secretName: payment-tls",
    "private_key_path=/etc/tls/tls.key",
    "authorization failed: Bearer token is missing",
    "ServiceAccount token projected volume mounted at /var/run/secrets/tokens",
    "partition_key=order-id sort_key=created_at",
    "session timeout=30s",
    "git@example-host: Permission denied (publickey).",
    "API key not configured",
    "password: <nil>",
    "DB_PASSWORD: <set to the key 'password' in secret 'db'>  Optional: false",
    "1/1 nodes are available: token bucket is full",
)


def benign(chance: random.Random, each: int) -> Iterator[Line]:
    """Lines without a secret."""
    for _ in range(each):
        for kind, make in _BENIGN.items():
            for _ in range(5):
                yield line(chance, kind, _BENIGN_LINES, make(chance), secret=False)
    for text in _SENTENCES:
        yield Line("sentence", text, text, secret=False)
