"""Logins that a store refuses, where no call names it."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.detectors.logins import detect
from agent.scene import Scene

At = Callable[[float], str]
SceneOf = Callable[..., Scene]
Pod = Callable[..., dict[str, Any]]
Deployment = Callable[..., dict[str, Any]]
Unverified = Callable[..., list[str]]
WEB = "shop/deployment/web"
LOG = ("shop", "web-7d9f8b6c5d-abcde", "web")
DENIED = "ERROR java.sql.SQLException: Access denied for user 'web'@'10.244.0.9' (using password: YES)"
FATAL = 'psycopg2.OperationalError: FATAL:  password authentication failed for user "web"'
MONGO = "MongoServerError: Authentication failed."
REDIS = "ReplyError: WRONGPASS invalid username-password pair or user is disabled."
ORACLE = "ERROR java.sql.SQLException: ORA-01017: invalid username/password; logon denied"
MSSQL = "ERROR Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'web'."


def crashed(pod: Pod, at: At, **more: object) -> dict[str, Any]:
    last = {"reason": "Error", "exitCode": 1, "startedAt": at(5), "finishedAt": at(6)}
    return pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, last=last, restarts=1, unready_at=5, **more)


@pytest.mark.parametrize("line", [DENIED, FATAL, MONGO, REDIS, ORACLE, MSSQL])
def test_a_program_that_dies_of_a_refused_login_has_wrong_credentials(
    line: str, scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At, unverified: Unverified
) -> None:
    scene = scene_of([deployment(), crashed(pod, at)], {LOG: f"{at(5.9)} {line}\n"})
    [found] = detect(scene)
    assert (found.component, found.condition, found.role, found.until) == (WEB, "invalid_credentials", "cause", None)
    assert found.strength > 0.85
    assert unverified(scene, [found]) == []


def test_a_user_who_mistypes_a_password_is_no_refused_login(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At
) -> None:
    lines = f"{at(5)} WARN login failed for user 'anna'\n{at(6)} WARN Authentication failed: bad password for anna\n"
    assert list(detect(scene_of([deployment(), pod()], {LOG: lines}))) == []


def test_refusals_as_frequent_as_before_explain_nothing_of_a_program_that_runs(
    scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At
) -> None:
    lines = "".join(f"{at(minute)} {DENIED}\n" for minute in (-20, -15, -10, -5, 5, 10))
    [found] = detect(scene_of([deployment(), pod()], {LOG: lines}))
    assert found.role == "background"


def test_a_login_that_works_again_has_an_end(scene_of: SceneOf, pod: Pod, deployment: Deployment, at: At) -> None:
    scene = scene_of([deployment(), pod(ready_at=12)], {LOG: f"{at(5)} {DENIED}\n{at(7)} {DENIED}\n"})
    [found] = detect(scene)
    assert found.until is not None
    assert found.until.isoformat() == at(12).replace("Z", "+00:00")


def test_a_stores_own_log_names_the_client_by_its_address(
    scene_of: SceneOf, workload: Callable[..., list[Any]], at: At, unverified: Unverified
) -> None:
    store = workload("db", container={"image": "mysql:8"}, address="10.244.0.4")
    line = "17100 [Note] Access denied for user 'web'@'10.244.0.9' (using password: YES)"
    log = {("shop", "db-1", "db"): "".join(f"{at(minute)} {line}\n" for minute in (5, 6, 7))}
    scene = scene_of([*store, *workload("web")], log)
    [found] = detect(scene)
    assert (found.component, found.condition) == (WEB, "invalid_credentials")
    assert "shop/deployment/db" in found.names
    assert unverified(scene, [found]) == []


def test_a_client_that_is_gone_is_nobodys_trouble(
    scene_of: SceneOf, workload: Callable[..., list[Any]], at: At
) -> None:
    line = "17100 [Note] Access denied for user 'web'@'10.244.7.7' (using password: YES)"
    log = {("shop", "db-1", "db"): "".join(f"{at(minute)} {line}\n" for minute in (5, 6, 7))}
    assert list(detect(scene_of(workload("db", container={"image": "mysql:8"}), log))) == []
