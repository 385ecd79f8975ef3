"""Events by object, by node and by component."""

from datetime import UTC, datetime

from tools.event_index import EventIndex
from tools.objects.events import Event
from tools.objects.meta import Meta, ObjectReference

LATER = datetime(2026, 1, 1, 10, 5, tzinfo=UTC)
EARLIER = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)


def about(kind: str, name: str, at: datetime, namespace: str = "shop") -> Event:
    return Event(
        metadata=Meta(f"{name}.1", namespace="default" if kind == "Node" else namespace),
        involved_object=ObjectReference(kind=kind, name=name, namespace="" if kind == "Node" else namespace),
        last_timestamp=at,
    )


def index(*events: Event) -> EventIndex:
    return EventIndex(list(events), lambda namespace, _, name: f"{namespace}/deployment/{name[:3]}", EARLIER)


def test_a_pods_events_belong_to_the_pod_and_to_what_it_is_part_of_oldest_first() -> None:
    late, early = about("Pod", "web-1", LATER), about("Pod", "web-2", EARLIER)
    found = index(late, early)
    assert found.of("shop/deployment/web") == [early, late]
    assert found.of("shop/pod/web-1") == [late]
    assert found.about("shop", "Pod", "web-2") == [early]


def test_a_node_is_found_by_its_name_wherever_its_events_lie() -> None:
    event = about("Node", "node-a", LATER)
    assert index(event).about_node("node-a") == [event]
    assert index(event).about_node("node-b") == []


def test_nobodys_events_are_no_events() -> None:
    assert index().of("shop/deployment/web") == []
