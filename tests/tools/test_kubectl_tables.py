"""Tables as kubectl prints them, of objects made up for these tests."""

from datetime import UTC, datetime

import pytest

from tools.kubectl_text import (
    Bundle,
    kind_of_table,
    objects_from_table,
)
from tools.kubectl_text.bundle import DESCRIBED
from tools.kubectl_text.shape import Json
from tools.objects.capacity import Node
from tools.objects.decode import decode_list
from tools.objects.events import Event
from tools.objects.meta import Wire
from tools.objects.network import Service
from tools.objects.pods import Pod
from tools.objects.workloads import Workload

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def decoded(objects: list[Json], kind: str) -> list[Wire]:
    bundle = Bundle()
    bundle.add(objects, DESCRIBED)
    return [one for of, one in decode_list(bundle.encoded(), "test") if of == kind]


PODS = """\
NAME     READY   STATUS             RESTARTS      AGE     IP         NODE     NOMINATED NODE   READINESS GATES   LABELS
web-1    1/1     Running            2 (3d ago)    5d2h    10.2.0.9   n1       <none>           <none>            app=web
web-2    0/1     CrashLoopBackOff   9 (10s ago)   12m     10.2.0.3   n2       <none>           <none>            app=web
web-3    0/1     Pending            0             70s     <none>     <none>   <none>           <none>            app=web
old-1    0/1     Evicted            0             9h      <none>     n1       <none>           <none>            <none>
"""


def test_table_of_pods() -> None:
    pods = [one for one in decoded(objects_from_table("Pod", PODS, "shop", NOW), "Pod") if isinstance(one, Pod)]
    assert [one.status.phase for one in pods] == ["Running", "Running", "Pending", "Failed"]
    assert [one.ready for one in pods] == [True, False, False, False]
    assert pods[0].statuses[0].restart_count == 2
    assert pods[1].statuses[0].waiting_reason == "CrashLoopBackOff"
    assert pods[1].metadata.labels == {"app": "web"}
    assert pods[2].spec.node_name == ""
    assert pods[2].metadata.creation_timestamp == datetime(2026, 3, 1, 11, 58, 50, tzinfo=UTC)
    assert pods[3].status.reason == "Evicted"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PODS, "Pod"),
        ("NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    0/2     2            0           3m\n", "Deployment"),
        ("NAME   CLUSTER-IP   PORT(S)\nweb    10.0.0.1     80/TCP\n", "Service"),
        ("NAME   STATUS   ROLES    AGE   VERSION\nn1     Ready    <none>   3d    v1.31.0\n", "Node"),
        ("LAST SEEN   TYPE     REASON   OBJECT    MESSAGE\n3m          Normal   Pulled   pod/web   ok\n", "Event"),
        ("No resources found in shop namespace.\n", None),
    ],
)
def test_tables_are_recognised_by_their_headings(text: str, kind: str | None) -> None:
    assert kind_of_table(text) == kind


def test_tables_of_workloads_services_and_nodes() -> None:
    deployments = """\
NAMESPACE   NAME                  READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES              SELECTOR
shop        deployment.apps/web   1/3     3            1           3m    server,log   e.org/web:2,log:1   app=web
"""
    services = """\
NAME   TYPE       CLUSTER-IP   EXTERNAL-IP   PORT(S)                     AGE   SELECTOR
web    NodePort   10.0.0.1     <none>        80:30080/TCP,53:31000/UDP   3m    app=web,tier=front
"""
    nodes = "NAME   STATUS                        ROLES\nn1     NotReady,SchedulingDisabled   <none>\n"
    (deployment,) = decoded(objects_from_table("Deployment", deployments, "", NOW), "Deployment")
    assert isinstance(deployment, Workload)
    assert (deployment.metadata.namespace, deployment.metadata.name) == ("shop", "web")
    assert (deployment.desired, deployment.ready, deployment.available) == (3, 1, 1)
    assert [one.image for one in deployment.spec.template.spec.containers] == ["e.org/web:2", "log:1"]
    (service,) = decoded(objects_from_table("Service", services, "shop", NOW), "Service")
    assert isinstance(service, Service)
    assert [(one.port, one.protocol) for one in service.spec.ports] == [(80, "TCP"), (53, "UDP")]
    assert service.spec.selector == {"app": "web", "tier": "front"}
    (node,) = decoded(objects_from_table("Node", nodes, "shop", NOW), "Node")
    assert isinstance(node, Node)
    assert (node.metadata.namespace, node.ready, node.spec.unschedulable) == ("", False, True)


def test_events_of_an_earlier_object_of_the_name_are_left_out() -> None:
    events = """\
LAST SEEN   TYPE     REASON              OBJECT           MESSAGE
40m         Normal   ScalingReplicaSet   deployment/web   Scaled down replica set web-1 from 1 to 0
5m          Normal   ScalingReplicaSet   deployment/web   Scaled up replica set web-2 to 1
40m         Normal   ScalingReplicaSet   deployment/old   Scaled down replica set old-1 from 1 to 0
"""
    deployments = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    1/1     1            1           5m\n"
    objects = objects_from_table("Event", events, "shop", NOW) + objects_from_table(
        "Deployment", deployments, "shop", NOW
    )
    found = [one for one in decoded(objects, "Event") if isinstance(one, Event)]
    assert [(one.about.name, one.text[:9]) for one in found] == [("web", "Scaled up"), ("old", "Scaled do")]
