"""A program's own state, and the many lines that only sound like trouble."""

# ruff: noqa: E501 - log lines stay as programs write them

import pytest

from tools.log_families import CALL_FAMILIES, FAMILIES, OWN_FAMILIES, STORE_FAMILIES
from tools.log_hints import CALLS, LIFE, OWN, PROCESS, may_tell
from tools.logs import read_log

OWN_STATE = [
    ("2025/11/11 05:15:47 🚀 Payment service starting on port 8080", "started"),
    ("2025-10-18 09:11:48.683  INFO 1 --- [main] o.App : Started App in 12.3 seconds (JVM running for 13.1)", "started"),
    ("INFO:     Application startup complete.", "started"),
    ("Server listening on port 3000", "started"),
    ("1:M 18 Oct 2025 09:11:37.873 * Ready to accept connections", "started"),
    ("INFO received SIGTERM, draining", "sigterm"),
    ("npm ERR! signal SIGTERM", "sigterm"),
    ("INFO Shutting down HTTP server", "stopping"),
    ("panic: runtime error: invalid memory address or nil pointer dereference", "panic"),
    ("Exception in thread \"main\" java.lang.IllegalStateException: nope", "panic"),
    ("Fatal error: Uncaught TypeError: x is not a function", "panic"),
    ("[2025-10-18 09:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:12)", "panic"),
    ("java.lang.OutOfMemoryError: Java heap space", "out_of_memory"),
    ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "out_of_memory"),
    ("MemoryError: Cannot allocate memory", "out_of_memory"),
    ("listen tcp :8080: bind: address already in use", "bind_failed"),
    ("Error: listen EADDRINUSE: address already in use :::3000", "bind_failed"),
    ("WARN Failed to start bean 'webServerStartStop'; nested exception is org.springframework.boot.web.server.PortInUseException: Port 18885 is already in use", "bind_failed"),
    ("accept tcp [::]:8080: accept4: too many open files", "too_many_open_files"),
    ("ERROR write /var/log/x: no space left on device", "disk_full"),
    ("1:M 10 Jan 2026 09:02:57.113 # Fatal error: can't open the RDB file dump.rdb for reading: Permission denied", "permission_denied"),
    ("Error: ENOENT: no such file or directory, open '/etc/app/config.json'", "file_missing"),
    ("required environment variable PAYMENT_URL is not set", "missing_config"),
    ("KeyError: 'DATABASE_URL'", "missing_config"),
    ("ERROR Could not resolve placeholder 'db.url' in value \"${db.url}\"", "missing_config"),
    ("nginx: [emerg] unknown directive \"proxy_pas\" in /etc/nginx/nginx.conf:3", "bad_config"),
    ("flag provided but not defined: -prot", "bad_config"),
    ("error parsing config: yaml: line 3: mapping values are not allowed", "bad_config"),
    ("ERROR o.a.c.c.C.[.[.[/].[dispatcherServlet]    : Servlet.service() for servlet [dispatcherServlet] in context with path [] threw exception [Request processing failed; nested exception is java.lang.NullPointerException] with root cause", "application_error"),
    ("ERROR in app: Exception on /orders [POST]", "application_error"),
    ("fail: Microsoft.AspNetCore.Server.Kestrel[13] An unhandled exception has occurred while executing the request.", "application_error"),
    ("WARN token used before issued", "clock_skew"),
    ("2025/10/18 09:11:37 [notice] 1#1: signal 1 (SIGHUP) received from 12, reconfiguring", "reloaded"),
    ("WARN Readiness probe failed: not ready yet", "probe_failed"),
    ("Error with log in: true", "other_error"),
    ("2026-03-12 01:41:42.836 ERROR 1 --- [io-15680-exec-1] train.service.TrainServiceImpl : [create][Create train error][Train already exists]", "other_error"),
    ('{"message":"Failed to fetch the Zone of the node","severity":"error"}', "other_error"),
    ("level=warning msg=\"something odd\"", "other_error"),
]  # fmt: skip
DECOYS = [
    "INFO timeout=30s retries=3",
    "INFO batch done errors=0 failed=0",
    "INFO retry on error enabled",
    "INFO retry on connection refused enabled",
    '{"level":"info","msg":"done","error":null}',
    "level=info msg=\"sync finished\" err=null took=3ms",
    "level=info msg=\"sync finished\" err=<nil>",
    "INFO read timeout set to 35s",
    "INFO 0 failed, 12 passed",
    "DEBUG no errors found in 12 files",
    "INFO charged 5000 cents, status 5000",
    "INFO error_page is /errors/500.html",
    "INFO loaded ErrorController and TimeoutFilter",
    "2025-10-18 09:23:46.195  INFO [orders,a36be67a4ef5e635,a36be67a4ef5e635,false] 1 --- [nio-8080-exec-1] o.s.d.r.w.RepositoryRestHandlerMapping   : Mapped \"{[/error],produces=[text/html]}\" onto public org.springframework.web.servlet.ModelAndView errorHtml(javax.servlet.http.HttpServletRequest)",
    'time="2025-10-18T07:37:41Z" level=info msg="Metrics updated" duration=28.349477ms',
    "INFO circuit breaker 'pay' state CLOSED",
    "INFO rate limiter configured: 100 per second",
    "INFO connection pool size 10",
    "INFO using 3 threads, 500 items",
    "(node:20) [DEP0066] DeprecationWarning: OutgoingMessage.prototype._headers is deprecated",
    "Customer ID: PClOeC6SqzcqHU1AZII64pZWslK7JDeG",
    "Request received: /cart, undefined",
    "INFO certificate valid until 2027-01-01",
    "INFO user reset their password",
    "INFO tls enabled on listener",
    "INFO page 404 rendered from cache",
    "INFO dns cache holds 12 names",
    "TRACE deadline is 10s",
    "INFO order 503 created",
    "INFO quota remaining: 4000",
    "Received error response from the gateway",
    "INFO Payment declined: amount exceeds 105.00",
    'Error: Error from server: Get "https://worker-01:10250/containerLogs/x": dial tcp 192.168.0.222:10250: connect: connection refused',
]  # fmt: skip


@pytest.mark.parametrize(("line", "family"), OWN_STATE)
def test_a_line_about_the_program_is_its_own_state(line: str, family: str) -> None:
    assert [(m.kind, m.family) for m in read_log(line).mentions] == [("own", family)]


@pytest.mark.parametrize("line", DECOYS)
def test_a_harmless_line_says_nothing(line: str) -> None:
    assert read_log(line).mentions == []


EVERY = (PROCESS, CALLS, OWN, LIFE)


def test_every_phrase_is_found_by_the_quick_looks() -> None:
    for finder in EVERY:
        for phrase in finder.phrases:
            for needle in phrase.needles:
                assert may_tell(needle), needle
                assert phrase.pattern is not None or finder.first(needle) is not None, needle


def test_every_phrase_has_a_family_of_the_closed_list() -> None:
    assert {phrase.family for finder in EVERY for phrase in finder.phrases} <= set(FAMILIES)
    assert len(FAMILIES) == len(CALL_FAMILIES) + len(STORE_FAMILIES) + len(OWN_FAMILIES)
    assert all(meaning.endswith(".") for meaning in FAMILIES.values())


def test_the_trace_below_a_record_tells_what_the_record_does_not() -> None:
    head = "timestamp='2026-07-06T07:45:05Z' level='error' event='job_failed' study='7' exc_info=True"
    trace = ["Traceback (most recent call last):", '  File "/app/worker.py", line 84, in handle', "KeyError: 'NM'"]
    assert [one.family for one in read_log("\n".join([head, *trace])).mentions] == ["panic"]
    assert [one.family for one in read_log(head).mentions] == ["other_error"]


@pytest.mark.parametrize(
    ("error", "family"),
    [
        ('{\\"error\\":\\"invalid_grant\\",\\"error_description\\":\\"Wrong email or password.\\"}', "declined"),
        ('{\\"error\\":\\"invalid_client\\",\\"error_description\\":\\"Client secret is wrong\\"}', "unauthorized"),
        ('{\\"error\\":\\"invalid_grant\\",\\"error_description\\":\\"Token has been revoked\\"}', "unauthorized"),
    ],
)
def test_a_persons_password_is_no_credential_of_the_program(error: str, family: str) -> None:
    text = f"POST https://id.example.com/oauth/token: unexpected status 401 Unauthorized: {error}"
    line = f'{{"level":"error","msg":"code exchange failed","error":"{text}"}}'
    assert [one.family for one in read_log(line).mentions] == [family]
