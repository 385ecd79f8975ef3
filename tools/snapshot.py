"""The snapshot: everything that a sweep has read, indexed for the questions that detectors ask.

Only lookups live here, no judgement. Components are named `namespace/kind/name` of the top controller.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from tools.components import by_pod_name, component_id
from tools.controllers import Controllers
from tools.event_index import EventIndex
from tools.evidence import Gap, Window
from tools.logs import LogDigest
from tools.objects.capacity import ConfigMap
from tools.objects.events import Event
from tools.objects.meta import Wire
from tools.objects.network import Endpoints, EndpointSlice, Service
from tools.objects.pods import Pod, PodSpec
from tools.objects.workloads import Job, ReplicaSet, Workload
from tools.source import LogRef, SearchedLine, Series, StatusFeed

K = TypeVar("K", bound=Wire)

WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet")


class Snapshot:
    """What the sources said about one window.

    Attributes:
        window: The incident's window.
        now: The moment of asking; nothing younger was read.
        notes: What was left out, for the reader.
        name: Which cluster, context or recording.
        objects: Objects by kind.
        logs: Digests by container, current and previous instances.
        samples: Series by Prometheus metric name.
        searched: Lines and events from a search such as Datadog's.
        feeds: Status pages.
        gaps: What was asked and not answered.
    """

    def __init__(self, name: str, window: Window, now: datetime) -> None:
        """Start empty; the sweep fills it before anybody reads."""
        self.name = name
        self.window = window
        self.now = now
        self.notes: list[str] = []
        self.objects: dict[str, list[Wire]] = defaultdict(list)
        self.queries: dict[str, str] = {}
        self.logs: dict[LogRef, LogDigest] = {}
        self.samples: dict[str, list[Series]] = {}
        self.searched: list[SearchedLine] = []
        self.feeds: list[StatusFeed] = []
        self.gaps: list[Gap] = []
        self._component_of_pod: dict[tuple[str, str], str] = {}
        self._by_namespace: dict[str, dict[str, list[Wire]]] = {}
        self._selected: dict[tuple[str, str], list[str]] = {}

    def all(self, kind: str, struct: type[K]) -> Sequence[K]:
        """Every object of a kind, as the struct that the decoder made of it."""
        return [one for one in self.objects.get(kind, ()) if isinstance(one, struct)]

    def within(self, namespace: str, kind: str, struct: type[K]) -> Sequence[K]:
        """Every object of a kind in one namespace."""
        if kind not in self._by_namespace:
            found: dict[str, list[Wire]] = defaultdict(list)
            for one in self.all(kind, struct):
                found[one.metadata.namespace].append(one)  # type: ignore[attr-defined]
            self._by_namespace[kind] = found
        return [one for one in self._by_namespace[kind].get(namespace, ()) if isinstance(one, struct)]

    @cached_property
    def pods(self) -> Sequence[Pod]:
        """All pods."""
        return self.all("Pod", Pod)

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """Deployments, StatefulSets and DaemonSets by component id."""
        return {component_id(kind, one.metadata): one for kind in WORKLOAD_KINDS for one in self.all(kind, Workload)}

    @cached_property
    def replica_sets(self) -> dict[str, list[ReplicaSet]]:
        """Revisions of a Deployment by its component id, oldest revision first."""
        found: dict[str, list[ReplicaSet]] = defaultdict(list)
        for one in self.all("ReplicaSet", ReplicaSet):
            owner = one.metadata.controller
            if owner:
                found[f"{one.metadata.namespace}/{owner.kind.lower()}/{owner.name}"].append(one)
        for revisions in found.values():
            revisions.sort(key=lambda one: one.revision)
        return found

    @cached_property
    def _controllers(self) -> Controllers:
        return Controllers(self.replica_sets, self.all("Job", Job))

    def component_of(self, pod: Pod) -> str:
        """The component that a pod belongs to: its top controller, else the pod itself."""
        owner = pod.metadata.controller
        if owner is None:
            return component_id("Pod", pod.metadata)
        return self._controllers.top(pod.metadata.namespace, owner.kind, owner.name)

    @cached_property
    def last_ends(self) -> list[datetime]:
        """When the instance before each pod's current one ended, sorted."""
        states = (
            (pod.metadata.name, one.last_state.terminated) for pod in self.pods for one in pod.status.container_statuses
        )
        return sorted({name: last.finished_at for name, last in states if last and last.finished_at}.values())

    @cached_property
    def pods_by_component(self) -> dict[str, list[Pod]]:
        """Pods by component id."""
        found: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            found[self.component_of(pod)].append(pod)
        return found

    @cached_property
    def pod_by_name(self) -> dict[tuple[str, str], Pod]:
        """Pods by namespace and name."""
        return {(pod.metadata.namespace, pod.metadata.name): pod for pod in self.pods}

    @cached_property
    def services(self) -> dict[tuple[str, str], Service]:
        """Services by namespace and name."""
        return {(s.metadata.namespace, s.metadata.name): s for s in self.all("Service", Service)}

    @cached_property
    def endpoints(self) -> dict[tuple[str, str], list[tuple[str, bool]]]:
        """Backends `(address, ready)` by namespace and Service name; a Service without an entry was not read."""
        found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for part in self.all("EndpointSlice", EndpointSlice):
            backends = found.setdefault((part.metadata.namespace, part.service), [])
            backends.extend((ip, one.ready) for one in part.endpoints for ip in one.addresses)
        for old in self.all("Endpoints", Endpoints):
            backends = found.setdefault((old.metadata.namespace, old.metadata.name), [])
            known = {ip for ip, _ in backends}
            for subset in old.subsets:
                backends.extend((one.ip, True) for one in subset.addresses if one.ip not in known)
                backends.extend((one.ip, False) for one in subset.not_ready_addresses if one.ip not in known)
        return found

    @cached_property
    def config_maps(self) -> dict[tuple[str, str], ConfigMap]:
        """ConfigMaps by namespace and name."""
        return {(one.metadata.namespace, one.metadata.name): one for one in self.all("ConfigMap", ConfigMap)}

    def template_of(self, component: str) -> PodSpec | None:
        """The pod spec that a component asks for now, else that of a pod of it."""
        workload = self.workloads.get(component)
        if workload and workload.spec.template.spec.containers:
            return workload.spec.template.spec
        return next((pod.spec for pod in self.pods_by_component.get(component, ())), None)

    def labels_of(self, component: str) -> dict[str, str]:
        """The labels that the component's pods carry."""
        workload = self.workloads.get(component)
        if workload and workload.spec.template.metadata:
            return workload.spec.template.metadata.labels
        return next((pod.metadata.labels for pod in self.pods_by_component.get(component, ())), {})

    def services_of(self, component: str) -> list[Service]:
        """Services whose selector takes the component's pods."""
        labels = self.labels_of(component)
        return [
            one
            for one in self.within(component.partition("/")[0], "Service", Service)
            if one.spec.selector and _selects(one.spec.selector, labels)
        ]

    def selected_by(self, service: Service) -> list[str]:
        """Components whose pods a Service's selector takes."""
        name = (service.metadata.namespace, service.metadata.name)
        if name not in self._selected:
            self._selected[name] = self._select(service)
        return self._selected[name]

    def _select(self, service: Service) -> list[str]:
        if not service.spec.selector:
            return []
        return [
            component
            for component in self._components_in.get(service.metadata.namespace, ())
            if _selects(service.spec.selector, self.labels_of(component))
        ]

    @cached_property
    def components(self) -> list[str]:
        """Every workload, and every pod without one, sorted."""
        return sorted({*self.workloads, *self.pods_by_component})

    @cached_property
    def _components_in(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for component in self.components:
            found[component.partition("/")[0]].append(component)
        return found

    @cached_property
    def events(self) -> list[Event]:
        """All events, oldest first."""
        return sorted(self.all("Event", Event), key=lambda one: (one.last or self.window.start, one.metadata.name))

    @cached_property
    def _event_index(self) -> EventIndex:
        return EventIndex(self.events, self._whole, self.window.start)

    def events_about(self, namespace: str, kind: str, name: str) -> list[Event]:
        """Events about one object, oldest first."""
        return self._event_index.about(namespace, kind, name)

    def events_about_node(self, name: str) -> list[Event]:
        """Events about a node, oldest first."""
        return self._event_index.about_node(name)

    def events_of(self, component: str) -> list[Event]:
        """Events about a component, its revisions and its pods (deleted ones by their name), oldest first."""
        return self._event_index.of(component)

    def _whole(self, namespace: str, kind: str, name: str) -> str:
        if kind == "Pod":
            return self.component_of_pod_name(namespace, name)
        return self._controllers.top(namespace, kind, name)

    def component_of_pod_name(self, namespace: str, name: str) -> str:
        """The component of a pod that may be gone: by the pod, else by how controllers name their pods."""
        key = namespace, name
        if key not in self._component_of_pod:
            pod = self.pod_by_name.get(key)
            component = by_pod_name(namespace, name, self.workloads) if pod is None else self.component_of(pod)
            self._component_of_pod[key] = component
        return self._component_of_pod[key]

    def gap_about(self, what: str, namespace: str = "") -> Gap | None:
        """The gap that makes a kind unknown in a namespace, or None; a gap of `objects` makes every kind so."""
        for gap in self.gaps:
            if gap.what.lower() in {what.lower(), "objects"} and gap.namespace in {"", namespace or gap.namespace}:
                return gap
        return None


def _selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())
