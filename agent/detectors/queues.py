"""Queues: nobody takes messages, takers are too slow, the broker refuses messages or cannot be reached."""

from collections.abc import Iterator
from datetime import datetime

from agent.detectors.heard import Heard, failed, failed_claims, heard, heard_claims
from agent.detectors.planned import sleeps_on_purpose
from agent.detectors.queue_depth import Depth, depths
from agent.detectors.traders import NEAR, Traders, traders_of
from agent.detectors.unreachable import unreachable
from agent.finding import Finding, Predicate
from agent.scene import Scene

_MANY = 10


def detect(scene: Scene) -> Iterator[Finding]:
    """Conditions of queues, and the growing queue itself as a symptom."""
    queues = depths(scene)
    traders = traders_of(scene, queues)
    yield from _grows(queues, traders)
    yield from _nobody_takes(scene, queues, traders)
    yield from _too_slow(scene, queues, traders)
    yield from _full(scene, traders)
    for broker in traders.brokers:
        yield from unreachable(scene, broker, "broker_unavailable")


def _grows(queues: list[Depth], traders: Traders) -> Iterator[Finding]:
    for one in queues:
        if one.grew:
            yield Finding(
                component=_place(traders, one),
                condition="queue_grows",
                role="symptom",
                since=one.grew_since,
                until=one.drained,
                strength=0.9,
                touches=tuple(dict.fromkeys((*traders.brokers, *traders.producers, *traders.consumers))),
                claims=one.claims,
                says=f"{one.queue} grew from {one.low:g} to {one.high:g} messages",
            )


def _place(traders: Traders, one: Depth) -> str:
    """Where a queue's trouble is stated: its broker, else whoever takes from it, else the queue itself."""
    everybody = (*traders.brokers, *traders.absent, *traders.consumers)
    return next(
        (name for name in everybody if name.startswith(f"{one.namespace}/")), everybody[0] if everybody else one.queue
    )


def _nobody_takes(scene: Scene, queues: list[Depth], traders: Traders) -> Iterator[Finding]:
    empty = [one for one in queues if one.unattended and one.grew]
    said = heard(scene, {"no_consumer"})
    gone = min((one for one in traders.absent.values() if one), default=None)
    published = [
        heard_claims(scene, one, f"{one.component} publishes")[0]
        for one in _published(scene)
        if gone is None or (one.last and one.last > gone)
    ]
    if not empty and not said and not (traders.absent and published and not _taken(scene, traders)):
        return
    claims = [claim for one in empty for claim in (*one.claims, *one.no_consumer_claims)]
    claims += [claim for one in said.values() for claim in heard_claims(scene, one, "nobody consumes")] or published[:2]
    since = min((one.left for one in empty if one.left), default=None)
    touches = tuple(dict.fromkeys((*traders.brokers, *traders.producers)))
    names = tuple(dict.fromkeys(one.queue for one in empty))
    for component in traders.absent or [_quiet_place(traders, empty)]:
        at_zero = component in traders.absent
        if at_zero and not empty and not said and sleeps_on_purpose(scene, component):
            continue
        yield Finding(
            component=component,
            condition="consumer_absent",
            role="cause",
            names=names,
            since=traders.absent.get(component) or since,
            until=max((one.attended_again for one in empty if one.attended_again), default=None),
            strength=0.88
            if traders.refused
            else 0.97
            if at_zero and empty
            else 0.8
            if empty
            else 0.96
            if at_zero
            else 0.6,
            touches=touches,
            claims=(*(_zero_claims(scene, component) if at_zero else ()), *claims),
            says=f"nobody takes messages from {', '.join(names) or 'the queue'}",
        )


def _quiet_place(traders: Traders, empty: list[Depth]) -> str:
    """Without a workload at zero: the only known consumer, else the broker."""
    if len(traders.consumers) == 1:
        return traders.consumers[0]
    return next(iter((*traders.brokers, *traders.consumers, *(one.queue for one in empty))), "queue")


def _published(scene: Scene) -> list[Heard]:
    return list(heard(scene, {"publish_confirmed", "publish_rejected"}).values())


def _taken(scene: Scene, traders: Traders) -> bool:
    """Whether messages were taken after the consumer went."""
    since = max((one for one in traders.absent.values() if one), default=None)
    return any(one.last and (since is None or one.last > since + NEAR) for one in heard(scene, {"consumed"}).values())


def _zero_claims(scene: Scene, component: str) -> tuple[Predicate, ...]:
    workload = scene.snapshot.workloads[component]
    place = scene.object_id(component)
    if workload.ready:
        return ()
    return (Predicate(f"{component} has no ready replica", place, "equals", "/replicas/ready", 0),)


def _too_slow(scene: Scene, queues: list[Depth], traders: Traders) -> Iterator[Finding]:
    for one in queues:
        if (
            one.grew
            and not one.unattended
            and one.drained is None
            and one.high >= _MANY
            and one.high >= 3 * max(one.usual, 1)
        ):
            yield Finding(
                component=_taker(scene, traders, one),
                condition="queue_backlog",
                role="cause",
                names=(one.queue,),
                since=one.grew_since,
                strength=0.7,
                touches=tuple(dict.fromkeys((*traders.brokers, *traders.consumers))),
                claims=(*one.claims, *one.consumer_claims),
                says=f"{one.queue} grows although it has consumers",
            )


def _taker(scene: Scene, traders: Traders, one: Depth) -> str:
    """Who takes from a queue: the workload that its consumer group is named after, else the only known consumer."""
    group = one.group.lower()
    named = [name for name in scene.snapshot.workloads if group and name.rpartition("/")[2] in group]
    if named:
        return max(named, key=lambda name: len(name.rpartition("/")[2]))
    return traders.consumers[0] if len(traders.consumers) == 1 else _place(traders, one)


def _full(scene: Scene, traders: Traders) -> Iterator[Finding]:
    """Publishes were rejected: said by the publisher, or counted on its edge to the broker."""
    edges = failed(scene, "publish_rejected")
    said = [one for one in traders.refused if not one.chronic]
    if not edges and not said:
        return
    claims = [claim for one in said for claim in heard_claims(scene, one, f"{one.component} has messages rejected")]
    claims += [
        claim for one in edges for claim in failed_claims(scene, one, f"{one.edge.caller} has messages rejected")
    ]
    firsts = [at for at in (*(one.first for one in said), *(one.first for one in edges)) if at]
    callers = [*(one.component for one in said), *(one.edge.caller for one in edges)]
    broker = next(iter((*(one.edge.callee for one in edges), *traders.brokers, *callers)))
    yield Finding(
        component=broker,
        condition="queue_full",
        role="cause",
        since=min(firsts, default=None),
        until=_accepted_since(scene, said),
        strength=0.96,
        touches=tuple(dict.fromkeys(one for one in callers if one != broker)),
        claims=tuple(claims),
        says=f"{sum(one.count for one in said) + sum(len(one.hits) for one in edges)} messages were rejected",
    )


def _accepted_since(scene: Scene, said: list[Heard]) -> datetime | None:
    """The last rejection, when the broker confirmed again three messages or more after it."""
    last = max((one.last for one in said if one.last), default=None)
    if last is None:
        return None
    confirmed = [
        one.at
        for digest in scene.snapshot.logs.values()
        for one in digest.mentions
        if one.family == "publish_confirmed" and one.at is not None and one.at > last
    ]
    return last if len(confirmed) >= 3 else None
