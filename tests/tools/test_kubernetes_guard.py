"""What may leave the process: tried on the guard itself, and through the vendor's library against a real server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.loopback.answers import Answers
from evals.loopback.api_server import ApiServer
from evals.loopback.server import Reply
from evals.loopback.store import Store
from tools.kubernetes.connect import connect
from tools.kubernetes.guard import check
from tools.kubernetes.paths import LISTED, NEWER_EVENTS, Resource
from tools.read_only import ReadOnlyError

POD = "/api/v1/namespaces/shop/pods/cart-1"
REVIEWS = "/apis/authorization.k8s.io/v1"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer(Answers(Store(name="empty", objects={}))) as running:
        yield running


@pytest.mark.parametrize("resource", [*LISTED.values(), NEWER_EVENTS], ids=lambda one: one.path(None))
def test_every_list_that_the_sweep_asks_for_passes(resource: Resource) -> None:
    for namespace in (None, "shop"):
        check("GET", f"{resource.path(namespace)}?limit=500&continue=abc%3D")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"{POD}/log?container=cart&previous=true&tailLines=10"),
        ("HEAD", "/api/v1/nodes/node-1"),
        ("GET", "/version"),
        ("POST", f"{REVIEWS}/selfsubjectaccessreviews"),
        ("POST", f"{REVIEWS}/selfsubjectrulesreviews"),
        ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews"),
    ],
)
def test_reads_and_reviews_of_oneself_pass(method: str, target: str) -> None:
    check(method, target, ["Authorization", "Accept"])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "get", "G\nET", ""])
@pytest.mark.parametrize("path", [POD, "/api/v1/pods", f"{POD}/log"])
def test_what_could_change_something_is_refused(method: str, path: str) -> None:
    with pytest.raises(ReadOnlyError):
        check(method, path)


@pytest.mark.parametrize(
    "path",
    [
        f"{POD}/exec",
        f"{POD}/exec?command=ls",
        f"{POD}/attach",
        f"{POD}/portforward",
        f"{POD}/proxy/admin",
        f"{POD}/ephemeralcontainers",
        "/api/v1/namespaces/shop/services/cart/proxy",
        "/api/v1/namespaces/shop/services/cart:80/proxy/x",
        "/api/v1/nodes/node-1/proxy/run/shop/cart/cart",
        "/api/v1/proxy/namespaces/shop/pods/cart-1",
        "/api/v1/watch/pods",
        "/api/v1/namespaces/shop/serviceaccounts/default/token",
        "/logs/kube-apiserver.log",
        "/debug/pprof/profile",
        "/metrics",
        "/",
        "",
        "api/v1/pods",
        "/api/v1/pods/",
        "/api/v1/pods#x",
        "/api/v1/pods;x",
        "/api/v1/pods\n",
        f"{POD}/log/../exec",
        f"{POD}%2Fexec",
        f"{POD}/log?follow=true",
        "/api/v1/pods?watch=true",
        "/api/v1/pods?watch",
        "/api/v1/pods?limit=1\r\nX: y",
        "http://elsewhere.example/api/v1/pods",
        "//elsewhere.example/api/v1/pods",
    ],
)
def test_other_ways_to_a_pod_are_refused(path: str) -> None:
    with pytest.raises(ReadOnlyError):
        check("GET", path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/secrets",
        "/api/v1/secret",
        "/api/v1/SECRETS",
        "/api/v1/Secrets",
        "/api/v1/namespaces/shop/secrets",
        "/api/v1/namespaces/shop/secrets/db",
        "/api/v1/namespaces/shop/secrets/db/status",
        "/api/v1/namespaces/shop//secrets",
        "//api/v1/secrets",
        "/api/v1//secrets",
        "/api/v1/%73ecrets",
        "/api/v1/s%65crets",
        "/api/v1/secrets%2F",
        "/api/v1/%2e%2e/v1/secrets",
        "/api/v1/pods/../secrets",
        "/api/v1/./secrets",
        "/api/v1/namespaces/shop/pods/%2e%2e/secrets",
        "/api/v1/namespaces/shop/pods/x/../../secrets",
        "/api/v1/namespaces/shop\\secrets",
        "/apis/apps/v1/secrets",
        "/api/v1/watch/secrets",
        "/api/v1/\u017fecrets",
    ],
)
def test_secrets_are_refused_in_every_spelling(path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        with pytest.raises(ReadOnlyError):
            check(method, path)


@pytest.mark.parametrize("header", ["Upgrade", "Connection", "Sec-WebSocket-Key", "Impersonate-User", "X-HTTP-Method"])
def test_headers_that_could_turn_a_read_into_more_are_refused(header: str) -> None:
    with pytest.raises(ReadOnlyError):
        check("GET", "/api/v1/pods", [header])


STEPS = ["namespaces", "shop", "pods", "secrets", "log", "exec", "proxy", "nodes", "cart-1", "..", "", "%2e", "Secrets"]


@settings(max_examples=3000)
@given(st.lists(st.sampled_from(STEPS), max_size=6))
def test_what_passes_is_one_list_one_object_or_one_log(steps: list[str]) -> None:
    try:
        check("GET", "/".join(("/api/v1", *steps)))
    except ReadOnlyError:
        return
    beyond = steps[2:] if steps[0] == "namespaces" and len(steps) > 2 else steps
    assert beyond[0] in {"namespaces", "pods", "nodes"}
    assert len(beyond) <= 2 or (beyond[0], beyond[2], len(beyond)) == ("pods", "log", 3)


def test_the_library_cannot_change_anything_through_our_client(server: ApiServer, tmp_path: Path) -> None:
    from kubernetes.client import AppsV1Api, CoreV1Api, V1Pod
    from kubernetes.stream import portforward, stream

    client = connect(str(server.kubeconfig(tmp_path / "kubeconfig")), None)._client
    core, apps = CoreV1Api(client), AppsV1Api(client)
    forbidden: list[Callable[[], object]] = [
        lambda: core.delete_namespaced_pod("cart-1", "shop"),
        lambda: core.create_namespaced_pod("shop", V1Pod()),
        core.list_secret_for_all_namespaces,
        lambda: core.read_namespaced_secret("db", "shop"),
        lambda: apps.patch_namespaced_deployment_scale("cart", "shop", {"spec": {"replicas": 0}}),
        lambda: core.connect_get_namespaced_pod_exec("cart-1", "shop", command=["ls"]),
        lambda: core.connect_get_namespaced_service_proxy("cart", "shop"),
        lambda: stream(core.connect_get_namespaced_pod_exec, "cart-1", "shop", command=["ls"]),
        lambda: stream(core.connect_get_namespaced_pod_attach, "cart-1", "shop"),
        lambda: portforward(core.connect_get_namespaced_pod_portforward, "cart-1", "shop", ports="80"),
        lambda: client.call_api("POST", f"{server.url}{POD}/eviction", body={}),
        lambda: client.call_api("GET", "http://127.0.0.1:1/api/v1/pods"),
        lambda: setattr(client, "rest_client", None),
        lambda: setattr(client, "call_api", print),
    ]
    for attempt in forbidden:
        with pytest.raises(ReadOnlyError):
            attempt()
    assert server.requests == []
    assert core.list_namespaced_pod("shop").items == []


def test_a_redirect_is_an_answer_and_not_followed(server: ApiServer, tmp_path: Path) -> None:
    server.answers = Elsewhere(Store(name="empty", objects={}))
    connection = connect(str(server.kubeconfig(tmp_path / "kubeconfig")), None)
    response = connection.get("/api/v1/pods", {}, 1, 1)
    assert (response.status, len(server.requests)) == (302, 1)
    response.close()


class Elsewhere(Answers):
    """A server that sends everybody to its Secrets."""

    def get(self, path: str, asked: Mapping[str, str]) -> Reply:
        del path, asked
        return Reply(302, b"", headers={"Location": "/api/v1/secrets"})


METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"])
TRICKS = st.sampled_from([
    {}, {"X-HTTP-Method-Override": "DELETE"}, {"Upgrade": "SPDY/3.1"}, {"Impersonate-User": "admin"}, {"Host": "x"},
    {"Accept": "application/json"}, {"X-Forwarded-Uri": "/api/v1/secrets"}, {"Transfer-Encoding": "chunked"},
])  # fmt: skip
Way = Callable[[str, str, dict[str, str]], object]
ENDS = st.sampled_from(["", "?watch=1", "?follow=true", "?dryRun=All", "?limit=5", "?gracePeriodSeconds=0", "#x", "/"])


def test_no_request_through_the_librarys_own_ways_is_more_than_a_read(server: ApiServer, tmp_path: Path) -> None:
    client = connect(str(server.kubeconfig(tmp_path / "kubeconfig")), None)._client
    manager, host = client.rest_client.pool_manager, client.configuration.host
    ways: list[Way] = [
        lambda method, url, headers: client.rest_client.request(method, url, headers=headers),
        lambda method, url, headers: client.call_api(method, url, header_params=headers),
        lambda method, url, headers: manager.request(method, url, headers=headers),
        lambda method, url, headers: manager.urlopen(method, url, headers=headers, redirect=True, retries=3),
    ]

    @settings(max_examples=250, deadline=None)
    @given(st.sampled_from(ways), METHODS, st.lists(st.sampled_from(STEPS), max_size=6), ENDS, TRICKS)
    def attack(way: Way, method: str, steps: list[str], end: str, headers: dict[str, str]) -> None:
        with suppress(ReadOnlyError, ApiException, ApiValueError, HTTPError):
            way(method, f"{host}{'/'.join(('/api/v1', *steps))}{end}", dict(headers))

    from kubernetes.client.exceptions import ApiException, ApiValueError
    from urllib3.exceptions import HTTPError

    attack()
    manager.urlopen("GET", f"{host}/api/v1/pods")
    assert server.requests
    for request in server.requests:
        check(request.method, request.target)
        assert not {"upgrade", "impersonate-user", "x-http-method-override", "x-forwarded-uri"} & set(request.headers)
        assert "secret" not in request.target.lower()
