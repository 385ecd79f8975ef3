"""One object in detail."""

from tools.errors import ToolError
from tools.gaps import list_gap
from tools.kubernetes.paths import LISTED
from tools.objects.meta import Wire
from tools.questions.answers import Found
from tools.questions.described import described, lines_of
from tools.questions.names import namespace_in, nearest
from tools.questions.toolbox import Toolbox
from tools.questions.unread import told_gaps, unread

_SHORT = {
    "po": "Pod", "deploy": "Deployment", "sts": "StatefulSet", "ds": "DaemonSet", "rs": "ReplicaSet", "cj": "CronJob",
    "hpa": "HorizontalPodAutoscaler", "svc": "Service", "ep": "Endpoints", "ing": "Ingress", "netpol": "NetworkPolicy",
    "ev": "Event", "no": "Node", "ns": "Namespace", "quota": "ResourceQuota", "pvc": "PersistentVolumeClaim",
    "pv": "PersistentVolume", "sc": "StorageClass", "sa": "ServiceAccount", "cm": "ConfigMap",
}  # fmt: skip
_NAMES = _SHORT | {kind.lower(): kind for kind in LISTED} | {one.name: kind for kind, one in LISTED.items()}
_EVENTS = 4


def describe(toolbox: Toolbox, kind: str, name: str, namespace: str = "") -> Found:
    """One object in detail, such as kind deployment, pod, service, configmap, hpa, pvc, networkpolicy or node."""
    known = _kind(kind)
    place = namespace_in(toolbox, namespace) if namespace.strip() and LISTED[known].namespaced else ""
    _read_further(toolbox, known)
    found = [one for one in toolbox.snapshot.objects.get(known, ()) if _matches(one, place, name.strip().lower())]
    gaps = unread(toolbox, place, known)
    if not found and gaps:
        return Found(
            about=(known.lower(), place or "-", name),
            query=LISTED[known].query(place or None),
            heading=f"{known} {name} is not known" + told_gaps(gaps),
            value=None,
            status=gaps[0].status,
        )
    return _described(toolbox, known, _single(toolbox, found, known, name, place))


def _read_further(toolbox: Toolbox, kind: str) -> None:
    """Read a kind that the sweep had no reason to ask for."""
    snapshot, cluster = toolbox.snapshot, toolbox.sources.later or toolbox.sources.cluster
    if kind in {*snapshot.queries, *snapshot.objects} or cluster is None:
        return
    answer = cluster.objects(kind, None)
    snapshot.queries[kind], snapshot.objects[kind] = answer.query, list(answer.value)
    if not answer.known:
        snapshot.gaps.append(list_gap(kind, answer))


def _described(toolbox: Toolbox, kind: str, one: Wire) -> Found:
    meta = one.metadata  # type: ignore[attr-defined]
    value = described(toolbox.snapshot, one)
    events = toolbox.snapshot.events_about(meta.namespace, kind, meta.name)[-_EVENTS:]
    told = [
        f"event {toolbox.clock(event.last)} {event.type} {event.reason}: {event.text}" for event in reversed(events)
    ]
    scope = f" -n {meta.namespace}" if meta.namespace else ""
    place = f"{meta.namespace}/" if meta.namespace else ""
    return Found(
        about=(kind.lower(), meta.namespace or "-", meta.name),
        query=f"kubectl get {LISTED[kind].name} {meta.name}{scope} -o json",
        heading=f"{kind} {place}{meta.name}",
        rows=[*lines_of(value), *told],
        of="lines",
        value=value,
    )


def _kind(kind: str) -> str:
    """A kind by its name, plural or kubectl's short name.

    Raises:
        ToolError: it is none that is read.
    """
    sought = kind.strip().lower().partition(".")[0]
    if sought in {"secret", "secrets"}:
        raise ToolError("Secrets are never read; that one is missing shows in the events of recent_changes")
    if sought not in _NAMES:
        raise ToolError(f"there is no such kind here; {nearest(sought, (one.lower() for one in LISTED))}")
    return _NAMES[sought]


def _matches(one: Wire, namespace: str, name: str) -> bool:
    meta = one.metadata  # type: ignore[attr-defined]
    return bool(meta.name.lower() == name.rpartition("/")[2]) and namespace in {"", meta.namespace}


def _single(toolbox: Toolbox, found: list[Wire], kind: str, name: str, namespace: str) -> Wire:
    """The one object that is meant.

    Raises:
        ToolError: there is none, or there are several.
    """
    places = sorted({one.metadata.namespace for one in found})  # type: ignore[attr-defined]
    if len(places) > 1:
        raise ToolError(f"{kind} {name} is in several namespaces; name one of {', '.join(places[:12])}")
    if found:
        return found[0]
    there = toolbox.snapshot.objects.get(kind, ())
    names = {one.metadata.name for one in there if namespace in {"", one.metadata.namespace}}  # type: ignore[attr-defined]
    where = f" in {namespace}" if namespace else ""
    raise ToolError(f"there is no such {kind}{where}; {nearest(name, names)}")
