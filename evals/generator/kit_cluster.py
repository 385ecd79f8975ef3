"""One store of objects; `sync` derives every status and EndpointSlice from the pods, so nothing can disagree."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from evals.generator.kit import Object, condition, digest, dump_json, lean, micro, stamp, suffix, thing

Key = tuple[str, str, str]
REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Reading:
    """What an exporter would have read right after a change. `values` maps a measure to a number."""

    at: datetime
    kind: str
    namespace: str
    name: str
    values: dict[str, float]


@dataclass
class Cluster:
    """Objects by (kind, namespace, name). `namespace` is the one that bare names refer to."""

    seed: str
    namespace: str
    pod_network: str = "10.244.1"
    scale_wording: str = "from {old} to {new}"
    objects: dict[Key, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    history: list[Reading] = field(default_factory=list)
    clock: int = 600000
    next_ip: int = 3

    def split(self, ref: str) -> tuple[str, str]:
        """(namespace, name) of `name` or `namespace/name`."""
        namespace, _, name = ref.rpartition("/")
        return namespace or self.namespace, name

    def put(self, *added: Object) -> Object:
        """Store objects; the last one is returned."""
        for thing_ in added:
            meta = thing_["metadata"]
            self.objects[(thing_["kind"], meta.get("namespace", ""), meta["name"])] = thing_
            self.touch(thing_)
        return added[-1]

    def get(self, kind: str, ref: str) -> Object:
        """KeyError when absent; cluster-scoped kinds are looked up by their bare name."""
        namespace, name = self.split(ref)
        found = self.objects.get((kind, namespace, name))
        return found if found is not None else self.objects[(kind, "", name)]

    def remove(self, *gone: Object) -> None:
        """Forget objects; KeyError when one is unknown."""
        for thing_ in gone:
            meta = thing_["metadata"]
            del self.objects[(thing_["kind"], meta.get("namespace", ""), meta["name"])]

    def of_kind(self, kind: str, namespace: str | None = None) -> list[Object]:
        """All of a kind, in every namespace unless one is given."""
        return [o for (k, ns, _), o in self.objects.items() if k == kind and namespace in (None, ns)]

    def owned_by(self, owner: Object, kind: str) -> list[Object]:
        """Objects of `kind` that refer to `owner` as an owner."""
        uid = owner["metadata"]["uid"]
        return [o for o in self.of_kind(kind) if any(r["uid"] == uid for r in o["metadata"].get("ownerReferences", []))]

    def replica_sets(self, ref: str) -> list[Object]:
        """Oldest revision first."""
        sets = self.owned_by(self.get("Deployment", ref), "ReplicaSet")
        return sorted(sets, key=lambda o: int(o["metadata"]["annotations"]["deployment.kubernetes.io/revision"]))

    def pods(self, ref: str) -> list[Object]:
        """Pods of the Deployment, StatefulSet, DaemonSet or Job `ref`."""
        for kind in ("StatefulSet", "DaemonSet", "Job"):
            if (kind, *self.split(ref)) in self.objects:
                return self.owned_by(self.get(kind, ref), "Pod")
        return [pod for owner in self.replica_sets(ref) for pod in self.owned_by(owner, "Pod")]

    def touch(self, changed: Object, entry: Object | None = None) -> None:
        """Give a new resourceVersion and, with `entry`, record who changed it (one entry a manager and subresource)."""
        self.clock += 1 + int(digest(self.seed, self.clock, length=2), 16) % 9
        meta = changed["metadata"]
        meta["resourceVersion"] = str(self.clock)
        if entry is not None:
            same = (entry["manager"], entry.get("subresource"))
            kept = [e for e in meta.get("managedFields", []) if (e["manager"], e.get("subresource")) != same]
            meta["managedFields"] = [*kept, entry]

    def new_ip(self) -> str:
        """The next free pod address."""
        self.next_ip += 1
        return f"{self.pod_network}.{self.next_ip}"

    def new_suffix(self, *parts: object) -> str:
        """A name's ending that differs at every call after a change."""
        return suffix(self.seed, self.clock, *parts)

    def sync(self, at: datetime) -> None:
        """Bring statuses, EndpointSlices and the history of readings in line with the pods as of `at`."""
        children = self._children()
        for uid, owned in children.items():
            # A controller does not count pods that ended; they stay listed until somebody removes them.
            children[uid] = [one for one in owned if one["kind"] != "Pod" or one["status"]["phase"] != "Failed"]
        for kind in ("ReplicaSet", "StatefulSet", "DaemonSet"):
            for owner in self.of_kind(kind):
                self._count(owner, children[owner["metadata"]["uid"]], at)
        for deployment in self.of_kind("Deployment"):
            sets = [o for o in children[deployment["metadata"]["uid"]] if o["kind"] == "ReplicaSet"]
            pods = {o["metadata"]["annotations"][REVISION]: children[o["metadata"]["uid"]] for o in sets}
            self._count(deployment, [pod for some in pods.values() for pod in some], at)
            updated = len(pods.get(deployment["metadata"]["annotations"][REVISION], []))
            deployment["status"] |= {"updatedReplicas": updated} if updated else {}
            _deployment_conditions(deployment, at)
        for service in self.of_kind("Service"):
            if service["spec"].get("selector"):
                self._slice(service, at)
        for pod in self.of_kind("Pod"):
            restarts = sum(c.get("restartCount", 0) for c in pod["status"].get("containerStatuses", []))
            self._record(pod, at, {"ready": float(is_ready(pod)), "restarts": float(restarts)})

    def _count(self, owner: Object, pods: list[Object], at: datetime) -> None:
        ready = sum(map(is_ready, pods))
        status = {"observedGeneration": owner["metadata"].get("generation", 1)}
        if owner["kind"] == "DaemonSet":
            status |= {"desiredNumberScheduled": len(pods), "currentNumberScheduled": len(pods), "numberReady": ready}
            status |= {"numberAvailable": ready, "updatedNumberScheduled": len(pods), "numberMisscheduled": 0}
        else:
            counts = {"replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
            if owner["kind"] == "Deployment":
                counts |= {"unavailableReplicas": len(pods) - ready}
            status |= {
                key: value
                for key, value in counts.items()
                if value or (key == "replicas" and owner["kind"] != "Deployment")
            }
        kept = {key: value for key, value in owner.get("status", {}).items() if key in ("conditions", "collisionCount")}
        owner["status"] = kept | status
        desired = len(pods) if owner["kind"] == "DaemonSet" else owner["spec"]["replicas"]
        if owner["kind"] != "ReplicaSet":
            self._record(owner, at, {"desired": float(desired), "available": float(ready)})

    def _children(self) -> dict[str, list[Object]]:
        """Objects by their owner's uid."""
        found: dict[str, list[Object]] = defaultdict(list)
        for thing_ in self.objects.values():
            for reference in thing_["metadata"].get("ownerReferences", ()):
                found[reference["uid"]].append(thing_)
        return found

    def _record(self, of: Object, at: datetime, values: dict[str, float]) -> None:
        meta = of["metadata"]
        self.history.append(Reading(at, of["kind"], meta["namespace"], meta["name"], values))

    def _slice(self, service: Object, at: datetime) -> None:
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        selector = service["spec"]["selector"].items()
        pods = [p for p in self.of_kind("Pod", namespace) if selector <= p["metadata"].get("labels", {}).items()]
        pods = [p for p in pods if p["status"].get("podIP") and p["status"]["phase"] in ("Running", "Pending")]
        endpoints = [_endpoint(p) for p in pods] or None
        ports = [_endpoint_port(port, pods[0]) for port in service["spec"]["ports"]] if pods else None
        full_name = f"{name}-{suffix('slice', namespace, name)}"
        old = self.objects.get(("EndpointSlice", namespace, full_name))
        if old is not None and old["endpoints"] == endpoints and old["ports"] == ports:
            return
        labels = {"kubernetes.io/service-name": name}
        created = datetime.fromisoformat(service["metadata"]["creationTimestamp"])
        notes = {"endpoints.kubernetes.io/last-change-trigger-time": stamp(at)}
        slice_ = thing("EndpointSlice", full_name, namespace, created, labels=labels, annotations=notes, owner=service)
        slice_ |= {"addressType": "IPv4", "endpoints": endpoints, "ports": ports}
        self.put(slice_)

    def listed(self, recorded_at: datetime, event_ttl: float = 3600) -> list[Object]:
        """Every object as of `recorded_at`, events last; those expire after `event_ttl` seconds (0 leaves none)."""
        since, until = micro(recorded_at - timedelta(seconds=event_ttl)), micro(recorded_at)
        events = [e for e in self.events if since < _event_time(e) <= until]
        return [o for _, o in sorted(self.objects.items())] + sorted(events, key=_event_time)

    def render(
        self, recorded_at: datetime, event_ttl: float = 3600, keep: Callable[[Object], bool] | None = None
    ) -> str:
        """One Kubernetes List as of `recorded_at`, without what a reader would not miss."""
        chosen = self.listed(recorded_at, event_ttl)
        items = [lean(self._shortened(o)) for o in chosen if keep is None or keep(o)]
        return dump_json({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})

    def _shortened(self, listed: Object) -> Object:
        """Without what the rest of the list says already.

        A Deployment's only ReplicaSet goes without its pod template, a Ready pod without its other conditions.
        """
        if listed["kind"] == "Pod" and is_ready(listed):
            return listed | {"status": _ready_status(listed["status"])}
        if listed["kind"] != "ReplicaSet":
            return listed
        reference = listed["metadata"]["ownerReferences"][0]
        if len(self.replica_sets(f"{listed['metadata']['namespace']}/{reference['name']}")) > 1:
            return listed
        return listed | {"spec": {key: value for key, value in listed["spec"].items() if key != "template"}}


def _ready_status(status: Object) -> Object:
    return status | {"conditions": [c for c in status["conditions"] if c["type"] == "Ready"]}


def is_ready(pod: Object) -> bool:
    """The pod's Ready condition."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def _event_time(event: Object) -> str:
    series = (event.get("series") or {}).get("lastObservedTime")
    last = event.get("lastTimestamp") or event.get("deprecatedLastTimestamp")
    found = str(series or last or event["eventTime"])
    return found if "." in found else found.replace("Z", ".000000Z")


def _endpoint(pod: Object) -> Object:
    ready, meta = is_ready(pod), pod["metadata"]
    target = {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}
    state = {"ready": ready, "serving": ready, "terminating": False}
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": state,
        "nodeName": pod["spec"].get("nodeName"),
        "targetRef": target,
    }


def _endpoint_port(port: Object, pod: Object) -> Object:
    target = port["targetPort"]
    if isinstance(target, str):
        named = [p for c in pod["spec"]["containers"] for p in c.get("ports", []) if p.get("name") == target]
        target = named[0]["containerPort"] if named else 0
    return {"name": port.get("name", ""), "port": target, "protocol": port.get("protocol", "TCP")}


def _deployment_conditions(deployment: Object, at: datetime) -> None:
    """Keep `Available` in step with the counts; `Progressing` is the rollout's business."""
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    fine = status.get("availableReplicas", 0) >= wanted - wanted // 4
    texts = {
        True: ("MinimumReplicasAvailable", "Deployment has minimum availability."),
        False: ("MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
    }
    others = [c for c in status.get("conditions", []) if c["type"] != "Available"]
    before = [c for c in status.get("conditions", []) if c["type"] == "Available"]
    if before and before[0]["status"] == str(fine):
        return
    status["conditions"] = [*others, condition("Available", fine, at, *texts[fine]) | {"lastUpdateTime": stamp(at)}]
