"""Evidence that is missing: what it would have decided, and the query that reads it, nearest to the question first."""

import shlex
from collections.abc import Iterator

from msgspec import Struct

from agent.plain_words import short
from agent.scene import Scene
from tools.evidence import Gap
from tools.plain_text import plain

MOST_REASON = 160
_OF_CLUSTER = frozenset({"node", "persistentvolume", "storageclass", "namespace"})


class Missing(Struct, frozen=True):
    """Evidence that one query would read.

    Attributes:
        what: In words that follow a verb.
        decides: What it would have decided.
        reason: Why it is missing, in words that follow "they".
    """

    what: str
    decides: str
    reason: str
    query: str


def missing(scene: Scene) -> Iterator[Missing]:
    """What could not be read, what lies nearest first; kinds of objects that one query reads are one."""
    gaps = [gap for gap in gaps_by_nearness(scene) if gap.status != "truncated" and gap.what != "file"]
    kinds = [gap for gap in gaps if _is_kind(gap)]
    told: set[tuple[str, str]] = set()
    for gap in gaps:
        if not _is_kind(gap):
            yield _of_gap(scene, gap)
        elif (gap.namespace, gap.status) not in told:
            told.add((gap.namespace, gap.status))
            yield _of_kinds(scene, [one for one in kinds if (one.namespace, one.status) == (gap.namespace, gap.status)])


def gaps_by_nearness(scene: Scene) -> list[Gap]:
    """Every gap once, those of what was asked about first, then of its path."""
    each: dict[str, Gap] = {}
    for gap in scene.snapshot.gaps:
        each.setdefault(gap.id, gap)
    return sorted(each.values(), key=lambda gap: _distance(scene, gap))


def _distance(scene: Scene, gap: Gap) -> int:
    if not gap.pod:
        return 2 if gap.source in {"prometheus", "status"} else 1
    component = scene.snapshot.component_of_pod_name(gap.namespace, gap.pod)
    if component in scene.asked:
        return 0
    return 2 if component in scene.path_of_asked else 3 if scene.is_near(component) else 4


def _is_kind(gap: Gap) -> bool:
    return gap.source == "kubernetes" and gap.what.lower() not in {"logs", "event", "events", "objects"}


def _of_gap(scene: Scene, gap: Gap) -> Missing:
    what, query = _asked_of(scene, gap)
    return Missing(what, matters_for(gap.what), _reason(gap), query)


def _reason(gap: Gap) -> str:
    failed = "were denied" if gap.status == "denied" else "could not be read"
    return f"{failed}: {plain(gap.error, MOST_REASON)}" if gap.error else failed


def _of_kinds(scene: Scene, gaps: list[Gap]) -> Missing:
    """Kinds of objects in one listing."""
    names = [_plural(gap.what) for gap in gaps]
    kinds = [gap.what.lower() for gap in gaps]
    at = f" in {gaps[0].namespace}" if gaps[0].namespace else ""
    scope = "" if _OF_CLUSTER.issuperset(kinds) else f" {_scope(gaps[0].namespace or scene.incident.namespace)}"
    return Missing(
        what=f"the {_and(names)}{at}",
        decides=f"whether the {_and(names)} are as they should be",
        reason=_reason(gaps[0]),
        query=f"kubectl get {','.join(kinds)}{scope} -o wide",
    )


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _asked_of(scene: Scene, gap: Gap) -> tuple[str, str]:
    """What was not read, in words that follow a verb, and the query that reads it."""
    what, namespace = gap.what.lower(), gap.namespace or scene.incident.namespace
    at = f" in {gap.namespace}" if gap.namespace else ""
    if what == "logs" and gap.pod:
        component = scene.snapshot.component_of_pod_name(gap.namespace, gap.pod)
        return f"the logs of {short(component)}", logs_query(scene, component)
    if gap.source == "prometheus":
        return _metrics(scene, namespace)
    if what == "logs":
        return f"the logs{at}", f"kubectl auth can-i get pods --subresource=log {_scope(namespace)}"
    if gap.source != "kubernetes":
        return _elsewhere(gap, namespace)
    if what == "objects":
        return "the objects of the cluster", f"kubectl get all {_scope(namespace)} -o wide"
    return f"the events{at}", f"kubectl events {_scope(namespace)}"


def _elsewhere(gap: Gap, namespace: str) -> tuple[str, str]:
    """What a search or a status page would have told."""
    if gap.source == "status":
        name = gap.id.rpartition("/")[2]
        return f"the status feed of {name}", f"faultside show providers {shlex.quote(name)}"
    tags = f"kube_namespace:{namespace}" if namespace else "source:kubernetes"
    return f"the {gap.what} from {gap.source}", tags if gap.source == "datadog" else "faultside show providers"


def _metrics(scene: Scene, namespace: str) -> tuple[str, str]:
    """Every series of the pods that were asked about; which replicas are there, where nobody was."""
    asked = next((one for one in sorted(scene.asked) if scene.exists(one)), None)
    if asked is None:
        labels = f'{{namespace="{namespace}"}}' if namespace else ""
        return "the metrics", f"kube_deployment_status_replicas_available{labels}"
    at, _, name = asked.split("/", 2)
    return f"the metrics of {short(asked)}", f'{{namespace="{at}", pod=~"{name}-.*"}}'


def logs_query(scene: Scene, component: str) -> str:
    """The logs of a component in the window; its namespace's events where none is known."""
    if component.count("/") != 2:
        return f"kubectl events {_scope(scene.incident.namespace)}"
    namespace, kind, name = component.split("/", 2)
    since = f"--since-time={scene.window.start:%Y-%m-%dT%H:%M:%SZ}"
    return f"kubectl logs -n {namespace} {kind}/{name} --all-containers --timestamps {since}"


def _scope(namespace: str) -> str:
    return f"-n {namespace}" if namespace else "-A"


def _plural(kind: str) -> str:
    """`NetworkPolicies` for `NetworkPolicy`."""
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return kind if kind == "Endpoints" else f"{kind}es" if kind.endswith(("s", "ss")) else f"{kind}s"


def matters_for(what: str) -> str:
    """What a kind of missing evidence would have decided."""
    kind = what.lower()
    if kind == "logs":
        return "who fails to call whom, and with which error"
    if kind == "file":
        return "what it says, had it been recognised"
    if kind == "metrics":
        return "since when, how many requests are hit, and whether CPU, memory or a queue is short"
    if kind == "status feed":
        return "whether the provider itself reports an incident"
    if kind in {"event", "events"}:
        return "what was scaled, killed or refused by the scheduler, and when"
    return f"whether the {'objects of the cluster' if kind == 'objects' else _plural(what)} are as they should be"
