"""One node whose network is bad: what runs on it suffers, what runs elsewhere does not."""

from collections.abc import Iterator

from agent.detectors.latency import Slow, below
from agent.detectors.levels import Level, growth, id_of, risen
from agent.detectors.nodes import touched
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.objects.capacity import Node
from tools.signals import BY_NAME
from tools.source import Series
from tools.views_metrics import series_of

_LEAST_SEGMENTS = 0.5
"""Retransmitted segments a second on top of the usual below which nobody notices."""
_STANDS_OUT = 3.0
"""So many times what any other node retransmits more: peers of a lossy node retransmit a little as well."""
_SEVERAL = 2


def lossy_nodes(scene: Scene, slow: dict[str, Slow]) -> Iterator[Finding]:
    """`packet_loss` of the node that retransmits far more than before and than the others."""
    found: list[tuple[str, Level, Series]] = []
    for series in series_of(scene.snapshot, BY_NAME["tcp_retransmits"]):
        node = _node_of(scene, series.labels)
        level = risen(growth(series), scene.window, times=2.0, least=_LEAST_SEGMENTS)
        if node and level is not None:
            found.append((node, level, series))
    found.sort(key=lambda one: -one[1].added)
    if not found or (len(found) > 1 and found[0][1].added < _STANDS_OUT * found[1][1].added):
        return
    node, level, series = found[0]
    here = touched(scene, node)
    yield Finding(
        component=f"-/node/{node}".lower(),
        condition="packet_loss",
        role="cause" if set(here) & slow.keys() or _fails_at(scene, here) else "background",
        since=level.since,
        until=level.until,
        strength=0.85,
        touches=tuple(sorted({*here, *slow})),
        claims=(_claim(scene, node, series),),
        says=f"node {node} retransmits {level.now:.2f} TCP segments a second instead of {level.before:.2f}",
    )


def _claim(scene: Scene, node: str, series: Series) -> Predicate:
    inside = [rate for at, rate in growth(series) if at >= scene.window.start.timestamp()]
    mean = sum(inside) / len(inside)
    return Predicate(
        f"TCP retransmissions of {node}",
        id_of("tcp_retransmits", series),
        "count_at_least",
        "/value",
        round(mean / 2, 4),
    )


def _node_of(scene: Scene, labels: dict[str, str]) -> str:
    """The node that an exporter ran on: by its label, else by the address that was scraped."""
    host = labels.get("instance", "").rpartition(":")[0] or labels.get("instance", "")
    for node in scene.snapshot.all("Node", Node):
        name = node.metadata.name
        if name in {labels.get("node"), host}:
            return name
    return labels.get("node", "")


def _fails_at(scene: Scene, here: tuple[str, ...]) -> bool:
    return any(edge.caller in here or edge.callee in here for edge, _ in scene.failing)


def slow_nodes(scene: Scene, slow: dict[str, Slow], roots: list[Slow]) -> Iterator[Finding]:
    """`network_delay` of the one node on which all who are slow by themselves run, where none calls another."""
    shared = frozenset.intersection(*(one.nodes for one in roots)) if len(roots) >= _SEVERAL else frozenset()
    calling = any(other.component in below(scene, one.component) for one in roots for other in roots if other != one)
    if len(shared) != 1 or calling:
        return
    (node,) = shared
    begins = [one.worst.since for one in roots]
    yield Finding(
        component=f"-/node/{node}".lower(),
        condition="network_delay",
        role="cause",
        since=min(begins),
        until=max(ends) if (ends := [one.worst.until for one in roots if one.worst.until]) else None,
        strength=0.8,
        touches=tuple(sorted({*touched(scene, node), *slow})),
        claims=tuple(claim for one in roots[:3] for claim in one.worst.claims),
        says=f"{len(roots)} components of node {node} answer late by themselves, nobody elsewhere does",
    )
