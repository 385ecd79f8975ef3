"""Evidence on demand: an id names a question, and the view answers it from the snapshot as text and plain value.

Only what a claim cites is ever rendered. Ids are `kind/namespace/name` for objects, and `pods/…`, `logs/…`,
`events/…`, `changes/…` before a component id for what belongs to a component.
"""

from collections.abc import Callable

from msgspec import to_builtins

from tools.callgraph import CallGraph
from tools.changes import Change
from tools.evidence import Evidence, Window
from tools.objects import capacity, network, workloads
from tools.objects.meta import Wire
from tools.plain_text import plain, plain_lines
from tools.route_tables import route_tables
from tools.snapshot import Snapshot
from tools.views_logs import log_view
from tools.views_metrics import metric_view
from tools.views_objects import clock, flat, pod_value, workload_value

_KINDS: dict[str, str] = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "service": "Service",
    "networkpolicy": "NetworkPolicy",
    "node": "Node",
    "lease": "Lease",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "resourcequota": "ResourceQuota",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "persistentvolume": "PersistentVolume",
    "configmap": "ConfigMap",
    "ingress": "Ingress",
    "job": "Job",
    "cronjob": "CronJob",
}

_OF_COMPONENTS = frozenset({"pods", "events", "changes", "logs"})

MESSAGES = 12
"""Different messages that are kept of one reason, the last ones."""

Rendered = tuple[str, str, object]
"""Query, text, value."""


class Views:
    """Renders evidence by id."""

    def __init__(self, snapshot: Snapshot, graph: CallGraph, changes: list[Change]) -> None:
        """Render from what was read."""
        self._snapshot, self._graph, self._changes = snapshot, graph, changes
        self._rendered: dict[str, Evidence | None] = {}

    def cite(self, evidence: str) -> Evidence | None:
        """The evidence of an id; None when there is nothing of that name."""
        if evidence not in self._rendered:
            self._rendered[evidence] = self._render(evidence)
        return self._rendered[evidence]

    def _render(self, evidence: str) -> Evidence | None:
        kind, _, rest = evidence.partition("/")
        special: dict[str, Callable[[str], Rendered | None]] = {
            "pods": self._pods,
            "events": self._events,
            "changes": self._changed,
            "logs": lambda component: log_view(self._snapshot, self._graph, component),
            "metric": lambda what: metric_view(self._snapshot, what),
            "status": self._status,
        }
        if kind in _OF_COMPONENTS and rest.count("/") != 2:
            return None
        rendered = special[kind](rest) if kind in special else self._object(kind, rest)
        if rendered is None:
            return None
        query, text, value = rendered
        source = {"metric": "prometheus", "status": "status"}.get(kind, "kubernetes")
        # Whoever asks again later gets another answer, so the moment belongs to the evidence.
        return Evidence(
            id=evidence,
            source=source,
            query=query,
            window=Window(self._snapshot.window.start, self._snapshot.now),
            observed_at=self._snapshot.now,
            text="\n".join(plain_lines(text, 500, 40)),
            value=to_builtins(value, str_keys=True),
        )

    def _object(self, kind: str, rest: str) -> Rendered | None:
        found = self._find(kind, rest)
        if found is None:
            return None
        namespace, _, name = rest.partition("/")
        scope = "" if namespace == "-" else f" -n {namespace}"
        query = f"kubectl get {kind} {name}{scope} -o json"
        value = self._object_value(found, rest)
        return query, flat(value), value

    def _find(self, kind: str, rest: str) -> Wire | None:
        wanted = _KINDS.get(kind)
        for one in self._snapshot.objects.get(wanted or "", ()):
            meta = getattr(one, "metadata", None)
            if meta is not None and f"{meta.namespace or '-'}/{meta.name}".lower() == rest:
                return one
        return None

    def _object_value(self, one: Wire, rest: str) -> object:
        if isinstance(one, workloads.Workload):
            return workload_value(one)
        if isinstance(one, network.Service):
            return self._service_value(one)
        if isinstance(one, capacity.Node):
            return {
                "unschedulable": one.spec.unschedulable,
                "taints": [f"{taint.key}:{taint.effect}" for taint in one.spec.taints],
                "conditions": {
                    c.type: {"status": c.status, "reason": c.reason, "since": c.last_transition_time}
                    for c in one.status.conditions
                },
            }
        if isinstance(one, capacity.ConfigMap):
            # Values may hold secrets; the keys decide what a detector asks.
            return {"name": rest, "keys": sorted(one.data), "routes": self._routes("configmap", rest)}
        value = to_builtins(one)
        if isinstance(one, network.Ingress):
            return {"spec": value.get("spec"), "routes": self._routes("ingress", rest)}
        value.get("metadata", {}).pop("managedFields", None)
        return {"spec": value.get("spec"), "status": value.get("status")}

    def _routes(self, kind: str, rest: str) -> dict[str, str]:
        """Where each path leads, of an object that holds such a table."""
        namespace, _, name = rest.partition("/")
        routes = route_tables(self._snapshot).get(f"{namespace}/{kind}/{name}", [])
        return {route.path: route.host for route in routes}

    def _service_value(self, service: network.Service) -> object:
        key = (service.metadata.namespace, service.metadata.name)
        backends = self._snapshot.endpoints.get(key)
        return {
            "selector": service.spec.selector,
            "cluster_ip": service.spec.cluster_ip,
            "ports": [
                {"port": port.port, "target": port.target, "protocol": port.protocol} for port in service.spec.ports
            ],
            "selects": self._snapshot.selected_by(service),
            "endpoints": None
            if backends is None
            else {
                "ready": sum(1 for _, ready in backends if ready),
                "not_ready": sum(1 for _, ready in backends if not ready),
            },
        }

    def _pods(self, component: str) -> Rendered | None:
        namespace, _, name = component.split("/", 2)
        found = self._snapshot.pods_by_component.get(component, [])
        if not found and component not in self._snapshot.workloads:
            return None
        value = {
            "count": len(found),
            "ready": sum(1 for pod in found if pod.ready),
            "pods": {pod.metadata.name: pod_value(pod) for pod in found},
        }
        return f"kubectl get pods -n {namespace} | grep ^{name}", flat(value), value

    def _events(self, component: str) -> Rendered | None:
        found = self._snapshot.events_of(component)
        if not found:
            return None
        namespace, _, name = component.split("/", 2)
        by_reason: dict[str, dict[str, object]] = {}
        messages: dict[str, dict[str, None]] = {}
        for event in found:
            entry = by_reason.setdefault(event.reason, {"count": 0, "first": event.first})
            entry["count"] = int(str(entry["count"])) + event.times
            entry["last"], entry["message"] = event.last, plain(event.text, 300)
            messages.setdefault(event.reason, {})[plain(event.text, 300)] = None
        for reason, several in messages.items():
            by_reason[reason]["messages"] = list(several)[-MESSAGES:]
        lines = [
            f"{clock(one.last)} {one.type} {one.reason} {one.about.kind}/{one.about.name}: {one.text}" for one in found
        ]
        text = f"{min(len(lines), 12)} of {len(lines)} events\n" + "\n".join(lines[-12:])
        return f"kubectl events -n {namespace} | grep {name}", text, {"count": len(found), "by_reason": by_reason}

    def _changed(self, component: str) -> Rendered | None:
        found = [one for one in self._changes if one.component == component]
        if not found:
            return None
        namespace, kind, name = component.split("/", 2)
        value = {
            "changes": [
                {"at": one.at, "field": one.field, "before": one.before, "after": one.after, "by": one.by}
                for one in found
            ],
            "last": {
                one.field: {
                    "at": one.at,
                    "before": one.before,
                    "after": one.after,
                    "by": one.by,
                    "created": one.created,
                }
                for one in found
            },
        }
        lines = [f"{clock(one.at)} {one.text}" for one in found]
        query = f"kubectl get {kind} {name} -n {namespace} -o json --show-managed-fields"
        if kind == "deployment":
            query = f"kubectl rollout history {kind}/{name} -n {namespace}; {query}"
        return query, "\n".join(lines), value

    def _status(self, provider: str) -> Rendered | None:
        feed = next((one for one in self._snapshot.feeds if one.provider.lower() == provider.lower()), None)
        if feed is None:
            return None
        open_now = [one for one in feed.incidents if one.resolved_at is None]
        value = {
            "indicator": feed.indicator,
            "open": len(open_now),
            "fetched_at": feed.fetched_at,
            "incidents": [
                {"title": plain(one.title, 200), "impact": one.impact, "started_at": one.started_at,
                 "resolved_at": one.resolved_at}
                for one in feed.incidents
            ],
        }  # fmt: skip
        text = f"{feed.provider}: {feed.indicator} {feed.description}\n" + "\n".join(
            one.title for one in feed.incidents
        )
        return f"status page of {feed.provider}, fetched {clock(feed.fetched_at)}", text, value
