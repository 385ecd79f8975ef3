"""Secrets are masked; what evidence is joined on is not."""

import random

import pytest

from evals.benchmarks.redaction import measure
from evals.benchmarks.redaction_benign import benign
from evals.benchmarks.redaction_corpus import secrets
from tools.redact import MASK, redacted, redacted_setting, remembered_secrets


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("postgres://app:hunter2@db:5432/app", "hunter2"),
        ("-DSN=catalogue_user:default_pw@tcp(catalogue-db:3306)/socksdb", "default_pw"),
        ("Authorization: Bearer sk_abcdef0123456789", "sk_abcdef0123456789"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123", "eyJhbGciOiJIUzI1NiJ9"),
        ("using key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
        ("AKIAIOSFODNN7EXAMPLE is not authorized", "AKIAIOSFODNN7EXAMPLE"),
        ('{"password": "s3cret!", "user": "a"}', "s3cret!"),
        ("amqp://guest:gu3st@rabbitmq:5672/", "gu3st"),
    ],
)
def test_a_secret_is_masked(text: str, gone: str) -> None:
    found = redacted(text)

    assert gone not in found
    assert MASK in found
    assert redacted(found) == found


@pytest.mark.parametrize(
    "text",
    [
        'Post "http://stripe-mock/v1/charges": dial tcp 10.96.145.169:80: connect: connection refused (0.00s)',
        "stripe-mock-84fd48f97d-bzvtx 1/1 Running",
        "ts=2025-10-18T07:37:32Z caller=logging.go:36 method=Health result=1 took=13.509µs",
        "Order 690e2485143eb600010c78fc status updated to PENDING",
        "password authentication failed for user",
        "sha256:cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        "delegate=amqp://guest@10.96.191.196:5672/",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MARIADB_ROOT_PASSWORD", "x1", MASK + "_secret"),
        ("STRIPE_API_KEY", "abc", MASK + "_secret"),
        ("PAYMENT_GATEWAY_URL", "http://stripe-mock", "http://stripe-mock"),
        ("DATABASE_URL", "mysql://root:pw@db/x", f"mysql://root:{MASK}_password@db/x"),
        ("SECRET_NAME_OF_MAP", "shop", "shop"),
        ("TOKEN", "", ""),
    ],
)
def test_settings_that_are_named_like_secrets_are_masked_whole(name: str, value: str, expected: str) -> None:
    assert redacted_setting(name, value) == expected


def test_within_one_diagnosis_the_same_secret_has_the_same_number_and_can_be_had_back() -> None:
    with remembered_secrets() as vault:
        first = redacted("mail to ann@example.com: password=hunter22")
        second = redacted("login failed for ann@example.com")

    name = second.removeprefix("login failed for ")
    assert name in first
    assert redacted(first) == first
    assert vault.restored(first) == "mail to ann@example.com: password=hunter22"


def test_numbers_of_two_diagnoses_have_nothing_in_common_and_an_inner_one_uses_the_outer() -> None:
    with remembered_secrets() as outer:
        redacted("password=first-one-1")
        with remembered_secrets() as inner:
            assert inner is outer
    with remembered_secrets() as later:
        assert redacted("password=other-one-2").endswith("_1")
    assert later.restored("REDACTED_secret_1") == "other-one-2"


def test_the_seeded_corpus_loses_every_secret_and_nothing_else() -> None:
    chance = random.Random(7)  # noqa: S311 - a corpus, no secret of anybody
    lost = measure(secrets(chance, 30))
    changed = measure(benign(chance, 30))

    assert sum(lost.lines.values()) > 1000
    assert lost.share_wrong() <= 0.001, lost.examples[:5]
    assert changed.share_wrong() <= 0.005, changed.examples[:5]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ('{"name":"DB_PASSWORD","value":"hunter2hunter"}', "hunter2hunter"),
        ("- name: DB_PASSWORD\n  value: hunter2hunter", "hunter2hunter"),
        ("postgres://app:p@ss@w0rd@db:5432/shop", "p@ss@w0rd"),
        ("<password>hunter2hunter</password>", "hunter2hunter"),
        ("mysqldump -h db -u root -phunter2hunter shop", "hunter2hunter"),
        ("Password is hunter2hunter", "hunter2hunter"),
        ("user Ünal@müller.de logged in", "Ünal@müller.de"),
    ],
)
def test_ways_of_writing_that_the_corpus_was_not_made_with(line: str, secret: str) -> None:
    assert secret not in redacted(line)


@pytest.mark.parametrize("line", ["Password is expired", "invalid password for user root", "using password: YES"])
def test_sentences_about_a_password_stay(line: str) -> None:
    assert redacted(line) == line
