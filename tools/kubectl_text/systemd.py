"""`systemctl status` of a node's daemons, as the conditions that node-problem-detector would set."""

import re
from datetime import datetime

from tools.kubectl_text.shape import Json, ago, compact

_ACTIVE = re.compile(
    r"^\s*Active: (?P<state>\w+) \((?P<detail>[^)]*)\)(?: since [^;\n]*; (?P<age>[^\n]*?) ago)?", re.MULTILINE
)
_FAILING = frozenset({"inactive", "failed", "deactivating"})


def condition_of_unit(unit: str, text: str, now: datetime) -> Json | None:
    """A node condition such as `KubeletUnhealthy` that says whether a unit is down; None if the text tells neither.

    Node-problem-detector's health checker names its conditions so, True meaning trouble.
    """
    found = _ACTIVE.search(text)
    if found is None:
        return None
    down = found["state"] in _FAILING
    name = "".join(word.capitalize() for word in unit.removesuffix(".service").split("-"))
    return compact(
        {
            "type": f"{name}Unhealthy",
            "status": str(down),
            "reason": f"{name}Unhealthy" if down else f"{name}IsHealthy",
            "message": f"{unit} is {found['state']} ({found['detail']})",
            "lastTransitionTime": ago(_age(found["age"] or ""), now),
        }
    )


def _age(text: str) -> str:
    """`1h 17min` in the notation of kubectl."""
    return text.replace("min", "m").replace(" ", "").replace("month", "").replace("week", "")
