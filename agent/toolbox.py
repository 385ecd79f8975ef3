"""The toolbox of one investigation: what model, chat and command line ask their questions of."""

from collections import defaultdict
from collections.abc import Callable
from functools import cache

from agent.boundary import Boundary
from agent.ownership import facts_of
from agent.scene import Scene
from tools.questions import Toolbox
from tools.source import FeedRef, Sources
from tools.views import Views

_WORDS = {"owned": "ours", "third_party": "third party", "unknown": "owner unknown"}


def toolbox_for(scene: Scene, sources: Sources, boundary: Boundary, views: Views | None = None) -> Toolbox:
    """A toolbox over a scene; `views` are shared with whoever renders the same scene."""
    return Toolbox(
        snapshot=scene.snapshot,
        sources=sources,
        graph=scene.graph,
        changes=scene.changes,
        views=views or Views(scene.snapshot, scene.graph, scene.changes),
        owner=owner_words(scene, boundary),
        status_page=lambda name: _page(boundary, name),
    )


def _page(boundary: Boundary, name: str) -> FeedRef | None:
    found = boundary.provider(name)
    return FeedRef(found.name, found.status.kind, found.status.url) if found and found.status else None


def owner_words(scene: Scene, boundary: Boundary) -> Callable[[str], str]:
    """Who operates a component, such as `ours`, `third party: Stripe` or `owner unknown`."""
    called: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for edge in scene.graph.edges:
        called[edge.callee] += edge.names

    @cache
    def words(component: str) -> str:
        found = boundary.owner(facts_of(scene, component, called.get(component, ())))
        side = _WORDS[found.side]
        return f"{side}: {found.owner}" if found.side == "third_party" else side

    return words
