"""The component that somebody means by a name: a component id, `namespace/name`, a bare name, a Service, a host."""

from agent.scene import Scene


def named(scene: Scene, name: str) -> str:
    """The component of that name; empty where there is none, or several between which nothing decides."""
    sought = name.strip().lower()
    if not sought:
        return ""
    there = known(scene)
    if sought in there:
        return sought
    alike = [one for one in there if _is_called(one, sought)]
    near = [one for one in alike if one.startswith(f"{scene.incident.namespace}/")] or alike
    running = [one for one in near if scene.exists(one)] or near
    return running[0] if len(running) == 1 else ""


def known(scene: Scene) -> dict[str, None]:
    """Every component that was read or is called, in a stable order."""
    called = (end for edge in scene.graph.edges for end in (edge.caller, edge.callee))
    services = (f"{namespace}/service/{one}" for namespace, one in scene.snapshot.services)
    nodes = (f"-/node/{node.metadata.name}" for node in scene.snapshot.objects.get("Node", ()))  # type: ignore[attr-defined]
    return dict.fromkeys((*scene.snapshot.components, *called, *services, *nodes))


def _is_called(component: str, sought: str) -> bool:
    parts = component.split("/")
    return sought in {parts[-1], "/".join(parts[::2]), "/".join(parts[1:])}
