"""The boundary file: whether it is there, and what it declares."""

from collections.abc import Iterator

from agent.boundary_file import load_boundary
from agent.doctor.check import Asked, Check, check

_SYSTEM = "boundary"


def checks(asked: Asked) -> Iterator[Check]:
    """One line."""
    if asked.boundary is None:
        said = "no file: workloads of the cluster are yours, outside hosts are known by the shipped catalogue"
        yield check(_SYSTEM, "file", "off", said, "--boundary FILE declares who operates what: docs/boundary.md")
        return
    found = load_boundary(asked.boundary)
    parties = ", ".join(one.name for one in found.third_parties[:8]) or "none"
    more = f" and {len(found.third_parties) - 8} more" if len(found.third_parties) > 8 else ""
    counted = f"rules of what is owned: {len(found.owned)}; declared calls: {len(found.edges)}"
    yield check(_SYSTEM, "file", "ok", f"{asked.boundary}: third parties {parties}{more}; {counted}")
