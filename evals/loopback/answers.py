"""What an API server answers to one request, without the sockets."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from evals.loopback.event_shapes import as_newer
from evals.loopback.log_lines import cut
from evals.loopback.server import Reply
from evals.loopback.store import Object, Store, place_of
from tools.kubernetes.paths import LISTED, NEWER_EVENTS, Resource
from tools.source import Answer, LogRef

_BY_PATH = {(one.prefix, one.name): (kind, one) for kind, one in LISTED.items()}
_BY_PATH[NEWER_EVENTS.prefix, NEWER_EVENTS.name] = ("Event", NEWER_EVENTS)
_REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 410: "Expired"}

_WAITING = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}
"""How a kubelet puts some reasons."""


class Rights(Struct, frozen=True):
    """What the asking account may do.

    Attributes:
        namespaces: Only these may be read; None is the whole cluster.
        hidden: Resources that may not be read anywhere, such as `events.` or `pods.log`;
            `selfsubjectreviews.authorization.k8s.io` are the reviews of one's own rights, and those of
            `authentication.k8s.io` the one of one's name.
        more: What it is told to be allowed beside reading, such as `create pods/exec.` or `patch deployments.apps`;
            `* *.*` is everything. This server does none of it.
        user: The account's name.
    """

    namespaces: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()
    user: str = "faultside"


class Answers:
    """An API server's answers from a store.

    Attributes:
        version: The state that lists are of; continue tokens of an older one are gone.
    """

    def __init__(self, store: Store, rights: Rights = Rights()) -> None:  # noqa: B008 - frozen
        """Serve `store` to an account with these rights."""
        self.store, self.rights = store, rights
        self.version = 1000
        self._pods = {place_of(pod): pod for pod in store.objects.get("Pod", ())}
        self._encoded = {
            (resource.prefix, resource.name): _encoded(store, kind, resource) for kind, resource in _BY_PATH.values()
        }

    def get(self, path: str, asked: Mapping[str, str]) -> Reply:
        """The answer to a GET."""
        if path == "/version":
            return Reply(200, b'{"major":"1","minor":"34","gitVersion":"v1.34.0"}')
        steps = path.strip("/").split("/")
        if steps[-1] == "log" and len(steps) == 7 and steps[:3] == ["api", "v1", "namespaces"]:
            return self._log(steps[3], steps[5], asked)
        cut_at = 2 if steps[0] == "api" else 3
        prefix, rest = "/".join(steps[:cut_at]), steps[cut_at:]
        namespace = rest[1] if rest[:1] == ["namespaces"] and len(rest) > 2 else None
        name = rest[-1] if namespace is None else rest[2]
        kind, resource = _BY_PATH.get((prefix, name), ("", None))
        if resource is None or len(rest) != (1 if namespace is None else 3):
            return failure(404, "the server could not find the requested resource")
        return self._refused(resource, namespace) or self._list(kind, resource, namespace, asked)

    def _refused(self, resource: Resource, namespace: str | None) -> Reply | None:
        group = resource.prefix.split("/")[1] if resource.prefix.startswith("apis/") else ""
        allowed = self.rights.namespaces is None or (resource.namespaced and namespace in self.rights.namespaces)
        if allowed and f"{resource.name}.{group}" not in self.rights.hidden:
            return None
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        said = f'{resource.name} is forbidden: User "{self.rights.user}" cannot list resource "{resource.name}"'
        return failure(403, f'{said} in API group "{group}" {where}')

    def _list(self, kind: str, resource: Resource, namespace: str | None, asked: Mapping[str, str]) -> Reply:
        refusal = self.store.refusal(kind, namespace)
        if refusal.status in {"denied", "error"}:
            return _as_told(refusal)
        start, version = 0, self.version
        if token := asked.get("continue"):
            version, start = json.loads(base64.urlsafe_b64decode(token))
            if version != self.version:
                return failure(410, "The provided continue parameter is too old to display a consistent list result.")
        try:
            chosen = _chosen(asked.get("fieldSelector", ""), kind)
        except ValueError as error:
            return failure(400, str(error))
        listed = self._encoded[resource.prefix, resource.name]
        found = [one.body for one in listed if (namespace is None or one.namespace == namespace) and chosen(one)]
        end = start + (int(asked.get("limit", 0)) or len(found))
        meta: dict[str, Any] = {"resourceVersion": str(version)}
        if end < len(found):
            meta["continue"] = base64.urlsafe_b64encode(json.dumps([version, end]).encode()).decode()
            if "fieldSelector" not in asked:
                meta["remainingItemCount"] = len(found) - end
        head = {"kind": f"{kind}List", "apiVersion": resource.prefix.split("/", 1)[1], "metadata": meta}
        items = b",".join(found[start:end])
        return Reply(200, json.dumps(head).encode()[:-1] + b', "items": [' + items + b"]}")

    def _log(self, namespace: str, pod: str, asked: Mapping[str, str]) -> Reply:
        hidden = "pods.log" in self.rights.hidden
        if hidden or (self.rights.namespaces is not None and namespace not in self.rights.namespaces):
            said = f'pods "{pod}" is forbidden: User "{self.rights.user}" cannot get resource "pods/log"'
            return failure(403, f'{said} in API group "" in the namespace "{namespace}"')
        found = self._pods.get((namespace, pod))
        if found is None:
            return failure(404, f'pods "{pod}" not found')
        container, previous = asked.get("container", ""), asked.get("previous") == "true"
        answer = self.store.log(LogRef(namespace, pod, container, previous))
        if answer.status in {"denied", "error"}:
            return _as_told(answer)
        if answer.value:
            return Reply(200, cut(answer.value, asked), "text/plain")
        return _no_log(found, container, previous)


def failure(code: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    """The API's Status object."""
    reason = _REASONS.get(code, "InternalError")
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason}
    return Reply(code, json.dumps({**status, "code": code}).encode(), headers=headers or {})


def _as_told(answer: Answer[Any]) -> Reply:
    """A recorded gap in its own words; 400 is what nobody tries again."""
    return failure(403 if answer.status == "denied" else 400, answer.error)


def _no_log(pod: Object, container: str, previous: bool) -> Reply:
    """What API server and kubelet answer in place of a log, in their words."""
    name, spec, status = pod["metadata"]["name"], pod.get("spec", {}), pod.get("status", {})
    several = (*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ()))
    found = next((one for one in several if one["name"] == container), None)
    what = f'container "{container}" in pod "{name}"'
    if found is None:
        if container not in {one["name"] for one in (*spec.get("containers", ()), *spec.get("initContainers", ()))}:
            return failure(400, f"container {container} is not valid for pod {name}")
        waits_for_a_node = status.get("phase") == "Pending" and not spec.get("nodeName")
        return Reply(204, b"") if waits_for_a_node else failure(400, f"{what} is not available")
    before = found.get("lastState", {}).get("terminated")
    if previous and not before:
        return failure(400, f"previous terminated {what} not found")
    waiting = found.get("state", {}).get("waiting")
    if waiting and not before:
        reason = waiting.get("reason", "ContainerCreating")
        return failure(400, f"{what} is waiting to start: {_WAITING.get(reason, reason)}")
    return Reply(200, b"", "text/plain")


class _Item(Struct, frozen=True):
    """One object of a list; `type` is an event's."""

    namespace: str
    type: str
    body: bytes


def _chosen(selector: str, kind: str) -> Callable[[_Item], bool]:
    """What a field selector leaves; the type of events is the one that is served here.

    Raises:
        ValueError: another field.
    """
    if not selector:
        return lambda _: True
    field, unequal, value = (each.strip() for each in selector.replace("==", "=").replace("!=", "=!").partition("="))
    if (kind, field) != ("Event", "type") or not unequal:
        raise ValueError(f"field label not supported: {field}")
    if value.startswith("!"):
        return lambda one: one.type != value[1:]
    return lambda one: one.type == value


def _encoded(store: Store, kind: str, resource: Resource) -> list[_Item]:
    """The items of a list; one does not repeat what its list says."""
    shaped = as_newer if resource is NEWER_EVENTS else dict
    several = (shaped(one) for one in store.objects.get(kind, ()))
    said = ("kind", "apiVersion")
    return [
        _Item(
            place_of(one)[0],
            one.get("type", "") if kind == "Event" else "",
            json.dumps({key: value for key, value in one.items() if key not in said}).encode(),
        )
        for one in several
    ]
