"""How hard each workload is held at its limits, from samples, events and its settings."""

from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors.samples import before_window, evidence_of, in_window, inside, moment, rates, series_by_container
from agent.finding import Predicate
from agent.scene import Scene
from tools.changes import Change
from tools.objects.capacity import amount
from tools.reductions import reduce
from tools.source import Series

THROTTLED = 0.25
"""Share of scheduling periods in which a container is stopped, from which on it is slow."""
AT_LIMIT = 0.95
_NEAR_LIMIT = 0.6
"""Share of the limit on average that a container comes to which is stopped again and again."""
_MORE = 2.0
_LATE_PROBE = ("deadline exceeded", "timeout", "timed out")


class Pressure(Struct):
    """One workload in the window.

    Attributes:
        throttled: Greatest share of throttled periods of a container between two samples; 0 without samples.
        usage: Greatest CPU use between two samples as a share of the limit, None without either.
        stopped: Seconds that its containers were stopped in, for each second; 0 without samples.
        rose: How many times the CPU use before the window the use in it is, None without both.
        memory: Greatest memory use as a share of the limit, None without either.
        since: Begin of the first interval under pressure.
        lowered: The change that set the CPU limit or made it smaller.
    """

    component: str
    throttled: float = 0.0
    stopped: float = 0.0
    usage: float | None = None
    rose: float | None = None
    memory: float | None = None
    since: datetime | None = None
    lowered: Change | None = None
    claims: list[Predicate] = []
    memory_claims: list[Predicate] = []

    @property
    def held(self) -> bool:
        """Whether the CPU limit holds it back."""
        return self.throttled >= THROTTLED or (self.usage or 0) >= AT_LIMIT or self._stopped_at_work

    @property
    def _stopped_at_work(self) -> bool:
        """Whether it is stopped for long while it uses far more of its limit than before; some always are a little."""
        busy = (self.usage or 0) >= _NEAR_LIMIT and (self.rose or 0) >= _MORE
        return busy and self.stopped >= THROTTLED


def pressures(scene: Scene) -> dict[str, Pressure]:
    """Every workload that was measured, or whose CPU limit was lowered."""
    found: dict[str, Pressure] = {}
    totals = {_key(one): one for _, one in series_by_container(scene, "cpu_periods")}
    for component, series in series_by_container(scene, "cpu_throttled_periods"):
        total = totals.get(_key(series))
        if total is not None:
            _throttling(scene, found.setdefault(component, Pressure(component, claims=[])), series, total)
    for component, series in series_by_container(scene, "cpu_throttled_seconds"):
        _stopped(scene, found.setdefault(component, Pressure(component, claims=[])), series)
    for component, series in series_by_container(scene, "cpu_usage"):
        _use(scene, found.setdefault(component, Pressure(component, claims=[])), series)
    for component, series in series_by_container(scene, "memory"):
        _memory(scene, found.setdefault(component, Pressure(component, claims=[])), series)
    for component in scene.snapshot.workloads:
        lowered = _lowered(scene, component)
        if lowered is not None:
            found.setdefault(component, Pressure(component, claims=[])).lowered = lowered
    return found


def _key(series: Series) -> tuple[str, str, str]:
    labels = series.labels
    return labels.get("namespace", ""), labels.get("pod", ""), labels.get("container", "")


def _throttling(scene: Scene, one: Pressure, series: Series, total: Series) -> None:
    whole = {(start, end): rate for start, end, rate in rates(total)}
    first, last = scene.window.start.timestamp(), scene.window.end.timestamp()
    for start, end, rate in rates(series):
        share = rate / whole[start, end] if whole.get((start, end)) else 0.0
        if end < first or start > last:
            continue
        one.throttled = max(one.throttled, share)
        if share >= THROTTLED:
            one.since = min(one.since or moment(start), moment(start))
    grown = in_window(scene, "cpu_throttled_periods", series)
    if grown and one.throttled >= THROTTLED:
        one.claims.append(
            Predicate(
                f"{one.component} was stopped in {grown:.0f} scheduling periods",
                evidence_of("cpu_throttled_periods", series),
                "count_at_least",
                "/value",
                round(grown * 0.99, 2),
            )
        )


def _stopped(scene: Scene, one: Pressure, series: Series) -> None:
    seconds = reduce(series, "rate", scene.window)
    if seconds and seconds > one.stopped:
        one.stopped = seconds
        began = next((moment(start) for start, _, rate in _inside(scene, series) if rate >= THROTTLED), None)
        one.since = min((at for at in (one.since, began) if at), default=None)
        text = f"{one.component} was stopped for {seconds:.2f} s of every second"
        grown = round(0.99 * (in_window(scene, "cpu_throttled_seconds", series) or 0.0), 2)
        place = evidence_of("cpu_throttled_seconds", series)
        one.claims.append(Predicate(text, place, "count_at_least", "/value", grown))


def _inside(scene: Scene, series: Series) -> list[tuple[float, float, float]]:
    """A counter's growth per second in the intervals of the window."""
    first, last = scene.window.start.timestamp(), scene.window.end.timestamp()
    return [(start, end, rate) for start, end, rate in rates(series) if end >= first and start <= last]


def _use(scene: Scene, one: Pressure, series: Series) -> None:
    between = [(start, rate) for start, _, rate in _inside(scene, series)]
    top = max((rate for _, rate in between), default=None)
    earlier = before_window(scene, "cpu_usage", series)
    if top is None:
        return
    if earlier:
        one.rose = max(one.rose or 0, top / earlier)
    cap = _limit(scene, one.component, series, "cpu")
    if cap:
        one.usage = max(one.usage or 0, top / cap)
        held = next((moment(start) for start, rate in between if rate >= AT_LIMIT * cap), None)
        if held is not None:
            one.since = min(one.since or held, held)
            usual = in_window(scene, "cpu_usage", series) or 0.0
            text = f"{one.component} uses the CPU that its limit allows"
            claim = Predicate(
                text, evidence_of("cpu_usage", series), "count_at_least", "/value", round(usual * 0.99, 4)
            )
            one.claims.append(claim)


def _memory(scene: Scene, one: Pressure, series: Series) -> None:
    cap = _limit(scene, one.component, series, "memory")
    top = max((value for _, value in inside(scene, series)), default=None)
    if cap and top is not None:
        share = top / cap
        one.memory = max(one.memory or 0, share)
        if share >= 0.9:
            text = f"{one.component} uses {share:.0%} of its memory limit"
            one.memory_claims.append(Predicate(text, evidence_of("memory", series), "count_at_least", "/max", top))


def _limit(scene: Scene, component: str, series: Series, resource: str) -> float | None:
    name = series.labels.get("container", "")
    pod = scene.snapshot.pod_by_name.get((series.labels.get("namespace", ""), series.labels.get("pod", "")))
    spec = pod.spec if pod else scene.template(component)
    container = spec.container(name) if spec else None
    return amount(container.resources.limits.get(resource)) if container else None


def _lowered(scene: Scene, component: str) -> Change | None:
    """The last recent change that set a CPU limit or made it smaller."""
    for change in reversed(scene.recent_changes(component)):
        if change.field == "limits":
            was, now = cpu_of(change.before), cpu_of(change.after)
            # A limit of 0 is no limit.
            if now and (not was or now < was):
                return change
    return None


def cpu_of(text: str | None) -> float | None:
    """The CPU of limits as the change list writes them, such as `{'cpu': '50m'}`."""
    _, _, rest = (text or "").partition("'cpu': ")
    return amount(rest.partition(",")[0].strip(" '\"}")) if rest else None


class Kills(Struct):
    """Probe failures by timeout and the kills that followed, in the window."""

    late: int = 0
    killed: int = 0
    first: datetime | None = None
    claims: tuple[Predicate, ...] = ()


def kills_of(scene: Scene, component: str) -> Kills:
    """Liveness kills of a component in the window, with probes that timed out."""
    found = Kills()
    for event in scene.snapshot.events_of(component):
        within = (
            event.last is not None
            and event.last >= scene.window.start
            and (event.first or event.last) <= scene.window.end
        )
        low = event.text.lower()
        if within and event.reason == "Unhealthy" and any(words in low for words in _LATE_PROBE):
            found.late += event.times
            began = max(event.first or scene.window.start, scene.window.start - timedelta(minutes=5))
            found.first = min(found.first or began, began)
        elif within and event.reason == "Killing" and "liveness" in low:
            found.killed += event.times
    place = f"events/{component}"
    if found.late:
        found.claims += (
            Predicate("probes time out", place, "count_at_least", "/by_reason/Unhealthy/count", found.late),
        )
    if found.killed:
        found.claims += (
            Predicate("probes kill it", place, "count_at_least", "/by_reason/Killing/count", found.killed),
        )
    return found
