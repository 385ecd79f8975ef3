"""Which path leads where, as gateways and Ingresses declare it."""

import json
from datetime import UTC, datetime

import pytest

from tools.evidence import Window
from tools.objects.decode import decode_list
from tools.route_tables import route_tables
from tools.snapshot import Snapshot

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

SPRING = """
spring:
  cloud:
    gateway:
      routes:
        - id: fares
          uri: lb://${FARES_HOST:fares}
          predicates:
            - Path=/api/v1/fares/**
        - id: seats
          uri: http://seats.shop.svc:8080
          predicates:
            - Path=/api/v1/seats/**
"""
NGINX = """
server {
  location /api/fares/ { proxy_set_header Host $host; proxy_pass http://fares:8080/; }
  location = /healthz { return 200; }
  location /api/seats { proxy_pass http://seats.shop.svc.cluster.local; }
}
"""
ENVOY = """
static_resources:
  listeners:
    - routes:
        - match: {prefix: /api/fares}
          route: {cluster: fares}
        - match: {prefix: /api/seats}
          route: {cluster: seats, timeout: 5s}
"""


def tables(*objects: dict[str, object]) -> dict[str, dict[str, str]]:
    snapshot = Snapshot("test", Window(NOON, NOON), NOON)
    for kind, one in decode_list(json.dumps({"kind": "List", "items": objects}).encode(), "test"):
        snapshot.objects[kind].append(one)
    return {holder: {one.path: one.host for one in routes} for holder, routes in route_tables(snapshot).items()}


def config(key: str, text: str) -> dict[str, object]:
    return {"kind": "ConfigMap", "metadata": {"name": "edge", "namespace": "shop"}, "data": {key: text}}


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("application.yml", SPRING, {"/api/v1/fares/**": "fares", "/api/v1/seats/**": "seats.shop.svc"}),
        ("nginx.conf", NGINX, {"/api/fares/": "fares", "/api/seats": "seats.shop.svc.cluster.local"}),
        ("envoy.yaml", ENVOY, {"/api/fares": "fares", "/api/seats": "seats"}),
    ],
)
def test_a_gateways_file_pairs_paths_with_hosts(key: str, text: str, expected: dict[str, str]) -> None:
    assert tables(config(key, text)) == {"shop/configmap/edge": expected}


@pytest.mark.parametrize("text", ["", "routes: [", "a: {b: [/x, /y]}", "routes: {note: see /docs}", "just / words"])
def test_what_is_no_table_has_no_routes(text: str) -> None:
    assert tables(config("notes.yaml", text)) == {}


def test_an_ingress_is_a_table() -> None:
    backend = {"service": {"name": "fares", "port": {"number": 80}}}
    rule = {"host": "shop.example", "http": {"paths": [{"path": "/fares", "backend": backend}]}}
    meta = {"name": "web", "namespace": "shop"}
    found = tables({"kind": "Ingress", "metadata": meta, "spec": {"rules": [rule]}})
    assert found == {"shop/ingress/web": {"/fares": "fares"}}
