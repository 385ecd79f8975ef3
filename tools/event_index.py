"""Events by what they are about, so that no question walks through those of a whole cluster."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from tools.objects.events import Event


class EventIndex:
    """Events oldest first, by object and by component.

    Args:
        events: All events, oldest first.
        whole: The component that an object `(namespace, kind, name)` is part of; of others themselves.
        undated: When an event without a time counts as seen.
    """

    def __init__(self, events: list[Event], whole: Callable[[str, str, str], str], undated: datetime) -> None:
        """Index `events`."""
        self._by_object: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
        self._by_node: dict[str, list[Event]] = defaultdict(list)
        self._by_component: dict[str, list[Event]] = defaultdict(list)
        for one in events:
            about = one.about
            self._by_object[(about.namespace or one.metadata.namespace, about.kind, about.name)].append(one)
            if about.kind == "Node":
                self._by_node[about.name].append(one)
        for (namespace, kind, name), several in self._by_object.items():
            for component in {f"{namespace}/{kind.lower()}/{name}", whole(namespace, kind, name)}:
                self._by_component[component].extend(several)
        for several in self._by_component.values():
            several.sort(key=lambda one: one.last or undated)

    def about(self, namespace: str, kind: str, name: str) -> list[Event]:
        """Events about one object."""
        return self._by_object.get((namespace, kind, name), [])

    def about_node(self, name: str) -> list[Event]:
        """Events about a node, which carry a namespace of their own, mostly `default`."""
        return self._by_node.get(name, [])

    def of(self, component: str) -> list[Event]:
        """Events about a component, its revisions and its pods."""
        return list(self._by_component.get(component, ()))
