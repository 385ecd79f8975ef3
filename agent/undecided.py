"""What an inconclusive verdict leaves open, and the query that would decide it."""

from collections.abc import Iterator

from agent.diagnosis import Undecided
from agent.scene import Scene
from agent.verdict import Decision, Judged

MOST = 5


def undecided(scene: Scene, decision: Decision) -> list[Undecided]:
    """Open questions, the one that decides most first."""
    found = [*_owner(decision), *_rivals(scene, decision), *_gaps(scene), *_nothing(scene, decision)]
    return found[:MOST]


def _owner(decision: Decision) -> Iterator[Undecided]:
    for one in decision.causes[:1]:
        if one.owner.side == "unknown":
            component = one.candidate.finding.component
            yield Undecided(
                question=f"Who operates {component}?",
                would_decide=f"A boundary entry or a provider incident for {component} ({one.owner.because})",
                query=f"faultside show boundary, then declare {component} under owned or third_party",
            )


def _rivals(scene: Scene, decision: Decision) -> Iterator[Undecided]:
    for rival in decision.rivals:
        lead = decision.causes[0]
        first, second = lead.candidate.finding, rival.candidate.finding
        says = " ".join(one for one in dict.fromkeys((first.says, second.says)) if one)
        yield Undecided(
            question=f"{_words(lead)}, or {_words(rival)}?",
            would_decide=says or "which of the two began first, and whether the other goes on without it",
            query=_query(scene, lead),
        )


def _words(one: Judged) -> str:
    return f"{one.candidate.finding.condition.replace('_', ' ')} of {one.candidate.finding.component}"


def _query(scene: Scene, one: Judged) -> str:
    finding = one.candidate.finding
    caller = finding.on_edge[0] if finding.on_edge else finding.component
    if "/" in caller:
        namespace, kind, name = caller.split("/", 2)
        since = f"{scene.window.start:%Y-%m-%dT%H:%M:%SZ}"
        return f"kubectl logs -n {namespace} {kind}/{name} --since-time={since} --timestamps"
    callers = [edge.caller for edge in scene.graph.callers_of(caller) if edge.hits]
    namespace, kind, name = (callers or ["default/pod/caller"])[0].split("/", 2)
    return f"kubectl logs -n {namespace} {kind}/{name} --timestamps"


def _gaps(scene: Scene) -> Iterator[Undecided]:
    seen: set[str] = set()
    for gap in scene.snapshot.gaps:
        if gap.id in seen or gap.status == "truncated":
            continue
        seen.add(gap.id)
        where = f" -n {gap.namespace}" if gap.namespace else ""
        if gap.what.lower() == "logs":
            query = f"kubectl logs{where} {gap.pod or '<pod>'} --timestamps"
        elif gap.source == "prometheus":
            query = 'kube_deployment_status_replicas_available{namespace="' + scene.incident.namespace + '"}'
        else:
            query = f"kubectl get {gap.what.lower()}{where} -o json"
        subject = f"{gap.what} of {gap.pod or gap.namespace or gap.source}"
        yield Undecided(
            question=f"What do the {subject} say?",
            would_decide=f"they could not be read ({gap.status}: {gap.error or 'no reason given'})",
            query=query,
        )


def _nothing(scene: Scene, decision: Decision) -> Iterator[Undecided]:
    if decision.causes or scene.snapshot.gaps:
        return
    namespace = scene.incident.namespace or "<namespace>"
    yield Undecided(
        question="Does the path that was asked about work?",
        would_decide="one request through it in the window, with the answer that it got",
        query=f"kubectl logs -n {namespace} -l <selector> --since=30m --timestamps",
    )
