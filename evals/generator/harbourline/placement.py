"""Pods for which the scheduler finds no node, each for another reason."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from evals.generator.harbourline.facts import NODES
from evals.generator.harbourline.finish import alert, internal, run
from evals.generator.harbourline.scene import Scene
from evals.generator.harbourline.stage import Break
from evals.generator.kit import Object, stamp
from evals.generator.kit_changes import roll_out
from evals.generator.kit_pods import unschedulable
from evals.generator.kit_run import Run

TARGET = "booking/reservations"
NO_HELP = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
NO_VICTIMS = "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
ZONE = "topology.kubernetes.io/zone"


@dataclass(frozen=True)
class Story:
    """One reason: what changes in the pod template and on the nodes, and what the scheduler says of it."""

    key: str
    at: str
    mode: str
    said: str
    must: tuple[str, ...]
    why: str
    change: Callable[[Object], None]
    nodes: Callable[[Scene, Object], None] | None = None
    names: tuple[str, ...] = ()


def runs() -> list[Run]:
    """Every run of this module."""
    return [_waiting(story) for story in STORIES]


def _waiting(story: Story) -> Run:
    """A release that replaces the only pod of the bookings' backend, and the new one finds no node."""
    scene = Scene(story.key, story.at, "booking", "data")
    scene.traffic(-880, -20)
    if story.nodes:
        for name in NODES:
            story.nodes(scene, scene.fleet.get("Node", name))
    pod = roll_out(scene.fleet, TARGET, story.change, scene.time(-10), strategy="Recreate", healthy=False, settle=0.4)[
        0
    ]
    unschedulable(scene.fleet, pod, scene.time(-9), f"0/2 nodes are available: {story.said}", scene.time(690))
    scene.traffic(0, 715, Break("storefront>reservations", "refused"))
    label = internal(
        TARGET,
        story.mode,
        story.must,
        story.why,
        components=("booking/reservations-api", *story.names),
        must_not=("contact_vendor", f"restart@{TARGET}", "scale_up@booking/storefront"),
    )
    asked = alert(
        scene.time(150),
        "BookingErrors",
        "POST /api/bookings answers 502 to everybody",
        namespace="booking",
        service="storefront-web",
    )
    title = "Bookings fail after a release"
    return run(scene, story.key, title, asked, label, family="platform", refs=("booking/storefront", TARGET))


def _release(template: Object) -> None:
    template["spec"]["containers"][0]["image"] = "ghcr.io/harbourline/reservations:5.9.0"


def _pooled(template: Object) -> None:
    _release(template)
    template["spec"]["nodeSelector"] = {"harbourline.example/pool": "java-large"}


def _zoned(template: Object) -> None:
    _release(template)
    wanted = {"key": ZONE, "operator": "In", "values": ["eu-west-1c"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}
    template["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def _greedy(template: Object) -> None:
    _release(template)
    main = template["spec"]["containers"][0]
    main["resources"] = {"limits": {"cpu": "1", "memory": "24Gi"}, "requests": {"cpu": "1", "memory": "24Gi"}}


def _crowded(template: Object) -> None:
    _release(template)
    main = template["spec"]["containers"][0]
    main["resources"] = {"limits": {"cpu": "12", "memory": "512Mi"}, "requests": {"cpu": "12", "memory": "512Mi"}}


def _zones(_: Scene, node: Object) -> None:
    node["metadata"]["labels"][ZONE] = "eu-west-1a" if node["metadata"]["name"].endswith("a") else "eu-west-1b"


def _reserved(scene: Scene, node: Object) -> None:
    taint = {"key": "harbourline.example/dedicated", "value": "batch", "effect": "NoSchedule"}
    node["spec"]["taints"] = [taint | {"timeAdded": stamp(scene.time(-1500))}]


def _closed(scene: Scene, node: Object) -> None:
    node["spec"]["unschedulable"] = True
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    node["spec"]["taints"] = [taint | {"timeAdded": stamp(scene.time(-1500))}]


_POOL = Story(
    "pool-missing",
    "2026-06-15T09:30:00Z",
    "node_selector_mismatch",
    f"2 node(s) didn't match Pod's node affinity/selector. {NO_HELP}",
    ("fix_scheduling", "rollback"),
    "The new revision asks for nodes of a pool that no node belongs to, and the old pod was removed first.",
    _pooled,
)
STORIES = (
    _POOL,
    replace(
        _POOL,
        key="zone-missing",
        at="2026-06-16T13:10:00Z",
        mode="affinity_conflict",
        why="The new revision must run in a zone where there is no node.",
        change=_zoned,
        nodes=_zones,
    ),
    replace(
        _POOL,
        key="nodes-reserved",
        at="2026-06-17T07:45:00Z",
        mode="taint_not_tolerated",
        said=f"2 node(s) had untolerated taint {{harbourline.example/dedicated: batch}}. {NO_HELP}",
        why="Both nodes were reserved for batch work before the release; the new pod does not tolerate that.",
        change=_release,
        nodes=_reserved,
    ),
    replace(
        _POOL,
        key="nodes-closed",
        at="2026-06-18T20:05:00Z",
        mode="node_cordoned",
        said=f"2 node(s) were unschedulable. {NO_HELP}",
        must=("repair_node", "fix_scheduling"),
        why="Both nodes were closed for maintenance and not opened again before the release.",
        change=_release,
        nodes=_closed,
        names=("node/hl-node-a", "node/hl-node-b"),
    ),
    replace(
        _POOL,
        key="too-big",
        at="2026-06-19T11:20:00Z",
        mode="insufficient_memory",
        said=f"2 Insufficient memory. {NO_VICTIMS}",
        must=("add_capacity", "fix_scheduling", "raise_limit", "rollback"),
        why="The new revision requests 24 GiB, more than any node has.",
        change=_greedy,
    ),
    replace(
        _POOL,
        key="no-cores",
        at="2026-06-22T06:40:00Z",
        mode="insufficient_cpu",
        said=f"2 Insufficient cpu. {NO_VICTIMS}",
        must=("add_capacity", "fix_scheduling", "raise_limit", "rollback"),
        why="The new revision requests twelve cores, more than any node has.",
        change=_crowded,
    ),
)
