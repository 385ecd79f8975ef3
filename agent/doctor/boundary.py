"""The boundary file: whether it is there, and what it declares."""

from collections.abc import Iterator

from agent.boundary_file import load_boundary
from agent.doctor.check import Asked, Check, check, some

_SYSTEM = "boundary"


def checks(asked: Asked) -> Iterator[Check]:
    """One line."""
    if asked.boundary is None:
        said = "no file: workloads of the cluster are yours, outside hosts are known by the shipped catalogue"
        yield check(_SYSTEM, "file", "off", said, "--boundary FILE declares who operates what: docs/boundary.md")
        return
    found = load_boundary(asked.boundary)
    parties = some([one.name for one in found.third_parties]) or "none"
    counted = f"rules of what is owned: {len(found.owned)}; declared calls: {len(found.edges)}"
    yield check(_SYSTEM, "file", "ok", f"{asked.boundary}: third parties {parties}; {counted}")
