"""How long each queue was and how many took from it, in the window and before."""

from datetime import datetime

from msgspec import Struct

from agent.detectors.samples import evidence_of, inside, moment, outside_before
from agent.finding import Predicate
from agent.scene import Scene
from tools.signals import BY_NAME
from tools.source import Series
from tools.views_metrics import series_of

_SAME = ("namespace", "queue", "vhost", "topic", "consumergroup", "stream_name", "consumer_name")
_NAMING = ("queue", "topic", "stream_name", "consumergroup")


class Depth(Struct):
    """One queue, or one consumer group on a topic.

    Attributes:
        group: The consumer group, or durable consumer, where the broker has such.
        usual: The longest that it was before the window, in messages.
        low, high: The first and the greatest length in the window.
        grew: Whether it became longer than usual in the window and stayed longer than it was.
        grew_since: When it first was longer than at the window's start.
        drained: When it came back down to its length at the window's start, if it did.
        unattended: Whether it had no consumers while there were messages.
        left, attended_again: When its consumers went, and when there were some again.
    """

    namespace: str
    queue: str
    group: str
    usual: float
    low: float
    high: float
    grew: bool
    grew_since: datetime | None
    drained: datetime | None
    unattended: bool
    left: datetime | None
    attended_again: datetime | None
    claims: tuple[Predicate, ...]
    no_consumer_claims: tuple[Predicate, ...]
    consumer_claims: tuple[Predicate, ...]


def depths(scene: Scene) -> list[Depth]:
    """All queues that were measured in the window."""
    consumers = series_of(scene.snapshot, BY_NAME["queue_consumers"])
    found = []
    for one in series_of(scene.snapshot, BY_NAME["queue_messages"]):
        takers = next((other for other in consumers if _same(one, other)), None)
        if inside(scene, one):
            found.append(_depth(scene, one, takers))
    return found


def _same(one: Series, other: Series) -> bool:
    shared = [key for key in _SAME if key in one.labels and key in other.labels]
    named = any(key in shared for key in ("queue", "topic", "consumergroup", "consumer_name"))
    return named and all(one.labels[key] == other.labels[key] for key in shared)


def _depth(scene: Scene, one: Series, takers: Series | None) -> Depth:
    points = inside(scene, one)
    values = [value for _, value in points]
    usual = max((value for _, value in outside_before(scene, one)), default=values[0])
    low, high = values[0], max(values)
    later = [at for at, value in points if value > min(low, usual)]
    peak = next(at for at, value in points if value == high)
    tail = [(at, value) for at, value in one.points if at > peak and at <= scene.now.timestamp()]
    drained = next((at for at, value in tail if value <= min(low, usual)), None)
    left, again, empty = _attendance(scene, takers)
    longer = high > max(low, usual) if outside_before(scene, one) else high > low
    messages = evidence_of("queue_messages", one)
    return Depth(
        namespace=one.labels.get("namespace", ""),
        queue=next((one.labels[key] for key in _NAMING if one.labels.get(key)), "queue"),
        group=one.labels.get("consumergroup") or one.labels.get("consumer_name", ""),
        usual=usual,
        low=low,
        high=high,
        grew=(longer or (empty and high > 0)) and values[-1] >= 0.5 * high,
        grew_since=moment(later[0]) if later else None,
        drained=moment(drained) if drained else None,
        unattended=empty and high > 0,
        left=left,
        attended_again=again,
        claims=(Predicate("the queue holds that many messages", messages, "count_at_least", "/max", high),),
        no_consumer_claims=_claims(takers, "there was no consumer", "/min", 0),
        consumer_claims=_at_least_one(takers),
    )


def _claims(takers: Series | None, text: str, path: str, value: float) -> tuple[Predicate, ...]:
    if takers is None:
        return ()
    return (Predicate(text, evidence_of("queue_consumers", takers), "count_at_most", path, value),)


def _at_least_one(takers: Series | None) -> tuple[Predicate, ...]:
    if takers is None:
        return ()
    return (Predicate("it has a consumer", evidence_of("queue_consumers", takers), "count_at_least", "/last", 1),)


def _attendance(scene: Scene, takers: Series | None) -> tuple[datetime | None, datetime | None, bool]:
    """When consumers went, when some came back, and whether there were none for a while in the window."""
    if takers is None:
        return None, None, False
    empty = [at for at, value in inside(scene, takers) if value == 0]
    if not empty:
        return None, None, False
    before = [at for at, value in takers.points if value > 0 and at < empty[0]]
    gone = next((at for at, value in takers.points if value == 0 and (not before or at > before[-1])), None)
    back = next((at for at, value in takers.points if value > 0 and at > empty[-1]), None)
    return (moment(gone) if gone and before else None), (moment(back) if back else None), True
