"""A pod from its row in `kubectl get pods`, whose STATUS mixes phases with reasons of containers."""

import re

from tools.kubectl_text.shape import Json, compact, said, whole
from tools.kubectl_text.tables import Row

_PHASES = frozenset({"Pending", "Running", "Succeeded", "Failed", "Unknown"})
_ENDED = {"Completed": "Succeeded", "Error": "Failed", "OOMKilled": "Failed", "Evicted": "Failed"}
_OF_POD = frozenset({"Evicted", "NodeLost", "Shutdown", "UnexpectedAdmissionError", "Preempting", "NodeAffinity"})


def pod(row: Row) -> Json:
    """What a row tells. Containers are only counted there, so they are named by their number."""
    state = row.get("STATUS", "")
    ready, _, count = row.get("READY", "").partition("/")
    spec = {"nodeName": said(row.get("NODE", ""))}
    status = {
        "phase": _phase(state),
        "reason": state if state in _OF_POD else "",
        "podIP": said(row.get("IP", "")),
        "conditions": _conditions(row, int(ready or 0) >= int(count or 1)),
        "containerStatuses": _statuses(state, int(ready or 0), int(count or 0), whole(row.get("RESTARTS", ""))),
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


def _statuses(state: str, ready: int, count: int, restarts: int) -> list[Json]:
    """Ready containers first; the reason belongs to one that is not."""
    if state == "Pending" or re.match(r"Init:", state):
        return []
    found: list[Json] = []
    for number in range(count):
        one: Json = {"name": f"container-{number + 1}", "ready": number < ready, "restartCount": restarts}
        if number >= ready and state not in _PHASES and state != "Terminating":
            ended = state in {"Completed", "Error", "OOMKilled"}
            one["state"] = {"terminated" if ended else "waiting": {"reason": state}}
        elif number < ready:
            one["state"] = {"running": {}}
        found.append(one)
    return found
