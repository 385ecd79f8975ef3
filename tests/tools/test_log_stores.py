"""Data stores and brokers: what their clients report, and what they say of themselves."""

# ruff: noqa: E501 - log lines stay as programs write them

import pytest

from tools.logs import read_log

CLIENTS = [
    ('psycopg2.OperationalError: connection to server at "db" (10.1.1.1), port 5432 failed: Connection refused', "refused", "db:5432"),
    ('psycopg2.OperationalError: connection to server at "db" (10.1.1.1), port 5432 failed: FATAL:  password authentication failed for user "shop"', "auth_failed", "db:5432"),
    ('psycopg2.OperationalError: connection to server at "db", port 5432 failed: FATAL:  sorry, too many clients already', "too_many_connections", "db:5432"),
    ("FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute", "too_many_connections", None),
    ('psycopg2.errors.UndefinedTable: relation "orders" does not exist', "missing_schema", None),
    ("psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction", "read_only", None),
    ('psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "users_pkey"', "duplicate_key", None),
    ('could not translate host name "orders-db" to address: Name or service not known', "dns", "orders-db"),
    ("ERROR java.sql.SQLException: Access denied for user 'ts'@'172.20.2.227' (using password: YES)", "auth_failed", None),
    ("ERROR java.sql.SQLNonTransientConnectionException: Too many connections", "too_many_connections", None),
    ("ERROR o.h.engine.jdbc.spi.SqlExceptionHelper   : The MySQL server is running with the --read-only option so it cannot execute this statement", "read_only", None),
    ("ERROR o.h.engine.jdbc.spi.SqlExceptionHelper   : Duplicate entry 'shanghai-KFC' for key 'station_store_idx'", "duplicate_key", None),
    ("ERROR Unknown column 'sock.price' in 'field list'", "missing_schema", None),
    ("ERROR Lock wait timeout exceeded; try restarting transaction", "lock_timeout", None),
    ("pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'mysql:3306' ([Errno 111] Connection refused)\")", "refused", "mysql:3306"),
    ("redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.", "refused", "redis:6379"),
    ("redis.exceptions.ResponseError: OOM command not allowed when used memory > 'maxmemory'.", "storage_full", None),
    ("ReplyError: READONLY You can't write against a read only replica.", "read_only", None),
    ("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk", "storage_full", None),
    ("ReplyError: NOAUTH Authentication required.", "auth_failed", None),
    ("MongoServerError: E11000 duplicate key error collection: users.customers index: username_1 dup key", "duplicate_key", None),
    ('ts=2025-10-18T09:32:03.737371208Z caller=server.go:110 err="E11000 duplicate key error collection: users.customers index: username_1 dup key: { : \\"P\\" }"', "duplicate_key", None),
    ("ERROR com.rabbitmq.client.AuthenticationFailureException: ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN", "auth_failed", None),
    ("Message rejected by RabbitMQ: Unknown", "publish_rejected", None),
    ("Message confirmed by RabbitMQ", "publish_confirmed", None),
    ("Received shipment task: 690f2ac19c10d30001ca3362", "consumed", None),
    ("INFO consumed message offset=12 partition=0", "consumed", None),
    ("WARN publish to orders failed: basic.nack received", "publish_rejected", None),
    ("WARN queue 'emails' has no consumers", "no_consumer", None),
    ("ERROR Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'shop'.", "auth_failed", None),
    ("ERROR java.sql.SQLException: ORA-01017: invalid username/password; logon denied", "auth_failed", None),
    ("ERROR [error] Error: ER_ACCESS_DENIED_ERROR: no access", "auth_failed", None),
    ('pq: FATAL: role "shop" does not exist', "auth_failed", None),
    ("MongoServerError: not authorized on shop to execute command { insert: 1 }", "auth_failed", None),
    ("ERROR ORA-12516, TNS:listener could not find available handler", "too_many_connections", None),
    ("ERROR pgbouncer: no more connections allowed (max_client_conn)", "too_many_connections", None),
    ("ERROR MongoServerError: not primary", "read_only", None),
    ("ERROR System.Data.SqlClient.SqlException: Failed to update database shop because the database is read-only.", "read_only", None),
    ("ERROR org.postgresql.util.PSQLException: ERROR: canceling statement due to statement timeout", "lock_timeout", None),
    ("ERROR com.microsoft.sqlserver.jdbc.SQLServerException: Execution Timeout Expired.", "lock_timeout", None),
    ("ERROR HikariPool-1 - Connection is not available, request timed out after 5000ms (total=10, active=10, idle=0, waiting=3)", "pool_exhausted", None),
    ("ERROR HikariPool-1 - Connection is not available, request timed out after 5000ms (total=0, active=0, idle=0, waiting=3)", "timeout", None),
    ("Error: Parse Error: Expected HTTP/, RTSP/ or ICE/", "tls_other", None),
    ("sqlite3.OperationalError: attempt to write a readonly database", "read_only", None),
    ("ERROR (1836, 'Running in read-only mode')", "read_only", None),
    ("kafka.errors.NoBrokersAvailable: NoBrokersAvailable", "unavailable", None),
]  # fmt: skip
SERVERS = [
    ('2026-05-04 10:00:00.123 UTC [77] FATAL:  password authentication failed for user "shop"', "auth_failed"),
    ("2026-05-04 10:00:00.123 UTC [77] FATAL:  sorry, too many clients already", "too_many_connections"),
    ('2026-05-04 10:00:00.123 UTC [77] ERROR:  could not extend file "base/1/2": No space left on device', "storage_full"),
    ("2026-05-04 10:00:00.123 UTC [77] LOG:  duration: 5123.456 ms  statement: SELECT 1", "slow_query"),
    ('2026-05-04 10:00:00.123 UTC [77] ERROR:  column "price" does not exist at character 8', "missing_schema"),
    ("2026-03-12T10:37:34.510445+08:00 17100 [Note] Access denied for user 'ts'@'172.20.3.34' (using password: YES)", "auth_failed"),
    ('{"t":{"$date":"2025-10-18T07:38:30.184+00:00"},"s":"I",  "c":"COMMAND",  "id":51803,   "ctx":"conn1","msg":"Slow query","attr":{"type":"command","ns":"shop.cart","durationMillis":4210}}', "slow_query"),
    ('{"t":{"$date":"2025-10-18T07:38:30.184+00:00"},"s":"I",  "c":"ACCESS",  "id":20249,   "ctx":"conn1","msg":"Authentication failed","attr":{"error":"AuthenticationFailed: SCRAM authentication failed"}}', "auth_failed"),
    ("2025-10-18 09:24:15.744312+00:00 [warning] <0.706.0> memory resource limit alarm set on node rabbit@r-0.", "storage_full"),
    ("1:M 18 Oct 2025 09:11:37.873 # Can't save in background: fork: Cannot allocate memory", "out_of_memory"),
]  # fmt: skip
SILENT = [
    "2026-05-04 10:00:00.123 UTC [77] LOG:  duration: 12.456 ms  statement: SELECT 1",
    '{"t":{"$date":"2025-10-18T09:12:06.278+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn3","msg":"Slow query","attr":{"durationMillis":107}}',
    '{"t":{"$date":"2025-10-18T09:24:05.674+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"10.244.1.13:35988","connectionId":2,"connectionCount":2}}',
    "2025-10-18T09:11:59.532+0000 I NETWORK  [listener] connection accepted from 10.244.1.22:45632 #2 (2 connections now open)",
    "1:M 18 Oct 2025 09:22:50.461 * 100 changes in 300 seconds. Saving...",
    "2025-10-18 09:24:15.744312+00:00 [info] <0.7060.0> connection <0.7060.0> (10.244.1.6:33222 -> 10.244.1.17:5672): user 'guest' authenticated and granted access to vhost '/'",
    "2025-10-18 09:24:15.744312+00:00 [info] <0.7060.0> memory resource limit alarm cleared on node rabbit@r-0",
    "1:M 02 Dec 2025 13:22:54.136 * <bf> \t{ bf-error-rate       :      0.01 }",
]  # fmt: skip


@pytest.mark.parametrize(("line", "family", "callee"), CLIENTS)
def test_a_clients_line_names_family_and_store(line: str, family: str, callee: str | None) -> None:
    (mention,) = read_log(line).mentions
    target = mention.target
    assert (mention.kind, mention.family) == ("call", family)
    assert (f"{target.host}:{target.port}" if target and target.port else target and target.host) == callee


@pytest.mark.parametrize(("line", "family"), SERVERS)
def test_a_stores_own_log_is_its_own_state(line: str, family: str) -> None:
    assert [(m.kind, m.family, m.target) for m in read_log(line).mentions] == [("own", family, None)]


@pytest.mark.parametrize("line", SILENT)
def test_a_stores_ordinary_line_says_nothing(line: str) -> None:
    assert read_log(line).mentions == []


def test_a_stores_target_knows_its_protocol() -> None:
    (mention,) = read_log("Error: connect ECONNREFUSED 10.1.2.3:5432").mentions
    assert mention.target is not None
    assert mention.target.scheme == "postgres"
