"""From findings to ranked causes: which state explains the symptoms along the call graph, and which only suffers.

A cause's score is how surely its condition is shown, times how many symptoms it explains, times timing, times its
relation to what was asked. The weights are in one table.
"""

from datetime import timedelta

from msgspec import Struct

from agent.finding import Finding
from agent.scene import Scene
from tools.callgraph import Edge

SOFT = frozenset(
    {
        "crash_loop",
        "application_errors",
        "too_few_replicas",
        "rollout_stuck",
        "queue_backlog",
        "probe_killed_under_load",
        "connection_exhaustion",
        "slow_queries",
        "overload",
        "bad_rollout",
        "database_unavailable",
        "dependency_unavailable",
        "dependency_timeout",
        "dependency_slow",
        "dependency_errors",
        "dependency_resets",
    }
)
"""Conditions that may themselves be the effect of a broken callee."""

TOTAL = frozenset(
    {"scaled_to_zero", "image_pull_failed", "selector_mismatch", "network_policy_blocks", "consumer_absent"}
)
"""Conditions under which no call can work: a success while they hold speaks against them."""


class Weights(Struct, frozen=True):
    """Every number of the ranking.

    Attributes:
        failing, worked, quiet, unread, declared: How well a hop of the call graph carries a symptom, by what its
            caller's logs say of it.
        late, unknown_time: Factors for a cause that began after its symptom, or nobody knows when.
        lag: What a cause loses when it began only at the window's end: whoever asks means what began first.
        contradicted: Factor when calls worked while a total condition held.
        unrelated, unknown_path, downstream, upstream: Factors for a cause off the asked path, where no path is known,
            on a path whose hops look fine, or on a caller of what was asked.
        victim: Factor for a soft condition whose own failing callee has a cause.
        base: What a cause is worth before it explains anything.
        least: Below this score a cause is not reported as one.
        margin: Causes on different sides closer than this leave the verdict open.
        tolerance: How much later than its symptom a cause may seem to begin, in seconds.
    """

    failing: float = 0.95
    worked: float = 0.05
    quiet: float = 0.15
    unread: float = 0.6
    declared: float = 0.5
    caller_state: float = 0.2
    unlinked: float = 0.3
    late: float = 0.35
    lag: float = 0.05
    unknown_time: float = 0.9
    contradicted: float = 0.2
    unrelated: float = 0.45
    unknown_path: float = 0.85
    downstream: float = 0.85
    upstream: float = 0.6
    victim: float = 0.3
    base: float = 0.3
    least: float = 0.2
    margin: float = 0.06
    tolerance: float = 90.0


WEIGHTS = Weights()

CALLER_SIDE = frozenset(
    {
        "wrong_address",
        "missing_config",
        "bad_config",
        "invalid_credentials",
        "ca_bundle_missing",
        "own_rate_above_quota",
        "cpu_throttled",
        "memory_pressure",
        "connection_exhaustion",
        "egress_down",
        "proxy_down",
        "clock_skew",
        "bad_rollout",
        "network_delay",
        "packet_loss",
        "overload",
        "missing_secret_binding",
        "schema_mismatch",
        "application_errors",
    }
)
"""Conditions of a caller that make its own calls fail."""


class Symptom(Struct, frozen=True):
    """Something that is suffered: on an edge, on a component, or only told by the asker."""

    where: str
    weight: float
    text: str
    edge: tuple[str, str] | None = None
    finding: Finding | None = None


class Candidate(Struct):
    """A cause with its score and how it came about."""

    finding: Finding
    score: float
    explains: list[Symptom] = []
    coverage: float = 0.0
    path: tuple[str, ...] = ()
    victim_of: str = ""
    doubts: list[str] = []


def symptoms_of(scene: Scene, findings: list[Finding]) -> list[Symptom]:
    """Symptoms that were seen, and the question itself, weighted by how much each counts."""
    found = [_seen(scene, finding) for finding in findings if finding.role == "symptom"]
    found += [Symptom(component, 0.6, f"asked about {component}") for component in sorted(scene.asked)]
    if scene.asked:
        return found
    namespace = scene.incident.namespace
    troubled = sorted({finding.component for finding in findings if finding.role == "cause"})
    place = namespace or "the cluster"
    return found + [
        Symptom(component, 0.3, f"trouble in {place}")
        for component in troubled
        if not namespace or component.startswith(f"{namespace}/")
    ]


def _seen(scene: Scene, finding: Finding) -> Symptom:
    ends = finding.on_edge or (finding.component,)
    weight = 1.0 if any(_near(scene, end) for end in ends) else 0.35
    return Symptom(finding.component, weight, finding.says, finding.on_edge, finding)


def _near(scene: Scene, component: str) -> bool:
    """Whether a component lies on a path from or to what was asked, as far as paths from there are known."""
    return not scene.knows_callees_of_asked or any(
        scene.graph.path(asked, component) or scene.graph.path(component, asked) for asked in scene.asked
    )


def rank(scene: Scene, findings: list[Finding], weights: Weights = WEIGHTS) -> list[Candidate]:
    """Candidates, best first; those that explain nothing or are over before the window are left out."""
    symptoms = symptoms_of(scene, findings)
    causes = [one for one in findings if one.role == "cause" and _in_time(scene, one)]
    candidates = [_candidate(scene, one, symptoms, weights) for one in causes]
    candidates = [one for one in candidates if one.explains]
    for one in candidates:
        _demote_victim(one, candidates, weights)
    return sorted(candidates, key=lambda one: (-one.score, one.finding.component, one.finding.condition))


def _in_time(scene: Scene, finding: Finding) -> bool:
    over = finding.until is not None and finding.until < scene.window.start
    ahead = finding.since is not None and finding.since > scene.window.end
    return not over and not ahead


def _candidate(scene: Scene, finding: Finding, symptoms: list[Symptom], weights: Weights) -> Candidate:
    one = Candidate(finding, 0.0, [], 0.0, (finding.component,), "", [])
    total = sum(symptom.weight for symptom in symptoms) or 1.0
    explained = 0.0
    for symptom in symptoms:
        share = carries(scene, finding, symptom, weights)
        explained += symptom.weight * share
        if share >= 0.25:
            one.explains.append(symptom)
    one.coverage = explained / total
    if not one.explains:
        return one
    one.path = _path(scene, finding, one.explains)
    score = finding.strength * (weights.base + (1 - weights.base) * one.coverage)
    score *= _timing(scene, finding, one, weights) * _relation(scene, finding, one, weights)
    if finding.condition in TOTAL and _worked_meanwhile(scene, finding):
        one.doubts.append("calls to it worked while this held")
        score *= weights.contradicted
    one.score = min(score, 1.0)
    return one


def carries(scene: Scene, finding: Finding, symptom: Symptom, weights: Weights) -> float:
    """How well a cause explains a symptom, 0 to 1."""
    reach = {finding.component, *finding.touches}
    if symptom.edge is None:
        if symptom.finding is not None and symptom.finding.touches and reach & set(symptom.finding.touches):
            return 1.0
        return max((_hops(scene, symptom.where, goal, weights) for goal in _goals(finding, reach)), default=0.0)
    caller, callee = symptom.edge
    if finding.on_edge == symptom.edge or (finding.on_edge is None and callee in reach):
        return 1.0
    if caller in finding.touches or scene.goes_through(caller, callee, finding.component):
        return 1.0
    if caller == finding.component:
        return (
            1.0
            if finding.condition in CALLER_SIDE and finding.on_edge is None
            else weights.caller_state * (finding.on_edge is None)
        )
    return max((_hops(scene, callee, goal, weights) for goal in _goals(finding, reach)), default=0.0)


def _goals(finding: Finding, reach: set[str]) -> set[str]:
    return {finding.on_edge[0], *reach} if finding.on_edge else reach


def _hops(scene: Scene, start: str, goal: str, weights: Weights) -> float:
    """The best product of hop factors from `start` along calls to `goal`; 1 when they are the same."""
    if start == goal:
        return 1.0
    best = {start: 1.0}
    queue = [start]
    while queue:
        here = queue.pop(0)
        for edge in scene.graph.calls_of(here):
            value = best[here] * _hop(scene, edge, weights)
            if value > best.get(edge.callee, 0.02):
                best[edge.callee] = value
                queue.append(edge.callee)
    return best.get(goal, 0.0)


def _hop(scene: Scene, edge: Edge, weights: Weights) -> float:
    counted = scene.traffic.get((edge.caller, edge.callee))
    if counted is not None and counted.failed and not scene.is_noise(edge, counted):
        return weights.failing
    if edge.declared and counted is None:
        return weights.declared
    if counted is not None and counted.worked:
        return weights.worked
    if not scene.speaks(edge.caller):
        return weights.unread
    return weights.quiet


def _timing(scene: Scene, finding: Finding, one: Candidate, weights: Weights) -> float:
    first = min((s.finding.since for s in one.explains if s.finding and s.finding.since), default=None)
    fired = min((alert.starts_at for alert in scene.incident.alerts if alert.starts_at), default=None)
    began = finding.since
    if began is None:
        return weights.unknown_time
    tolerance = timedelta(seconds=weights.tolerance)
    if any(other is not None and began > other + tolerance for other in (first, fired)):
        one.doubts.append("began after the symptom")
        return weights.late
    span = (scene.window.end - scene.window.start).total_seconds() or 1.0
    into = max(0.0, (began - scene.window.start).total_seconds()) / span
    return 1.0 - weights.lag * min(1.0, into)


def _relation(scene: Scene, finding: Finding, one: Candidate, weights: Weights) -> float:
    reach = {finding.component, *finding.touches, *(finding.on_edge or ())}
    if not scene.asked or reach & scene.asked:
        return 1.0
    if max(_hops(scene, asked, goal, weights) for asked in scene.asked for goal in reach) >= weights.quiet:
        return 1.0
    if any(scene.graph.path(asked, goal) for asked in scene.asked for goal in reach):
        return weights.downstream
    if any(scene.graph.path(goal, asked) for asked in scene.asked for goal in reach):
        return weights.upstream
    if scene.knows_callees_of_asked:
        one.doubts.append("not on the path that was asked about")
        return weights.unrelated
    # Nothing is known of whom the asked component calls, so nothing lies off its path.
    return weights.unknown_path


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


def _demote_victim(one: Candidate, candidates: list[Candidate], weights: Weights) -> None:
    """A soft condition of a component whose own failing callee has a cause is that cause's victim."""
    if one.finding.condition not in SOFT:
        return
    sufferers = {one.finding.component, *one.finding.touches}
    for other in candidates:
        if other.finding.component in sufferers or other.finding.strength < 0.4:
            continue
        for symptom in other.explains:
            failing = symptom.edge is not None and symptom.edge[0] in sufferers
            if failing and _not_later(other.finding, one.finding):
                one.victim_of = other.finding.component
                one.doubts.append(f"suffers from {other.finding.component}")
                one.score *= weights.victim
                return


def _not_later(cause: Finding, effect: Finding) -> bool:
    return cause.since is None or effect.since is None or cause.since <= effect.since + timedelta(seconds=120)


def _path(scene: Scene, finding: Finding, explained: list[Symptom]) -> tuple[str, ...]:
    """From the most upstream explained caller to the cause."""
    goal = finding.on_edge[0] if finding.on_edge else finding.component
    best: tuple[str, ...] = ()
    starts = [symptom.edge[0] if symptom.edge else symptom.where for symptom in explained]
    for start in dict.fromkeys((*starts, *sorted(scene.asked))):
        for end in (goal, *finding.touches):
            path = scene.graph.path(start, end)
            if end != goal and path:
                path = (*path, goal)
            if len(path) > len(best):
                best = path
    if finding.on_edge and finding.component not in best:
        best = (*best, finding.component) if best else (finding.on_edge[0], finding.component)
    return best or (finding.component,)
