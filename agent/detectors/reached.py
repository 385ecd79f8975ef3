"""Connection tests from outside of the callers, as a blackbox exporter makes them: which Services can be reached."""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.samples import inside, moment, outside_before
from agent.finding import Finding, Predicate
from agent.scene import Scene
from tools.addresses import AddressBook
from tools.signals import BY_NAME
from tools.source import Series
from tools.views_metrics import metric_id, series_of

_TARGET = re.compile(r"^(?:\w+://)?(?P<host>\[[^\]]+\]|[^:/?#]+)(?::(?P<port>\d+))?(?:[/?#]|$)")
_SIGNAL = "reachable"


class Reached(Struct, frozen=True):
    """The tests of one target from one place.

    Attributes:
        component: What is behind the target.
        names: What the target is called.
        node: From where it was tried; empty where samples do not say.
        open: Whether the last try of the window succeeded.
        since, until: When the tries failed first, and when they worked again.
        chronic: Whether it never worked before the window either.
    """

    component: str
    names: tuple[str, ...]
    port: str
    node: str
    open: bool
    since: datetime | None
    until: datetime | None
    chronic: bool
    claim: Predicate


def detect(scene: Scene) -> Iterator[Finding]:
    """The symptom `unreachable`, on what no place reaches; a closed door says nothing yet of why."""
    by_target: dict[tuple[str, str], list[Reached]] = {}
    for one in reached(scene):
        by_target.setdefault((one.component, one.port), []).append(one)
    for (component, port), several in by_target.items():
        if all(one.since is not None for one in several) and not all(one.chronic for one in several):
            yield _unreachable(component, port, several)


def _unreachable(component: str, port: str, several: list[Reached]) -> Finding:
    healed = [one.until for one in several if one.open]
    return Finding(
        component=component,
        condition="unreachable",
        role="symptom",
        names=several[0].names,
        since=min((one.since for one in several if one.since), default=None),
        until=max((at for at in healed if at), default=None),
        strength=0.9,
        claims=tuple(one.claim for one in several[:2]),
        says=f"{component} takes no connection at port {port or '?'}",
    )


def reached(scene: Scene) -> Iterator[Reached]:
    """Every target of the cluster that was tried in the window."""
    book = AddressBook(scene.snapshot)
    for series in series_of(scene.snapshot, BY_NAME[_SIGNAL]):
        target = _TARGET.match(series.labels.get("instance", ""))
        points = inside(scene, series)
        party = book.resolve(target["host"], series.labels.get("namespace", "")) if target and points else None
        if target is not None and party is not None and party.inside:
            yield _test(scene, series, party.component, party.names, target["port"] or "")


def _test(scene: Scene, series: Series, component: str, names: tuple[str, ...], port: str) -> Reached:
    points, before = inside(scene, series), outside_before(scene, series)
    failed = [at for at, value in points if value == 0]
    works = points[-1][1] > 0
    back = [at for at, value in points if value > 0 and failed and at > failed[-1]]
    shown: dict[str, str] = {key: series.labels[key] for key in ("instance", "node", "pod") if key in series.labels}
    path = "/last" if not works or not failed else "/min"
    value = points[-1][1] if path == "/last" else 0.0
    text = f"{series.labels['instance']} {'answered' if value else 'took no connection'}"
    return Reached(
        component=component,
        names=names,
        port=port,
        node=_node(scene, series.labels),
        open=works,
        since=moment(failed[0]) if failed else None,
        until=moment(back[0]) if back else None,
        chronic=bool(before) and all(value == 0 for _, value in before),
        claim=Predicate(text, metric_id(_SIGNAL, shown), "equals", path, value),
    )


def _node(scene: Scene, labels: dict[str, str]) -> str:
    """From which node the test was made: told, or that of the exporter's pod."""
    pod = scene.snapshot.pod_by_name.get((labels.get("namespace", ""), labels.get("pod", "")))
    return labels.get("node") or (pod.spec.node_name if pod else "")
