"""What an inconclusive verdict leaves open, and the query that would decide it."""

from collections.abc import Iterator

from msgspec import Struct

from agent.diagnosis import Undecided
from agent.plain_words import short
from agent.scene import Scene
from agent.verdict import Decision, Judged
from tools.callgraph import Edge
from tools.evidence import Gap
from tools.plain_text import plain

MOST = 5
MOST_REASON = 160


class Question(Struct, frozen=True):
    """An open question, and the step that answers it."""

    step: str
    undecided: Undecided


def open_questions(scene: Scene, decision: Decision) -> list[Question]:
    """Open questions, the one that decides most first."""
    found = [*_owner(decision), *_rivals(scene, decision), *_gaps(scene), *_nothing(scene, decision)]
    return found[:MOST]


def _owner(decision: Decision) -> Iterator[Question]:
    for one in decision.causes[:1]:
        if one.owner.side == "unknown":
            component = one.candidate.finding.component
            yield Question(
                f"Find out who operates {short(component)}, and declare it in the boundary file",
                Undecided(
                    question=f"Who operates {component}?",
                    would_decide=f"{component} under owned or third_party in the boundary file, or an incident that its"
                    f" provider reports ({one.owner.because})",
                    query="",
                ),
            )


def _rivals(scene: Scene, decision: Decision) -> Iterator[Question]:
    for rival in decision.rivals:
        lead = decision.causes[0]
        first, second = lead.candidate.finding, rival.candidate.finding
        says = " ".join(one for one in dict.fromkeys((first.says, second.says)) if one)
        question = f"{_words(lead)}, or {_words(rival)}?"
        decides = says or "which of the two began first, and whether the other goes on without it"
        yield Question(
            f"Decide between {question[:-1]}",
            Undecided(question=question, would_decide=short(decides), query=_query(scene, lead)),
        )


def _words(one: Judged) -> str:
    return f"{one.candidate.finding.condition.replace('_', ' ')} of {short(one.candidate.finding.component)}"


def _query(scene: Scene, one: Judged) -> str:
    finding = one.candidate.finding
    near = (*(finding.on_edge or ()), finding.component, *(edge.caller for edge in _callers(scene, finding.component)))
    return _logs_query(scene, next((one for one in near if scene.exists(one)), ""))


def _callers(scene: Scene, component: str) -> list[Edge]:
    return [edge for edge in scene.graph.callers_of(component) if edge.hits]


def _logs_query(scene: Scene, component: str) -> str:
    """The logs of a component in the window; its namespace's events where none is known."""
    if component.count("/") != 2:
        return f"kubectl events {_scope(scene.incident.namespace)}"
    namespace, kind, name = component.split("/", 2)
    since = f"--since-time={scene.window.start:%Y-%m-%dT%H:%M:%SZ}"
    return f"kubectl logs -n {namespace} {kind}/{name} --all-containers --timestamps {since}"


def _scope(namespace: str) -> str:
    return f"-n {namespace}" if namespace else "-A"


def _gaps(scene: Scene) -> Iterator[Question]:
    for gap in gaps_by_nearness(scene):
        if gap.status != "truncated" and gap.what != "file":
            yield _of_gap(scene, gap)


def gaps_by_nearness(scene: Scene) -> list[Gap]:
    """Every gap once, those of what was asked about first, then of its path."""
    each: dict[str, Gap] = {}
    for gap in scene.snapshot.gaps:
        each.setdefault(gap.id, gap)
    return sorted(each.values(), key=lambda gap: _distance(scene, gap))


def _distance(scene: Scene, gap: Gap) -> int:
    if not gap.pod:
        return 2 if gap.source == "prometheus" else 1
    component = scene.snapshot.component_of_pod_name(gap.namespace, gap.pod)
    if component in scene.asked:
        return 0
    return 2 if component in scene.path_of_asked else 3 if scene.is_near(component) else 4


def _of_gap(scene: Scene, gap: Gap) -> Question:
    what, query = _asked_of(scene, gap)
    failed = "were denied" if gap.status == "denied" else "could not be read"
    reason = f"{failed}: {plain(gap.error, MOST_REASON)}" if gap.error else failed
    return Question(
        f"Read {what} (they {reason})",
        Undecided(question=f"What do {what} say?", would_decide=f"{matters_for(gap.what)}; they {reason}", query=query),
    )


def _asked_of(scene: Scene, gap: Gap) -> tuple[str, str]:
    """What was not read, in words that follow a verb, and the query that reads it."""
    what, namespace = gap.what.lower(), gap.namespace or scene.incident.namespace
    at = f" in {gap.namespace}" if gap.namespace else ""
    if what == "logs" and gap.pod:
        component = scene.snapshot.component_of_pod_name(gap.namespace, gap.pod)
        return f"the logs of {short(component)}", _logs_query(scene, component)
    if gap.source == "prometheus":
        labels = f'{{namespace="{namespace}"}}' if namespace else ""
        return "the metrics", f"kube_deployment_status_replicas_available{labels}"
    if what == "logs":
        return f"the logs{at}", f"kubectl auth can-i get pods --subresource=log {_scope(namespace)}"
    if gap.source != "kubernetes":
        return f"the {gap.what} from {gap.source}", ""
    scope = _scope(namespace)
    special = {
        "event": (f"the events{at}", f"kubectl events {scope}"),
        "objects": ("the objects of the cluster", f"kubectl get all {scope} -o wide"),
    }
    return special.get(what.removesuffix("s") if what == "events" else what) or (
        f"the {_plural(gap.what)}{at}",
        f"kubectl get {what} {scope} -o wide",
    )


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
    if kind in {"event", "events"}:
        return "what was scaled, killed or refused by the scheduler, and when"
    return f"whether the {'objects of the cluster' if kind == 'objects' else _plural(what)} are as they should be"


def _nothing(scene: Scene, decision: Decision) -> Iterator[Question]:
    if decision.causes or scene.snapshot.gaps:
        return
    asked = next((one for one in sorted(scene.asked) if scene.exists(one)), "")
    yield Question(
        "Send one request along the path that was asked about, and see how it is answered",
        Undecided(
            question="Does the path that was asked about work?",
            would_decide="one request through it in the window, with the answer that it got",
            query=_logs_query(scene, asked),
        ),
    )
