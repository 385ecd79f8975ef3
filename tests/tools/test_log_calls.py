"""Outbound calls in the words of many client libraries: family, callee, who produced the answer."""

# ruff: noqa: E501 - log lines stay as programs write them

import pytest

from tools.logs import Mention, read_log


def callee(mention: Mention) -> str | None:
    target = mention.target
    if target is None:
        return None
    return target.host if target.port is None else f"{target.host}:{target.port}"


GO = [
    ('2025/11/11 06:37:53 ❌ Payment gateway error: Post "http://stripe-mock/v1/charges": dial tcp 10.96.145.169:80: connect: connection refused (0.00s)', "refused", "stripe-mock", "client"),
    ('payment failed: Post "http://x": dial tcp 10.0.0.9:80: connect: connection refused', "refused", "x", "client"),
    ('Post "http://x/v1/y": dial tcp 10.96.1.2:80: connect: no route to host', "unreachable", "x", "client"),
    ('Get "https://api.stripe.com/v1/balance": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', "timeout", "api.stripe.com", "client"),
    ('Get "https://api.stripe.com/v1/balance": net/http: TLS handshake timeout', "timeout", "api.stripe.com", "client"),
    ('Post "http://catalog:8080/items": EOF', "reset", "catalog:8080", "client"),
    ('Post "http://catalog:8080/items": http: server closed idle connection', "reset", "catalog:8080", "client"),
    ("read tcp 172.20.3.120:47784->10.68.180.240:15012: read: connection reset by peer", "reset", "10.68.180.240:15012", "client"),
    ("write tcp 10.1.1.1:4000->10.1.1.2:6379: write: broken pipe", "reset", "10.1.1.2:6379", "client"),
    ("dial tcp: lookup catalogue on 10.96.0.10:53: no such host", "dns", "catalogue", "client"),
    ('Get "http://vendor.example/a": dial tcp: lookup vendor.example on 10.96.0.10:53: server misbehaving', "dns", "vendor.example", "client"),
    ("Connection to the log intake cannot be established: dial tcp: lookup agent-intake.logs.us5.datadoghq.com.: no such host", "dns", "agent-intake.logs.us5.datadoghq.com", "client"),
    ("dial tcp: lookup user on 10.96.0.10:53: read udp 10.244.1.5:51009->10.96.0.10:53: i/o timeout", "dns_server_down", "user", "client"),
    ("dial tcp: lookup user on 10.96.0.10:53: read udp 10.244.1.5:51009->10.96.0.10:53: read: connection refused", "dns_server_down", "user", "client"),
    ('Get "https://api.example.com/": x509: certificate has expired or is not yet valid: current time 2026-05-04T10:00:00Z is after 2026-05-01T00:00:00Z', "tls_expired", "api.example.com", "client"),
    ('Get "https://api.example.com/": x509: certificate has expired or is not yet valid: current time 2020-05-04T10:00:00Z is before 2026-05-01T00:00:00Z', "tls_not_yet_valid", "api.example.com", "client"),
    ('Get "https://api.example.com/": x509: certificate signed by unknown authority', "tls_untrusted", "api.example.com", "client"),
    ('Get "https://api.example.com/": x509: certificate is valid for *.other.com, not api.example.com', "tls_other", "api.example.com", "client"),
    ("dial tcp [fd00::5]:6379: connect: connection refused", "refused", "fd00::5:6379", "client"),
    ('level=error msg="charge failed" err="Post \\"http://stripe/v1\\": dial tcp 10.2.2.2:80: i/o timeout"', "timeout", "stripe", "client"),
    ("ts=2025-11-05T10:00:00Z caller=logging.go:27 method=List result=0 err=\"circuit breaker 'List' is open\" took=1.1ms", "circuit_open", None, "client"),
    ('{"level":"error","ts":1760773110.1,"msg":"charge failed","error":"Post \\"https://api.stripe.com/v1\\": dial tcp 1.2.3.4:443: connect: connection refused"}', "refused", "api.stripe.com", "client"),
    ('{"error":"failed to get ads: rpc error: code = Unavailable desc = connection error: desc = \\"transport: Error while dialing: dial tcp 10.68.172.63:9555: connect: connection refused\\"","http.req.id":"582c3369","http.req.method":"GET","http.req.path":"/","message":"failed to retrieve ads","severity":"warning"}', "refused", "10.68.172.63:9555", "client"),
    ('{"message":"failed to send order confirmation: rpc error: code = DeadlineExceeded desc = context deadline exceeded","severity":"warning"}', "timeout", None, "client"),
    ("rpc error: code = Unavailable desc = error reading from server: read tcp 10.1.1.1:2->10.1.1.9:50051: read: connection reset by peer", "reset", "10.1.1.9:50051", "client"),
    ("could not charge: rpc error: code = ResourceExhausted desc = too many charges", "rate_limited", None, "callee"),
    ("could not charge: rpc error: code = Unauthenticated desc = bad key", "unauthorized", None, "callee"),
    ("could not charge: rpc error: code = Internal desc = nil map", "server_error", None, "callee"),
    ("could not retrieve product: rpc error: code = Unavailable desc = no healthy upstream", "no_upstream", None, "proxy"),
    ("failed to get ads: rpc error: code = Unavailable desc = upstream request timeout", "timeout", None, "proxy"),
    ("json: cannot unmarshal string into Go struct field Charge.amount of type int", "schema", None, None),
    ("error decoding response: invalid character '<' looking for beginning of value", "schema", None, None),
]  # fmt: skip
JAVA = [
    ('2025-10-28 10:04:45.548 ERROR [orders,a1b2c3d4e5f60718,a1b2c3d4e5f60718,false] 1 --- [p-nio-80-exec-1] o.OrdersController : Payment failed for order 6900953a: org.springframework.web.client.ResourceAccessException: I/O error on POST request for "http://payment/paymentAuth": Connection refused (Connection refused); nested exception is java.net.ConnectException: Connection refused (Connection refused)', "refused", "payment", "client"),
    ('ERROR I/O error on GET request for "http://user:8081/cards": Read timed out; nested exception is java.net.SocketTimeoutException: Read timed out', "timeout", "user:8081", "client"),
    ("ERROR java.net.UnknownHostException: carts", "dns", "carts", "client"),
    ("ERROR java.net.NoRouteToHostException: No route to host (Host unreachable)", "unreachable", None, "client"),
    ("ERROR javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target", "tls_untrusted", None, "client"),
    ("ERROR java.security.cert.CertificateExpiredException: NotAfter: Sat May 01 00:00:00 UTC 2026", "tls_expired", None, "client"),
    ("2025-11-11 08:24:00.000 ERROR 1 --- [nio-80-exec-1] o.Ctl : org.springframework.web.client.HttpServerErrorException: 503 null", "unavailable", None, "callee"),
    ('ERROR org.springframework.web.client.HttpClientErrorException$NotFound: 404 Not Found: "{"error":"x"}"', "client_error", None, "callee"),
    ('2026-03-13 11:49:57.224 ERROR 1 --- [io-18885-exec-8] cancel.CancelController : 500 : "{"timestamp":"2026-03-13T11:49:57.183+00:00","status":500,"error":"Internal Server Error","path":"/api/v1/orderservice/order"}"', "server_error", None, "callee"),
    ("ERROR org.springframework.web.reactive.function.client.WebClientResponseException$InternalServerError: 500 Internal Server Error from GET http://ads:9555/ads", "server_error", "ads:9555", "callee"),
    ("ERROR feign.RetryableException: Connection refused (Connection refused) executing POST http://inventory:8080/reserve", "refused", "inventory:8080", "client"),
    ("ERROR feign.FeignException$ServiceUnavailable: [503 Service Unavailable] during [GET] to [http://inventory:8080/x] [Inv#get()]: [no healthy upstream]", "no_upstream", "inventory:8080", "proxy"),
    ("ERROR org.apache.http.conn.HttpHostConnectException: Connect to payment:80 [payment/10.96.1.1] failed: Connection refused", "refused", "payment:80", "client"),
    ("ERROR io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: ads/10.96.1.1:9555", "refused", "ads:9555", "client"),
    ("WARN HikariPool-1 - Connection is not available, request timed out after 30000ms.", "pool_exhausted", None, "client"),
    ("ERROR com.fasterxml.jackson.core.JsonParseException: Unexpected character ('<' (code 60))", "schema", None, None),
    ("ERROR io.grpc.StatusRuntimeException: UNAVAILABLE: io exception: Connection refused: ads/10.96.1.1:9555", "refused", "ads:9555", "client"),
    ("ERROR No instances available for ts-order-service", "no_upstream", "ts-order-service", None),
    ("WARN io.github.resilience4j.circuitbreaker.CallNotPermittedException: CircuitBreaker 'pay' is OPEN and does not permit further calls", "circuit_open", None, "client"),
    ("2025-10-18 09:12:02.143  INFO [carts,d99a58a189e13b88,0d78307d85a79937,false] 1 --- [nio-8080-exec-1] org.mongodb.driver.connection            : Opened connection [connectionId{localValue:2, serverValue:2}] to carts-db:27017", "ok", "carts-db:27017", "callee"),
    ("2025-10-18 09:24:15.743  INFO [shipping,3a80d1695a022d3d,4363a56e5cc1720e,false] 1 --- [nio-8080-exec-1] o.s.a.r.c.CachingConnectionFactory       : Created new connection: SimpleConnection@3912a4db [delegate=amqp://guest@10.96.191.196:5672/, localPort= 33222]", "ok", "10.96.191.196:5672", "callee"),
]  # fmt: skip
NODE = [
    ("Error: connect ECONNREFUSED 10.0.0.1:80", "refused", "10.0.0.1:80", "client"),
    ("Error: connect ECONNREFUSED ::1:5432", "refused", "::1:5432", "client"),
    ("Error: connect ETIMEDOUT 54.1.2.3:443", "timeout", "54.1.2.3:443", "client"),
    ("Error: connect EHOSTUNREACH 10.0.0.7:3000", "unreachable", "10.0.0.7:3000", "client"),
    ("Error: getaddrinfo ENOTFOUND catalogue", "dns", "catalogue", "client"),
    ("Error: getaddrinfo EAI_AGAIN api.stripe.com", "dns", "api.stripe.com", "client"),
    ("Error: socket hang up", "reset", None, "client"),
    ("Error: read ECONNRESET", "reset", None, "client"),
    ("AxiosError: Request failed with status code 503", "unavailable", None, "callee"),
    ("AxiosError: timeout of 5000ms exceeded", "timeout", None, "client"),
    ("Error: certificate has expired code: 'CERT_HAS_EXPIRED'", "tls_expired", None, "client"),
    ("Error: unable to verify the first certificate", "tls_untrusted", None, "client"),
    ("Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: a.example. is not in the cert's altnames", "tls_other", None, "client"),
    ("Error: 14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.0.0.1:50051", "refused", "10.0.0.1:50051", "client"),
    ("SyntaxError: Unexpected token < in JSON at position 0", "schema", None, None),
    ('{"level":50,"time":1760779425771,"msg":"charge failed","err":{"type":"Error","message":"connect ECONNREFUSED 10.0.0.1:80","code":"ECONNREFUSED","address":"10.0.0.1","port":80}}', "refused", "10.0.0.1:80", "client"),
    ("POST to carts: http://carts/carts/abc/items body: {\"itemId\":\"5\"}", "attempt", "carts", None),
]  # fmt: skip
PYTHON = [
    ("ERROR requests.exceptions.ConnectionError: HTTPConnectionPool(host='inventory', port=8000): Max retries exceeded with url: /stock/1?x=2 (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))", "refused", "inventory:8000", "client"),
    ("ERROR HTTPSConnectionPool(host='api.sendgrid.com', port=443): Read timed out. (read timeout=10)", "timeout", "api.sendgrid.com:443", "client"),
    ("ERROR HTTPSConnectionPool(host='api.x.com', port=443): Max retries exceeded with url: / (Caused by NameResolutionError(\"<x>: Failed to resolve 'api.x.com' ([Errno -2] Name or service not known)\"))", "dns", "api.x.com:443", "client"),
    ("ERROR HTTPSConnectionPool(host='api.x.com', port=443): Max retries exceeded with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)')))", "tls_expired", "api.x.com:443", "client"),
    ("ERROR requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://api.twilio.com/2010/x", "unavailable", "api.twilio.com", "callee"),
    ("httpx.HTTPStatusError: Client error '404 Not Found' for url 'https://api.twilio.com/x'", "client_error", "api.twilio.com", "callee"),
    ("httpx.ConnectTimeout: timed out", "timeout", None, "client"),
    ("INFO:httpx:HTTP Request: POST https://api.stripe.com/v1/charges \"HTTP/1.1 200 OK\"", "ok", "api.stripe.com", "callee"),
    ('DEBUG:urllib3.connectionpool:http://inventory:8000 "GET /stock/1 HTTP/1.1" 200 12', "ok", "inventory:8000", "callee"),
    ("DEBUG:urllib3.connectionpool:Starting new HTTP connection (1): inventory:8000", "attempt", "inventory:8000", None),
    ("aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host ads:80 ssl:default [Connect call failed ('10.0.0.1', 80)]", "unavailable", "ads:80", None),
    ("http.client.RemoteDisconnected: Remote end closed connection without response", "reset", None, "client"),
    ("ERROR grpc error: <_InactiveRpcError of RPC that terminated with: status = StatusCode.UNAVAILABLE details = \"failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.1:50051: Failed to connect to remote host: Connection refused\">", "refused", "10.0.0.1:50051", "client"),
    ("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "schema", None, None),
    ("stripe.error.RateLimitError: Request rate limit exceeded", "rate_limited", None, None),
    ("ERROR openai.error.RateLimitError: Error code: 429 - quota exceeded", "rate_limited", None, "callee"),
]  # fmt: skip
OTHER = [
    ("fail: System.Net.Http.HttpRequestException: Connection refused (payment:80)", "refused", "payment:80", "client"),
    ("fail: Polly.CircuitBreaker.BrokenCircuitException: The circuit is now open and is not allowing calls.", "circuit_open", None, "client"),
    ("      Error status code 'FailedPrecondition' with detail 'Can't access cart storage. StackExchange.Redis.RedisConnectionException: UnableToConnect on redis-cart:6379/Interactive, Initializing/NotStarted, last: NONE, origin: BeginConnectAsync. See https://stackexchange.github.io/StackExchange.Redis/Timeouts for help", "timeout", "redis-cart:6379", "client"),
    ('2025/11/11 06:37:53 [error] 29#29: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: _, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.5:8080/x", host: "shop.example"', "refused", "10.0.0.5:8080", "proxy"),
    ('2025/11/11 06:37:53 [error] 29#29: *5 upstream timed out (110: Operation timed out) while reading response header from upstream, client: 10.0.0.9, server: _, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.5:8080/x", host: "shop.example"', "timeout", "10.0.0.5:8080", "proxy"),
    ('2025/11/11 06:37:53 [error] 29#29: *5 no live upstreams while connecting to upstream, client: 10.0.0.9, server: _, request: "GET /x HTTP/1.1", upstream: "http://backend/x", host: "shop.example"', "no_upstream", "backend", "proxy"),
    ('2025/11/11 06:37:53 [error] 29#29: *5 upstream prematurely closed connection while reading response header from upstream, client: 10.0.0.9, server: _, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.5:8080/x"', "reset", "10.0.0.5:8080", "proxy"),
    ('2026/03/12 02:42:44 [error] 7#7: *210 upstream sent invalid chunked response while reading upstream, client: 172.20.0.0, server: , request: "POST /a/b HTTP/1.1", upstream: "http://10.68.76.9:18888/a/b", host: "192.168.0.157:32677"', "reset", "10.68.76.9:18888", "proxy"),
    ('2025/11/11 06:37:53 [error] 29#29: *5 SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed) while SSL handshaking to upstream, client: 10.0.0.9, server: _, request: "GET / HTTP/1.1", upstream: "https://1.2.3.4:443/"', "tls_other", "1.2.3.4:443", "proxy"),
    ("nginx: [emerg] host not found in upstream \"catalog:8080\" in /etc/nginx/conf.d/default.conf:12", "dns", "catalog:8080", "client"),
    ("%3|1700000000.1|FAIL|rdkafka#producer-1| [thrd:kafka:9092/1]: kafka:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)", "refused", "kafka:9092", "client"),
    ("2025-11-11 10:00:00 WARN  [org.apache.kafka.clients.NetworkClient] [Producer clientId=p-1] Connection to node -1 (kafka/10.0.0.1:9092) could not be established. Broker may not be available.", "unavailable", "kafka:9092", None),
    ("2025/11/12 13:34:31 🌐 Calling payment gateway: http://stripe-mock/v1/charges (amount=2299 cents)", "attempt", "stripe-mock", None),
    ("call to http://inventory/stock failed: upstream connect error or disconnect/reset before headers. transport failure reason: delayed connect error: 111", "refused", "inventory", "proxy"),
    ("com.stripe.exception.ApiConnectionException: IOException during API request to Stripe (https://api.stripe.com): api.stripe.com", "unavailable", "api.stripe.com", None),
    ("WARN [Consumer clientId=c1, groupId=g] Bootstrap broker kafka:9092 (id: -1 rack: null) disconnected", "reset", "kafka:9092", "client"),
    ("info: HttpClient.pay.ClientHandler[101] Received HTTP response headers after 12.3ms - 503", "unavailable", None, "callee"),
    ("ERROR order 55: payment declined by gateway: insufficient_funds", "declined", None, None),
    ('{"level":"warn","msg":"charge declined","status":402,"url":"https://api.stripe.com/v1/charges"}', "declined", "api.stripe.com", "callee"),
    ('{"level":"ERROR","message":"quote failed","exc_info":"Traceback (most recent call last):\\n  File a.py\\nhttpx.ConnectError: [Errno -2] Name or service not known","url":"https://api.shippo.com/rates"}', "dns", "api.shippo.com", "client"),
    ("[ERROR] plugin/errors: 2 api.stripe.com. A: read udp 10.244.0.2:3->8.8.8.8:53: i/o timeout", "dns_server_down", "8.8.8.8:53", "client"),
    ("INFO POST https://api.shippo.com/v1/rates -> 503 in 12ms", "unavailable", "api.shippo.com", "callee"),
    ("calling GET http://inventory/stock returned 429", "rate_limited", "inventory", "callee"),
    ("upstream http://inventory/stock responded 401 in 3ms", "unauthorized", "inventory", "callee"),
    ("warn: call to http://inventory/stock got 403 Forbidden", "forbidden", "inventory", "callee"),
    ('2026-03-16T18:44:35.480183Z\twarning\tenvoy config external/envoy/source/grpc_stream.h:226\tgRPC config stream to xds-grpc closed since 31s ago: 14, connection error: desc = "transport: Error while dialing: dial tcp: lookup istiod.istio-system.svc on 10.255.3.254:53: read udp 172.20.1.142:42589->10.255.3.254:53: i/o timeout"', "dns_server_down", "istiod.istio-system.svc", "client"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "family", "target", "producer"), GO + JAVA + NODE + PYTHON + OTHER)
def test_a_call_line_tells_family_callee_and_producer(
    line: str, family: str, target: str | None, producer: str | None
) -> None:
    mentions = read_log(line).mentions
    assert [(m.kind, m.family, callee(m), m.producer) for m in mentions] == [("call", family, target, producer)]


def test_a_target_keeps_scheme_and_path_without_the_query() -> None:
    line = 'Get "https://API.Example.com:8443/v1/items/7?key=1": context deadline exceeded'
    target = read_log(line).mentions[0].target
    assert target is not None
    assert (target.host, target.port, target.scheme, target.path) == ("api.example.com", 8443, "https", "/v1/items/7")


def test_a_status_and_a_duration_are_kept() -> None:
    mention = read_log("2025/11/12 13:34:32 Gateway response: HTTP 503 (0.02s)").mentions[0]
    assert (mention.family, mention.status, mention.seconds) == ("unavailable", 503, 0.02)
