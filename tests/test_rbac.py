"""The shipped RBAC allows exactly what the source asks for, and nothing that changes anything."""

from pathlib import Path

import pytest
import yaml

from tools.kubernetes.paths import LISTED, NEWER_EVENTS, Resource

DEPLOY = Path(__file__).parents[1] / "deploy"
WHOLE, ONE_NAMESPACE = DEPLOY / "rbac.yaml", DEPLOY / "rbac-namespace.yaml"


def _rules(path: Path) -> list[dict[str, list[str]]]:
    parts = [one for one in yaml.safe_load_all(path.read_text()) if one["kind"] in {"ClusterRole", "Role"}]
    return [rule for part in parts for rule in part["rules"]]


def _group(resource: Resource) -> str:
    return "" if resource.prefix == "api/v1" else resource.prefix.split("/")[1]


@pytest.mark.parametrize(("path", "everything"), [(WHOLE, True), (ONE_NAMESPACE, False)])
def test_what_is_asked_for_is_allowed_and_nothing_else(path: Path, everything: bool) -> None:
    allowed = {(group, one) for rule in _rules(path) for group in rule["apiGroups"] for one in rule["resources"]}
    # Of leases only those of the control plane are read, in a namespace of its own.
    listed = [one for kind, one in LISTED.items() if everything or (one.namespaced and kind != "Lease")]
    asked = {(_group(one), one.name) for one in (*listed, NEWER_EVENTS)}
    assert allowed == asked | {("", "pods/log")}


@pytest.mark.parametrize("path", [WHOLE, ONE_NAMESPACE])
def test_no_rule_can_change_anything_or_read_secrets(path: Path) -> None:
    for rule in _rules(path):
        assert set(rule["verbs"]) <= {"get", "list", "watch"}
        assert not {"*", "secrets"} & {*rule["resources"], *rule["apiGroups"]}
