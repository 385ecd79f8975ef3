"""Edges that log lines show: calls with an address, answers that name a Service, errors of a store's client."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import structs

from tools.addresses import AddressBook, Party
from tools.edges import REFUSED_BY_A_STORE, Edge, Edges, Hit
from tools.edges_set import URL
from tools.log_answers import nested_failure
from tools.log_targets import find_target
from tools.logs import LogDigest, Mention
from tools.objects.network import Service
from tools.snapshot import Snapshot
from tools.source import LogRef

_NOT_UNDERSTOOD = frozenset({"other_error", "application_error"})
_FAILS = re.compile(r"fail|error|unable|could ?n.t|cannot|refus|reject|abort", re.IGNORECASE)
_ANSWERED = frozenset({"ok", "declined", "relayed"})
_SHORTEST_NAME = 4
_OWN_WORDS = 200
_ALWAYS = datetime.min.replace(tzinfo=UTC)

_OF_A_STORE = REFUSED_BY_A_STORE | {"pool_exhausted"}
_NAMELESS = _OF_A_STORE | {"circuit_open", "timeout", "refused", "unavailable", "reset"}
_STORES = {
    "redis": re.compile(r"redis|lettuce|valkey|OOM command", re.IGNORECASE),
    "mongo": re.compile(r"mongo", re.IGNORECASE),
    "sql": re.compile(
        r"hikari|jdbc|sql|psycopg|pgx|\bpg\b|postgres|activerecord|connection pool|relation|SQLSTATE", re.IGNORECASE
    ),
}
_SQL_DRIVER = re.compile(
    r"hikari|\bjdbc|sqlexception|\.mysql\.|psycopg|npgsql|sqlalchemy|SQLSTATE|CommunicationsException", re.IGNORECASE
)
_ADDRESSED = {
    "redis": re.compile(r"^rediss?://|:6379\b", re.IGNORECASE),
    "mongo": re.compile(r"^mongodb(?:\+srv)?://|:27017\b", re.IGNORECASE),
    "sql": re.compile(
        r"(?:postgres(?:ql)?|mysql|mariadb|sqlserver|oracle)|:(?:5432|3306|1433|1521|6432)\b", re.IGNORECASE
    ),
}


def seen(snapshot: Snapshot, book: AddressBook) -> Iterator[tuple[str, Party, Hit]]:
    """Calls whose line names the callee."""
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


def retold(snapshot: Snapshot, book: AddressBook, edges: Edges) -> None:
    """Answers whose line names no address: the callee is a Service that the line's words name, if there is one.

    When such an answer quotes its callee's error about somebody further on, and no log of the callee's was read that
    reaches back to it, the quote is all there is of that failed call.
    """
    named = _service_words(snapshot)
    speaking = _speaking_from(snapshot)
    for ref, digest in snapshot.logs.items():
        words = named.get(ref.namespace)
        caller = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        for mention in digest.mentions if words else ():
            if mention.kind != "call" or mention.target is not None or mention.family not in _ANSWERED:
                continue
            text = digest.lines[mention.line]
            service = _named_service(words, text, caller) if words else None
            if service is None and mention.family == "relayed":
                _quoted_far_call(book, edges, caller, speaking, _hit(mention, ref), text)
            party = book.behind(service, service.metadata.name) if service else None
            edge = edges.between(caller, party) if party else None
            if edge is None or party is None:
                continue
            edge.hits.append(_hit(mention, ref))
            if mention.family == "relayed" and not _speaks(speaking, party.component, mention.at):
                _quoted_call(book, edges, party.component, _hit(mention, ref), text)


def _speaking_from(snapshot: Snapshot) -> dict[str, datetime]:
    """From when on each component's logs were read; a log went with its pod, but reaches back to the pod's making."""
    found: dict[str, datetime] = {}
    for ref, digest in snapshot.logs.items():
        component = snapshot.component_of_pod_name(ref.namespace, ref.pod)
        pod = snapshot.pod_by_name.get((ref.namespace, ref.pod))
        made = pod.metadata.creation_timestamp if pod is not None else None
        first = made or next((at for at in digest.times if at is not None), _ALWAYS)
        found[component] = min(first, found.get(component, first))
    return found


def _speaks(speaking: dict[str, datetime], component: str, at: datetime | None) -> bool:
    return component in speaking and (at is None or speaking[component] <= at)


def unexplained(snapshot: Snapshot, book: AddressBook, edges: Edges) -> None:
    """Errors that nobody understands but that name a callee of theirs by its URL: a call to it failed somehow."""
    for ref, digest in snapshot.logs.items():
        for mention in digest.mentions:
            if mention.kind != "own" or mention.family not in _NOT_UNDERSTOOD:
                continue
            text = digest.lines[mention.line]
            if "://" not in text or _FAILS.search(text) is None:
                continue
            caller = snapshot.component_of_pod_name(ref.namespace, ref.pod)
            for match in URL.finditer(text):
                party = book.resolve(match[2].lower(), ref.namespace)
                edge = edges.by_pair.get((caller, party.component)) if party else None
                if edge is not None:
                    edge.hits.append(structs.replace(_hit(mention, ref), family="failed"))
                    break


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


def _quoted_call(book: AddressBook, edges: Edges, caller: str, hit: Hit, text: str) -> None:
    family = nested_failure(text.lower())
    hosts = [match[2].lower() for match in URL.finditer(text)]
    party = book.resolve(hosts[-1], caller.partition("/")[0]) if hosts else None
    edge = edges.between(caller, party) if party and family else None
    if edge is not None and family is not None:
        edge.hits.append(structs.replace(hit, family=family, target=find_target(text)))


def _quoted_far_call(
    book: AddressBook, edges: Edges, caller: str, speaking: dict[str, datetime], hit: Hit, text: str
) -> None:
    """A quoted failure between two others, whose address tells the callee.

    The caller is whom the speaker calls and who is set up to call it, if there is exactly one, unread.
    """
    family, target = nested_failure(text.lower()), find_target(text)
    party = book.resolve(target.host, caller.partition("/")[0]) if target and family else None
    if party is None or party.service is None or family is None or family.startswith("dns"):
        return  # a name that did not resolve tells of no call
    asked = {callee for one, callee in edges.by_pair if one == caller and not _speaks(speaking, callee, hit.at)}
    between = [one for one in asked if (one, party.component) in edges.by_pair]
    own = edges.by_pair.get((caller, party.component))
    if len(between) != 1 or (own is not None and own.hits):
        return
    edges.by_pair[caller, between[0]].hits.append(hit)
    edges.by_pair[between[0], party.component].hits.append(structs.replace(hit, family=family, target=target))


def _hit(mention: Mention, ref: LogRef) -> Hit:
    return Hit(
        mention.at, mention.family, mention.status, mention.producer, mention.seconds, ref, mention.line, mention.target
    )


def of_stores(snapshot: Snapshot, edges: Edges) -> None:
    """Errors of a store's client that name no address belong to the store of that kind in the caller's settings."""
    for ref, digest in snapshot.logs.items():
        told = [one for one in digest.mentions if one.kind == "call" and one.target is None and one.family in _NAMELESS]
        caller = snapshot.component_of_pod_name(ref.namespace, ref.pod) if told else ""
        for mention in told:
            edge = _store_edge(edges, caller, digest, mention)
            if edge is not None:
                edge.hits.append(_hit(mention, ref))


def _store_edge(edges: Edges, caller: str, digest: LogDigest, mention: Mention) -> Edge | None:
    mine = [edge for edge in edges.by_pair.values() if edge.caller == caller and edge.configured]
    text = digest.lines[mention.line]
    spoken = _drivers_in(text)
    if mention.family not in _OF_A_STORE and not spoken:
        # A program that is set up to call one party only means that one.
        used = any(edge.hits for edge in edges.by_pair.values() if edge.caller == caller and edge not in mine)
        return mine[0] if len(mine) == 1 and mine[0].inside and not used else None
    by_kind = {kind: [one for one in mine if _is_addressed(one, kind)] for kind in _ADDRESSED}
    named = [one for kind, words in _STORES.items() if kind in spoken or words.search(text) for one in by_kind[kind]]
    others = [] if spoken else [one for several in by_kind.values() for one in several]
    candidates = named or others
    return candidates[0] if len({one.callee for one in candidates}) == 1 else None


def _drivers_in(text: str) -> set[str]:
    """Kinds of store whose driver writes so: it never speaks of a callee that is no such store."""
    spoken = {kind for kind in ("redis", "mongo") if _STORES[kind].search(text)}
    return spoken | ({"sql"} if _SQL_DRIVER.search(text) else set())


def _is_addressed(edge: Edge, kind: str) -> bool:
    return any(_ADDRESSED[kind].search(value) for _, _, value in edge.configured)
