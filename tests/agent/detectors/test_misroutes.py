"""Routes that lead to another Service than the one their path is called after."""

from collections.abc import Callable
from typing import Any

from agent.detectors.misroutes import detect
from agent.scene import Scene

SceneOf = Callable[..., Scene]
Build = Callable[..., list[dict[str, Any]]]
Unverified = Callable[..., list[str]]
NAMES = ("fares", "seats", "routes", "crews", "berths")


def table(**leads: str) -> str:
    """nginx's file with a location for each Service, some of which lead elsewhere."""
    lines = [f"location /api/v1/{name}/ {{ proxy_pass http://{leads.get(name, name)}; }}" for name in NAMES]
    return "\n".join(lines)


def objects(workload: Build, service: Build, text: str) -> list[dict[str, Any]]:
    backends = [one for name in NAMES for one in (*workload(name), *service(name))]
    mount = [{"name": "conf", "configMap": {"name": "edge-routes"}}]
    config = {
        "kind": "ConfigMap",
        "metadata": {"name": "edge-routes", "namespace": "shop"},
        "data": {"nginx.conf": text},
    }
    return [*backends, *workload("edge", volumes=mount), config]


def test_a_path_that_leads_to_a_neighbour_is_the_gateways_wrong_route(
    scene_of: SceneOf, workload: Build, service: Build, unverified: Unverified
) -> None:
    found = list(detect(scene_of(objects(workload, service, table(fares="seats")), namespace="shop")))
    cause, symptom = found
    assert (cause.component, cause.condition, cause.detail) == ("shop/deployment/edge", "wrong_address", "route")
    assert cause.names == ("shop/fares", "shop/configmap/edge-routes")
    assert (symptom.component, symptom.role) == ("shop/deployment/fares", "symptom")
    scene = scene_of(objects(workload, service, table(fares="seats")))
    assert unverified(scene, list(detect(scene))) == []


def test_somebody_who_names_the_failing_path_makes_it_surer(scene_of: SceneOf, workload: Build, service: Build) -> None:
    parts = objects(workload, service, table(fares="seats"))
    [quiet, _] = detect(scene_of(parts))
    [told, _] = detect(scene_of(parts, question="GET /api/v1/fares/today answers 404"))
    assert quiet.strength < 0.75
    assert told.strength == 0.9


def test_routes_that_all_lead_where_they_say_are_no_finding(scene_of: SceneOf, workload: Build, service: Build) -> None:
    assert list(detect(scene_of(objects(workload, service, table())))) == []


def test_a_service_that_another_route_reaches_may_share_its_name(
    scene_of: SceneOf, workload: Build, service: Build
) -> None:
    text = table(fares="seats") + "\nlocation /fares { proxy_pass http://fares; }"
    assert list(detect(scene_of(objects(workload, service, text)))) == []


def test_a_table_without_such_a_rule_says_nothing(scene_of: SceneOf, workload: Build, service: Build) -> None:
    text = table(fares="seats", routes="crews", crews="berths")
    assert list(detect(scene_of(objects(workload, service, text)))) == []


def test_an_ingress_that_was_edited_needs_no_rule(
    scene_of: SceneOf, workload: Build, service: Build, at: Callable[[float], str], unverified: Unverified
) -> None:
    paths = [{"path": "/fares", "backend": {"service": {"name": "seats", "port": {"number": 80}}}}]
    ingress = {
        "kind": "Ingress",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "creationTimestamp": at(-9000),
            "managedFields": [
                {
                    "manager": "kubectl-edit",
                    "operation": "Update",
                    "time": at(4),
                    "fieldsV1": {"f:spec": {"f:rules": {}}},
                }
            ],
        },
        "spec": {"rules": [{"http": {"paths": paths}}]},
    }
    backends = [one for name in ("fares", "seats") for one in (*workload(name), *service(name))]
    scene = scene_of([*backends, ingress])
    cause, _ = detect(scene)
    assert (cause.component, cause.detail, cause.strength) == ("shop/ingress/web", "route", 0.9)
    assert cause.since is not None
    assert unverified(scene, [cause]) == []
    mended = {**ingress, "spec": {"rules": [{"http": {"paths": [{**paths[0], "path": "/seats"}]}}]}}
    assert list(detect(scene_of([*backends, mended]))) == []
