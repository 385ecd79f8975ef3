"""What detectors look at: the snapshot with its call graph, its changes, how each edge fared, and what was asked."""

import re
from datetime import datetime
from functools import cached_property

from agent.asked import asked_about
from agent.incident import Incident
from agent.noise import healed_with, is_chronic, is_startup_noise, starts_of, was_startup_noise
from agent.providers import catalogue
from tools.callgraph import FAILED, CallGraph, Edge, build_graph
from tools.changes import Change, changes_of, evidence_id
from tools.components import parts_of
from tools.evidence import RECENT, Window
from tools.objects.pods import PodSpec
from tools.snapshot import Snapshot
from tools.traffic import Traffic, traffic_of

_TELEMETRY = re.compile(
    r"(?:^|[^a-z])(?:datadog|prometheus|alertmanager|grafana|opentelemetry|otel|fluent-?(?:d|bit)|promtail|vector|newrelic"
    r"|jaeger|zipkin|tempo|loki|kube-state-metrics|metrics-server|statsd|splunk|dynatrace|elastic-agent|filebeat)"
    r"(?:$|[^a-z])|[_-]exporter",
    re.IGNORECASE,
)
_RUNNING = frozenset({"deployment", "statefulset", "daemonset", "job", "cronjob", "pod"})


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
        self._telemetry: dict[str, bool] = {}

    @cached_property
    def traffic(self) -> dict[tuple[str, str], Traffic]:
        """How every used edge fared."""
        edges = self.graph.by_pair.items()
        found = {pair: traffic_of(edge, self.window, self.now) for pair, edge in edges if edge.hits}
        for counted in found.values():
            if counted.failed and not counted.worked + counted.worked_before:
                twin = healed_with(counted, found.values())
                if twin is not None:
                    counted.worked_since, counted.seen_rate = twin.worked_since, twin.rate
        return found

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
        """Start-up errors followed by success, one failure among many, or failures as frequent as before the window."""
        chronic = is_chronic(counted) and not was_startup_noise(self.snapshot, edge, counted)
        usual = counted.is_blip or counted.is_background or chronic
        return usual or is_startup_noise(self.snapshot, edge, counted)

    def is_startup_noise(self, edge: Edge, counted: Traffic) -> bool:
        """All failures lie just after the start of the caller or callee, and calls worked since."""
        return is_startup_noise(self.snapshot, edge, counted)

    def starts_of(self, component: str) -> list[datetime]:
        """When the running containers of a component started."""
        return starts_of(self.snapshot, component)

    def is_telemetry(self, component: str) -> bool:
        """Whether a component only observes: by its name, namespace or images; a host by the provider catalogue."""
        if component not in self._telemetry:
            self._telemetry[component] = self._only_observes(component)
        return self._telemetry[component]

    def _only_observes(self, component: str) -> bool:
        if "/" not in component:
            known = catalogue().find(component)
            return bool(known and known[0].role == "telemetry")
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
        return [one for one in self.changes_of(component) if one.at and earliest <= one.at <= self.window.end]

    def changes_of(self, component: str) -> list[Change]:
        """Changes of a component, oldest first; undated ones come first."""
        return self._changes_by_component.get(component, [])

    @cached_property
    def _changes_by_component(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for one in self.changes:
            found.setdefault(one.component, []).append(one)
        return found

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
        """Whether calls of `caller` to the outside host `callee` pass through `component`, a proxy of ours."""
        if "/" in callee:
            return False
        between = (caller, component) in self.graph.by_pair and (component, callee) in self.graph.by_pair
        return between or component in self.proxies.get(caller, ())

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

    def knows_callees(self, component: str) -> bool:
        """Whether logs show anybody whom a component calls; if not, no path from it is known."""
        return any(edge.in_use for edge in self.graph.calls_of(component))

    @cached_property
    def knows_callees_of_asked(self) -> bool:
        """Whether a path from what was asked about is known at all."""
        return any(self.knows_callees(asked) for asked in self.asked)

    @cached_property
    def fails_unnamed(self) -> frozenset[str]:
        """Components that tell of failed calls in the window without naming the callee."""
        return frozenset(
            self.snapshot.component_of_pod_name(ref.namespace, ref.pod)
            for ref, digest in self.snapshot.logs.items()
            for one in digest.mentions
            if one.kind == "call" and one.target is None and one.family in FAILED and self.window.holds(one.at)
        )

    @cached_property
    def troubles(self) -> dict[str, datetime]:
        """When each component first told, in the window, of a failed call to nobody in particular or answered 5xx."""
        found: dict[str, datetime] = {}
        for ref, digest in self.snapshot.logs.items():
            component = self.snapshot.component_of_pod_name(ref.namespace, ref.pod)
            for one in digest.mentions:
                unnamed = one.kind == "call" and one.target is None and one.family in FAILED
                answered = one.kind == "served" and one.status is not None and one.status >= 500
                if (unnamed or answered) and one.at is not None and self.window.holds(one.at):
                    found[component] = min(found.get(component, one.at), one.at)
        return found

    @cached_property
    def neighbourhood(self) -> frozenset[str] | None:
        """What the question can be about: what was asked and whom it calls or is called by; None for everything."""
        namespace = self.incident.namespace
        if not self.asked and not namespace:
            return None
        known = {*self.snapshot.components, *(edge.caller for edge in self.graph.edges)}
        around = {one for one in known if namespace and one.startswith(f"{namespace}/")}
        if not around and not self.asked:
            return None
        return self.path_of_asked | self._reached(around, forward=True) | self._reached(around, forward=False)

    @cached_property
    def path_of_asked(self) -> frozenset[str]:
        """What was asked about, whom it calls and by whom it is called, as far as calls are known."""
        asked = set(self.asked)
        return self._reached(asked, forward=True) | self._reached(asked, forward=False)

    @cached_property
    def asked_or_calling(self) -> frozenset[str]:
        """What was asked about; whoever asks about somebody outside means our calls to them as well."""
        outside = [one for one in self.asked if "/" not in one]
        return self.asked | {edge.caller for one in outside for edge in self.graph.callers_of(one)}

    def on_asked_path(self, component: str) -> bool:
        """Whether a component lies on the asked path, or may, because nothing is known of whom the asked one calls."""
        return not self.knows_callees_of_asked or component in self.path_of_asked

    def _reached(self, starts: set[str], *, forward: bool) -> frozenset[str]:
        found, queue = set(starts), list(starts)
        while queue:
            here = queue.pop()
            edges = self.graph.calls_of(here) if forward else self.graph.callers_of(here)
            for edge in edges:
                other = edge.callee if forward else edge.caller
                if other not in found:
                    found.add(other)
                    queue.append(other)
        return frozenset(found)

    def is_near(self, component: str) -> bool:
        """Whether a component can have to do with the question; objects of the cluster itself always can."""
        if self.neighbourhood is None or component.startswith("-/") or component in self.neighbourhood:
            return True
        namespace, kind, _ = parts_of(component)
        return bool(kind) and kind not in _RUNNING and namespace == self.incident.namespace

    @cached_property
    def asked(self) -> frozenset[str]:
        """Components and hosts that the question or the alerts name; empty when they name none."""
        return frozenset(asked_about(self.incident, self.snapshot, self.graph, self.is_telemetry))


def pointer(*steps: str) -> str:
    """A JSON Pointer of the steps, escaped as RFC 6901 says."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
