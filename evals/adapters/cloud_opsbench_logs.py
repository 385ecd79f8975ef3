"""Logs of Cloud-OpsBench: error lines only, either as lines of containers or as counted patterns."""

import json
from collections.abc import Mapping
from datetime import datetime

from tools.kubectl_text.logs import stamped
from tools.log_lines import own_time
from tools.objects.pods import Pod
from tools.source import LogRef
from tools.text_cluster import TextCluster

MOST_COPIES = 100
"""A pattern's sample is repeated as often as it was counted, up to this."""
_SIDECARS = frozenset({"istio-proxy", "linkerd-proxy"})


def logs_of(
    answers: list[tuple[Mapping[str, object], object]], cluster: TextCluster, now: datetime
) -> dict[LogRef, str]:
    """The lines of every service that has a pod; what was asked by a service's name is its first troubled pod's."""
    found: dict[LogRef, str] = {}
    for asked, answer in answers:
        pods = cluster.pods_of(str(asked.get("service_name")))
        if not pods:
            continue
        for name, text in _texts(answer, now).items():
            ref = _ref(pods[0], name)
            found[ref] = found.get(ref, "") + stamped(text, now)
    return found


def _texts(answer: object, now: datetime) -> dict[str, str]:
    """Text by what the benchmark calls its origin: `app`, `previous` or a sidecar."""
    if isinstance(answer, str) and answer.lstrip().startswith("{"):
        try:
            answer = json.loads(answer)
        except ValueError:
            return {}
    if not isinstance(answer, Mapping):
        return {}
    if isinstance(answer.get("patterns"), list):
        return {"app": "".join(_repeated(one, now) for one in answer["patterns"] if isinstance(one, Mapping))}
    return {
        str(name): "\n".join(str(chunk) for chunk in chunks) + "\n"
        for name, chunks in answer.items()
        if isinstance(chunks, list)
    }


def _repeated(pattern: Mapping[object, object], now: datetime) -> str:
    sample, count = pattern.get("sample"), pattern.get("count")
    if not isinstance(sample, str) or not isinstance(count, int):
        return ""
    at = own_time(sample) or now
    return stamped(sample, min(at, now)) * min(count, MOST_COPIES)


def _ref(pod: Pod, origin: str) -> LogRef:
    names = [one.name for one in pod.spec.containers]
    main = next((name for name in names if name not in _SIDECARS), "app")
    container = origin if origin in names else main
    return LogRef(pod.metadata.namespace, pod.metadata.name, container, origin == "previous")
