"""What detectors look at: the snapshot with its call graph, its changes, how each edge fared, and what was asked."""

import re
from datetime import datetime, timedelta
from functools import cached_property

from agent.incident import Incident
from tools.callgraph import CallGraph, Edge, build_graph
from tools.changes import Change, changes_of, evidence_id
from tools.evidence import Window
from tools.objects.pods import PodSpec
from tools.snapshot import Snapshot
from tools.traffic import Traffic, traffic_of

RECENT = timedelta(hours=2)
"""A change this long before the window can still explain a fault in it."""
STARTING = timedelta(minutes=3)
"""Errors this soon after a container's start are start-up noise when calls work afterwards."""

_TELEMETRY = re.compile(
    r"datadog|prometheus|alertmanager|grafana|opentelemetry|otel|fluent-?(?:d|bit)|promtail|vector|newrelic|jaeger|"
    r"zipkin|tempo|loki|node-exporter|kube-state-metrics|metrics-server|_exporter|-exporter|statsd|splunk|dynatrace|elastic-agent|filebeat",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z][a-z0-9.\-]{2,}")
_IGNORED_WORDS = frozenset(
    {
        "service",
        "services",
        "the",
        "and",
        "for",
        "are",
        "why",
        "pod",
        "pods",
        "all",
        "app",
        "api",
        "server",
        "job",
        "jobs",
    }
)


class Scene:
    """Everything that is pure function of what the sweep read."""

    def __init__(self, incident: Incident, snapshot: Snapshot, declared: tuple[tuple[str, str], ...] = ()) -> None:
        """Build the graph and index changes."""
        self.incident = incident
        self.snapshot = snapshot
        self.window: Window = snapshot.window
        self.now: datetime = snapshot.now
        self.graph: CallGraph = build_graph(snapshot, declared)
        self.changes: list[Change] = changes_of(snapshot)

    @cached_property
    def traffic(self) -> dict[tuple[str, str], Traffic]:
        """How every used edge fared."""
        return {pair: traffic_of(edge, self.window, self.now) for pair, edge in self.graph.by_pair.items() if edge.hits}

    @cached_property
    def failing(self) -> list[tuple[Edge, Traffic]]:
        """Edges with failures in the window that mean something: no telemetry, no start-up noise, nothing chronic."""
        found = []
        for pair, counted in self.traffic.items():
            edge = self.graph.by_pair[pair]
            if counted.failed and not self.is_telemetry_edge(edge) and not self.is_noise(edge, counted):
                found.append((edge, counted))
        return sorted(found, key=lambda one: (-one[1].failed, one[0].caller, one[0].callee))

    def is_noise(self, edge: Edge, counted: Traffic) -> bool:
        """Start-up errors followed by success, or failures as frequent before the window as in it."""
        return self.is_startup_noise(edge, counted) or is_chronic(counted)

    def is_startup_noise(self, edge: Edge, counted: Traffic) -> bool:
        """All failures lie just after the start of the caller or callee, and calls worked since."""
        if not counted.worked_since or counted.failed_after or counted.last is None or counted.first is None:
            return False
        starts = [*self.starts_of(edge.caller), *self.starts_of(edge.callee)]
        return any(
            start - timedelta(seconds=30) <= counted.first and counted.last <= start + STARTING for start in starts
        )

    def starts_of(self, component: str) -> list[datetime]:
        """When the running containers of a component started."""
        return [
            status.state.running.started_at
            for pod in self.snapshot.pods_by_component.get(component, ())
            for status in pod.status.container_statuses
            if status.state.running and status.state.running.started_at
        ]

    def is_telemetry(self, component: str) -> bool:
        """Whether a component only observes: by its name, namespace or images."""
        if _TELEMETRY.search(component):
            return True
        template = self.snapshot.template_of(component)
        return bool(
            template and template.containers and all(_TELEMETRY.search(one.image) for one in template.containers)
        )

    def is_telemetry_edge(self, edge: Edge) -> bool:
        """Whether either end only observes."""
        return self.is_telemetry(edge.caller) or self.is_telemetry(edge.callee)

    def recent_changes(self, component: str) -> list[Change]:
        """Dated changes of a component shortly before or in the window, oldest first."""
        earliest = self.window.start - RECENT
        return [
            one
            for one in self.changes
            if one.component == component and one.at and earliest <= one.at <= self.window.end
        ]

    def speaks(self, component: str) -> bool:
        """Whether logs of the component were read, so that its silence about a call means something."""
        return component in self._speaking

    @cached_property
    def _speaking(self) -> frozenset[str]:
        return frozenset(
            self.snapshot.component_of_pod_name(ref.namespace, ref.pod)
            for ref, digest in self.snapshot.logs.items()
            if digest.lines
        )

    @cached_property
    def proxies(self) -> dict[str, frozenset[str]]:
        """Components that a caller's settings name as the proxy for its calls to the outside, by caller."""
        found: dict[str, set[str]] = {}
        for edge in self.graph.edges:
            if any("proxy" in setting.lower() for _, setting, _ in edge.configured):
                found.setdefault(edge.caller, set()).add(edge.callee)
        return {caller: frozenset(several) for caller, several in found.items()}

    def goes_through(self, caller: str, callee: str, component: str) -> bool:
        """Whether calls of `caller` to the outside host `callee` pass through the proxy `component`."""
        return "/" not in callee and component in self.proxies.get(caller, ())

    def template(self, component: str) -> PodSpec | None:
        """The component's pod spec."""
        return self.snapshot.template_of(component)

    def exists(self, component: str) -> bool:
        """Whether the component is a workload or pod that was read."""
        return component in self.snapshot.workloads or component in self.snapshot.pods_by_component

    def logs_id(self, component: str) -> str:
        """Evidence id of a component's logs."""
        return f"logs/{component}"

    def object_id(self, component: str) -> str:
        """Evidence id of the object behind a component id."""
        return evidence_id(component)

    @cached_property
    def knows_callees_of_asked(self) -> bool:
        """Whether logs show anybody whom the asked components call; if not, no path from them is known."""
        return any(edge.in_use for asked in self.asked for edge in self.graph.calls_of(asked))

    @cached_property
    def asked(self) -> frozenset[str]:
        """Components and hosts that the question or the alerts name; empty when they name none."""
        return frozenset(_named(self))


def is_chronic(counted: Traffic) -> bool:
    """Whether calls failed before the window at much the same share, so that the window shows nothing new."""
    before = counted.failed_before
    return before >= 3 and counted.rate_before >= 0.5 * counted.rate and counted.worked_before + counted.worked > 0


def pointer(*steps: str) -> str:
    """A JSON Pointer of the steps, escaped as RFC 6901 says."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _named(scene: Scene) -> set[str]:
    found: set[str] = set()
    names = _names(scene)
    for alert in scene.incident.alerts:
        for about in alert.about:
            match = _match(about.lower(), names, alert.labels.get("namespace", scene.incident.namespace))
            if match:
                found |= match
                break
    for word in _WORD.findall(scene.incident.question.lower()):
        if word not in _IGNORED_WORDS:
            found |= _match(word.strip(".-"), names, scene.incident.namespace)
    return found


def _names(scene: Scene) -> dict[str, set[str]]:
    """Components by every name that people use for them."""
    found: dict[str, set[str]] = {}
    for component in scene.snapshot.components:
        if not scene.is_telemetry(component):
            found.setdefault(component.rpartition("/")[2], set()).add(component)
    for pod in scene.snapshot.pods:
        found.setdefault(pod.metadata.name, set()).add(scene.snapshot.component_of(pod))
    for edge in scene.graph.edges:
        for name in edge.names:
            found.setdefault(name.rpartition("/")[2], set()).add(edge.callee)
    for (_, name), service in scene.snapshot.services.items():
        for component in scene.snapshot.selected_by(service):
            found.setdefault(name, set()).add(component)
    return found


def _match(word: str, names: dict[str, set[str]], namespace: str) -> set[str]:
    bare = word.replace("-", "")
    for name, components in names.items():
        plain = name.replace("-", "").lower()
        if bare == plain or (
            len(plain) >= 4 and bare in {plain + "s", plain.removesuffix("s"), plain.removesuffix("e") + "ing"}
        ):
            inside = {one for one in components if one.startswith(f"{namespace}/")} if namespace else components
            return inside or components
    return set()
