"""Texts as kubectl prints them, of objects made up for these tests."""

from datetime import UTC, datetime

import pytest

from tools.errors import InputError
from tools.kubectl_text import (
    Bundle,
    events_from_table,
    kind_named,
    objects_from_describe,
    objects_from_table,
    objects_from_yaml,
)
from tools.kubectl_text.bundle import DESCRIBED
from tools.kubectl_text.logs import is_stamped, stamped
from tools.kubectl_text.shape import Json
from tools.objects.capacity import ConfigMap, Node, PersistentVolumeClaim, ResourceQuota
from tools.objects.decode import decode_list
from tools.objects.meta import Wire
from tools.objects.network import Endpoints, Service
from tools.objects.workloads import Workload

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def decoded(objects: list[Json], kind: str) -> list[Wire]:
    bundle = Bundle()
    bundle.add(objects, DESCRIBED)
    return [one for of, one in decode_list(bundle.encoded(), "test") if of == kind]


def test_event_tables_with_and_without_headings() -> None:
    headed = """\
NAMESPACE   LAST SEEN             TYPE      REASON         OBJECT                MESSAGE
shop        2m                    Warning   FailedCreate   replicaset/web-5d4f   Error creating: forbidden  by quota
shop        10s (x4 over 3m20s)   Normal    Killing        Pod/web-1             Stopping
"""
    bare = "2m   Warning   FailedCreate   replicaset/web-5d4f   Error creating: forbidden  by quota\n"
    first, second = events_from_table(headed, "", NOW)
    assert first["involvedObject"] == {"kind": "ReplicaSet", "name": "web-5d4f", "namespace": "shop"}
    assert first["message"] == "Error creating: forbidden  by quota"
    assert second["count"] == 4
    assert events_from_table(bare, "shop", NOW) == [first]


def test_deployment() -> None:
    text = """\
Name:                   web
Namespace:              shop
CreationTimestamp:      Sun, 01 Mar 2026 10:00:00 +0000
Labels:                 <none>
Annotations:            deployment.kubernetes.io/revision: 4
Selector:               app=web,tier in (front,edge)
Replicas:               0 desired | 0 updated | 0 total | 0 available | 0 unavailable
Pod Template:
  Labels:  app=web
  Containers:
   server:
    Image:        example.org/web:2
    Port:         <none>
    Environment:  <none>
    Mounts:       <none>
  Volumes:        <none>
Conditions:
  Type           Status  Reason
  ----           ------  ------
  Available      True    MinimumReplicasAvailable
Events:          <none>
"""
    (found,) = decoded(objects_from_describe("Deployment", text, NOW), "Deployment")
    assert isinstance(found, Workload)
    assert (found.desired, found.available, found.kind) == (0, 0, "Deployment")
    assert found.spec.template.spec.containers[0].image == "example.org/web:2"
    assert found.spec.selector is not None
    assert found.spec.selector.matches({"app": "web", "tier": "edge"})
    assert not found.spec.selector.matches({"app": "web", "tier": "back"})
    assert [(one.type, one.reason) for one in found.status.conditions] == [("Available", "MinimumReplicasAvailable")]


def test_service_gives_its_endpoints_too() -> None:
    text = """\
Name:              web
Namespace:         shop
Labels:            app=web
Annotations:       <none>
Selector:          app=web
Type:              NodePort
IP:                10.96.0.7
Port:              http  80/TCP
TargetPort:        web/TCP
NodePort:          http  30080/TCP
Endpoints:         10.2.0.9:8080,10.2.0.10:8080 + 4 more...
Port:              <unset>  53/UDP
TargetPort:        5353/UDP
Endpoints:
Session Affinity:  None
Events:            <none>
"""
    objects = objects_from_describe("Service", text, NOW)
    (service,), (backends,) = decoded(objects, "Service"), decoded(objects, "Endpoints")
    assert isinstance(service, Service)
    assert isinstance(backends, Endpoints)
    assert [(one.port, one.target, one.protocol, one.name) for one in service.spec.ports] == [
        (80, "web", "TCP", "http"),
        (53, 5353, "UDP", ""),
    ]
    assert [address.ip for subset in backends.subsets for address in subset.addresses] == ["10.2.0.9", "10.2.0.10"]


def test_endpoints_that_are_not_ready() -> None:
    text = """\
Name:         web
Namespace:    shop
Subsets:
  Addresses:          <none>
  NotReadyAddresses:  10.2.0.9,10.2.0.10
  Ports:
    Name  Port  Protocol
    ----  ----  --------
    http  8080  TCP

Events:  <none>
"""
    (found,) = decoded(objects_from_describe("Endpoints", text, NOW), "Endpoints")
    assert isinstance(found, Endpoints)
    (subset,) = found.subsets
    assert subset.addresses == []
    assert [one.ip for one in subset.not_ready_addresses] == ["10.2.0.9", "10.2.0.10"]
    assert [(one.name, one.port) for one in subset.ports] == [("http", 8080)]


def test_node() -> None:
    text = """\
Name:               n1
Roles:              worker
Labels:             disk=ssd
Taints:             dedicated=web:NoSchedule
                    node.kubernetes.io/unschedulable:NoSchedule
Unschedulable:      true
Lease:
  HolderIdentity:  n1
  RenewTime:       Sun, 01 Mar 2026 11:59:00 +0000
Conditions:
  Type     Status   LastHeartbeatTime                 LastTransitionTime                Reason    Message
  ----     ------   -----------------                 ------------------                ------    -------
  PIDs     False    Sun, 01 Mar 2026 11:00:00 +0000   Sat, 28 Feb 2026 10:00:00 +0000   Enough    enough of them
  Ready    Unknown  Sun, 01 Mar 2026 11:00:00 +0000   Sun, 01 Mar 2026 11:01:00 +0000   Unheard   no word from it
Addresses:
  InternalIP:  10.1.0.4
Allocatable:
  cpu:     4
  memory:  8Gi
Events:  <none>
"""
    (found,) = decoded(objects_from_describe("Node", text, NOW), "Node")
    assert isinstance(found, Node)
    assert found.metadata.labels == {"disk": "ssd"}
    assert [(one.key, one.value, one.effect) for one in found.spec.taints] == [
        ("dedicated", "web", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "", "NoSchedule"),
    ]
    assert found.spec.unschedulable
    assert not found.ready
    assert found.status.conditions[1].last_transition_time == datetime(2026, 3, 1, 11, 1, tzinfo=UTC)
    assert found.status.allocatable["memory"] == "8Gi"


def test_quotas_from_a_namespace_and_from_a_table() -> None:
    described = """\
Name:         shop
Labels:       <none>
Status:       Active

Resource Quotas
  Name:            cores
  Resource         Used  Hard
  --------         ---   ---
  requests.cpu     900m  1

  Name:            count
  Resource         Used  Hard
  --------         ---   ---
  pods             7     7

No LimitRange resource.
"""
    table = "NAME    REQUEST                     LIMIT\ncores   pods: 7/7, services: 1/2   limits.cpu: 2/4\n"
    found = decoded(objects_from_describe("Namespace", described, NOW), "ResourceQuota")
    assert all(isinstance(one, ResourceQuota) for one in found)
    assert [one.status.used for one in found if isinstance(one, ResourceQuota)] == [
        {"requests.cpu": "900m"},
        {"pods": "7"},
    ]
    (listed,) = decoded(objects_from_table("ResourceQuota", table, "shop", NOW), "ResourceQuota")
    assert isinstance(listed, ResourceQuota)
    assert listed.status.hard == {"pods": "7", "services": "2", "limits.cpu": "4"}


def test_claim_and_config_map() -> None:
    claim_text = """\
Name:          web-store
Namespace:     shop
StorageClass:  fast
Status:        Pending
Volume:
Labels:        <none>
Access Modes:
Events:        <none>
"""
    map_text = """\
Name:         web-conf
Namespace:    shop
Labels:       <none>

Data
====
backend.url:
----
http://api:81

routes:
----
a: 1

b: 2


BinaryData
====

Events:  <none>
"""
    (claim,) = decoded(objects_from_describe("PersistentVolumeClaim", claim_text, NOW), "PersistentVolumeClaim")
    (settings,) = decoded(objects_from_describe("ConfigMap", map_text, NOW), "ConfigMap")
    assert isinstance(claim, PersistentVolumeClaim)
    assert (claim.status.phase, claim.spec.storage_class_name, claim.spec.volume_name) == ("Pending", "fast", "")
    assert isinstance(settings, ConfigMap)
    assert settings.data == {"backend.url": "http://api:81", "routes": "a: 1\n\nb: 2"}


def test_bad_yaml_is_told() -> None:
    with pytest.raises(InputError, match="manifest"):
        objects_from_yaml("kind: [", "manifest")


def test_texts_that_describe_nothing() -> None:
    assert objects_from_describe("Pod", 'Error from server (NotFound): pods "x" not found\n', NOW) == []
    assert objects_from_table("Pod", "No resources found in shop namespace.\n", "shop", NOW) == []


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("po", "Pod"),
        ("deployments.apps", "Deployment"),
        ("ingresses", "Ingress"),
        ("networkpolicies", "NetworkPolicy"),
        ("wombats", None),
    ],
)
def test_kinds_by_the_words_of_kubectl(word: str, kind: str | None) -> None:
    assert kind_named(word) == kind


def test_logs_without_times_get_the_moment_of_printing() -> None:
    timed = "2026-03-01T11:00:00.123456789+08:00 up\n2026-03-01T11:00:01Z down\n"
    assert is_stamped(timed)
    assert stamped(timed, NOW) == timed
    assert stamped("up\n\ndown\n", NOW) == "2026-03-01T12:00:00Z up\n2026-03-01T12:00:00Z down\n"
