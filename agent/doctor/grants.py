"""The commands with which an administrator gives an account what it lacks."""

import re
import shlex
from collections.abc import Sequence

from tools.kubernetes.paths import Resource
from tools.kubernetes.requests import NotAnsweredError, Requests
from tools.kubernetes.reviews import group_of

_USER = re.compile(r'User "([^"]{1,200})"')
_UNKNOWN = "USER"


class Grants:
    """Commands for the account that `requests` are sent as."""

    def __init__(self, requests: Requests) -> None:
        """Ask nothing yet."""
        self._requests, self._user = requests, ""

    def to_list(self, name: str, resources: Sequence[Resource], namespace: str | None = None) -> str:
        """Let it list resources, in a namespace or everywhere."""
        self._learn(resources[0].path(namespace))
        return self._command(name, "get,list", ",".join(map(named, resources)), namespace)

    def to_read_logs(self, home: str, namespace: str | None) -> str:
        """Let it read logs; `home` is where it was refused, or else would read first."""
        self._learn(f"/api/v1/namespaces/{namespace or home}/pods/any/log")
        return self._command("faultside-logs", "get", "pods/log", namespace)

    def to_ask(self, refusal: str) -> str:
        """Let it ask what it may do; `refusal` is what the server said."""
        self._heed(refusal)
        return self._bound("clusterrolebinding", "faultside-asks", "--clusterrole=system:basic-user")

    def _command(self, name: str, verbs: str, resources: str, namespace: str | None) -> str:
        role, binding = ("role", "rolebinding") if namespace else ("clusterrole", "clusterrolebinding")
        at = f" -n {shlex.quote(namespace)}" if namespace else ""
        made = f"kubectl create {role} {name}{at} --verb={verbs} --resource={resources}"
        return f"{made} && {self._bound(binding, f'{name}{at}', f'--{role}={name}')}"

    def _bound(self, binding: str, name: str, role: str) -> str:
        return f"kubectl create {binding} {name} {role} --user={shlex.quote(self._user or _UNKNOWN)}"

    def _learn(self, path: str) -> None:
        """Who the server takes the account for: a refusal says it."""
        if not self._user:
            try:
                self._requests.page(path, {"limit": "1"} if not path.endswith("/log") else {}, "")
            except NotAnsweredError as failed:
                self._heed(failed.said)

    def _heed(self, refusal: str) -> None:
        found = _USER.search(refusal)
        self._user = found[1] if found else self._user


def named(resource: Resource) -> str:
    """A resource as kubectl writes it: `deployments.apps`."""
    group = group_of(resource)
    return f"{resource.name}{f'.{group}' if group else ''}"
