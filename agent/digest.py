"""What the sweep read, in a few lines: who is not as wanted, which calls fail, what changed, whose it is.

It is evidence like any other, so that a model can quote it; it holds no structured value, so that a quote decides
nothing.
"""

import shlex
from collections.abc import Callable, Container, Iterator
from datetime import datetime

from agent.plain_words import spoken
from agent.scene import Scene
from tools.callgraph import Edge
from tools.evidence import Evidence
from tools.traffic import Traffic

ID = "sweep"
_TOLD_BY = ("replica_counts", "pod_status", "search_logs", "recent_changes")
"""The tools that tell the same, and more of it."""
_LINES = 8
_NAMES = 30


def digest(scene: Scene, owner: Callable[[str], str]) -> Evidence:
    """The digest; `owner` tells who operates a component, in words."""
    failing = _failing(scene)
    lacking = _lacking(scene)
    ends = [end for edge, _ in failing for end in (edge.caller, edge.callee)]
    named = list(dict.fromkeys((*lacking, *ends)))[:_LINES]
    asked = ", ".join(sorted(scene.asked)) or "nobody in particular"
    where = f" namespace={shlex.quote(scene.incident.namespace)}" if scene.incident.namespace else ""
    lines = [
        f"asked about: {asked}",
        *lacking.values(),
        *(_told(scene, one) for one in failing),
        *_changed(scene),
        *([f"operated by: {'; '.join(f'{_name(scene, one)} {owner(one)}' for one in named)}"] if named else []),
        _others(scene, lacking),
    ]
    return Evidence(
        id=ID,
        source="kubernetes",
        query=" && ".join(f"faultside show tool {tool}{where}" for tool in _TOLD_BY),
        window=scene.window,
        observed_at=scene.now,
        text="\n".join(lines),
    )


def _name(scene: Scene, component: str) -> str:
    """A name that is clear in the asked namespace: `payment`, `other/payment`, a host."""
    namespace, _, rest = component.partition("/")
    name = rest.rpartition("/")[2]
    return component if not name else name if namespace == scene.incident.namespace else f"{namespace}/{name}"


def _near(scene: Scene) -> list[str]:
    return sorted(one for one in scene.snapshot.workloads if scene.is_near(one))


def _lacking(scene: Scene) -> dict[str, str]:
    """Workloads that want nothing, have less than they want, or restarted in the window."""
    found: dict[str, str] = {}
    for one in _near(scene):
        workload = scene.snapshot.workloads[one]
        restarts = _restarts(scene, one)
        if workload.desired == 0 or workload.available < workload.desired or restarts:
            again = f", last restart {restarts:%H:%M:%SZ}" if restarts else ""
            found[one] = f"{one}: {workload.available} of {workload.desired} available{again}"
    return dict(list(found.items())[:_LINES])


def _restarts(scene: Scene, component: str) -> datetime | None:
    """When a container of the component last ended, if that was in the window."""
    ends = (status.last_end for pod in scene.snapshot.pods_by_component.get(component, ()) for status in pod.statuses)
    times = [end.finished_at for end in ends if end is not None and scene.window.holds(end.finished_at)]
    return max((one for one in times if one), default=None)


def _failing(scene: Scene) -> list[tuple[Edge, Traffic]]:
    near = [one for one in scene.failing if scene.is_near(one[0].caller) or scene.is_near(one[0].callee)]
    return near[:_LINES]


def _told(scene: Scene, one: tuple[Edge, Traffic]) -> str:
    edge, counted = one
    ways = spoken(f"({counted.main_family})")
    ends = f"{_name(scene, edge.caller)} -> {_name(scene, edge.callee)}"
    return f"{ends}: {counted.failed} of {counted.total} calls failed {ways}"


def _changed(scene: Scene) -> Iterator[str]:
    recent = [one for name in _near(scene) for one in scene.recent_changes(name)]
    for one in sorted(recent, key=lambda change: str(change.at))[-_LINES:]:
        yield f"{one.at:%H:%M:%SZ} {_name(scene, one.component)}: {one.text}"


def _others(scene: Scene, named: Container[str]) -> str:
    rest = [_name(scene, one) for one in _near(scene) if one not in named]
    more = f" and {len(rest) - _NAMES} more" if len(rest) > _NAMES else ""
    return f"others near, as wanted: {', '.join(rest[:_NAMES]) or 'none'}{more}"
