"""Programs that go on running while their volume refuses them; those that die of it are told by their death."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.detectors.heard import Heard, heard, heard_claims
from agent.detectors.pod_state import looping, names_of, role_of
from agent.finding import Finding
from agent.scene import Scene
from tools.plain_text import plain

_PATH = re.compile(r"(?<![\w/.:])(/[\w.+-]+(?:/[\w.+@-]*)*)")
_FEW = 2


def detect(scene: Scene) -> Iterator[Finding]:
    """`volume_permission_denied` where a refused path lies in a volume of the program's own."""
    for (component, _), said in heard(scene, {"permission_denied"}).items():
        mount = _mount(scene, component, said.text)
        if mount is not None and said.count >= _FEW and not _dies(scene, component):
            yield _finding(scene, component, said, mount)


def _mount(scene: Scene, component: str, text: str) -> str | None:
    """The volume in which the path of the line lies."""
    template = scene.template(component)
    mounts = (
        [one.mount_path.rstrip("/") for box in template.containers for one in box.volume_mounts] if template else []
    )
    paths = _PATH.findall(text)
    inside = [mount for mount in mounts for path in paths if mount and (path == mount or path.startswith(f"{mount}/"))]
    return max(inside, key=len, default=None)


def _dies(scene: Scene, component: str) -> bool:
    pods = scene.snapshot.pods_by_component.get(component, ())
    return any(looping(one) for pod in pods for one in pod.status.container_statuses)


def _finding(scene: Scene, component: str, said: Heard, mount: str) -> Finding:
    return Finding(
        component=component,
        condition="volume_permission_denied",
        role="background" if said.chronic else role_of(scene, component),
        names=names_of(scene, component),
        since=said.first,
        until=_over(scene, said.last),
        strength=0.75,
        touches=(component,),
        claims=heard_claims(scene, said, f"{component} is forbidden its files, {said.count} times"),
        says=f"{component} may not use its volume at {mount}: {plain(said.text, 160)}",
    )


def _over(scene: Scene, last: datetime | None) -> datetime | None:
    """The last refusal, if a third of the window's time has passed since, five minutes at least."""
    calm = max(timedelta(minutes=5), (scene.window.end - scene.window.start) / 3)
    return last if last is not None and scene.now - last >= calm else None
