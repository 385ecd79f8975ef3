"""A described pod, as kubectl prints it; made up for these tests."""

from datetime import UTC, datetime

from tools.kubectl_text import Bundle, objects_from_describe, objects_from_table, objects_from_yaml
from tools.kubectl_text.bundle import DESCRIBED, MANIFEST, TABLE
from tools.kubectl_text.shape import Json
from tools.objects.decode import decode_list
from tools.objects.events import Event
from tools.objects.meta import Wire
from tools.objects.pods import Pod

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

POD = """\
Name:             web-5d4f-abcde
Namespace:        shop
Service Account:  web
Node:             n1/10.1.0.4
Start Time:       Sun, 01 Mar 2026 13:50:00 +0200
Labels:           app=web
                  tier=front
Annotations:      example.org/note: first
                  example.org/owner: team-a
Status:           Running
IP:               10.2.0.9
Controlled By:    ReplicaSet/web-5d4f
Init Containers:
  prepare:
    Image:          example.org/prepare:1
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
      Started:      Sun, 01 Mar 2026 13:50:01 +0200
      Finished:     Sun, 01 Mar 2026 13:50:02 +0200
    Ready:          True
    Restart Count:  0
Containers:
  server:
    Container ID:  containerd://0a
    Image:         example.org/web:2
    Ports:         8080/TCP (http), 9090/TCP
    State:         Waiting
      Reason:      CrashLoopBackOff
    Last State:    Terminated
      Reason:      Error
      Message:     cannot read /etc/web.conf
giving up
      Exit Code:    3
      Started:      Sun, 01 Mar 2026 13:58:00 +0200
      Finished:     Sun, 01 Mar 2026 13:58:05 +0200
    Ready:          False
    Restart Count:  6
    Limits:
      cpu:     500m
      memory:  256Mi
    Requests:
      cpu:      100m
    Liveness:   http-get https://:http/alive delay=3s timeout=2s period=7s #success=1 #failure=4
    Readiness:  grpc <pod>:9090  delay=0s timeout=1s period=10s #success=1 #failure=3
    Startup:    exec [cat /tmp/up] delay=0s timeout=1s period=10s #success=1 #failure=30
    Environment Variables from:
      web-env  ConfigMap  Optional: true
      web-key  Secret     Optional: false
    Environment:
      BACKEND:   http://api:81/v1
      PASSWORD:  <set to the key 'pw' in secret 'db'>      Optional: false
      NODE:       (v1:spec.nodeName)
      POD:       web-5d4f-abcde (v1:metadata.name)
      CORES:     2 (limits.cpu)
    Mounts:
      /data from store (rw)
      /etc/web from conf (ro)
Conditions:
  Type           Status
  Ready          False
  PodScheduled   True
Volumes:
  store:
    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)
    ClaimName:  web-store
  conf:
    Type:      ConfigMap (a volume populated by a ConfigMap)
    Name:      web-conf
    Optional:  false
QoS Class:       Burstable
Node-Selectors:  disk=ssd
Tolerations:     dedicated=web:NoSchedule
                 node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
  Type     Reason   Age                  From     Message
  ----     ------   ----                 ----     -------
  Warning  BackOff  30s (x9 over 9m10s)  kubelet  Back-off restarting failed container server in pod web
  Normal   Pulled   2m                   kubelet  Container image "example.org/web:2" already present on machine
"""


TABLE_ROW = "NAME             READY   STATUS    RESTARTS\nweb-5d4f-abcde   0/1     Error     6\n"


def decoded(objects: list[Json], kind: str) -> list[Wire]:
    bundle = Bundle()
    bundle.add(objects, DESCRIBED)
    return [one for of, one in decode_list(bundle.encoded(), "test") if of == kind]


def the_pod() -> Pod:
    (found,) = decoded(objects_from_describe("Pod", POD, NOW), "Pod")
    assert isinstance(found, Pod)
    return found


def test_pod_metadata_and_placement() -> None:
    pod = the_pod()
    assert (pod.metadata.namespace, pod.metadata.name) == ("shop", "web-5d4f-abcde")
    assert pod.metadata.labels == {"app": "web", "tier": "front"}
    assert pod.metadata.annotations == {"example.org/note": "first", "example.org/owner": "team-a"}
    assert pod.metadata.controller is not None
    assert pod.metadata.controller.name == "web-5d4f"
    assert (pod.spec.node_name, pod.status.host_ip, pod.status.pod_ip) == ("n1", "10.1.0.4", "10.2.0.9")
    assert pod.status.start_time == datetime(2026, 3, 1, 11, 50, tzinfo=UTC)
    assert pod.spec.node_selector == {"disk": "ssd"}
    assert [(one.key, one.value, one.effect, one.operator) for one in pod.spec.tolerations] == [
        ("dedicated", "web", "NoSchedule", "Equal"),
        ("node.kubernetes.io/not-ready", "", "NoExecute", "Exists"),
    ]
    assert not pod.ready


def test_pod_container_states() -> None:
    prepare, server = the_pod().statuses
    assert prepare.state.terminated is not None
    assert prepare.state.terminated.reason == "Completed"
    assert server.waiting_reason == "CrashLoopBackOff"
    assert server.restart_count == 6
    assert server.last_end is not None
    assert server.last_end.exit_code == 3
    assert server.last_end.message == "cannot read /etc/web.conf\ngiving up"
    assert server.last_end.finished_at == datetime(2026, 3, 1, 11, 58, 5, tzinfo=UTC)


def test_pod_container_spec() -> None:
    (server,) = the_pod().spec.containers
    assert [(one.container_port, one.name) for one in server.ports] == [(8080, "http"), (9090, "")]
    assert server.resources.limits == {"cpu": "500m", "memory": "256Mi"}
    assert {one.name: one.value for one in server.env} == {
        "BACKEND": "http://api:81/v1",
        "PASSWORD": "",
        "NODE": "",
        "POD": "web-5d4f-abcde",
        "CORES": "2",
    }
    password = server.env[1].value_from
    assert password is not None
    assert password.secret_key_ref is not None
    assert (password.secret_key_ref.name, password.secret_key_ref.key) == ("db", "pw")
    assert server.env_from[0].config_map_ref is not None
    assert server.env_from[0].config_map_ref.optional is True
    assert server.env_from[1].secret_ref is not None
    assert [(one.name, one.mount_path, one.read_only) for one in server.volume_mounts] == [
        ("store", "/data", None),
        ("conf", "/etc/web", True),
    ]


def test_pod_probes() -> None:
    (server,) = the_pod().spec.containers
    liveness, readiness, startup = server.liveness_probe, server.readiness_probe, server.startup_probe
    assert liveness is not None
    assert liveness.http_get is not None
    assert (liveness.http_get.scheme, liveness.http_get.port, liveness.http_get.path) == ("HTTPS", "http", "/alive")
    assert (liveness.initial_delay_seconds, liveness.timeout_seconds) == (3, 2)
    assert (liveness.period_seconds, liveness.failure_threshold) == (7, 4)
    assert readiness is not None
    assert readiness.grpc is not None
    assert readiness.grpc.port == 9090
    assert startup is not None
    assert startup.exec is not None
    assert startup.exec.command == ["cat", "/tmp/up"]  # noqa: S108 - a probe's argument


def test_pod_volumes() -> None:
    store, conf = the_pod().spec.volumes
    assert store.persistent_volume_claim is not None
    assert store.persistent_volume_claim.claim_name == "web-store"
    assert conf.config_map is not None
    assert conf.config_map.name == "web-conf"


def test_events_of_a_description_count_back_from_now() -> None:
    found = decoded(objects_from_describe("Pod", POD, NOW), "Event")
    backoff, pulled = found
    assert isinstance(backoff, Event)
    assert isinstance(pulled, Event)
    assert (backoff.about.kind, backoff.about.name, backoff.count) == ("Pod", "web-5d4f-abcde", 9)
    assert backoff.first == datetime(2026, 3, 1, 11, 50, 50, tzinfo=UTC)
    assert backoff.last == datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)
    assert pulled.first == pulled.last == datetime(2026, 3, 1, 11, 58, tzinfo=UTC)
    assert pulled.text.endswith("already present on machine")


def test_a_description_wins_over_a_table_and_completes_a_manifest() -> None:
    manifest = """\
apiVersion: v1
kind: Pod
metadata: {name: web-5d4f-abcde, namespace: shop}
spec:
  affinity: {podAntiAffinity: {}}
  containers:
  - {name: server, image: "example.org/web:1", imagePullPolicy: Always}
---
apiVersion: v1
kind: List
items: [{kind: Service, metadata: {name: web}}]
"""
    bundle = Bundle()
    bundle.add(objects_from_describe("Pod", POD, NOW), DESCRIBED)
    bundle.add(objects_from_yaml(manifest, "manifest"), MANIFEST)
    bundle.add(objects_from_table("Pod", TABLE_ROW, "shop", NOW), TABLE)
    pods = [one for kind, one in decode_list(bundle.encoded(), "test") if kind == "Pod"]
    web = next(one for one in pods if isinstance(one, Pod) and one.metadata.name == "web-5d4f-abcde")
    assert web.spec.affinity == {"podAntiAffinity": {}}
    assert [(one.image, one.image_pull_policy) for one in web.spec.containers] == [("example.org/web:2", "Always")]
    assert [one.name for one in web.status.container_statuses] == ["server"]
    assert bundle.kinds == {"Pod", "Event", "Service"}


def test_a_waiting_pod_gets_the_rules_of_its_deployment() -> None:
    manifest = """\
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {affinity: {nodeAffinity: {}}}}}
"""
    waiting = POD.replace("Node:             n1/10.1.0.4", "Node:             <none>")
    both = [objects_from_describe("Pod", text, NOW) + objects_from_yaml(manifest, "m") for text in (waiting, POD)]
    pods = [one for objects in both for one in decoded(objects, "Pod") if isinstance(one, Pod)]
    assert [one.spec.affinity for one in pods] == [{"nodeAffinity": {}}, None]


def test_a_manifest_alone_makes_no_object_where_the_cluster_was_listed() -> None:
    wanted = objects_from_yaml("{kind: Service, metadata: {name: web, namespace: shop}}", "m")
    bundle = Bundle()
    bundle.add(wanted, MANIFEST)
    assert [one["kind"] for one in bundle.objects()] == ["Service"]
    bundle.asked("Service")
    assert bundle.objects() == []
