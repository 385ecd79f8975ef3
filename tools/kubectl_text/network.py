"""Services, endpoints, ingresses and autoscalers as `describe` prints them."""

import re

from tools.kubectl_text.outline import Entry
from tools.kubectl_text.shape import Json, compact, pairs, ports, said, split_address
from tools.kubectl_text.tables import rows
from tools.kubectl_text.workloads import block, metadata

_MORE = re.compile(r"\s*\+ \d+ more\.\.\.")


def service(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """A Service."""
    address = entry.said("IP")
    spec = {
        "type": entry.said("Type"),
        "selector": pairs(entry.lines("Selector")),
        "clusterIP": "None" if entry.value == "None" else address,
        "externalName": entry.said("External Name"),
        "ports": _service_ports(entry),
    }
    return {"metadata": metadata(entry), "spec": compact(spec)}


def endpoints_of_service(entry: Entry) -> Json | None:
    """The ready backends that a described Service lists, as an Endpoints object; None if it lists none at all."""
    lists = [one.value for one in entry.each("Endpoints")]
    if not lists:
        return None
    return {"metadata": _bare(entry), "subsets": [one for text in lists for one in subsets(text)]}


def subsets(text: str) -> list[Json]:
    """`10.0.0.1:80,10.0.0.2:80 + 3 more...` as subsets, one for each port; the count of the rest is lost."""
    by_port: dict[int | None, list[Json]] = {}
    for item in _MORE.sub("", said(text)).split(","):
        if item.strip():
            host, port = split_address(item)
            by_port.setdefault(port, []).append({"ip": host})
    return [compact({"addresses": found, "ports": [{"port": port}] if port else []}) for port, found in by_port.items()]


def endpoints(entry: Entry, raw: str) -> Json:
    """An Endpoints object."""
    found: list[Json] = []
    for addresses in entry.entries("Subsets"):
        if addresses.key == "Addresses":
            found.append({"addresses": _addresses(addresses.value)})
        elif addresses.key == "NotReadyAddresses" and found:
            found[-1]["notReadyAddresses"] = _addresses(addresses.value)
    listed = [
        compact({"name": said(row["Name"]), "port": int(row["Port"]), "protocol": row.get("Protocol", "TCP")})
        for row in rows(_below_ports(block(raw, "Subsets")))
        if row.get("Port", "").isdecimal()
    ]
    for one in found:
        one["ports"] = listed
    return {"metadata": metadata(entry), "subsets": found}


def ingress(entry: Entry, raw: str) -> Json:
    """An Ingress; a path without a host belongs to every host."""
    rules: dict[str, list[Json]] = {}
    host = ""
    for line in block(raw, "Rules").splitlines():
        found = re.match(r"\s+(?P<host>\S+)?\s+(?P<path>/\S*)?\s+(?P<service>[\w-]+):(?P<port>\S+) \(", line)
        if found:
            host = found["host"] or host
            backend = _backend(found["service"], found["port"])
            rules.setdefault(host, []).append({"path": found["path"] or "/", "backend": backend})
        elif re.fullmatch(r"\s+[\w.*-]+\s*", line):
            host = line.strip()
    spec = {
        "ingressClassName": entry.said("Ingress Class"),
        "rules": [{"host": "" if at == "*" else at, "http": {"paths": paths}} for at, paths in rules.items()],
    }
    return {"metadata": metadata(entry), "spec": compact(spec)}


def autoscaler(entry: Entry, raw: str) -> Json:  # noqa: ARG001 - all readers have one signature
    """A HorizontalPodAutoscaler's target and bounds."""
    kind, _, name = entry.said("Reference").partition("/")
    found = re.match(r"(\d+) current / (\d+) desired", entry.said("Deployment pods"))
    spec = {
        "scaleTargetRef": {"kind": kind, "name": name},
        "minReplicas": int(entry.said("Min replicas") or 1),
        "maxReplicas": int(entry.said("Max replicas") or 0),
    }
    status = {"currentReplicas": int(found[1]), "desiredReplicas": int(found[2])} if found else {}
    return {"metadata": metadata(entry), "spec": spec, "status": status}


def _service_ports(entry: Entry) -> list[Json]:
    found: list[Json] = []
    for one in entry.below:
        if one.key == "Port":
            listed = ports(one.value)
            name = one.value.split()[0] if len(one.value.split()) > 1 else ""
            if listed:
                found.append(compact({"port": listed[0][0], "protocol": listed[0][1], "name": said(name)}))
        elif one.key == "TargetPort" and found:
            target = one.value.partition("/")[0]
            found[-1]["targetPort"] = int(target) if target.isdecimal() else target
    return found


def _addresses(text: str) -> list[Json]:
    return [{"ip": one.strip()} for one in said(text).split(",") if one.strip()]


def _below_ports(text: str) -> str:
    return text.partition("Ports:")[2].lstrip("\n")


def _backend(name: str, port: str) -> Json:
    return {"service": {"name": name, "port": {"number": int(port)} if port.isdecimal() else {"name": port}}}


def _bare(entry: Entry) -> Json:
    return compact({"name": entry.said("Name"), "namespace": entry.said("Namespace")})
