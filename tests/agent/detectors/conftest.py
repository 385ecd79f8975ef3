"""Scenes from small object literals, read the way the sweep reads a recording."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agent.finding import Finding
from agent.incident import Incident
from agent.scene import Scene
from agent.verify import checked
from tools.evidence import Gap, Window
from tools.logs import read_log
from tools.objects.decode import decode_list
from tools.snapshot import Snapshot
from tools.source import LogRef, Series
from tools.views import Views

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The start of every test's window, which lasts half an hour; the question is asked at its end."""

Object = Mapping[str, object]
SceneOf = Callable[..., Scene]
Unverified = Callable[[Scene, Sequence[Finding]], list[str]]


@pytest.fixture
def at() -> Callable[[float], str]:
    """RFC 3339 text of a moment, in minutes after the window's start."""
    return lambda minutes: (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


@pytest.fixture
def scene_of() -> SceneOf:
    """A scene of Kubernetes objects (as JSON-like mappings), logs by `(namespace, pod, container[, "previous"])`,
    samples by metric name as `(labels, [(minutes after the window's start, value), ...])`, a question, kinds that
    could not be read, and declared calls.
    """

    def build(
        objects: Sequence[Object] = (),
        logs: Mapping[tuple[str, ...], str] | None = None,
        samples: Mapping[str, Sequence[tuple[dict[str, str], Sequence[tuple[float, float]]]]] | None = None,
        question: str = "",
        namespace: str = "",
        denied: Sequence[str] = (),
        asked_after: float = 30,
        declared: Sequence[tuple[str, str]] = (),
    ) -> Scene:
        window = Window(NOON, NOON + timedelta(minutes=30))
        now = NOON + timedelta(minutes=asked_after)
        snapshot = Snapshot("test", window, now)
        listed = json.dumps({"kind": "List", "items": list(objects)}).encode()
        for kind, one in decode_list(listed, "test"):
            snapshot.objects[kind].append(one)
        for (place, pod, container, *rest), text in (logs or {}).items():
            snapshot.logs[LogRef(place, pod, container, bool(rest))] = read_log(text)
        for metric, series in (samples or {}).items():
            snapshot.samples[metric] = [
                Series(labels, [(NOON.timestamp() + 60 * minutes, value) for minutes, value in points])
                for labels, points in series
            ]
        for kind in denied:
            snapshot.gaps.append(
                Gap(id=f"gap/kubernetes/{kind.lower()}", source="kubernetes", what=kind, status="denied")
            )
        incident = Incident(
            question=question,
            namespace=namespace,
            start=window.start,
            end=window.end,
            asked_at=now,
            origin="run",
        )
        return Scene(incident, snapshot, tuple(declared))

    return build


@pytest.fixture
def unverified() -> Unverified:
    """The texts of claims that do not hold on the scene's own evidence; a finding without claims is named too."""

    def check(scene: Scene, findings: Sequence[Finding]) -> list[str]:
        cite = Views(scene.snapshot, scene.graph, scene.changes).cite
        bare = [f"{one.condition} of {one.component} has no claim" for one in findings if not one.claims]
        claims = [checked(predicate, cite) for one in findings for predicate in one.claims]
        return bare + [
            f"{one.text}: {one.evidence}{one.path} {one.op} {one.value!r}" for one in claims if not one.verified
        ]

    return check


@pytest.fixture
def workload(at: Callable[[float], str]) -> Callable[..., list[Object]]:
    """A ready Deployment in `shop` with one pod `NAME-1` on `node`, and its ReplicaSets from `env` or `images`.

    `before` is the container of the revision that was replaced `changed` minutes after the window's start.
    """

    def build(
        name: str,
        *,
        container: Mapping[str, object] | None = None,
        before: Mapping[str, object] | None = None,
        changed: float = 5,
        labels: Mapping[str, str] | None = None,
        ready: bool = True,
        node: str = "node-1",
        volumes: Sequence[Object] = (),
        namespace: str = "shop",
        address: str = "10.244.0.9",
    ) -> list[Object]:
        marks = dict(labels or {"app": name})

        def template(box: Mapping[str, object] | None) -> dict[str, object]:
            full = {"name": name, "image": f"registry.example/{name}:1", **(box or {})}
            return {"metadata": {"labels": marks}, "spec": {"containers": [full], "volumes": list(volumes)}}

        owner = [{"kind": "ReplicaSet", "name": f"{name}-2", "controller": True}]
        status = {"replicas": 1, "readyReplicas": int(ready), "availableReplicas": int(ready)}
        found: list[Object] = [
            {
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": namespace, "creationTimestamp": at(-9000)},
                "spec": {"replicas": 1, "template": template(container)},
                "status": status,
            },
            {
                "kind": "Pod",
                "metadata": {"name": f"{name}-1", "namespace": namespace, "labels": marks, "ownerReferences": owner},
                "spec": {**template(container)["spec"], "nodeName": node},  # type: ignore[dict-item]
                "status": {
                    "phase": "Running",
                    "podIP": address,
                    "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
                },
            },
        ]
        for number, box, made in ((1, before, -9000.0), (2, container, changed if before is not None else -9000.0)):
            if number == 2 or before is not None:
                found.append(
                    {
                        "kind": "ReplicaSet",
                        "metadata": {
                            "name": f"{name}-{number}",
                            "namespace": namespace,
                            "creationTimestamp": at(made),
                            "annotations": {"deployment.kubernetes.io/revision": str(number)},
                            "ownerReferences": [{"kind": "Deployment", "name": name, "controller": True}],
                        },
                        "spec": {"template": template(box)},
                    }
                )
        return found

    return build


@pytest.fixture
def service(at: Callable[[float], str]) -> Callable[..., list[Object]]:
    """A Service in `shop` with its EndpointSlice; `edited` is the part that was edited, and when."""

    def build(
        name: str,
        selector: Mapping[str, str] | None = None,
        *,
        port: int = 80,
        target: int | str = 8080,
        ready: Sequence[str] = ("10.244.0.9",),
        edited: tuple[str, float] | None = None,
        protocol: str = "TCP",
        namespace: str = "shop",
        cluster_ip: str = "10.96.4.4",
    ) -> list[Object]:
        history = []
        if edited is not None:
            part, minutes = edited
            owned: Object = {"f:spec": {f"f:{part}": {}}}
            history = [{"manager": "kubectl-edit", "operation": "Update", "time": at(minutes), "fieldsV1": owned}]
        meta = {"name": name, "namespace": namespace, "creationTimestamp": at(-9000), "managedFields": history}
        return [
            {
                "kind": "Service",
                "metadata": meta,
                "spec": {
                    "selector": dict(selector or {"app": name}),
                    "clusterIP": cluster_ip,
                    "ports": [{"port": port, "targetPort": target, "protocol": protocol}],
                },
            },
            {
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"{name}-x",
                    "namespace": namespace,
                    "labels": {"kubernetes.io/service-name": name},
                },
                "endpoints": [{"addresses": [one], "conditions": {"ready": True}} for one in ready] or None,
                "ports": [{"port": target}] if ready and isinstance(target, int) else None,
            },
        ]

    return build


@pytest.fixture
def calls(at: Callable[[float], str]) -> Callable[..., str]:
    """Log lines of a Go client that calls `url` once a minute from `start` to `stop`; `error` makes them fail."""

    def build(url: str, start: int, stop: int, error: str = "", each: float = 1) -> str:
        lines = []
        for number in range(int((stop - start) / each)):
            moment = at(start + number * each)
            said = (
                f'level=error msg="call failed" err="Post \\"{url}\\": {error}"'
                if error
                else f"POST {url} returned status 200 in 12ms"
            )
            lines.append(f"{moment} {said}\n")
        return "".join(lines)

    return build


@pytest.fixture
def pod(at: Callable[[float], str]) -> Callable[..., dict[str, object]]:
    """A pod of `web` (or `owner`) in namespace `shop`, born `age` minutes before the window and ready since.

    `state`, `last`, `restarts` are its only container's; `unready_at` minutes after the window's start it stopped being
    ready; further parts go into its spec.
    """

    def build(
        owner: str = "web",
        ending: str = "7d9f8b6c5d-abcde",
        *,
        state: Object | None = None,
        last: Object | None = None,
        restarts: int = 0,
        unready_at: float | None = None,
        ready_at: float = -600,
        unscheduled: str = "",
        container: Object | None = None,
        **spec: object,
    ) -> dict[str, object]:
        ready = unready_at is None and not unscheduled
        changed = at(unready_at) if unready_at is not None else at(ready_at)
        conditions = [{"type": "Ready", "status": str(ready), "lastTransitionTime": changed}]
        status: dict[str, object] = {"phase": "Running", "startTime": at(-600), "conditions": conditions}
        if unscheduled:
            reason = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": unscheduled}
            status = {"phase": "Pending", "conditions": [{**reason, "lastTransitionTime": changed}]}
        else:
            spec.setdefault("nodeName", "node-a")
            status["containerStatuses"] = [
                {
                    "name": owner,
                    "ready": ready,
                    "restartCount": restarts,
                    "state": state or {"running": {"startedAt": at(-600)}},
                    "lastState": {"terminated": last} if last else {},
                }
            ]
        template = ending.rpartition("-")[0]
        parent = {"kind": "ReplicaSet", "name": f"{owner}-{template}", "controller": True}
        meta = {"name": f"{owner}-{ending}", "namespace": "shop", "labels": {"app": owner}, "ownerReferences": [parent]}
        containers = [{"name": owner, "image": f"registry.example/{owner}:1.4", **(container or {})}]
        born = {"creationTimestamp": at(ready_at if unscheduled else -600)}
        return {"kind": "Pod", "metadata": meta | born, "spec": {"containers": containers, **spec}, "status": status}

    return build


@pytest.fixture
def deployment() -> Callable[..., dict[str, object]]:
    """A Deployment in namespace `shop`; `container` adds to its only container, `status` replaces its status."""

    def build(
        name: str = "web",
        replicas: int = 1,
        *,
        container: Object | None = None,
        status: Object | None = None,
        **spec: object,
    ) -> dict[str, object]:
        containers = [{"name": name, "image": f"registry.example/{name}:1.4", **(container or {})}]
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}
        return {
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "creationTimestamp": "2026-01-05T08:00:00Z"},
            "spec": {"replicas": replicas, "template": template, **spec},
            "status": status or {"replicas": replicas},
        }

    return build


@pytest.fixture
def event(at: Callable[[float], str]) -> Callable[..., dict[str, object]]:
    """A warning about an object such as `Pod/web-1`, first and last seen in minutes after the window's start.

    With `scheduler` it has the newer API's shape: a note, a time and neither count nor last time.
    """

    def build(
        about: str,
        reason: str,
        message: str,
        first: float,
        last: float | None = None,
        *,
        count: int = 1,
        scheduler: bool = False,
        kind: str = "Warning",
    ) -> dict[str, object]:
        of, _, name = about.partition("/")
        meta = {"name": f"{name}.{reason}.{first}.{len(message)}", "namespace": "shop"}
        target = {"kind": of, "name": name, "namespace": "" if of == "Node" else "shop"}
        made: dict[str, object] = {"kind": "Event", "metadata": meta, "type": kind, "reason": reason}
        if scheduler:
            times: dict[str, object] = {
                "eventTime": at(first),
                "deprecatedCount": None,
                "deprecatedLastTimestamp": None,
            }
            return made | {"note": message, "regarding": target} | times
        seen: dict[str, object] = {
            "firstTimestamp": at(first),
            "lastTimestamp": at(first if last is None else last),
            "count": count,
        }
        return made | {"message": message, "involvedObject": target} | seen

    return build
