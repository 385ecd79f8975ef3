"""What a question or an alert is about: component names found in their words."""

import re
from collections.abc import Callable

from agent.incident import Incident
from tools.callgraph import CallGraph
from tools.snapshot import Snapshot

_SHORTEST = 4
"""Of shorter names only the exact word counts."""
_WORD = re.compile(r"[a-z][a-z0-9.\-]{2,}")
_IGNORED_WORDS = frozenset(
    {
        "service",
        "services",
        "the",
        "and",
        "for",
        "are",
        "why",
        "pod",
        "pods",
        "all",
        "app",
        "api",
        "server",
        "job",
        "jobs",
    }
)


def asked_about(incident: Incident, snapshot: Snapshot, graph: CallGraph, hidden: Callable[[str], bool]) -> set[str]:
    """Components and hosts that the question or the alerts name; those that `hidden` tells of are passed over."""
    found: set[str] = set()
    names = _names(snapshot, graph, hidden)
    for alert in incident.alerts:
        place = alert.labels.get("namespace", incident.namespace)
        matches = (_match(about.lower(), names, place) for about in alert.about)
        found |= next((match for match in matches if match), set())
    for word in _WORD.findall(incident.question.lower()):
        if word not in _IGNORED_WORDS:
            found |= _match(word.strip(".-"), names, incident.namespace)
    return found


def _names(snapshot: Snapshot, graph: CallGraph, hidden: Callable[[str], bool]) -> dict[str, set[str]]:
    """Components by every name that people use for them."""
    found: dict[str, set[str]] = {}
    for component in snapshot.components:
        if not hidden(component):
            found.setdefault(component.rpartition("/")[2], set()).add(component)
    for pod in snapshot.pods:
        found.setdefault(pod.metadata.name, set()).add(snapshot.component_of(pod))
    for edge in graph.edges:
        for name in edge.names:
            found.setdefault(name.rpartition("/")[2], set()).add(edge.callee)
        if not edge.inside and edge.callee.count(".") >= 1:
            # People say the provider's name, not its host.
            found.setdefault(edge.callee.split(".")[-2], set()).add(edge.callee)
    for (_, name), service in snapshot.services.items():
        for component in snapshot.selected_by(service):
            found.setdefault(name, set()).add(component)
    return found


def _match(word: str, names: dict[str, set[str]], namespace: str) -> set[str]:
    bare = word.replace("-", "")
    for name, components in names.items():
        plain = name.replace("-", "").lower()
        forms = {plain, plain + "s", plain.removesuffix("s"), plain.removesuffix("e") + "ing"}
        if bare == plain or (len(plain) >= _SHORTEST and bare in forms):
            inside = {one for one in components if one.startswith(f"{namespace}/")} if namespace else components
            return inside or components
    return set()
