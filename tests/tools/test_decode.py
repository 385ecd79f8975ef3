"""Objects as real servers print them."""

import json

import pytest

from tools.errors import InputError
from tools.objects.capacity import amount
from tools.objects.decode import decode_list
from tools.objects.events import Event
from tools.objects.network import EndpointSlice, NetworkPolicy, Service
from tools.objects.workloads import Workload


def _decode(*items: object) -> list[object]:
    text = json.dumps({"kind": "List", "items": list(items)}).encode()
    return [one for _, one in decode_list(text, "cluster.json")]


def test_null_lists_are_empty_lists() -> None:
    meta = {"name": "pay-x", "labels": {"kubernetes.io/service-name": "pay"}}

    found = _decode({"kind": "EndpointSlice", "metadata": meta, "endpoints": None, "ports": None})

    assert isinstance(found[0], EndpointSlice)
    assert (found[0].endpoints, found[0].ports, found[0].service) == ([], [], "pay")


def test_acronyms_and_keywords_of_the_api_are_read() -> None:
    service = {
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"clusterIP": "10.96.0.7", "ports": [{"port": 80}]},
    }
    rule = {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": {"ingress": [rule]}}

    found_service, found_policy = _decode(service, policy)

    assert isinstance(found_service, Service)
    assert isinstance(found_policy, NetworkPolicy)
    assert found_service.spec.cluster_ip == "10.96.0.7"
    assert found_service.spec.ports[0].target == 80
    block = found_policy.spec.ingress[0].peers[0].ip_block
    assert block is not None
    assert block.without == ["10.1.0.0/16"]


def test_a_headless_service_has_no_address() -> None:
    found = _decode({"kind": "Service", "metadata": {"name": "db"}, "spec": {"clusterIP": "None"}})

    assert isinstance(found[0], Service)
    assert found[0].spec.cluster_ip == ""


def test_a_scheduler_event_has_a_time_and_a_count_all_the_same() -> None:
    event = {
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "shop"},
        "reason": "FailedScheduling",
        "note": "0/1 nodes are available",
        "eventTime": "2026-03-02T12:00:00.123456Z",
        "lastTimestamp": None,
        "count": None,
        "regarding": {"kind": "Pod", "name": "web-1", "namespace": "shop"},
    }

    found = _decode(event)

    assert isinstance(found[0], Event)
    assert (found[0].times, found[0].text, found[0].about.name) == (1, "0/1 nodes are available", "web-1")
    assert found[0].last is not None


def test_a_deployment_without_replicas_asks_for_one() -> None:
    found = _decode({"kind": "Deployment", "metadata": {"name": "web"}, "spec": {}})

    assert isinstance(found[0], Workload)
    assert (found[0].kind, found[0].desired) == ("Deployment", 1)


def test_kinds_that_nobody_reads_are_passed_over() -> None:
    assert _decode({"kind": "Secret", "metadata": {"name": "s"}, "data": {"key": "value"}}) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"{", "expected a Kubernetes List in JSON"),
        (b"[]", "expected a Kubernetes List in JSON"),
        (b'{"items": [1]}', "items[0]"),
        (b'{"items": [{"kind": "Pod", "metadata": {"name": 5}}]}', "Pod 5"),
        (b'{"items": [{"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": "two"}}]}', "replicas"),
        (b"\xff\xfe\x00", "expected a Kubernetes List in JSON"),
    ],
)
def test_malformed_objects_are_one_clear_line(text: bytes, says: str) -> None:
    with pytest.raises(InputError) as error:
        list(decode_list(text, "cluster.json"))

    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("250m", 0.25), ("1.5Gi", 1.5 * 2**30), ("2", 2.0), (3, 3), ("500Mi", 500 * 2**20), ("x", None), (None, None)],
)
def test_quantities(text: str | int | None, expected: float | None) -> None:
    assert amount(text) == expected
