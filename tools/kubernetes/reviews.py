"""What the asking account may do, as the API server itself tells: reviews of one's own rights, which change nothing."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct, field

from tools.kubernetes.paths import Resource
from tools.kubernetes.requests import Bounds, Requests
from tools.unanswered import NotAnsweredError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_RIGHTS, _IDENTITY = "authorization.k8s.io/v1", "authentication.k8s.io/v1"


class Reviewer(Protocol):
    """What reviews need of an API server."""

    name: str
    namespace: str
    address: str

    def review(self, path: str, body: bytes, connect: float, read: float) -> "BaseHTTPResponse":
        """Send one review of one's own rights. Times in seconds."""

    def close(self) -> None:
        """Give up all connections."""


class Rule(Struct, frozen=True):
    """Verbs that are allowed on resources; `*` is all of them."""

    verbs: list[str] = []
    groups: list[str] | None = field(name="apiGroups", default=None)
    resources: list[str] | None = None


class _User(Struct):
    username: str = ""


class _Status(Struct):
    user: _User = field(name="userInfo", default_factory=_User)
    allowed: bool = False
    rules: list[Rule] | None = field(name="resourceRules", default=None)


class _Review(Struct):
    status: _Status


class Reviews:
    """Reviews of one's own rights on one server, until `deadline` (monotonic seconds)."""

    def __init__(self, server: Reviewer, deadline: float) -> None:
        """Ask nothing yet."""
        self._server, self._deadline = server, deadline

    def may(self, verb: str, resource: Resource, namespace: str | None, part: str = "") -> bool:
        """Whether a verb is allowed on a resource or a `part` of it such as `log`, in one namespace or everywhere.

        Raises:
            NotAnsweredError: the server does not tell.
        """
        asked = {"verb": verb, "resource": resource.name, "group": group_of(resource), "subresource": part}
        where = {"namespace": namespace} if namespace else {}
        return self._asked("SelfSubjectAccessReview", {"resourceAttributes": asked | where}).allowed

    def rules(self, namespace: str) -> Sequence[Rule]:
        """All that is allowed in a namespace, as far as the server can list it.

        Raises:
            NotAnsweredError: the server does not tell.
        """
        return self._asked("SelfSubjectRulesReview", {"namespace": namespace}).rules or ()

    def account(self) -> str:
        """Who the server takes the asker for, as `kubectl auth whoami` shows it.

        Raises:
            NotAnsweredError: the server does not tell; one older than 1.28 can't.
        """
        return self._asked("SelfSubjectReview", {}, _IDENTITY).user.username

    def _asked(self, kind: str, spec: Mapping[str, object], group: str = _RIGHTS) -> _Status:
        body = json.dumps({"apiVersion": group, "kind": kind, **({"spec": spec} if spec else {})}).encode()
        bounds = Bounds(seconds=max(0.0, self._deadline - time.monotonic()))
        requests = Requests(_Posted(self._server, body), bounds, ())
        answer = requests.page(f"/apis/{group}/{kind.lower()}s", {}, "")
        try:
            return msgspec.json.decode(answer, type=_Review).status
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NotAnsweredError("error", f"the answer is no {kind} ({error})") from None


class _Posted:
    """A connection whose one question is a review."""

    def __init__(self, server: Reviewer, body: bytes) -> None:
        self._server, self._body = server, body
        self.name, self.namespace, self.address = server.name, server.namespace, server.address

    def get(self, path: str, query: Mapping[str, str], connect: float, read: float) -> "BaseHTTPResponse":  # noqa: ARG002
        return self._server.review(path, self._body, connect, read)

    def close(self) -> None:
        self._server.close()


def group_of(resource: Resource) -> str:
    """The API group of a resource; empty for the core."""
    return resource.prefix.split("/")[1] if resource.prefix.startswith("apis/") else ""
