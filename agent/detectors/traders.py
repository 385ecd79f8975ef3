"""Who publishes to the queues, who takes from them, and which takers are gone."""

from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors.backends import brokers
from agent.detectors.heard import Heard, heard
from agent.detectors.queue_depth import Depth
from agent.detectors.replicas import zero_spans
from agent.scene import Scene

NEAR = timedelta(minutes=3)
_PUBLISHING = frozenset({"publish_confirmed", "publish_rejected"})


class Traders(Struct):
    """Who has to do with the queues.

    Attributes:
        absent: Workloads without a replica that took or would take messages, with since when.
    """

    brokers: list[str]
    producers: list[str]
    consumers: list[str]
    absent: dict[str, datetime | None]
    refused: list[Heard]


def traders_of(scene: Scene, queues: list[Depth]) -> Traders:
    """Read the parts off logs, settings, replica counts and the queues' own numbers."""
    known = brokers(scene)
    said = heard(scene, _PUBLISHING | {"consumed", "no_consumer"})
    producers = sorted({component for component, family in said if family in _PUBLISHING})
    takers = {component for component, family in said if family == "consumed"} | _took_before(scene)
    linked = {edge.caller for broker in known for edge in scene.graph.callers_of(broker)}
    refused = [one for (_, family), one in said.items() if family == "publish_rejected"]
    gone = _at_zero(scene)
    absent = {one: since for one, since in gone.items() if one in takers or _left_queue(since, queues)}
    # Without a trace of its work, a workload that only the broker ties to anything is taken for a consumer.
    idle = {one: since for one, since in gone.items() if one in linked and not scene.graph.callers_of(one)}
    absent = absent or {one: since for one, since in idle.items() if one not in producers}
    consumers = sorted((takers | absent.keys()) - set(producers))
    producers = producers or _may_publish(scene, known, set(consumers))
    return Traders(known, producers, consumers, absent, refused)


def _may_publish(scene: Scene, known: list[str], consumers: set[str]) -> list[str]:
    """With no publisher and no caller of a broker in sight: who is asked about beside one and fails at nothing else."""
    callers = {
        edge.caller for one in known for edge in scene.graph.callers_of(one) if not scene.is_telemetry_edge(edge)
    }
    if callers - consumers:
        return []
    failing = {edge.caller for edge, _ in scene.failing}
    beside = {one.partition("/")[0] for one in known}
    return sorted(
        one for one in scene.asked - failing - consumers if one.partition("/")[0] in beside and scene.exists(one)
    )


def _took_before(scene: Scene) -> set[str]:
    """Components that took messages at any time that was read."""
    return {
        scene.snapshot.component_of_pod_name(ref.namespace, ref.pod)
        for ref, digest in scene.snapshot.logs.items()
        if any(one.family == "consumed" for one in digest.mentions)
    }


def _at_zero(scene: Scene) -> dict[str, datetime | None]:
    """Workloads without a replica in the window, or without a ready pod now."""
    found: dict[str, datetime | None] = {}
    for component, workload in scene.snapshot.workloads.items():
        if workload.kind == "DaemonSet":
            continue
        spans = [
            one for one in zero_spans(scene, component, workload) if one.until is None or one.until > scene.window.start
        ]
        if spans:
            found[component] = spans[0].since
        elif workload.desired and not workload.ready:
            found[component] = None
    return found


def _left_queue(since: datetime | None, queues: list[Depth]) -> bool:
    """Whether a queue lost its consumers just when the workload went."""
    return since is not None and any(one.left is not None and abs(one.left - since) <= NEAR for one in queues)
