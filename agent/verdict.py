"""The verdict: the side of the leading cause's owner, or what speaks for nothing being broken, or what is missing."""

from msgspec import Struct

from agent.boundary import Boundary
from agent.causes import OFF_PATH, OVER, Candidate, is_bystander, rank
from agent.diagnosis import FaultStatus, Verdict
from agent.failure_modes import has
from agent.finding import Finding
from agent.ownership import Owner, owner_of
from agent.scene import Scene
from agent.unread import is_unread
from agent.weights import WEIGHTS, Weights

NO_FAULT_ORDER = ("business_decline", "telemetry_outage", "recovered", "planned_change", "healthy")
"""What a verdict of `no_fault` calls itself, the most telling first."""

INTERMITTENT_SHARE = 0.1
"""Successes between the failures, per failure, from which on a fault comes and goes."""
_SIDES: dict[str, Verdict] = {"owned": "internal", "third_party": "external", "unknown": "inconclusive"}


class Judged(Struct):
    """A candidate with its owner."""

    candidate: Candidate
    owner: Owner
    status: FaultStatus


class Decision(Struct):
    """What the engine thinks.

    Attributes:
        rivals: Causes on another side, too close to the leading one to decide.
        quiet: For `no_fault`, the finding that says what it is; it carries the positive claims.
        quiet_more: Further components of the asked path that were seen to work.
        doubts: Without a cause, what keeps the verdict from `no_fault`: unexplained failures, somebody at zero.
    """

    verdict: Verdict
    causes: list[Judged]
    ruled_out: list[Judged]
    rivals: list[Judged]
    quiet: Finding | None = None
    status: FaultStatus | None = None
    quiet_more: list[Finding] = []
    doubts: list[Finding] = []


class Engine(Struct):
    """What the engine has in hand."""

    scene: Scene
    findings: list[Finding]
    decision: Decision
    boundary: Boundary


def decide(scene: Scene, findings: list[Finding], boundary: Boundary, weights: Weights = WEIGHTS) -> Decision:
    """Rank the causes and take the side of the first; with no cause, look for what speaks for health."""
    judged = [
        Judged(one, owner_of(scene, boundary, one.finding), status_of(scene, one))
        for one in rank(scene, findings, weights)
    ]
    judged = [one for one in judged if not one.owner.telemetry]
    viable = _one_each([one for one in judged if one.candidate.score >= weights.least], weights)
    chosen = {id(one) for one in viable}
    rest = [one for one in judged if id(one) not in chosen]
    if not viable:
        return _without_cause(scene, findings, rest, weights)
    lead = viable[0]
    rivals = [one for one in viable[1:] if _is_rival(scene, lead, one, weights)]
    verdict = "inconclusive" if rivals else _SIDES[lead.owner.side]
    causes, losers = _split(viable, rivals)
    return Decision(verdict, causes, [*losers, *rest], rivals, None, lead.status)


def status_of(scene: Scene, one: Candidate) -> FaultStatus:
    """Whether the fault goes on, comes and goes, or is over."""
    if one.finding.until is not None and one.finding.until <= scene.now:
        return "recovered"
    edges = [symptom.edge for symptom in one.explains if symptom.edge in scene.traffic]
    near = [edge for edge in edges if edge and _is_nearest(one.finding, edge)] or edges
    counted = [scene.traffic[edge] for edge in near if edge]
    if counted and all(traffic.healed for traffic in counted):
        return "recovered"
    if has(one.finding.condition, "total") or not counted:
        return "ongoing"
    between, failed = sum(t.worked_between for t in counted), sum(t.failed for t in counted)
    return "intermittent" if between > INTERMITTENT_SHARE * failed else "ongoing"


def _is_nearest(finding: Finding, edge: tuple[str, str]) -> bool:
    return edge == finding.on_edge or edge[1] == finding.component or edge[1] in finding.touches


def _one_each(ranked: list[Judged], weights: Weights) -> list[Judged]:
    """The best condition of each component; the others are what follows from it.

    Where the component's own state is known, "it does not answer" is such a consequence even if it scores higher.
    """
    found: dict[str, Judged] = {}
    for one in ranked:
        best = found.setdefault(one.candidate.finding.component, one)
        enough = one.candidate.score >= weights.inside * best.candidate.score and OVER not in one.candidate.doubts
        if best is not one and _is_outer(best) and not _is_outer(one) and enough:
            one.candidate.score = best.candidate.score
            found[one.candidate.finding.component] = one
    return list(found.values())


def _is_outer(one: Judged) -> bool:
    """Whether a cause tells only what callers see of it."""
    return one.candidate.finding.condition.startswith("dependency_")


def _split(viable: list[Judged], rivals: list[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Causes worth naming (the leading one, rivals, and independent second faults), and the rest."""
    lead = viable[0]
    kept: list[Judged] = [lead]
    losers: list[Judged] = []
    for one in viable[1:]:
        independent = not one.candidate.victim_of and _own_symptoms(one, lead)
        (kept if one in rivals or independent else losers).append(one)
    return kept, losers


def _own_symptoms(one: Judged, lead: Judged) -> bool:
    """Whether a cause explains a seen symptom that the leading one does not."""
    explained = {id(symptom) for symptom in lead.candidate.explains}
    return any(symptom.finding and id(symptom) not in explained for symptom in one.candidate.explains)


def _is_rival(scene: Scene, lead: Judged, other: Judged, weights: Weights) -> bool:
    if other.owner.side == lead.owner.side or other.candidate.victim_of:
        return False
    if scene.asked and OFF_PATH in other.candidate.doubts and OFF_PATH not in lead.candidate.doubts:
        return False
    close = lead.candidate.score - other.candidate.score <= weights.margin
    first, second = lead.candidate.finding, other.candidate.finding
    # One of two causes on a chain of calls explains the other; they do not compete.
    chained = _reaches(scene, second.component, first) and not first.on_edge and not second.on_edge
    return close and not chained


def _reaches(scene: Scene, start: str, finding: Finding) -> bool:
    return any(
        edge.callee == finding.component and (start, edge.callee) in scene.traffic
        for edge in scene.graph.calls_of(start)
    )


def _order(scene: Scene, finding: Finding) -> int:
    """How telling a quiet finding is; a planned change counts first only where it was asked about."""
    planned_elsewhere = finding.condition == "planned_change" and finding.component not in scene.asked
    return len(NO_FAULT_ORDER) if planned_elsewhere else NO_FAULT_ORDER.index(finding.condition)


def _concerns(scene: Scene, symptom: Finding) -> bool:
    return any(scene.is_near(end) for end in (symptom.component, *(symptom.on_edge or ())))


def _without_cause(scene: Scene, findings: list[Finding], rest: list[Judged], weights: Weights) -> Decision:
    """Nothing explains anything: `no_fault` only with a positive finding and no failing call left over."""
    background = [one for one in findings if one.role == "background" and one.condition in NO_FAULT_ORDER]
    ranked = sorted(background, key=lambda one: (_order(scene, one), _distance(scene, one), -one.strength))
    unexplained = [
        one
        for one in findings
        if one.role == "symptom" and one.until is None and _concerns(scene, one) and not is_bystander(scene, one)
    ]
    doubts = [*unexplained, *_missed(scene, findings, weights)]
    if not ranked or doubts or is_unread(scene, ranked[0]):
        return Decision("inconclusive", [], rest, [], doubts=doubts)
    quiet = ranked[0]
    works = [one for one in ranked[1:] if one.condition == "healthy" and scene.on_asked_path(one.component)]
    status: FaultStatus | None = "recovered" if quiet.condition == "recovered" else None
    return Decision("no_fault", [], rest, [], quiet, status, works[:2])


def _missed(scene: Scene, findings: list[Finding], weights: Weights) -> list[Finding]:
    """Whoever was put to zero in the window, is not known to be called, and may be what is missed.

    Nothing fails that names it, but a silent consumer's absence shows in nobody's log.
    """
    return [
        one
        for one in findings
        if one.condition == "scaled_to_zero"
        and one.role == "background"
        and one.strength >= weights.sure
        and one.until is None
        and one.component not in scene.asked
        and scene.window.holds(one.since)
        and not scene.graph.callers_of(one.component)
    ]


def _distance(scene: Scene, finding: Finding) -> int:
    """0 for what was asked about, 1 for what lies on its path, 2 for the rest."""
    if finding.component in scene.asked:
        return 0
    return 1 if finding.component in scene.path_of_asked else 2
