"""Who calls whom, how we know, and how the calls went."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, structs

from tools.addresses import AddressBook, Party
from tools.log_answers import nested_failure
from tools.log_families import CALL_FAMILIES
from tools.log_targets import Target
from tools.logs import Mention
from tools.objects.network import Ingress, Service
from tools.objects.pods import Container
from tools.snapshot import Snapshot
from tools.source import LogRef

FAILED = frozenset(CALL_FAMILIES) - {"ok", "attempt", "declined", "relayed", "cancelled"} | {
    "auth_failed",
    "too_many_connections",
    "read_only",
    "storage_full",
    "missing_schema",
    "lock_timeout",
    "publish_rejected",
}
WORKED = frozenset({"ok", "publish_confirmed", "consumed", "declined"})

_URL = re.compile(r"\b[a-z][a-z0-9+.\-]{1,20}://(?:[^\s/@\"']*@)?(\[[0-9a-f:]+\]|[a-z0-9.\-_]+)(?::(\d{2,5}))?", re.IGNORECASE)
_HOST_PORT = re.compile(r"(?<![\w./:@-])([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*):(\d{2,5})(?!\d|[.:]\d)", re.IGNORECASE)
_ANSWERED = frozenset({"ok", "declined", "relayed"})
_SHORTEST_NAME = 4
_OWN_WORDS = 200
_DSN_HOST = re.compile(r"@(?:tcp\()?([a-z][a-z0-9.-]*)(?::(\d{2,5}))?", re.IGNORECASE)
_NAMES_A_HOST = re.compile(
    r"(?:^|_)(HOST|HOSTS|HOSTNAME|URL|URI|ADDR|ADDRESS|ENDPOINT|SERVER|SERVERS|BROKER|BROKERS|SERVICE|UPSTREAM|DOMAIN)$",
    re.IGNORECASE,
)
_HOST = re.compile(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", re.IGNORECASE)


class Hit(Struct, frozen=True):
    """One call that a log line tells of."""

    at: datetime | None
    family: str
    status: int | None
    producer: str | None
    seconds: float | None
    ref: LogRef
    line: int
    target: Target | None


class Edge(Struct):
    """A caller and a callee.

    Attributes:
        configured: Where settings name the callee: `(container or object, setting, value)`.
        hits: Calls in order of time; those without a time come first.
        service: The Service in between, if one.
    """

    caller: str
    callee: str
    names: tuple[str, ...] = ()
    service: tuple[str, str] | None = None
    inside: bool = True
    configured: list[tuple[str, str, str]] = []
    hits: list[Hit] = []
    declared: bool = False

    @property
    def in_use(self) -> bool:
        """Whether a call was seen, however it went."""
        return bool(self.hits)


class CallGraph:
    """All edges, by caller and by callee."""

    def __init__(self, edges: dict[tuple[str, str], Edge]) -> None:
        """Index `edges`."""
        self.by_pair = edges
        self.edges = list(edges.values())
        self._from: dict[str, list[Edge]] = defaultdict(list)
        self._to: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self._from[edge.caller].append(edge)
            self._to[edge.callee].append(edge)

    def calls_of(self, component: str) -> list[Edge]:
        """Edges that leave a component."""
        return self._from.get(component, [])

    def callers_of(self, component: str) -> list[Edge]:
        """Edges that reach a component."""
        return self._to.get(component, [])

    def path(self, start: str, goal: str) -> tuple[str, ...]:
        """The shortest chain of calls from `start` to `goal`, both included; empty without one."""
        if start == goal:
            return (start,)
        reached = {start: ""}
        queue = [start]
        for here in queue:
            for edge in self.calls_of(here):
                if edge.callee not in reached:
                    reached[edge.callee] = here
                    if edge.callee == goal:
                        return _unwound(reached, goal)
                    queue.append(edge.callee)
        return ()


def _unwound(reached: dict[str, str], goal: str) -> tuple[str, ...]:
    steps = [goal]
    while reached[steps[-1]]:
        steps.append(reached[steps[-1]])
    return tuple(reversed(steps))


def build_graph(snapshot: Snapshot, declared: tuple[tuple[str, str], ...] = ()) -> CallGraph:
    """The call graph that settings, logs, ingresses and declarations (pairs of `ns/name`) show."""
    book = AddressBook(snapshot)
    edges: dict[tuple[str, str], Edge] = {}
    for component in snapshot.components:
        for party, place in _configured(snapshot, component, book):
            edge = _edge(edges, component, party)
            if edge is not None:
                edge.configured.append(place)
    for caller, party, hit in _seen(snapshot, book):
        edge = _edge(edges, caller, party)
        if edge is not None:
            edge.hits.append(hit)
    for caller, party, place in _routed(snapshot, book):
        edge = _edge(edges, caller, party)
        if edge is not None:
            edge.configured.append(place)
    _retold(snapshot, book, edges)
    _declare(snapshot, edges, declared)
    for edge in edges.values():
        edge.hits.sort(key=lambda hit: (hit.at is not None, hit.at or snapshot.window.start, hit.line))
    return CallGraph(edges)


def _edge(edges: dict[tuple[str, str], Edge], caller: str, party: Party) -> Edge | None:
    if party.component == caller:
        return None
    edge = edges.get((caller, party.component))
    if edge is None:
        edge = Edge(caller, party.component, party.names, party.service, party.inside, [], [])
        edges[caller, party.component] = edge
    else:
        edge.names = tuple(dict.fromkeys((*edge.names, *party.names)))
        edge.service = edge.service or party.service
    return edge


def _seen(snapshot: Snapshot, book: AddressBook) -> Iterator[tuple[str, Party, Hit]]:
    for ref, digest in snapshot.logs.items():
        caller = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        parties: dict[str, Party | None] = {}
        for mention in digest.mentions:
            target = mention.target
            if mention.kind != "call" or target is None:
                continue
            if target.host not in parties:
                parties[target.host] = book.resolve(target.host, ref.namespace)
            party = parties[target.host]
            if party is not None:
                yield caller, party, _hit(mention, ref)


def _retold(snapshot: Snapshot, book: AddressBook, edges: dict[tuple[str, str], Edge]) -> None:
    """Answers whose line names no address: the callee is a Service that the line's words name, if there is one.

    When such an answer quotes its callee's error about somebody further on, and the callee's own log was not read,
    the quote is all there is of that failed call.
    """
    named = _service_words(snapshot)
    speaking = {snapshot.component_of_pod_name(ref.namespace, ref.pod) for ref in snapshot.logs}
    for ref, digest in snapshot.logs.items():
        words = named.get(ref.namespace)
        caller = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        for mention in digest.mentions if words else ():
            if mention.kind != "call" or mention.target is not None or mention.family not in _ANSWERED:
                continue
            text = digest.lines[mention.line]
            service = _named_service(words, text, caller) if words else None
            party = book.behind(service, service.metadata.name) if service else None
            edge = _edge(edges, caller, party) if party else None
            if edge is None or party is None:
                continue
            edge.hits.append(_hit(mention, ref))
            if mention.family == "relayed" and party.component not in speaking:
                _quoted_call(book, edges, party.component, _hit(mention, ref), text)


def _service_words(snapshot: Snapshot) -> dict[str, tuple[re.Pattern[str], dict[str, Service]]]:
    """By namespace, a pattern of its Services' names; short names are ordinary words too often."""
    found: dict[str, dict[str, Service]] = defaultdict(dict)
    for (namespace, name), service in snapshot.services.items():
        if len(name) >= _SHORTEST_NAME:
            found[namespace][name.lower()] = service
    return {
        namespace: (re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, names)) + r")(?![\w.-])"), names)
        for namespace, names in found.items()
    }


def _named_service(words: tuple[re.Pattern[str], dict[str, Service]], text: str, caller: str) -> Service | None:
    own = text.partition("{")[0].lower() if "{" in text else text[:_OWN_WORDS].lower()
    names = [match for match in words[0].findall(own) if match != caller.rpartition("/")[2]]
    return words[1][names[-1]] if names else None


def _quoted_call(book: AddressBook, edges: dict[tuple[str, str], Edge], caller: str, hit: Hit, text: str) -> None:
    family = nested_failure(text.lower())
    hosts = [match[1].lower() for match in _URL.finditer(text)]
    party = book.resolve(hosts[-1], caller.split("/")[0]) if hosts else None
    edge = _edge(edges, caller, party) if party and family else None
    if edge is not None and family is not None:
        edge.hits.append(structs.replace(hit, family=family))


def _hit(mention: Mention, ref: LogRef) -> Hit:
    return Hit(
        mention.at, mention.family, mention.status, mention.producer, mention.seconds, ref, mention.line, mention.target
    )


def _configured(
    snapshot: Snapshot, component: str, book: AddressBook
) -> Iterator[tuple[Party, tuple[str, str, str]]]:
    template = snapshot.template_of(component)
    if template is None:
        return
    namespace = component.split("/")[0]
    for container in template.containers:
        for setting, value in _settings(snapshot, namespace, container):
            for host in hosts_in(setting, value):
                party = book.resolve(host, namespace)
                if party is not None and (party.inside or "." in host):
                    if party.service is None and party.inside and "." not in host and "://" not in value:
                        # A bare word that is no Service is not a host until it is used as one.
                        continue
                    yield party, (container.name, setting, value)


def _settings(snapshot: Snapshot, namespace: str, container: Container) -> Iterator[tuple[str, str]]:
    maps = snapshot.config_maps
    for one in container.env:
        if one.value:
            yield f"env {one.name}", one.value
        wanted = one.value_from.config_map_key_ref if one.value_from else None
        if wanted and (namespace, wanted.name) in maps:
            yield f"env {one.name}", maps[namespace, wanted.name].data.get(wanted.key, "")
    for source in container.env_from:
        if source.config_map_ref and (namespace, source.config_map_ref.name) in maps:
            for key, value in maps[namespace, source.config_map_ref.name].data.items():
                yield f"env {key}", value
    for argument in (*container.command, *container.args):
        yield "args", argument


def hosts_in(setting: str, value: str) -> list[str]:
    """Hosts that a setting's value names: in URLs, as `host:port`, in a DSN, or alone when the setting is a host's."""
    found = [match[1] for match in _URL.finditer(value)]
    if not found:
        found = [match[1] for match in _HOST_PORT.finditer(value)] + [match[1] for match in _DSN_HOST.finditer(value)]
    name = setting.rpartition(" ")[2]
    if not found and _NAMES_A_HOST.search(name) and _HOST.match(value) and not value.isdecimal():
        found = [value]
    return list(dict.fromkeys(host.lower() for host in found))


def _routed(snapshot: Snapshot, book: AddressBook) -> Iterator[tuple[str, Party, tuple[str, str, str]]]:
    for ingress in snapshot.all("Ingress", Ingress):
        namespace, name = ingress.metadata.namespace, ingress.metadata.name
        for rule in ingress.spec.rules:
            for path in rule.http.paths if rule.http else ():
                backend = path.backend.service
                service = snapshot.services.get((namespace, backend.name)) if backend else None
                if backend and service is not None:
                    place = ("rules", f"{rule.host}{path.path}", backend.name)
                    yield f"{namespace}/ingress/{name}", book.behind(service, backend.name), place


def _declare(snapshot: Snapshot, edges: dict[tuple[str, str], Edge], declared: tuple[tuple[str, str], ...]) -> None:
    by_name = {(c.split("/")[0], c.split("/", 2)[2]): c for c in snapshot.components if "/pod/" not in c}
    for start, goal in declared:
        pair = [by_name.get((end.partition("/")[0], end.rpartition("/")[2]), end) for end in (start, goal)]
        edge = _edge(edges, pair[0], Party(pair[1], (goal,)))
        if edge is not None:
            edge.declared = True



