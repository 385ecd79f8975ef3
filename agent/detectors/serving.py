"""Workloads that answer badly or slowly, or are not ready: what is suffered beside failing calls."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.backends import is_store
from agent.detectors.heard import heard, heard_claims
from agent.finding import Finding, Predicate
from agent.noise import KNOWN, most_by_chance
from agent.scene import Scene
from tools.callgraph import FAILED
from tools.traffic import BACKGROUND_RATE

_FEW = 3
_FELT = 0.5
"""Seconds below which nobody calls an answer slow, however fast it was before."""


class Served(Struct):
    """Requests that a component answered.

    Attributes:
        good, bad: In the window; bad ones are 5xx.
        good_before, bad_before: Before it.
        slow, slow_before: Median seconds of an answer, None without durations.
        first, last: The first and last 5xx in the window.
        good_since: Good answers after the last bad one, up to the moment of asking.
    """

    component: str
    good: int = 0
    bad: int = 0
    refused: int = 0
    good_before: int = 0
    bad_before: int = 0
    first: datetime | None = None
    last: datetime | None = None
    good_since: int = 0
    slow: float | None = None
    slow_before: float | None = None

    @property
    def worse(self) -> bool:
        """Whether clearly more answers were bad than before."""
        total, total_before = self.bad + self.good, self.bad_before + self.good_before
        before, now = self.bad_before / max(1, total_before), self.bad / max(1, total)
        if (
            total_before >= KNOWN
            and self.bad_before
            and self.bad <= most_by_chance(self.bad_before, total_before, total)
        ):
            return False
        return self.bad >= 2 and now >= 2 * before and now >= 0.05

    @property
    def slower(self) -> bool:
        """Whether answers take long, and three times as long as before (two seconds with nothing to compare to)."""
        if self.slow is None or self.slow < _FELT:
            return False
        return self.slow >= 3 * self.slow_before if self.slow_before else self.slow >= 2


def served_by(scene: Scene) -> dict[str, Served]:
    """What every component says that it answered."""
    found: dict[str, Served] = {}
    times: dict[str, tuple[list[float], list[float]]] = {}
    bad: dict[str, list[datetime]] = {}
    good: dict[str, list[datetime]] = {}
    for ref, digest in scene.snapshot.logs.items():
        mentions = [one for one in digest.mentions if one.kind == "served" and (one.status or one.family == "ok")]
        if not mentions:
            continue
        component = scene.snapshot.component_of_pod_name(ref.namespace, ref.pod)
        one = found.setdefault(component, Served(component))
        for mention in mentions:
            inside = mention.at is None or scene.window.holds(mention.at)
            broken = (mention.status or 0) >= 500
            _add(scene, one, mention.at, inside=inside, broken=broken)
            one.refused += inside and mention.status in {402, 406, 409, 422}
            if mention.at is not None:
                (bad if broken else good).setdefault(component, []).append(mention.at)
            if mention.seconds is not None:
                times.setdefault(component, ([], []))[0 if inside else 1].append(mention.seconds)
    for component, one in found.items():
        last = one.last
        one.good_since = sum(1 for at in good.get(component, ()) if last is not None and at > last)
        now, earlier = times.get(component, ([], []))
        one.slow, one.slow_before = _median(now), _median(earlier)
    return found


def _add(scene: Scene, one: Served, at: datetime | None, *, inside: bool, broken: bool) -> None:
    if not inside:
        if at is not None and at < scene.window.start:
            one.bad_before += broken
            one.good_before += not broken
        return
    one.bad += broken
    one.good += not broken
    if broken and at is not None:
        one.first = min(one.first or at, at)
        one.last = max(one.last or at, at)


def _median(values: list[float]) -> float | None:
    return sorted(values)[len(values) // 2] if len(values) >= _FEW else None


def detect(scene: Scene) -> Iterator[Finding]:
    """`served_errors`, `served_slowly` and `unready` of every component."""
    told: set[str] = set()
    for component, one in served_by(scene).items():
        if not scene.is_telemetry(component):
            found = list(_answers(scene, one))
            told.update(finding.component for finding in found)
            yield from found
    yield from _unnamed(scene, told)
    yield from _unready(scene)


def _is_rare(scene: Scene, component: str, failed: int) -> bool:
    """Whether the component's calls that name their callee work so often that a few failures are everyday."""
    worked = sum(
        scene.traffic[edge.caller, edge.callee].worked for edge in scene.graph.calls_of(component) if edge.hits
    )
    return failed <= BACKGROUND_RATE * (worked + failed)


def _unnamed(scene: Scene, told: set[str]) -> Iterator[Finding]:
    """Failing calls whose lines name nobody, of components whose failing calls are not counted on an edge."""
    for (component, family), said in heard(scene, FAILED).items():
        if (
            said.count < 2
            or said.chronic
            or component in told
            or _is_rare(scene, component, said.count)
            or scene.is_telemetry(component)
            or is_store(scene, component)
            or _explained(scene, component)
        ):
            continue
        text = f"{said.count} calls of {component} fail ({family}), naming nobody"
        yield Finding(
            component=component,
            condition="unnamed_calls_fail",
            role="symptom",
            detail=family,
            since=said.first,
            strength=0.6,
            claims=heard_claims(scene, said, text),
            says=text,
        )


def _answers(scene: Scene, one: Served) -> Iterator[Finding]:
    component = one.component
    if one.worse:
        explained = _explained(scene, component)
        text = f"{component} answered {one.bad} of {one.bad + one.good} requests with a server error"
        yield Finding(
            component=component,
            condition="served_errors",
            role="background" if explained else "symptom",
            since=one.first,
            until=one.last if one.good_since >= _FEW else None,
            strength=one.bad / (one.bad + one.good),
            claims=(Predicate(text, scene.logs_id(component), "count_at_least", "/served/5xx", one.bad),),
            says=text,
        )
    elif one.slower:
        text = f"{component} answered {one.good} requests, half of them in {one.slow:.1f} s or more"
        good = Predicate(text, scene.logs_id(component), "count_at_least", "/lines", one.good)
        yield Finding(
            component=component, condition="served_slowly", role="symptom", strength=0.6, claims=(good,), says=text
        )


def _explained(scene: Scene, component: str) -> bool:
    """Whether the component's own failing calls are told already."""
    return any(edge.caller == component for edge, _ in scene.failing)


def _unready(scene: Scene) -> Iterator[Finding]:
    for component, workload in scene.snapshot.workloads.items():
        if workload.desired <= 0 or workload.ready >= workload.desired or scene.is_telemetry(component):
            continue
        since = _unready_since(scene, component)
        if since is not None and since > scene.window.end:
            continue
        place = scene.object_id(component)
        yield Finding(
            component=component,
            condition="unready",
            role="symptom" if _concerns(scene, component) else "background",
            since=since,
            strength=1 - workload.ready / workload.desired,
            claims=(
                Predicate(
                    f"{component} wants {workload.desired}", place, "equals", "/replicas/desired", workload.desired
                ),
                Predicate(f"{workload.ready} are ready", place, "count_at_most", "/replicas/ready", workload.ready),
            ),
            says=f"{workload.ready} of {workload.desired} replicas of {component} are ready",
        )


def _concerns(scene: Scene, component: str) -> bool:
    """Whether the component is in the incident's namespace, or on a path of calls from or to what is asked about."""
    namespace = scene.incident.namespace
    if not namespace or component.startswith(f"{namespace}/"):
        return True
    callers = [edge.caller for edge in scene.graph.callers_of(component)]
    ends = scene.asked or {one for one in callers if one.startswith(f"{namespace}/")}
    return any(scene.graph.path(one, component) or scene.graph.path(component, one) for one in ends)


def _unready_since(scene: Scene, component: str) -> datetime | None:
    times = [
        one.last_transition_time
        for pod in scene.snapshot.pods_by_component.get(component, ())
        if not pod.ready
        for one in pod.status.conditions
        if one.type == "Ready" and one.status != "True" and one.last_transition_time
    ]
    return min(times, default=None)
