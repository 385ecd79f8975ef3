"""Errors that a component makes itself: told by its log, by the answers it gives, or by its callers."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from agent.detectors.calls import edge_claims
from agent.detectors.heard import Heard, heard, heard_claims
from agent.detectors.serving import Served, served_by
from agent.finding import Predicate
from agent.scene import Scene
from tools.callgraph import FAILED
from tools.changes import Change

_OWN = frozenset({"panic", "application_error"})
_ANSWERS = frozenset({"server_error", "schema", "client_error", "reset", "unavailable"})
"""How the calls of a callee that works wrongly fail; refusals and silence are its absence."""
_FEW = 3
_AT_ONCE, _CALM = timedelta(seconds=10), timedelta(minutes=2)
_MOMENTARY = 0.4
_EARLY = timedelta(minutes=1)
_REVISED = ("image", "command", "args", "container")


_REQUESTS = frozenset({"client_error", "schema"})
"""How calls fail whose caller asks wrongly, or no longer understands the answer."""
_RETIRED = re.compile(
    r"\bretired\b|\bsunset\b|\bdeprecated\b|no longer supported|end of life|as announced", re.IGNORECASE
)


class Trouble(Struct, frozen=True):
    """Errors of one component that began in the window.

    Attributes:
        sure: How surely they are its own, 0 to 1.
        on_edge: The calls that they are about, if about calls.
    """

    component: str
    since: datetime | None
    until: datetime | None
    claims: tuple[Predicate, ...]
    says: str
    sure: float = 0.5
    on_edge: tuple[str, str] | None = None


def own_troubles(scene: Scene) -> Iterator[Trouble]:
    """Troubles that the component itself tells of, where no failing call of it explains them."""
    suffering = {edge.caller for edge, _ in scene.failing}
    suffering |= {component for component, _ in heard(scene, FAILED)}
    answers = served_by(scene)
    for served in answers.values():
        if served.worse and served.bad >= _FEW and served.component not in suffering:
            yield _served(scene, served)
    for said in heard(scene, _OWN).values():
        if said.count >= _FEW and not said.chronic and said.component not in suffering:
            good = answers.get(said.component)
            well = good is not None and good.bad == 0 and good.good > 0 and said.count * 10 < good.good
            if not well:
                text = f"{said.component} logs {said.count} errors of its own ({said.family})"
                claims = heard_claims(scene, said, text)
                sure = _MOMENTARY if _is_momentary(scene, said) else 0.5
                yield Trouble(said.component, said.first, _over(scene, said.last), claims, text, sure=sure)


def _is_momentary(scene: Scene, said: Heard) -> bool:
    """Whether all was said within seconds and nothing for minutes since: a hiccup rather than a state."""
    if said.first is None or said.last is None:
        return False
    return said.last - said.first <= _AT_ONCE and scene.now - said.last >= _CALM


def _over(scene: Scene, last: datetime | None) -> datetime | None:
    """When errors ended that were not heard again for a third of the time of the window, five minutes at least."""
    calm = max(timedelta(minutes=5), (scene.window.end - scene.window.start) / 3)
    return last if last is not None and scene.now - last >= calm else None


def _served(scene: Scene, served: Served) -> Trouble:
    text = f"{served.component} answers {served.bad} of {served.bad + served.good} requests with a server error"
    claim = Predicate(text, scene.logs_id(served.component), "count_at_least", "/served/5xx", served.bad)
    until = served.last if served.good_since >= _FEW else None
    # A component that calls others may hide their failures behind its own answers.
    silent = any(edge.inside or edge.in_use for edge in scene.graph.calls_of(served.component))
    return Trouble(served.component, served.first, until, (claim,), text, sure=0.35 if silent else 0.5)


def suffered_troubles(scene: Scene) -> Iterator[Trouble]:
    """Troubles that only the callers tell of: the component answers, and answers wrongly."""
    suffering = {edge.caller for edge, _ in scene.failing}
    for edge, counted in scene.failing:
        if edge.inside and counted.main_family in _ANSWERS and edge.callee not in suffering:
            until = counted.last if counted.healed else None
            text = f"{counted.failed} of {counted.total} calls to {edge.callee} fail ({counted.main_family})"
            yield Trouble(edge.callee, counted.first, until, edge_claims(scene, edge, counted), text)


def wrong_requests(scene: Scene) -> Iterator[Trouble]:
    """Troubles of callers whose requests are refused as such, or who no longer understand the answers."""
    for edge, counted in scene.failing:
        if counted.main_family in _REQUESTS and counted.failed_before * 10 < counted.failed:
            until = counted.last if counted.healed else None
            text = f"{counted.failed} of {counted.total} calls to {edge.callee} are refused ({counted.main_family})"
            claims = edge_claims(scene, edge, counted)
            line = scene.snapshot.logs[counted.sample.ref].lines[counted.sample.line] if counted.sample else ""
            gone = "410" in counted.statuses or bool(_RETIRED.search(line))
            pair = (edge.caller, edge.callee)
            yield Trouble(edge.caller, counted.first, until, claims, text, sure=0.65 if gone else 0.0, on_edge=pair)


def newest_revision(scene: Scene, trouble: Trouble) -> Change | None:
    """The change of the component's own program or settings with which the errors began, or which ended them."""
    changes = [one for one in scene.recent_changes(trouble.component) if is_revision(one)]
    for change in reversed(changes):
        if change.at is None or trouble.since is None:
            continue
        if change.at <= trouble.since + _EARLY:
            return change
        # A rollback's change is dated at its end: the revision before it is the one that brought the errors.
        if trouble.until is not None and trouble.until <= change.at + _EARLY and _born(scene, trouble):
            return change
    return None


def is_revision(change: Change) -> bool:
    """Whether a change makes another program of the component, rather than giving it more or less room."""
    return change.field in _REVISED or change.field.startswith("env")


def _born(scene: Scene, trouble: Trouble) -> bool:
    """Whether a revision of the component was made shortly before its errors began."""
    since = trouble.since
    births = [one.metadata.creation_timestamp for one in scene.snapshot.replica_sets.get(trouble.component, [])]
    return since is not None and any(
        at is not None and at <= since + _EARLY and since - at <= timedelta(minutes=30) for at in births
    )
