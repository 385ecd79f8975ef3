"""What a question or an alert is about: component names found in their words."""

import re
from collections.abc import Callable

from agent.incident import Incident
from agent.providers import catalogue
from tools.callgraph import CallGraph, Edge
from tools.snapshot import Snapshot

SUBJECTS: dict[str, tuple[str, ...]] = {
    "email": ("mail", "mails", "email", "emails", "e-mail", "e-mails"),
    "sms": ("sms", "text messages", "texts"),
    "payments": ("payments", "charges", "cards"),
    "maps": ("geocoding", "distances"),
    "push": ("push",),
    "identity": ("login", "logins", "sso"),
}
"""What people ask about when a provider of a kind fails."""
_SHORTEST_PART = 5
_GENERIC = frozenset(
    {"service", "server", "worker", "gateway", "proxy", "controller", "manager", "operator", "backend", "frontend"}
)
_SHORTEST = 4
"""Of shorter names only the exact word counts."""
_WORD = re.compile(r"[a-z][a-z0-9.\-]{2,}")
_IGNORED_WORDS = frozenset(
    {
        "service",
        "services",
        "users",
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
    names = _names(snapshot, graph, hidden, incident.namespace)
    spoken, parts = _spoken(names), _parts(names)
    for alert in incident.alerts:
        place = alert.labels.get("namespace", incident.namespace)
        matches = (_match(about.lower(), spoken, place) for about in alert.about)
        found |= next((match for match in matches if match), set())
    for word in _WORD.findall(incident.question.lower()):
        if word not in _IGNORED_WORDS:
            bare = word.strip(".-")
            found |= _match(bare, spoken, incident.namespace) or _match_part(bare, parts, incident.namespace)
    return _without_namesakes(found, incident.namespace, graph)


def _without_namesakes(found: set[str], namespace: str, graph: CallGraph) -> set[str]:
    """Without programs of other teams that only bear the name of a word, where one of the asked namespace is meant."""
    mine = {one for one in found if namespace and one.startswith(f"{namespace}/")}
    known = {edge.callee for one in mine for edge in graph.calls_of(one)}
    known |= {edge.caller for one in mine for edge in graph.callers_of(one)}
    return {one for one in found if not mine or one in mine or one in known or "/" not in one}


def _match_part(word: str, parts: dict[str, set[str]], namespace: str) -> set[str]:
    """Components of which the word is a telling part of the name, if it is of only one."""
    if len(word) < _SHORTEST_PART:
        return set()
    hits = {one for one in parts.get(word, ()) if not namespace or one.startswith(f"{namespace}/")}
    return hits if len(hits) == 1 else set()


def _parts(names: dict[str, set[str]]) -> dict[str, set[str]]:
    """Components by the telling parts of their names, as people write them."""
    found: dict[str, set[str]] = {}
    for name, components in names.items():
        for part in name.lower().split("-"):
            if part not in _GENERIC and len(part) >= _SHORTEST_PART:
                for form in {part, part + "s", part.removesuffix("s")}:
                    found.setdefault(form, set()).update(one for one in components if "/" in one)
    return found


def _names(snapshot: Snapshot, graph: CallGraph, hidden: Callable[[str], bool], namespace: str) -> dict[str, set[str]]:
    """Components by every name that people use for them."""
    found: dict[str, set[str]] = {}
    for component in snapshot.components:
        if not hidden(component):
            found.setdefault(component.rpartition("/")[2], set()).add(component)
    for pod in snapshot.pods:
        found.setdefault(pod.metadata.name, set()).add(snapshot.component_of(pod))
    for (_, name), service in snapshot.services.items():
        for component in snapshot.selected_by(service):
            found.setdefault(name, set()).add(component)
    for edge in graph.edges:
        subjects = _sells(edge) if not namespace or edge.caller.startswith(f"{namespace}/") else ()
        for name in (*_names_of_callee(edge), *subjects):
            found.setdefault(name, set()).add(edge.callee)
    return found


def _names_of_callee(edge: Edge) -> set[str]:
    """Names of a callee; of somebody outside also the provider's."""
    names = {name.rpartition("/")[2] for name in edge.names}
    return names if edge.inside or "." not in edge.callee else names | {edge.callee.split(".")[-2]}


def _sells(edge: Edge) -> tuple[str, ...]:
    """What people call the thing that the callee is paid for."""
    known = None if edge.inside else catalogue().find(edge.callee)
    return SUBJECTS.get(known[0].kind, ()) if known else ()


def _match(word: str, spoken: dict[str, set[str]], namespace: str) -> set[str]:
    components = spoken.get(word.replace("-", ""), set())
    inside = {one for one in components if one.startswith(f"{namespace}/")} if namespace else components
    return inside or components


def _spoken(names: dict[str, set[str]]) -> dict[str, set[str]]:
    """Components by what people write for their names; of two names with the same form the first counts."""
    found: dict[str, set[str]] = {}
    for name, components in names.items():
        plain = name.replace("-", "").lower()
        more = {plain + "s", plain.removesuffix("s"), plain.removesuffix("e") + "ing"}
        for form in {plain, *(more if len(plain) >= _SHORTEST else ())}:
            found.setdefault(form, components)
    return found
