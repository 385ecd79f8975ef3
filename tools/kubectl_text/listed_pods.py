"""A pod from its row in `kubectl get pods`, whose STATUS mixes phases with reasons of containers."""

import re
from datetime import datetime
from typing import NamedTuple

from tools.kubectl_text.shape import Json, ago, compact, said, whole
from tools.kubectl_text.tables import Row

_PHASES = frozenset({"Pending", "Running", "Succeeded", "Failed", "Unknown"})
_MOST_CONTAINERS = 100
_ENDED = {"Completed": "Succeeded", "Error": "Failed", "OOMKilled": "Failed", "Evicted": "Failed"}
_OF_POD = frozenset({"Evicted", "NodeLost", "Shutdown", "UnexpectedAdmissionError", "Preempting", "NodeAffinity"})


class Restarts(NamedTuple):
    """Restarts of all containers, and when the last one's earlier instance ended, RFC 3339."""

    times: int
    last: str | None


def pod(row: Row, now: datetime) -> Json:
    """What a row tells. Containers are only counted there, so they are named by their number."""
    state = row.get("STATUS", "")
    counted = row.get("READY", "").partition("/")
    ready, count = whole(counted[0]), whole(counted[2])
    spec = {"nodeName": said(row.get("NODE", ""))}
    status = {
        "phase": _phase(state),
        "reason": state if state in _OF_POD else "",
        "podIP": said(row.get("IP", "")),
        "conditions": _conditions(row, ready >= (count or 1)),
        "containerStatuses": _statuses(state, ready, min(count, _MOST_CONTAINERS), _restarts(row, now)),
    }
    return {"spec": compact(spec), "status": compact(status)}


def _phase(state: str) -> str:
    if state in _PHASES:
        return state
    if state in _ENDED:
        return _ENDED[state]
    return "Running" if state in {"CrashLoopBackOff", "Terminating", "NotReady"} else "Pending"


def _conditions(row: Row, ready: bool) -> list[Json]:
    found: list[Json] = [{"type": "Ready", "status": str(ready)}]
    if "NODE" in row:
        found.append({"type": "PodScheduled", "status": str(bool(said(row["NODE"])))})
    return found


def _restarts(row: Row, now: datetime) -> Restarts:
    """`7 (2m ago)`: how often, and when the instance before ended."""
    text = row.get("RESTARTS", "")
    found = re.search(r"\((\S+) ago\)", text)
    return Restarts(whole(text), ago(found[1], now) if found else None)


def _statuses(state: str, ready: int, count: int, restarts: Restarts) -> list[Json]:
    """Ready containers first; the reason belongs to one that is not."""
    if state == "Pending" or re.match(r"Init:", state):
        return []
    found: list[Json] = []
    for number in range(count):
        one: Json = {"name": f"container-{number + 1}", "ready": number < ready, "restartCount": restarts.times}
        if number >= ready and state not in _PHASES and state != "Terminating":
            ended = state in {"Completed", "Error", "OOMKilled"}
            one["state"] = {"terminated" if ended else "waiting": {"reason": state}}
        elif number < ready:
            one["state"] = {"running": {}}
        if restarts.last and (count == 1 or number >= ready):
            one["lastState"] = {"terminated": {"finishedAt": restarts.last}}
        found.append(one)
    return found
