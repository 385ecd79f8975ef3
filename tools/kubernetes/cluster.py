"""Kubernetes as a source: what the sweep asks becomes requests, and what RBAC does not allow becomes gaps."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from tools.evidence import Window
from tools.kubernetes.connect import Connection
from tools.kubernetes.events import read_events
from tools.kubernetes.logs import read_log
from tools.kubernetes.pages import Listing, Objects, raw_objects, read_list
from tools.kubernetes.paths import LISTED, Resource, is_name
from tools.kubernetes.requests import DEFAULT, Bounds, Requests
from tools.objects.meta import Wire
from tools.objects.pods import ContainerStatus, Pod
from tools.pointed import POINTED
from tools.source import Answer, LogRef

_MOST_REFUSALS = 3


class LiveCluster:
    """One API server, for one diagnosis: every list is read once, and its clock runs from here."""

    def __init__(
        self,
        server: Connection,
        homes: Sequence[str] = (),
        since: datetime | None = None,
        bounds: Bounds = DEFAULT,
        *,
        keep: bool = False,
    ) -> None:
        """Ask nothing yet.

        Args:
            server: The way to the API server.
            homes: Namespaces to read where a list of the whole cluster is refused or does not fit.
            since: Container instances that ended before it are of no interest.
            bounds: How much may be asked, and how long it may take.
            keep: Whether `raw` will be asked for.
        """
        self._requests = Requests(server, bounds, LISTED.keys() - POINTED.keys())
        self._homes = tuple(dict.fromkeys(homes))
        self._since = since
        self._lists: dict[tuple[str, str | None], Objects] = {}
        self._pages: dict[str, list[bytes]] | None = {kind: [] for kind in LISTED} if keep else None
        self._locks = {kind: Lock() for kind in LISTED}
        self._refused_logs: dict[str, tuple[int, Answer[str] | None]] = {}
        self._only_homes = ""

    def objects(self, kind: str, namespace: str | None) -> Objects:
        """All objects of a kind; where only some namespaces could be read, the answer says so and is not `ok`."""
        resource = LISTED.get(kind)
        if resource is None or not (namespace is None or is_name(namespace)):
            said = (
                f"there is no {kind} to be read in {namespace}" if resource else f"{kind} is no kind that is read here"
            )
            return Answer([], "", "error", said)
        namespace = namespace if resource.namespaced else None
        # Whoever asks twice waits for the first answer, but not past the deadline: the first may never come.
        if not self._locks[kind].acquire(timeout=max(0.0, self._requests.deadline - time.monotonic())):
            return Answer([], resource.query(namespace), "error", "it was asked for, and not answered in time")
        try:
            if (kind, namespace) not in self._lists:
                self._lists[kind, namespace] = self._read(kind, resource, namespace)
            return self._lists[kind, namespace]
        finally:
            self._locks[kind].release()

    def raw(self, kind: str) -> list[dict[str, Any]]:
        """What was read of a kind so far, as the server sent it; an object of a list is told its kind."""
        pages = (self._pages or {}).get(kind, ())
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for one in (one for page in pages for one in raw_objects(page, kind)):
            found[one["metadata"].get("namespace", ""), one["metadata"]["name"]] = one
        return list(found.values())

    def log_refs(self, namespace: str) -> Sequence[LogRef]:
        """Logs of every container and init container, and of the instance before one that ended not long ago."""
        pods = [one for one in self.objects("Pod", None).value if isinstance(one, Pod)]
        return [ref for pod in pods if pod.metadata.namespace == namespace for ref in self._refs_of(pod)]

    def _refs_of(self, pod: Pod) -> Iterator[LogRef]:
        namespace, name = pod.metadata.namespace, pod.metadata.name
        for status in pod.statuses:
            if status.has_begun:
                yield LogRef(namespace, name, status.name)
            if self._ended_lately(status):
                yield LogRef(namespace, name, status.name, previous=True)
        if not pod.statuses and pod.status.phase != "Pending":
            # An evicted pod may have lost its statuses before its logs.
            for container in (*pod.spec.init_containers, *pod.spec.containers):
                yield LogRef(namespace, name, container.name)

    def room(self) -> int | None:
        """How many requests of this sweep are left."""
        return self._requests.left

    def logs(self, ref: LogRef, window: Window) -> Answer[str]:
        """One container's newest lines since the window's start; a namespace that refused a few is left in peace."""
        if not all(map(is_name, (ref.namespace, ref.pod, ref.container))):
            return Answer("", "", "error", f"{ref.namespace}/{ref.pod}/{ref.container} is no container's name")
        refusals, refused = self._refused_logs.get(ref.namespace, (0, None))
        if refused is not None and refusals >= _MOST_REFUSALS:
            return refused
        answer = read_log(self._requests, ref, window, self._node_of(ref))
        count = refusals + 1 if answer.status == "denied" else 0
        self._refused_logs[ref.namespace] = (count, Answer("", answer.query, answer.status, answer.error))
        return answer

    def _node_of(self, ref: LogRef) -> str:
        """The node of a pod that was listed; empty for any other."""
        listed = self._lists.get(("Pod", None))
        pods = (one for one in (listed.value if listed else ()) if isinstance(one, Pod))
        return next((one.spec.node_name for one in pods if _place(one) == (ref.namespace, ref.pod)), "")

    def _ended_lately(self, status: ContainerStatus) -> bool:
        last = status.last_state.terminated
        return last is not None and not (self._since and last.finished_at and last.finished_at < self._since)

    def _read(self, kind: str, resource: Resource, namespace: str | None) -> Objects:
        if namespace is not None or not resource.namespaced:
            return self._listed(kind, resource, namespace)
        if kind == "Endpoints" and self.objects("EndpointSlice", None).known:
            # Slices hold the same and more; the older objects are only worth a request where slices can't be read.
            self._requests.skip(kind)
            return Answer([], resource.query(None), "empty")
        if self._only_homes:
            wide: Objects = Answer([], resource.query(None), "denied", self._only_homes)
        else:
            wide = self._listed(kind, resource, None)
        if wide.status == "denied" and kind == "Pod" and self._homes:
            self._only_homes = wide.error
        left_out = wide.status in {"denied", "truncated"} or wide.warnings
        return self._with_homes(kind, resource, wide) if left_out else wide

    def _listed(self, kind: str, resource: Resource, namespace: str | None) -> Objects:
        keep = self._pages[kind] if self._pages else None
        if kind == "Event":
            return read_events(self._requests, namespace, keep)
        return read_list(self._requests, Listing(kind, resource, namespace), keep)

    def _with_homes(self, kind: str, resource: Resource, wide: Objects) -> Objects:
        """What the whole cluster's list gave, and all of the namespaces that matter most."""
        found = {_place(one): one for one in wide.value}
        read = []
        for home in self._homes:
            answer = self._listed(kind, resource, home)
            found.update((_place(one), one) for one in answer.value)
            if answer.known and not answer.warnings:
                read.append(home)
        if not read:
            return wide
        if wide.warnings:
            said = tuple(f"{one}, but in {', '.join(read)}" for one in wide.warnings)
            status = "ok" if found and wide.status == "empty" else wide.status
            return Answer(list(found.values()), wide.query, status, wide.error, tuple(read), warnings=said)
        whole = f"all of {', '.join(read)}" + (f" and {len(wide.value)} of all namespaces" if wide.value else "")
        return Answer(
            list(found.values()), wide.query, wide.status, f"{whole} was read, else: {wide.error}", tuple(read)
        )


def _place(one: Wire) -> tuple[str, str]:
    meta = one.metadata  # type: ignore[attr-defined]
    return meta.namespace, meta.name
