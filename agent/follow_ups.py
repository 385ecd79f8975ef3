"""Questions worth asking next, ready to paste: kubectl, PromQL, Datadog."""

from collections.abc import Iterator

from agent.diagnosis import FollowUp
from agent.scene import Scene
from agent.verdict import Decision
from tools.datadog import queries as datadog
from tools.prometheus.queries import signal_query
from tools.signals import BY_NAME

MOST = 6


def follow_ups(scene: Scene, decision: Decision) -> list[FollowUp]:
    """A handful, about the leading cause and its nearest caller."""
    if not decision.causes:
        return []
    finding = decision.causes[0].candidate.finding
    path = decision.causes[0].candidate.path
    caller = path[-2] if len(path) > 1 else next(iter(path), "")
    found = [*_of_component(scene, finding.component), *_of_caller(scene, caller)]
    return found[:MOST]


def _of_component(scene: Scene, component: str) -> Iterator[FollowUp]:
    if component.count("/") < 2:
        return
    namespace, kind, name = component.split("/", 2)
    at = "" if namespace == "-" else f" -n {namespace}"
    yield FollowUp(tool="kubectl", query=f"kubectl get {kind} {name}{at} -o wide", why="whether it still is so")
    if kind in {"deployment", "statefulset"}:
        signal = BY_NAME["replicas_available"]
        yield FollowUp(
            tool="promql",
            query=signal_query(signal, {"namespace": namespace, kind: name}, scene.window),
            why="available replicas over the window",
        )
        query = datadog.signal_query(signal, {"namespace": namespace, kind: name}, scene.window)
        yield FollowUp(tool="datadog", query=query, why="the same from Datadog")


def _of_caller(scene: Scene, caller: str) -> Iterator[FollowUp]:
    if caller.count("/") < 2 or caller.startswith("-/"):
        return
    namespace, kind, name = caller.split("/", 2)
    since = f"{scene.window.start:%Y-%m-%dT%H:%M:%SZ}"
    yield FollowUp(
        tool="kubectl",
        query=f"kubectl logs -n {namespace} {kind}/{name} --all-containers --timestamps --since-time={since}",
        why="whether its calls still fail",
    )
    yield FollowUp(
        tool="datadog",
        query=f"kube_namespace:{namespace} pod_name:{name}*",
        why="the same lines from Datadog; pods carry the name as a prefix, services do not",
    )
