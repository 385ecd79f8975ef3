"""Stores that refuse, are slow, are full or lack what a program expects."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.stores import detect
from agent.finding import Finding
from agent.scene import Scene

At = Callable[[float], str]
API, DB = "shop/deployment/api", "shop/deployment/ledger"


def workload(name: str, image: str, **env: str) -> dict[str, Any]:
    container = {"name": name, "image": image, "env": [{"name": key, "value": value} for key, value in env.items()]}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
        "status": {"readyReplicas": 1, "availableReplicas": 1},
    }


def service(name: str, port: int) -> dict[str, Any]:
    spec = {"selector": {"app": name}, "ports": [{"port": port}], "clusterIP": "10.0.0.9"}
    return {"kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def revision(number: int, image: str, made: str) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "api", "image": image}]}}
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"api-{number}",
            "namespace": "shop",
            "creationTimestamp": made,
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [{"kind": "Deployment", "name": "api", "controller": True}],
        },
        "spec": {"template": template},
    }


URL = "postgres://app@ledger:5432/books"
OBJECTS = [workload("api", "acme/api:1", DATABASE_URL=URL), workload("ledger", "postgres:16"), service("ledger", 5432)]
FULL = "could not connect to postgres://ledger:5432/books: FATAL: sorry, too many clients already"
READ_ONLY = "postgres://ledger:5432/books: ERROR: cannot execute INSERT in a read-only transaction"
NO_SPACE = "postgres://ledger:5432/books: ERROR: could not extend file base/1: No space left on device"
LIMIT = "postgres://ledger:5432/books: ERROR: could not extend file base/1: disk quota exceeded for role"
LOCKED = "postgres://ledger:5432/books: ERROR: deadlock detected while updating accounts"
MISSING = 'postgres://ledger:5432/books: ERROR: relation "invoices" does not exist'
REFUSED = "dial tcp ledger:5432: connect: connection refused"
OK = "connected to postgres://ledger:5432/books"


def said(at: At, text: str, *minutes: float, level: str = "ERROR") -> str:
    return "".join(f"{at(minute)} {level} {text}\n" for minute in minutes)


def one(found: list[Finding], condition: str) -> Finding:
    chosen = [finding for finding in found if finding.condition == condition]
    assert len(chosen) == 1, [finding.condition for finding in found]
    return chosen[0]


def causes(found: list[Finding]) -> list[str]:
    return [finding.condition for finding in found if finding.role == "cause"]


CASES = {
    "too_many_connections": FULL,
    "database_read_only": READ_ONLY,
    "disk_full": NO_SPACE,
    "storage_limit": LIMIT,
    "slow_queries": LOCKED,
    "database_unavailable": REFUSED,
}


@pytest.mark.parametrize("condition", CASES)
def test_callers_that_are_refused_accuse_the_store(
    condition: str, scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    scene = scene_of(OBJECTS, {("shop", "api-1-x", "api"): said(at, CASES[condition], 5, 6, 7)})
    found = list(detect(scene))
    finding = one(found, condition)
    assert (finding.component, finding.role, finding.until) == (DB, "cause", None)
    assert finding.since is not None
    assert finding.since.isoformat() == at(5).replace("Z", "+00:00")
    assert unverified(scene, found) == []


@pytest.mark.parametrize("condition", CASES)
def test_what_was_as_frequent_before_is_no_cause(condition: str, scene_of: Callable[..., Scene], at: At) -> None:
    text = said(at, CASES[condition], -50, -40, -30, -20, 10) + said(at, OK, -45, 12, 20, level="INFO")
    assert causes(list(detect(scene_of(OBJECTS, {("shop", "api-1-x", "api"): text})))) == []


@pytest.mark.parametrize("condition", CASES)
def test_a_store_that_works_again_has_an_end(condition: str, scene_of: Callable[..., Scene], at: At) -> None:
    text = said(at, CASES[condition], 5, 6, 7) + said(at, OK, 10, 12, 14, level="INFO")
    found = list(detect(scene_of(OBJECTS, {("shop", "api-1-x", "api"): text})))
    assert one(found, condition).until is not None


def test_a_slow_statement_counts_when_a_caller_suffers(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    slow = said(at, "UTC [44] LOG:  duration: 9120.551 ms  statement: select * from entries", 5, 6, level="")
    logs = {("shop", "ledger-1-x", "ledger"): slow}
    quiet = scene_of(OBJECTS, logs)
    hurt = scene_of(
        OBJECTS, logs | {("shop", "api-1-x", "api"): said(at, "read tcp 10.0.0.1:3->ledger:5432: i/o timeout", 6, 7)}
    )
    assert [(f.component, f.role) for f in detect(quiet) if f.condition == "slow_queries"] == [(DB, "background")]
    assert [(f.component, f.role) for f in detect(hurt) if f.condition == "slow_queries"] == [(DB, "cause")]
    assert unverified(hurt, list(detect(hurt))) == []


def test_a_missing_table_after_a_rollout_is_the_callers_to_mend(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    objects = [*OBJECTS, revision(1, "acme/api:1", at(-900)), revision(2, "acme/api:2", at(2))]
    scene = scene_of(objects, {("shop", "api-2-x", "api"): said(at, MISSING, 5, 6)})
    finding = one(list(detect(scene)), "schema_mismatch")
    assert finding.component == API
    assert unverified(scene, [finding]) == []


def test_a_missing_table_for_two_unchanged_callers_is_the_stores(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [*OBJECTS, workload("jobs", "acme/jobs:1", DATABASE_URL=URL)]
    text = said(at, MISSING, 5, 6)
    scene = scene_of(objects, {("shop", "api-1-x", "api"): text, ("shop", "jobs-1-x", "jobs"): text})
    assert one(list(detect(scene)), "schema_mismatch").component == DB


def test_a_missing_table_that_came_has_an_end(scene_of: Callable[..., Scene], at: At) -> None:
    text = said(at, MISSING, 5, 6) + said(at, OK, 10, 12, 14, level="INFO")
    scene = scene_of(OBJECTS, {("shop", "api-1-x", "api"): text})
    assert one(list(detect(scene)), "schema_mismatch").until is not None


def test_an_application_named_after_a_database_is_no_store(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [
        workload("api", "acme/api:1", PEER="http://db-writer:8080"),
        workload("db-writer", "acme/writer:3"),
        service("db-writer", 8080),
    ]
    scene = scene_of(
        objects, {("shop", "api-1-x", "api"): said(at, "dial tcp db-writer:8080: connect: connection refused", 5, 6)}
    )
    assert list(detect(scene)) == []


def test_a_full_disk_explains_what_callers_call_a_limit(scene_of: Callable[..., Scene], at: At) -> None:
    logs = {
        ("shop", "api-1-x", "api"): said(at, LIMIT, 5, 6),
        ("shop", "ledger-1-x", "ledger"): said(
            at, "UTC [4] PANIC:  could not write: No space left on device", 5, level=""
        ),
    }
    assert causes(list(detect(scene_of(OBJECTS, logs)))) == ["disk_full"]


def test_a_refusal_at_the_start_of_a_caller_that_serves_since_is_none(scene_of: Callable[..., Scene], at: At) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {
            "name": "api-1-x",
            "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "name": "api-1", "controller": True}],
        },
        "status": {"containerStatuses": [{"name": "api", "state": {"running": {"startedAt": at(4)}}}]},
    }
    good = said(at, '10.0.0.1 - - "GET /books HTTP/1.1" 200 21', 8, 9, 10, level="INFO")
    logs = {("shop", "api-1-x", "api"): said(at, REFUSED, 4.5) + good}
    assert causes(list(detect(scene_of([*OBJECTS, pod], logs)))) == []


MYSQL = [workload("tickets-db", "mysql:8"), workload("api", "acme/api:1")]
HIDDEN = "o.h.engine.jdbc.spi.SqlExceptionHelper : The MySQL server is running with the --read-only option"


def test_a_store_whose_address_is_hidden_in_a_secret_is_the_only_one_of_its_kind(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    cache = workload("sessions", "redis:7")
    scene = scene_of([*MYSQL, cache], {("shop", "api-1-x", "api"): said(at, HIDDEN, 5, 6)})
    finding = one(list(detect(scene)), "database_read_only")
    assert (finding.component, finding.role) == ("shop/deployment/tickets-db", "cause")
    assert unverified(scene, [finding]) == []


def restarted(name: str, started: str) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {
            "name": f"{name}-1-x",
            "namespace": "shop",
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{name}-1", "controller": True}],
        },
        "status": {"containerStatuses": [{"name": name, "state": {"running": {"startedAt": started}}}]},
    }


def test_of_two_stores_of_a_kind_the_one_that_started_lately_is_meant(scene_of: Callable[..., Scene], at: At) -> None:
    objects = [
        *MYSQL,
        workload("ledger-db", "mysql:8"),
        restarted("tickets-db", at(2)),
        restarted("ledger-db", at(-900)),
    ]
    logs = {("shop", "api-1-x", "api"): said(at, HIDDEN, 5, 6)}
    assert one(list(detect(scene_of(objects, logs))), "database_read_only").component == "shop/deployment/tickets-db"
    old = [*objects[:3], restarted("tickets-db", at(-900)), objects[4]]
    assert one(list(detect(scene_of(old, logs))), "database_read_only").strength < 0.5


def test_a_header_line_leaves_the_store_to_the_lines_below(
    scene_of: Callable[..., Scene], at: At, unverified: Callable[..., list[str]]
) -> None:
    objects = [workload("fares-db", "mcr.microsoft.com/mssql/server:2022"), workload("api", "acme/api:1")]
    lines = (
        "fail: Shop.Fares[10100]",
        "      An exception occurred while iterating over the results of a query.",
        "      Microsoft.Data.SqlClient.SqlException (0x80131904): Invalid column name 'Height'.",
    )
    scene = scene_of(objects, {("shop", "api-1-x", "api"): "".join(f"{at(5)} {line}\n" for line in lines)})
    finding = one(list(detect(scene)), "schema_mismatch")
    assert finding.role == "cause"
    assert unverified(scene, [finding]) == []
