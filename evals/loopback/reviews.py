"""What an API server answers to an account that asks what it may do itself."""

import json
from collections.abc import Mapping
from typing import Any

from evals.loopback.answers import Rights, failure
from evals.loopback.server import Reply
from tools.kubernetes.paths import LISTED, NEWER_EVENTS
from tools.kubernetes.reviews import group_of

_READS = frozenset({"get", "list", "watch"})
_RESOURCES = {(one.name, group_of(one)): one for one in (*LISTED.values(), NEWER_EVENTS)}
_OWN = {"verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}  # fmt: skip


def review(rights: Rights, path: str, body: bytes) -> Reply:
    """The review with its status filled in; 403 for an account that may not even ask."""
    group = path.split("/")[2]
    if f"selfsubjectreviews.{group}" in rights.hidden:
        return failure(403, f'{path.rpartition("/")[2]}.{group} is forbidden: User "{rights.user}" cannot create it')
    try:
        asked = json.loads(body)
        spec = asked.get("spec", {})
    except (ValueError, AttributeError):
        return failure(400, "the body is no review")
    status: dict[str, Any]
    if path.endswith("selfsubjectreviews"):
        status = {"userInfo": {"username": rights.user, "groups": ["system:authenticated"]}}
    elif path.endswith("selfsubjectrulesreviews"):
        status = {"resourceRules": _rules(rights, spec.get("namespace", "")), "incomplete": False}
    else:
        status = {"allowed": _allowed(rights, spec.get("resourceAttributes", {}))}
    return Reply(201, json.dumps({**asked, "status": status}).encode())


def _allowed(rights: Rights, asked: Mapping[str, str]) -> bool:
    name, group, part = asked.get("resource", ""), asked.get("group", ""), asked.get("subresource", "")
    whole = f"{name}/{part}" if part else name
    if {f"{asked.get('verb')} {whole}.{group}", "* *.*"} & rights.more:
        return True
    namespace = asked.get("namespace") or None
    resource = _RESOURCES.get((name, group))
    if asked.get("verb") not in _READS or resource is None or part not in {"", "log"}:
        return False
    within = rights.namespaces is None or (resource.namespaced and namespace in rights.namespaces)
    return within and not {f"{name}.{group}", f"{name}.{part}" if part else "-"} & rights.hidden


def _rules(rights: Rights, namespace: str) -> list[dict[str, Any]]:
    found = [_OWN]
    for (name, group), resource in _RESOURCES.items():
        if resource.namespaced and _allowed(
            rights, {"verb": "list", "resource": name, "group": group, "namespace": namespace}
        ):
            found.append({"verbs": sorted(_READS), "apiGroups": [group], "resources": [name]})
    for more in sorted(rights.more):
        verb, _, whole = more.partition(" ")
        resource_name, _, group = whole.partition(".")
        found.append({"verbs": [verb], "apiGroups": [group], "resources": [resource_name]})
    return found
