"""Which workload a Service is meant for, when its selector no longer says."""

import re

from agent.scene import Scene
from tools.objects.network import Service

_ENDING = re.compile(r"[-_](?:svc|service|api|http|grpc|headless|internal|web)$")


def meant_workload(scene: Scene, service: Service) -> str | None:
    """A running workload that bears the Service's name or whose labels differ from the selector in one value."""
    namespace, name = service.metadata.namespace, service.metadata.name
    running = [
        component
        for component in scene.snapshot.components
        if component.startswith(f"{namespace}/")
        and any(pod.ready for pod in scene.snapshot.pods_by_component.get(component, ()))
    ]
    for component in running:
        if component.rpartition("/")[2] == name:
            return component
    wanted = service.spec.selector
    for component in running:
        labels = scene.snapshot.labels_of(component)
        missed = [key for key, value in wanted.items() if labels.get(key) != value]
        if len(missed) == 1 and (len(wanted) > 1 or name in labels.values()):
            return component
    stem = _ENDING.sub("", name)
    for component in running:
        if stem in {component.rpartition("/")[2], *scene.snapshot.labels_of(component).values()}:
            return component
    return None
