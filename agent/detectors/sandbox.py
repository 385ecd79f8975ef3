"""Pods that never get as far as a container, because the memory limit is below what making their sandbox takes."""

from collections.abc import Iterator

from agent.detectors.pod_state import event_claim, events_of_pod, ready_since
from agent.finding import Finding
from agent.scene import Scene
from tools.objects.events import Event
from tools.objects.pods import Pod
from tools.plain_text import plain

_KILLED = "OOM-killed"
"""What runc says when the kernel kills the process that sets a container up."""


def detect(scene: Scene) -> Iterator[Finding]:
    """`oom_killed` of workloads whose pods' sandbox or container set-up was killed for memory in the window."""
    for component, pods in scene.snapshot.pods_by_component.items():
        killed = [(pod, event) for pod in pods for event in _kills(scene, pod)]
        if killed:
            yield _finding(component, killed)


def _kills(scene: Scene, pod: Pod) -> list[Event]:
    found = events_of_pod(scene, pod, "FailedCreatePodSandBox", "FailedCreatePodContainer")
    return [one for one in found if _KILLED in one.text and (one.last is None or one.last >= scene.window.start)]


def _finding(component: str, killed: list[tuple[Pod, Event]]) -> Finding:
    _, last = killed[-1]
    ready = [ready_since(pod) for pod, _ in killed]
    return Finding(
        component=component,
        condition="oom_killed",
        role="cause",
        since=min((event.first for _, event in killed if event.first), default=None),
        until=max((at for at in ready if at), default=None) if all(ready) else None,
        strength=0.9,
        claims=(event_claim(component, last, "its set-up was killed for memory"),),
        says=f"pods of {component} cannot be set up: {plain(last.text, 200)}",
    )
