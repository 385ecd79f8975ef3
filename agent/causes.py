"""From findings to ranked causes: which state explains the symptoms along the call graph, and which only suffers.

A cause's score is how surely its condition is shown, times how many symptoms it explains, times timing, times its
relation to what was asked. The weights are in one table.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from agent.failure_modes import has
from agent.finding import Finding
from agent.paths import path_of
from agent.reach import Symptom, carries, hops
from agent.scene import Scene
from agent.weights import WEIGHTS, Weights

NEW_TROUBLE = timedelta(minutes=15)
OLD_TROUBLE = timedelta(hours=1)
OVER = "was over before the symptom began"
OFF_PATH = "no calls are known between it and what was asked about"


class Candidate(Struct):
    """A cause with its score and how it came about."""

    finding: Finding
    score: float
    explains: list[Symptom] = []
    coverage: float = 0.0
    path: tuple[str, ...] = ()
    victim_of: str = ""
    doubts: list[str] = []


def symptoms_of(scene: Scene, findings: list[Finding], weights: Weights = WEIGHTS) -> list[Symptom]:
    """Symptoms that were seen, and the question itself, weighted by how much each counts."""
    found = [_seen(scene, finding, weights) for finding in findings if finding.role == "symptom"]
    if scene.asked:
        return [*found, *(Symptom(one, weights.asked, f"asked about {one}") for one in sorted(scene.asked))]
    return [*found, Symptom("", weights.asked, f"trouble in {scene.incident.namespace or 'the cluster'}")]


def _seen(scene: Scene, finding: Finding, weights: Weights) -> Symptom:
    ends = finding.on_edge or (finding.component, *finding.touches)
    near = any(scene.is_near(end) for end in ends)
    weight = weights.far if not near else weights.near if any(map(scene.on_asked_path, ends)) else weights.around
    if finding.condition == "unready":
        weight *= weights.unready
    return Symptom(finding.component, weight, finding.says, finding.on_edge, finding)


def rank(scene: Scene, findings: list[Finding], weights: Weights = WEIGHTS) -> list[Candidate]:
    """Candidates, best first; those that explain nothing or are over before the window are left out."""
    symptoms = symptoms_of(scene, findings, weights)
    causes = [one for one in findings if one.role == "cause" and _in_time(scene, one)]
    candidates = [_candidate(scene, one, symptoms, weights) for one in causes]
    candidates = [one for one in candidates if one.explains]
    involved = [one for one in candidates if not is_bystander(scene, one.finding)]
    if involved or any(finding.condition == "healthy" for finding in findings):
        candidates = involved
    works = frozenset(one.component for one in findings if one.condition == "healthy")
    candidates = [one for one in candidates if not _passes_by(scene, one, works)]
    for one in candidates:
        _demote_victim(scene, one, candidates, weights)
    return sorted(candidates, key=lambda one: (-one.score, one.finding.component, one.finding.condition))


def _passes_by(scene: Scene, one: Candidate, works: frozenset[str]) -> bool:
    """Whether a cause shows in calls of others only, while what was asked about is known to work.

    Somebody's calls always fail somewhere in a large system; a state, unlike a failed call, may be felt in silence.
    """
    namespace = scene.incident.namespace
    subject = scene.asked or frozenset(name for name in works if namespace and name.startswith(f"{namespace}/"))
    if not _is_hearsay(one.finding.condition) or not subject or not subject <= works:
        return False
    ends = {one.finding.component, *(one.finding.on_edge or ())}
    for symptom in one.explains:
        ends |= {*(symptom.edge or ()), *((symptom.where,) if symptom.finding else ())}
    return not any(end in subject or (not scene.asked and end.startswith(f"{namespace}/")) for end in ends)


def _is_hearsay(condition: str) -> bool:
    """Whether nothing but failed calls shows a condition."""
    return condition.startswith("dependency_") or condition == "egress_down" or has(condition, "relayed")


def is_bystander(scene: Scene, finding: Finding) -> bool:
    """Whether a finding is old trouble of somebody who has no calls with anybody and was not asked about."""
    component = finding.component
    old = finding.since is not None and finding.since < scene.window.start - OLD_TROUBLE
    alone = not scene.graph.callers_of(component) and not any(one.in_use for one in scene.graph.calls_of(component))
    return old and alone and not finding.touches and component not in scene.asked and component.count("/") == 2


def _in_time(scene: Scene, finding: Finding) -> bool:
    ended = finding.until if finding.since is None or finding.until is None or finding.until >= finding.since else None
    over = ended is not None and ended < scene.window.start
    ahead = finding.since is not None and finding.since > scene.window.end
    return not over and not ahead


def _candidate(scene: Scene, finding: Finding, symptoms: list[Symptom], weights: Weights) -> Candidate:
    one = Candidate(finding, 0.0, [], 0.0, (finding.component,), "", [])
    total = sum(symptom.weight for symptom in symptoms) or 1.0
    explained = 0.0
    for symptom in symptoms:
        share = carries(scene, finding, symptom, weights)
        explained += symptom.weight * share
        if share >= weights.explained:
            one.explains.append(symptom)
    if not _concerns(scene, finding, one.explains):
        one.explains.clear()
    if not one.explains:
        return one
    one.coverage = explained / total
    one.path = path_of(scene, finding, one.explains)
    score = finding.strength * (weights.base + (1 - weights.base) * one.coverage)
    score *= _timing(scene, one, symptoms, weights) * _relation(scene, finding, one, weights)
    if has(finding.condition, "total") and _worked_meanwhile(scene, finding):
        one.doubts.append("calls to it worked while this held")
        score *= weights.contradicted
    one.score = min(score, 1.0)
    return one


def _concerns(scene: Scene, finding: Finding, explained: list[Symptom]) -> bool:
    """Whether a cause, or anything that it explains, can have to do with the question."""
    ends = {finding.component, *finding.touches, *(finding.on_edge or ())}
    told = [symptom for symptom in explained if not symptom.finding or symptom.finding.condition != "unready"]
    if scene.asked and not told:
        # Its own pods' trouble is all there is: that concerns only who calls it.
        return any(map(scene.on_asked_path, ends)) or (_is_new(scene, finding) and any(map(scene.is_near, ends)))
    for symptom in explained:
        ends |= {*(symptom.edge or ()), symptom.where}
    return any(scene.is_near(end) for end in ends if end)


def _is_new(scene: Scene, finding: Finding) -> bool:
    """Whether a condition began about when the window did or in it."""
    return finding.since is not None and finding.since >= scene.window.start - NEW_TROUBLE


def _first(symptoms: Iterable[Symptom], weights: Weights) -> datetime | None:
    """When the first of the symptoms began; trouble elsewhere dates nothing where there is some near by."""
    dated = [(one.weight, one.finding.since) for one in symptoms if one.finding and one.finding.since]
    near = [at for weight, at in dated if weight > weights.far]
    return min(near or (at for _, at in dated), default=None)


def _timing(scene: Scene, one: Candidate, symptoms: list[Symptom], weights: Weights) -> float:
    finding, first = one.finding, _first(one.explains, weights)
    fired = min((alert.starts_at for alert in scene.incident.alerts if alert.starts_at), default=None)
    began = finding.since
    if began is None:
        return weights.unknown_time
    tolerance = timedelta(seconds=weights.repeated if has(finding.condition, "repeats") else weights.tolerance)
    if any(other is not None and began > other + tolerance for other in (first, fired)):
        one.doubts.append("began after the symptom")
        return weights.late
    over = finding.until + timedelta(seconds=weights.tolerance) if finding.until else None
    # What explains nothing but the question is over as well when all that was seen came after it.
    since = first or _first(symptoms, weights)
    if over is not None and since is not None and over < since:
        one.doubts.append(OVER)
        return weights.late
    span = (scene.window.end - scene.window.start).total_seconds() or 1.0
    into = max(0.0, (began - scene.window.start).total_seconds()) / span
    return 1.0 - weights.lag * min(1.0, into)


def _relation(scene: Scene, finding: Finding, one: Candidate, weights: Weights) -> float:
    reach = {finding.component, *finding.touches, *(finding.on_edge or ())}
    if not scene.asked or reach & scene.asked_or_calling:
        return 1.0
    if max(hops(scene, asked, goal, weights) for asked in scene.asked for goal in reach) >= weights.quiet:
        return 1.0
    if any(scene.graph.path(asked, goal) for asked in scene.asked for goal in reach):
        return weights.downstream
    if any(scene.graph.path(goal, asked) for asked in scene.asked for goal in reach):
        return weights.upstream
    if not scene.knows_callees_of_asked:
        # Nothing is known of whom the asked component calls, so nothing lies off its path.
        return weights.unknown_path
    one.doubts.append(OFF_PATH)
    return weights.around_path if any(scene.is_near(goal) for goal in reach) else weights.unrelated


def _worked_meanwhile(scene: Scene, finding: Finding) -> bool:
    """Whether calls to the component worked after it began to be in a state in which none can."""
    if finding.since is None:
        return False
    grace = finding.since + timedelta(seconds=45)
    pairs = [finding.on_edge] if finding.on_edge else []
    edges = [scene.graph.by_pair[pair] for pair in pairs if pair in scene.graph.by_pair] or [
        edge for goal in (finding.component, *finding.touches) for edge in scene.graph.callers_of(goal)
    ]
    end = finding.until or scene.now
    return any(
        hit.family == "ok" and hit.at is not None and grace < hit.at < end for edge in edges for hit in edge.hits
    )


def _demote_victim(scene: Scene, one: Candidate, candidates: list[Candidate], weights: Weights) -> None:
    """A soft condition of a component whose own failing callee has a cause is that cause's victim."""
    if not has(one.finding.condition, "soft"):
        return
    sufferers = {one.finding.component, *one.finding.touches}
    for other in candidates:
        if other.finding.component in sufferers or other.finding.strength < weights.blamable:
            continue
        if _not_later(other.finding, one.finding) and any(
            _is_below(scene, one.finding, sufferers, symptom) for symptom in other.explains
        ):
            one.victim_of = other.finding.component
            one.doubts.append(f"suffers from {other.finding.component}")
            one.score *= weights.victim
            return


def _is_below(scene: Scene, finding: Finding, sufferers: set[str], symptom: Symptom) -> bool:
    """Whether an explained failing call is the sufferers' own, or, for mere errors, lies further down their path."""
    if symptom.edge is None:
        return False
    caller = symptom.edge[0]
    if caller in sufferers:
        return True
    return has(finding.condition, "relayed") and any(scene.graph.path(one, caller) for one in sufferers)


def _not_later(cause: Finding, effect: Finding) -> bool:
    return cause.since is None or effect.since is None or cause.since <= effect.since + timedelta(seconds=120)
