"""Whether health is told of what could not be seen, heard or measured: silence is not health."""

import re

from agent.finding import Finding
from agent.scene import Scene
from tools.evidence import Gap

_SHOWN = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "Event", "Service", "EndpointSlice", "PersistentVolumeClaim"}
)
"""Objects that show whether everybody runs and is reached."""

_RUNNING = frozenset({"Pod", "Deployment", "StatefulSet", "DaemonSet"})
"""Objects that show who is away, which nobody else's recovery does."""

_LATE = re.compile(
    r"\b(?:slow(?:er|ly|ness)?|late(?:r|ly|ncy|ncies)?|delay(?:s|ed)?|hangs?|stuck|lag(?:s|ging)?|wait(?:s|ing)?"
    r"|takes? (?:more|longer|over|up|ages|forever|\d)|backlogs?|queues?|pil(?:es?|ing) up"
    r"|holds? .{1,20} up|p9[059]|never (?:appear|arrive|come)s?|not (?:handed|delivered|arriving|processed))\b",
    re.IGNORECASE,
)


def is_unread(scene: Scene, quiet: Finding) -> bool:
    """Whether health is told although what would have spoken against it could not be read.

    What has ended was seen itself; that nobody else is away was not.
    """
    gaps = [one for one in scene.snapshot.gaps if one.status in {"denied", "error"}]
    cut = [one for one in scene.snapshot.gaps if one.status == "truncated" and one.live]
    over = quiet.condition == "recovered"
    shown = _RUNNING if over else _SHOWN
    unseen = any(one.live and one.what in shown and scene.incident.namespace not in one.whole_in for one in gaps + cut)
    unmeasured = quiet.condition == "healthy" and any(one.source == "prometheus" for one in gaps)
    unheard = any(_is_unheard(scene, one) for one in gaps) or any(_is_silent(scene, one) for one in cut)
    return unseen or (unheard and not over) or (unmeasured and _is_about_time(scene))


def _is_silent(scene: Scene, gap: Gap) -> bool:
    """Whether nothing was read of somebody's logs; the end of a long one is as good as all of it."""
    return _is_unheard(scene, gap) and not scene.speaks(scene.snapshot.component_of_pod_name(gap.namespace, gap.pod))


def _is_about_time(scene: Scene) -> bool:
    """Whether the complaint is that something comes late or not at all: what waits or queues fails no call."""
    return _LATE.search(scene.incident.text) is not None


def _is_unheard(scene: Scene, gap: Gap) -> bool:
    """Whether a gap hides what somebody who was asked about says.

    A live system that breaks off hides more: what anybody on the asked path says, or anybody near if nobody was asked
    about. What a recording or a dump leaves out was mostly not worth keeping.
    """
    if gap.what.lower() != "logs" or not gap.pod or gap.previous:
        return False
    component = scene.snapshot.component_of_pod_name(gap.namespace, gap.pod)
    if not gap.live:
        return component in scene.asked and not scene.speaks(component)
    return component in scene.path_of_asked if scene.asked else scene.is_near(component)
