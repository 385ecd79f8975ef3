"""Access logs: what a server answered, what a proxy's upstream answered it, and health checks."""

# ruff: noqa: E501 - log lines stay as programs write them

import pytest

from tools.logs import read_log

ESC = "\x1b"
SERVED = [
    (f"{ESC}[0mGET /catalogue?size=5 {ESC}[32m200 {ESC}[0m- ms - -{ESC}[0m", "ok", 200),
    (f"{ESC}[0mPOST /orders {ESC}[33m406 {ESC}[0m- ms - -{ESC}[0m", "client_error", 406),
    (f"{ESC}[0mPOST /orders {ESC}[31m500 {ESC}[0m11.336 ms - -{ESC}[0m", "server_error", 500),
    ("GET /login 401 53.980 ms - -", "unauthorized", 401),
    ("GET /x 500 12 ms", "server_error", 500),
    ("GET /errors/404.html 200 3.1 ms - 12", "ok", 200),
    ('10.0.0.1 - - [18/Oct/2025:09:11:37 +0000] "GET /error?timeout=1 HTTP/1.1" 200 12 "-" "curl/8"', "ok", 200),
    ('10.0.0.1 - bob [18/Oct/2025:09:11:37 +0000] "POST /pay HTTP/1.1" 502 157 "-" "curl/8"', "server_error", 502),
    ('10.0.0.1 - - [18/Oct/2025 09:11:37] "GET /x HTTP/1.1" 404 -', "client_error", 404),
    ('INFO:     10.0.0.1:51234 - "GET /items HTTP/1.1" 200 OK', "ok", 200),
    ('INFO:     10.0.0.1:51234 - "GET /items HTTP/1.1" 500 Internal Server Error', "server_error", 500),
    ('[GIN] 2025/10/18 - 09:11:37 | 503 |    1.2ms |      10.0.0.1 | GET      "/api/x"', "unavailable", 503),
    ('[INFO] 10.244.0.3:4411 - 1 "A IN api.stripe.com. udp 32 false 512" SERVFAIL qr,rd 32 0.0002s', "dns", None),
    ('[INFO] 10.244.0.3:4411 - 1 "A IN api.stripe.com. udp 32 false 512" NOERROR qr,rd 32 0.0002s', "ok", None),
    ("Completed 500 Internal Server Error in 12ms (ActiveRecord: 1.2ms)", "server_error", 500),
    ("info: Request finished HTTP/1.1 GET http://shop/api/x - 429 - - 12.3ms", "rate_limited", 429),
    ('{"level":"info","method":"GET","path":"/x","status":403,"duration":"12ms"}', "forbidden", 403),
    ('{"http.req.method":"GET","http.req.path":"/cart","http.resp.status":200,"http.resp.took_ms":12,"message":"request complete","severity":"debug"}', "ok", 200),
    ('{"level":30,"time":1760779425771,"req":{"method":"GET","url":"/x"},"res":{"statusCode":500},"responseTime":31,"msg":"request errored"}', "server_error", 500),
    ("level=info method=GET path=/x status=200 duration=12ms", "ok", 200),
    ("ts=2025-10-18T07:37:36Z caller=logging.go:27 method=List tags= order=id result=5 err=null took=236.974386ms", "ok", None),
    ("ts=2025-10-18T07:37:36Z caller=logging.go:27 method=List result=0 err=\"database connection error\" took=1ms", "application_error", None),
    ('{"level":"error","caller":"http/access.go:58","msg":"request","method":"GET","path":"/x","status":500,"took":0.004}', "server_error", 500),
    ('{"level":"info","msg":"finished call","grpc.code":"OK","grpc.method":"Hold","grpc.time_ms":3.1}', "ok", 200),
    ('{"level":"error","msg":"finished call","grpc.code":"Internal","grpc.method":"Hold","grpc.time_ms":3.1}', "server_error", 500),
    ('{"level":"info","msg":"finished call","grpc.code":"NotFound","grpc.method":"Hold"}', "client_error", 200),
]  # fmt: skip
HEALTH = [
    ("GET /health 200 1 ms - -", "health_ok"),
    ('10.0.0.1 - - [18/Oct/2025:09:11:37 +0000] "GET /healthz HTTP/1.1" 503 12 "-" "kube-probe/1.29"', "probe_failed"),
    ("ts=2025-10-18T07:37:32.038914197Z caller=logging.go:36 method=Health result=1 took=13.509µs", "health_ok"),
    ('INFO:     10.0.0.1:51234 - "GET /ready HTTP/1.1" 200 OK', "health_ok"),
    ('{"level":"info","method":"GET","path":"/actuator/health","status":200}', "health_ok"),
    ('{"level":"info","msg":"finished call","grpc.code":"OK","grpc.method":"Check","grpc.service":"grpc.health.v1.Health"}', "health_ok"),
]  # fmt: skip
ENVOY = (
    '[2026-05-04T10:00:00.000Z] "POST /v1/charges HTTP/1.1" {} 0 152 31 {} "-" "curl/8" "id-1" "api.stripe.com" "{}"{}'
)
PROXIES = [
    (ENVOY.format("200 -", 12, "10.0.0.5:8080", ""), [("served", "ok", None, None), ("call", "ok", "10.0.0.5:8080", "callee")]),
    (ENVOY.format("503 -", 12, "10.0.0.5:8080", ""), [("served", "unavailable", None, None), ("call", "unavailable", "10.0.0.5:8080", "callee")]),
    (ENVOY.format("503 UF,URX", "-", "10.0.0.5:8080", ""), [("served", "unavailable", None, "proxy"), ("call", "unreachable", "10.0.0.5:8080", "proxy")]),
    (ENVOY.format("504 UT", "-", "10.0.0.5:8080", ""), [("served", "server_error", None, "proxy"), ("call", "timeout", "10.0.0.5:8080", "proxy")]),
    (ENVOY.format("503 UO", "-", "10.0.0.5:8080", ""), [("served", "unavailable", None, "proxy"), ("call", "circuit_open", "10.0.0.5:8080", "proxy")]),
    (ENVOY.format("503 UC", "-", "10.0.0.5:8080", ""), [("served", "unavailable", None, "proxy"), ("call", "reset", "10.0.0.5:8080", "proxy")]),
    (ENVOY.format("503 UH", "-", "-", ""), [("served", "unavailable", None, "proxy"), ("call", "no_upstream", "api.stripe.com", "proxy")]),
    (ENVOY.format("404 NR", "-", "-", ""), [("served", "client_error", None, "proxy"), ("call", "no_upstream", "api.stripe.com", "proxy")]),
    (ENVOY.format("0 DC", "-", "10.0.0.5:8080", ""), [("served", "cancelled", None, "client")]),
    ('[2026-05-04T10:00:00.000Z] "GET /cart HTTP/1.1" 503 UF upstream_reset_before_response_started{connection_failure} - "delayed_connect_error:_111" 0 91 4 - "-" "Go" "id" "cart:7070" "10.0.0.7:7070" outbound|7070||cart.shop.svc.cluster.local - 10.96.1.1:7070 10.0.0.2:4411 - default',
     [("served", "unavailable", None, "proxy"), ("call", "refused", "cart.shop.svc.cluster.local:7070", "proxy")]),
    ('[2026-05-04T10:00:00.000Z] "GET /cart HTTP/1.1" 200 - via_upstream - "-" 0 91 4 3 "-" "Go" "id" "cart:7070" "10.0.0.7:7070" inbound|7070|| 127.0.0.6:1 10.0.0.7:7070 10.0.0.2:4411 - default',
     [("served", "ok", None, None)]),
    ('{"response_code":503,"response_flags":"UH","upstream_cluster":"outbound|80||pay.shop.svc.cluster.local","upstream_host":null,"method":"GET","path":"/x","duration":3}',
     [("served", "unavailable", None, "proxy"), ("call", "no_upstream", "pay.shop.svc.cluster.local:80", "proxy")]),
    ('10.0.0.1 - - [18/Oct/2025:09:11:37 +0000] "GET /x HTTP/1.1" 502 150 "-" "curl" 76 0.002 [shop-front-80] [] 10.0.0.5:8079 150 0.002 502 abc',
     [("served", "server_error", None, None), ("call", "server_error", "10.0.0.5:8079", "callee")]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "family", "status"), SERVED)
def test_an_access_line_is_a_served_request(line: str, family: str, status: int | None) -> None:
    assert [(m.kind, m.family, m.status) for m in read_log(line).mentions] == [("served", family, status)]


@pytest.mark.parametrize(("line", "family"), HEALTH)
def test_a_health_request_is_own_state(line: str, family: str) -> None:
    assert [(m.kind, m.family) for m in read_log(line).mentions] == [("own", family)]


@pytest.mark.parametrize(("line", "expected"), PROXIES)
def test_a_proxys_line_tells_who_answered(line: str, expected: list[tuple[str, str, str | None, str | None]]) -> None:
    found = [
        (m.kind, m.family, f"{m.target.host}:{m.target.port}".removesuffix(":None") if m.target else None, m.producer)
        for m in read_log(line).mentions
    ]
    assert found == expected


def test_a_search_lists_unknown_name_says_nothing() -> None:
    line = '[INFO] 10.244.0.3:4411 - 1 "A IN user.shop.svc.cluster.local. udp 32 false 512" NXDOMAIN qr,rd 32 0.0002s'
    assert read_log(line).mentions == []


def test_a_client_s_own_interceptor_answers_nobody() -> None:
    line = '{"level":"info","msg":"finished client call","grpc.code":"OK","grpc.method":"Hold","span.kind":"client"}'
    assert [one for one in read_log(line).mentions if one.kind == "served"] == []


def test_a_scrape_of_metrics_says_nothing() -> None:
    assert read_log('10.0.0.1 - - [18/Oct/2025:09:11:37 +0000] "GET /metrics HTTP/1.1" 200 12').mentions == []


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("GET /x 200 12.5 ms - -", 0.0125),
        ("ts=1 caller=a.go:1 method=Get err=null took=9.908957ms", 0.009908957),
        (ENVOY.format("200 -", 12, "10.0.0.5:8080", ""), 0.031),
        ('{"level":"info","method":"GET","path":"/x","status":200,"duration":0.25}', 0.25),
    ],
)
def test_durations_are_seconds(line: str, seconds: float) -> None:
    assert read_log(line).mentions[0].seconds == pytest.approx(seconds)
