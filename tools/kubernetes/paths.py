"""Where each kind lives in the API: the table that requests are built from and the guard lets through."""

import re

from msgspec import Struct

_CORE, _APPS, _BATCH, _STORAGE = "api/v1", "apis/apps/v1", "apis/batch/v1", "apis/storage.k8s.io/v1"
_NETWORK, _DISCOVERY = "apis/networking.k8s.io/v1", "apis/discovery.k8s.io/v1"
_AUTOSCALING, _NEWER_EVENTS = "apis/autoscaling/v2", "apis/events.k8s.io/v1"


NAME = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
"""What namespaces and the objects that we read may be called."""


class Resource(Struct, frozen=True):
    """One resource: its plural name, its API group and version as a path, and whether it lies in namespaces."""

    name: str
    prefix: str
    namespaced: bool = True

    def path(self, namespace: str | None) -> str:
        """The path of the list, in one namespace or everywhere."""
        return f"/{self.prefix}/{f'namespaces/{namespace}/' if namespace else ''}{self.name}"

    def query(self, namespace: str | None) -> str:
        """The same question for a person's terminal."""
        scope = "" if not self.namespaced else f" -n {namespace}" if namespace else " -A"
        return f"kubectl get {self.name}{scope} -o json"


LISTED: dict[str, Resource] = {
    "Pod": Resource("pods", _CORE),
    "Deployment": Resource("deployments", _APPS),
    "StatefulSet": Resource("statefulsets", _APPS),
    "DaemonSet": Resource("daemonsets", _APPS),
    "ReplicaSet": Resource("replicasets", _APPS),
    "Job": Resource("jobs", _BATCH),
    "CronJob": Resource("cronjobs", _BATCH),
    "HorizontalPodAutoscaler": Resource("horizontalpodautoscalers", _AUTOSCALING),
    "Service": Resource("services", _CORE),
    "EndpointSlice": Resource("endpointslices", _DISCOVERY),
    "Endpoints": Resource("endpoints", _CORE),
    "Ingress": Resource("ingresses", _NETWORK),
    "NetworkPolicy": Resource("networkpolicies", _NETWORK),
    "Event": Resource("events", _CORE),
    "Node": Resource("nodes", _CORE, namespaced=False),
    "Namespace": Resource("namespaces", _CORE, namespaced=False),
    "Lease": Resource("leases", "apis/coordination.k8s.io/v1"),
    "ResourceQuota": Resource("resourcequotas", _CORE),
    "PersistentVolumeClaim": Resource("persistentvolumeclaims", _CORE),
    "PersistentVolume": Resource("persistentvolumes", _CORE, namespaced=False),
    "StorageClass": Resource("storageclasses", _STORAGE, namespaced=False),
    "ServiceAccount": Resource("serviceaccounts", _CORE),
    "ConfigMap": Resource("configmaps", _CORE),
}

NEWER_EVENTS = Resource("events", _NEWER_EVENTS)
"""The newer event API: the same events, for whom only that one is allowed."""


def is_name(text: str) -> bool:
    """Whether an object or a namespace can be called so."""
    return len(text) <= 253 and re.fullmatch(NAME, text) is not None
