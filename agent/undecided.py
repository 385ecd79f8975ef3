"""What an inconclusive verdict leaves open, and the query that would decide it."""

import ipaddress
from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct

from agent.diagnosis import Undecided
from agent.finding import Finding
from agent.missing import logs_query, missing
from agent.plain_words import short, spoken
from agent.scene import Scene
from agent.verdict import Decision, Judged
from tools.components import parts_of

MOST = 5
DECIDES = "would decide"


class Question(Struct, frozen=True):
    """An open question, and the step that answers it."""

    step: str
    undecided: Undecided


def open_questions(scene: Scene, decision: Decision) -> list[Question]:
    """Open questions, the one that decides most first."""
    found = [*_owner(decision), *_rivals(scene, decision), *_doubts(scene, decision), *_missing(scene)]
    return (found or [_path_asked(scene)])[:MOST]


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
                    query=_who_is(component),
                ),
            )


def _who_is(component: str) -> str:
    """What tells who operates something: its labels, whose address it is in the cluster, or the public register."""
    namespace, kind, name = parts_of(component)
    if kind:
        return f"kubectl describe {kind} {name}{'' if namespace == '-' else f' -n {namespace}'}"
    with suppress(ValueError):
        if ipaddress.ip_address(component).is_private:
            return "kubectl get services,endpoints,pods,nodes -A -o wide"
    return f"whois {component}"


def _rivals(scene: Scene, decision: Decision) -> Iterator[Question]:
    for rival in decision.rivals:
        lead = decision.causes[0]
        question = f"{_words(lead)}, or {_words(rival)}?"
        yield Question(
            f"Decide between {question[:-1]}",
            Undecided(question=question, would_decide=_decides(lead, rival), query=_query(scene, lead, rival)),
        )


def _decides(lead: Judged, rival: Judged) -> str:
    """What a finding itself says would decide; else whose failure the sufferers meet."""
    findings = [one.candidate.finding for one in (lead, rival)]
    says = " ".join(dict.fromkeys(one.says for one in findings if DECIDES in one.says))
    first, second = (short(one.component) for one in findings)
    return short(says) or f"which of the two the failing requests meet: {first} or {second}"


def _words(one: Judged) -> str:
    return f"{one.candidate.finding.condition.replace('_', ' ')} of {short(one.candidate.finding.component)}"


def _query(scene: Scene, lead: Judged, rival: Judged) -> str:
    """The logs of who meets the failure: a caller of the leading cause, who was asked about, or the cause itself."""
    finding = lead.candidate.finding
    callers = [edge.caller for edge in scene.graph.callers_of(finding.component) if edge.hits]
    near = (*(finding.on_edge or ()), *callers, *sorted(scene.asked), finding.component)
    near += (rival.candidate.finding.component,)
    return logs_query(scene, next((one for one in near if scene.exists(one)), ""))


def _doubts(scene: Scene, decision: Decision) -> Iterator[Question]:
    """What speaks against health and is no cause: a failure that nothing explains, somebody at zero."""
    for one in decision.doubts:
        if one.role != "symptom":
            yield _missed(one)
            continue
        decides, query = _explains(scene, one)
        yield Question(
            f"Find out why {spoken(one.says)}",
            Undecided(question=f"Why is it that {spoken(one.says)}?", would_decide=decides, query=query),
        )


def _explains(scene: Scene, one: Finding) -> tuple[str, str]:
    """What would explain a symptom, and where it is read."""
    namespace, kind, name = parts_of(one.component)
    if one.condition == "unready" and kind:
        return (
            "which condition or event keeps its pods from being ready",
            f"kubectl describe {kind} {name} -n {namespace}",
        )
    ends = (*reversed(one.on_edge or ()), one.component)
    query = logs_query(scene, next((end for end in ends if scene.exists(end)), ""))
    if one.on_edge:
        return "what the other end of the failing call says, and what changed there", query
    return "what its own log says of the time since: whom it waits for or calls, and with which answer", query


def _missed(one: Finding) -> Question:
    namespace, kind, name = one.component.split("/", 2)
    return Question(
        f"Find out who set {short(one.component)} to zero, and whether anybody misses it",
        Undecided(
            question=f"Is {short(one.component)} missed, or was it set to zero on purpose?",
            would_decide="who set it to zero, and whether anybody waits for what it does",
            query=f"kubectl get {kind} {name} -n {namespace} -o yaml --show-managed-fields",
        ),
    )


def _missing(scene: Scene) -> Iterator[Question]:
    for one in missing(scene):
        yield Question(
            f"Read {one.what} (they {one.reason})",
            Undecided(
                question=f"What do {one.what} say?",
                would_decide=f"{one.decides}; they {one.reason}",
                query=one.query,
            ),
        )


def _path_asked(scene: Scene) -> Question:
    """Everything was read, and shows neither a fault nor that the path works."""
    asked = next((one for one in sorted(scene.asked) if scene.exists(one)), "")
    about = short(asked) if asked else "the path that was asked about"
    return Question(
        f"Send one request through {about}, and see how it is answered",
        Undecided(
            question=f"Does {about} work?",
            would_decide="one request through it in the window, with the answer that it got",
            query=logs_query(scene, asked),
        ),
    )
