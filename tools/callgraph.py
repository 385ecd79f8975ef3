"""Who calls whom, how we know, and how the calls went."""

from tools.addresses import AddressBook, Party
from tools.edges import FAILED, WORKED, CallGraph, Edge, Edges, Hit
from tools.edges_set import configured, hosts_in, routed
from tools.edges_told import of_stores, retold, seen, unexplained
from tools.snapshot import Snapshot

__all__ = ["FAILED", "WORKED", "CallGraph", "Edge", "Hit", "build_graph", "hosts_in"]


def build_graph(snapshot: Snapshot, declared: tuple[tuple[str, str], ...] = ()) -> CallGraph:
    """The call graph that settings, logs, ingresses and declarations (pairs of `ns/name`) show."""
    book = AddressBook(snapshot)
    edges = Edges()
    set_up = (
        (component, *named) for component in snapshot.components for named in configured(snapshot, component, book)
    )
    for caller, party, place in (*set_up, *routed(snapshot, book)):
        edge = edges.between(caller, party)
        if edge is not None:
            edge.configured.append(place)
    for caller, party, hit in seen(snapshot, book):
        edge = edges.between(caller, party)
        if edge is not None:
            edge.hits.append(hit)
    _declare(snapshot, edges, declared)
    retold(snapshot, book, edges)
    of_stores(snapshot, edges)
    unexplained(snapshot, book, edges)
    for edge in edges.by_pair.values():
        if edge.service is None and edge.inside:
            # A proxy that calls pods by their addresses still found them through the Service.
            fronts = [one.metadata for one in snapshot.services_of(edge.callee)]
            edge.service = (fronts[0].namespace, fronts[0].name) if len(fronts) == 1 else None
        edge.hits.sort(key=lambda hit: (hit.at is not None, hit.at or snapshot.window.start, hit.line))
    return CallGraph(edges.by_pair)


def _declare(snapshot: Snapshot, edges: Edges, declared: tuple[tuple[str, str], ...]) -> None:
    by_name = {(c.split("/")[0], c.split("/", 2)[2]): c for c in snapshot.components if "/pod/" not in c}
    for start, goal in declared:
        pair = [by_name.get((end.partition("/")[0], end.rpartition("/")[2]), end) for end in (start, goal)]
        edge = edges.between(pair[0], Party(pair[1], (goal,)))
        if edge is not None:
            edge.declared = True
