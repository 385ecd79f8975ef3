"""The logs of a zero that moves: what told of the old one goes, callers of the new one complain in their own voice."""

import re
from datetime import datetime
from string import Template

from evals.metamorphic.base import Base
from evals.metamorphic.hop_cluster import Place
from evals.metamorphic.interleave import at_of, file_of, merged
from evals.metamorphic.recording import Recording
from tools.callgraph import FAILED, Hit

_TROUBLE = re.compile(
    r"refused|time[d-]? ?out|unreachable|unavailable|reset by peer|no route|EAI_AGAIN|failed", re.IGNORECASE
)

_FORMS = {
    r" --- \[": "$at.$milli ERROR 1 --- [nio-80-exec-3] o.s.web.client.RestTemplate : "
    'I/O error on POST request for "$url": Connection refused (Connection refused); '
    "nested exception is java.net.ConnectException: Connection refused",
    r'\{"level":\d\d': '{"level":50,"time":$epoch,"err":{"type":"AxiosError","message":"connect ECONNREFUSED $address",'
    '"code":"ECONNREFUSED"},"url":"$url","msg":"request failed"}',
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ": "$at,$milli ERROR [client] POST $url failed: "
    "httpx.ConnectError: [Errno 111] Connection refused",
    r" \x1b\[0m(?:GET|POST)": "Error: connect ECONNREFUSED $address",
    r"ts=\d": r'ts=$stamp caller=client.go:41 err="Post \"$url\": dial tcp $address: connect: connection refused"',
    "": '$go Post "$url": dial tcp $address: connect: connection refused',
}
"""How Spring, pino, httpx, Node, go-kit and Go say that a call was refused, by a sign of their way of logging."""


def moved_logs(base: Base, recording: Recording, places: tuple[Place, Place], caller: str, at: datetime) -> Recording:
    """The recording's logs, changed from the moment `at` on.

    Args:
        base: What the run was made of.
        recording: The run, its objects already changed.
        places: Where the zero was and where it is now.
        caller: The component that calls the new place.
        at: When the replicas went.
    """
    source, target = places
    told = _told(base, source, at)
    found = _without_old(base, recording, places, at)
    name = _log_of(base, found, caller, source)
    text = found.text(name) if name in found.files else ""
    voice = text or "".join(
        recording.text(one) for one in recording.logs() if one.rpartition("/")[0] == name.rpartition("/")[0]
    )
    url, address = _address(base, target, caller)
    lines = [complaint(voice, moment, url, address) for moment in told]
    return found.with_texts({name: merged(text, lines)})


def complaint(voice: str, at: datetime, url: str, address: str) -> str:
    """How a program that writes like `voice` says that a call was refused.

    Args:
        voice: Earlier lines of the program.
        at: When, UTC.
        url: What it called.
        address: `IP:port` of the Service.
    """
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z"
    parts = {
        "stamp": stamp,
        "at": f"{at:%Y-%m-%d %H:%M:%S}",
        "go": f"{at:%Y/%m/%d %H:%M:%S}",
        "milli": f"{at.microsecond // 1000:03d}",
        "epoch": int(at.timestamp() * 1000),
        "url": url,
        "address": address,
    }
    form = next((form for sign, form in _FORMS.items() if re.search(sign, voice)), _FORMS[""])
    return f"{stamp} {Template(form).substitute(parts)}"


def _told(base: Base, source: Place, at: datetime) -> list[datetime]:
    """When calls to the old place failed."""
    component = f"{source.namespace}/deployment/{source.name}"
    hits = [hit for edge in base.scene.graph.callers_of(component) for hit in edge.hits if hit.family in FAILED]
    return sorted({hit.at for hit in hits if hit.at and hit.at >= at})


def _without_old(base: Base, recording: Recording, places: tuple[Place, Place], at: datetime) -> Recording:
    source, _ = places
    graph = base.scene.graph
    ids = [f"{place.namespace}/deployment/{place.name}" for place in places]
    hits: list[Hit] = [hit for one in ids for edge in graph.callers_of(one) for hit in edge.hits]
    gone = {
        (file_of(hit.ref), base.scene.snapshot.logs[hit.ref].times[hit.line]) for hit in hits if hit.at and hit.at >= at
    }
    names = "|".join(re.escape(name) for name in {source.name, *source.services})
    address = re.compile(rf"(?://|lookup |@|\b)(?:{names})\b", re.IGNORECASE)
    callers = {edge.caller for edge in graph.callers_of(ids[0])}
    texts = {}
    for name in recording.logs():
        owner = base.scene.snapshot.component_of_pod_name(*name.split("/")[1:3])
        kept = []
        for line in recording.text(name).splitlines():
            moment = at_of(line)
            late = moment is not None and moment >= at
            mentions = bool(_TROUBLE.search(line)) and (bool(address.search(line)) or owner in callers)
            if not (late and (owner == ids[1] or (name, moment) in gone or mentions)):
                kept.append(line)
        texts[name] = "".join(f"{line}\n" for line in kept)
    return recording.with_texts(texts)


def _log_of(base: Base, recording: Recording, caller: str, source: Place) -> str:
    namespace, _, name = caller.split("/", 2)
    if name == source.name:
        pod = source.pods[0]
    else:
        pods = [pod.metadata.name for pod in base.scene.snapshot.pods_by_component[caller]]
        pod = next((one for one in pods if recording.logs(namespace, one)), pods[0])
    current = [one for one in recording.logs(namespace, pod) if not one.endswith(".previous.log")]
    template = base.scene.snapshot.template_of(caller)
    container = template.containers[0].name if template else name
    return current[0] if current else f"logs/{namespace}/{pod}/{container}.log"


def _address(base: Base, target: Place, caller: str) -> tuple[str, str]:
    """The URL and the `IP:port` under which the caller knows the target's Service."""
    service = base.scene.snapshot.services[target.namespace, target.services[0]]
    port = service.spec.ports[0].port
    host = (
        target.services[0] if caller.startswith(f"{target.namespace}/") else f"{target.services[0]}.{target.namespace}"
    )
    return f"http://{host}{'' if port == 80 else f':{port}'}/", f"{service.spec.cluster_ip or '10.96.0.77'}:{port}"
