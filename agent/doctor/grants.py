"""The commands with which an administrator gives an account what it lacks."""

import re
import shlex
from collections.abc import Sequence

from tools.kubernetes.paths import Resource
from tools.kubernetes.reviews import Reviews, group_of
from tools.unanswered import NotAnsweredError

_UNKNOWN = "USER"
_SHOWN = re.compile(r"[!#-~][ !#-~]{0,199}")
"""A name that looks like what it is: printable ASCII."""
_TOLD = re.compile(r'User "([^"]+)"')
_REDACTED = "REDACTED_"


class Grants:
    """Commands for one account; `USER` stands where nobody tells its name."""

    def __init__(self, user: str) -> None:
        """The account's name as the server knows it."""
        self._user = user if _SHOWN.fullmatch(user) else _UNKNOWN
        self._own = re.sub(r"[^a-z0-9]+", "-", self._user.lower()).strip("-")[:60].strip("-")

    def to_list(self, name: str, resources: Sequence[Resource], namespace: str | None = None) -> str:
        """Let it list resources, in a namespace or everywhere."""
        return self._command(name, "get,list", ",".join(map(named, resources)), namespace)

    def to_read_logs(self, namespace: str | None) -> str:
        """Let it read logs, in a namespace or everywhere."""
        return self._command("logs", "get", "pods/log", namespace)

    def to_ask(self) -> str:
        """Let it ask what it may do."""
        return self._bound("clusterrolebinding", f"faultside-asks-{self._own}", "--clusterrole=system:basic-user")

    def _command(self, what: str, verbs: str, resources: str, namespace: str | None) -> str:
        role, binding = ("role", "rolebinding") if namespace else ("clusterrole", "clusterrolebinding")
        name, at = f"faultside-{what}-{self._own}", f" -n {shlex.quote(namespace)}" if namespace else ""
        made = f"kubectl create {role} {name}{at} --verb={verbs} --resource={resources}"
        return f"{made} && {self._bound(binding, f'{name}{at}', f'--{role}={name}')}"

    def _bound(self, binding: str, name: str, role: str) -> str:
        return f"kubectl create {binding} {name} {role} --user={shlex.quote(self._user)}"


def account_of(reviews: Reviews, refusal: str) -> str:
    """The account's name by asking, else as a refusal tells it; an empty text where neither does."""
    try:
        return reviews.account()
    except NotAnsweredError as failed:
        found = _TOLD.search(f"{refusal} {failed.said}")
        return found[1] if found and _REDACTED not in found[1] else ""


def named(resource: Resource) -> str:
    """A resource as kubectl writes it: `deployments.apps`."""
    group = group_of(resource)
    return f"{resource.name}{f'.{group}' if group else ''}"
