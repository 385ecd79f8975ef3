"""Several lines together: answers joined to attempts, quoted answers, folded stack traces."""

# ruff: noqa: E501 - log lines stay as programs write them

import pytest

from tools.logs import read_log


def hosts(text: str) -> list[tuple[str, str | None]]:
    return [(m.family, m.target.host if m.target else None) for m in read_log(text).mentions if m.kind == "call"]


NESTED = 'Payment gateway error: Post "http://stripe-mock/v1/charges": dial tcp 10.96.145.169:80: connect: connection refused'
RELAYED = [
    "2025-11-11 06:37:53.000  INFO 1 --- [nio-80-exec-1] o.Ctl : Received payment response: PaymentResponse{authorised=false, message=" + NESTED + "}",
    "Received payment response for order 69: PaymentResponse{authorised=false, message=" + NESTED + "}",
    'Order response: {"timestamp":1760779425771,"status":406,"error":"Not Acceptable","message":"Payment gateway error: Post \\"http://stripe-mock/v1/charges\\": dial tcp 10.96.1.1:80: connect: connection refused","path":"/orders"}',
    '{"timestamp":1760779425771,"status":406,"error":"Not Acceptable","message":"Payment gateway error: Post \\"http://stripe-mock/v1\\": dial tcp 10.96.1.1:80: connect: connection refused","path":"/orders"}',
    'response: {"code":"GATEWAY","message":"connect ECONNREFUSED 10.0.0.1:80"}',
    'got answer from payment: {"ok":false,"error":"upstream timed out"}',
    '{"error":"failed to complete the order: rpc error: code = Internal desc = failed to charge card: could not charge the card: rpc error: code = Unavailable desc = connection error: desc = \\"transport: Error while dialing: dial tcp 10.68.121.232:50051: connect: connection refused\\"","http.req.path":"/cart/checkout","message":"request error","severity":"error"}',
    '{"error":"could not retrieve cart: rpc error: code = FailedPrecondition desc = Can\'t access cart storage. StackExchange.Redis.RedisConnectionException: UnableToConnect on redis-cart:6379/Interactive","message":"request error","severity":"error"}',
    'ERROR 13 INTERNAL answer body: {"message":"lookup db on 10.96.0.10:53: no such host"}',
]  # fmt: skip


@pytest.mark.parametrize("line", RELAYED)
def test_an_error_quoted_from_an_answer_is_not_our_call(line: str) -> None:
    assert hosts(line) == [("relayed", None)]


OURS = [
    ('payment failed: Post "http://x/v1": dial tcp 10.0.0.9:80: connect: connection refused', ("refused", "x")),
    ('level=error msg="charge failed" message="Post \\"http://x/v1\\": dial tcp 10.0.0.9:80: i/o timeout"', ("timeout", "x")),
    ('2025-11-11T06:37:53Z\tERROR\tcharge failed\t{"error": "Post \\"http://x/v1\\": dial tcp 10.0.0.9:80: connect: connection refused"}', ("refused", "x")),
    ('{"level":"error","message":"Post \\"http://x/v1\\": EOF"}', ("reset", "x")),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), OURS)
def test_an_error_of_our_own_call_stays_ours(line: str, expected: tuple[str, str]) -> None:
    assert hosts(line) == [expected]


ANSWERS = [
    ("Received payment response: PaymentResponse{authorised=false, message=Payment declined: amount exceeds 105.00}", "declined", None),
    ("Received payment response: PaymentResponse{authorised=true, message=Payment authorised}", "ok", None),
    ('Order response: {"timestamp":1,"status":406,"error":"Not Acceptable","message":"Payment declined: amount exceeds 105.00"}', "declined", 406),
    ('Order response: {"statusCode":500,"error":"Internal Server Error","message":"Payment service unavailable for order 5"}', "server_error", 500),
    ('Order response: {"error":"Internal Server Error","message":"Unable to create order due to unspecified IO error.","status":500}', "server_error", 500),
]  # fmt: skip


@pytest.mark.parametrize(("line", "family", "status"), ANSWERS)
def test_a_quoted_answer_tells_how_the_callee_answered(line: str, family: str, status: int | None) -> None:
    assert [(m.kind, m.family, m.status, m.target) for m in read_log(line).mentions] == [("call", family, status, None)]


def test_an_answer_without_a_name_belongs_to_the_attempt_before_it() -> None:
    text = (
        "2025/11/12 13:34:31 🌐 Calling payment gateway: http://stripe-mock/v1/charges (amount=2299 cents)\n"
        "2025/11/12 13:34:32 ✅ Gateway response: HTTP 200 (0.82s)\n"
        "2025/11/12 13:34:32 ✅ Payment authorized: ch_PgwTM0YKHAVecBt\n"
    )
    assert hosts(text) == [("attempt", "stripe-mock"), ("ok", "stripe-mock")]
    assert read_log(text).mentions[1].seconds == 0.82


def test_an_attempt_answers_once_and_only_for_two_minutes() -> None:
    text = "2025/11/12 13:34:31 Calling http://a/x\n2025/11/12 13:34:32 Response: HTTP 200\n2025/11/12 13:34:33 Response: HTTP 503\n"
    assert hosts(text) == [("attempt", "a"), ("ok", "a"), ("unavailable", None)]
    late = "2025/11/12 13:34:31 Calling http://a/x\n2025/11/12 13:36:40 Response: HTTP 200\n"
    assert hosts(late) == [("attempt", "a"), ("ok", None)]


def test_an_unreadable_body_after_a_good_status_is_the_same_callees() -> None:
    text = "Calling http://a/x\nGateway response: HTTP 200 (0.1s)\ngateway returned invalid JSON: invalid character '<' looking for beginning of value\n"
    assert hosts(text) == [("attempt", "a"), ("ok", "a"), ("schema", "a")]
    same = "Calling http://a/x\nGateway response: HTTP 503 (0.1s)\ngateway unavailable (HTTP 503)\n"
    assert hosts(same) == [("attempt", "a"), ("unavailable", "a"), ("unavailable", None)]


def test_a_failed_connection_to_our_forward_proxy_names_the_proxy() -> None:
    line = 'Post "https://api.stripe.com/v1/charges": proxyconnect tcp: dial tcp 10.96.88.17:3128: connect: connection refused'
    (mention,) = read_log(line).mentions
    assert (mention.family, mention.producer, mention.target and mention.target.host) == (
        "refused",
        "proxy",
        "10.96.88.17",
    )


def test_request_ids_keep_structured_answers_apart() -> None:
    line = '{{"level":"info","msg":"{}",{}"request_id":"{}"}}\n'
    text = (
        line.format("calling gateway", '"url":"https://api.adyen.com/pay",', "r-1234567")
        + line.format("calling gateway", '"url":"https://api.other.com/pay",', "r-7654321")
        + line.format("gateway response: HTTP 200", "", "r-1234567")
        + line.format("gateway response: HTTP 500", "", "r-7654321")
    )
    assert hosts(text)[2:] == [("ok", "api.adyen.com"), ("server_error", "api.other.com")]


def test_threads_keep_their_answers_apart() -> None:
    line = (
        "2025-10-18 09:23:50.26{}  INFO [orders,{},80744311fc327e9a,false] 1 --- [exec-{}] w.AsyncGetService    : {}\n"
    )
    text = (
        line.format(1, "c59e5840c49d4cb5", 1, "Requesting: <GET http://user/a,{Accept=[x]}>")
        + line.format(2, "c59e5840c49d4cb6", 2, "Requesting: <GET http://carts/b,{Accept=[x]}>")
        + line.format(
            3, "c59e5840c49d4cb5", 1, 'Received: Resource { content: A{id=null}, links: [<http://other/x>;rel="self"] }'
        )
        + line.format(4, "c59e5840c49d4cb6", 2, "Received: Resource { content: B{id=null}, links: [] }")
    )
    assert hosts(text) == [("attempt", "user"), ("attempt", "carts"), ("ok", "user"), ("ok", "carts")]


def test_an_attempt_that_names_nobody_keeps_its_answer_nameless() -> None:
    text = 'POST to carts: http://carts/items body: {"a":1}\nPosting Order: {"customer":"http://user/customers/1"}\nOrder response: {"status":406,"message":"declined"}\n'
    assert hosts(text) == [("attempt", "carts"), ("attempt", None), ("declined", None)]


JAVA_TRACE = """2026-03-12 20:10:29.135 ERROR 1 --- [           main] com.zaxxer.hikari.pool.HikariPool        : HikariPool-1 - Exception during pool initialization.

com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure

The last packet sent successfully to the server was 0 milliseconds ago.
\tat com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:175) ~[mysql.jar!/:8.0.33]
Caused by: com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure
\t... 12 more
Caused by: java.net.UnknownHostException: orders-mysql
\tat java.net.InetAddress.getAllByName0(InetAddress.java:1281)
"""
PYTHON_TRACE = """Traceback (most recent call last):
  File "/app/a.py", line 3, in <module>
    sock.connect()
ConnectionRefusedError: [Errno 111] Connection refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/a.py", line 9, in <module>
    requests.get(url)
requests.exceptions.ConnectionError: HTTPConnectionPool(host='inventory', port=8000): Max retries exceeded with url: /stock (Caused by NewConnectionError('[Errno 111] Connection refused'))
INFO next line
"""
NODE_TRACE = """Error: connect ECONNREFUSED 10.96.3.4:6379
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {
  errno: -111,
  code: 'ECONNREFUSED',
  syscall: 'connect',
  address: '10.96.3.4',
  port: 6379
}
GET /x 200 1 ms - -
"""
DOTNET_TRACE = """fail: Grpc.AspNetCore.Server.ServerCallHandler[6]
      Error when executing service method 'GetCart'.
      System.Net.Http.HttpRequestException: Connection refused (redis-cart:6379)
       ---> System.Net.Sockets.SocketException (111): Connection refused
         at System.Net.Sockets.Socket.AwaitableSocketAsyncEventArgs.ThrowException(SocketError error)
         --- End of inner exception stack trace ---
info: Next[1]
"""
GO_PANIC = "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:12 +0x1d\nexit status 2\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (JAVA_TRACE, [("call", "dns", "orders-mysql", 0)]),
        (PYTHON_TRACE, [("call", "refused", "inventory", 0)]),
        (NODE_TRACE, [("call", "refused", "10.96.3.4", 0), ("served", "ok", None, 8)]),
        (DOTNET_TRACE, [("call", "refused", "redis-cart", 0)]),
        (GO_PANIC, [("own", "panic", None, 0)]),
    ],
)
def test_a_stack_trace_is_one_event_told_by_its_deepest_cause(
    text: str, expected: list[tuple[str, str, str | None, int]]
) -> None:
    found = [(m.kind, m.family, m.target.host if m.target else None, m.line) for m in read_log(text).mentions]
    assert found == expected


def test_two_tracebacks_in_a_row_are_two_events() -> None:
    trace = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n"
    assert [m.line for m in read_log(trace * 2).mentions] == [0, 3]
