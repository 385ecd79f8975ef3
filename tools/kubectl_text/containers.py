"""Containers, their states and volumes as `describe` prints them, in pods and in pod templates."""

import re

from tools.kubectl_text.outline import Entry
from tools.kubectl_text.shape import Json, compact, moment, pairs, ports, said, whole

_SECONDS = re.compile(r"(delay|timeout|period)=(\d+)s")
_FAILURES = re.compile(r"#failure=(\d+)")
_HTTP = re.compile(r"http-get (?P<scheme>https?)://(?P<host>[^:/]*):(?P<port>[^/\s]*)(?P<path>/\S*)?")
_TCP = re.compile(r"tcp-socket \S*?:(?P<port>\S*)")
_GRPC = re.compile(r"grpc \S*?:(?P<port>\d+)")
_EXEC = re.compile(r"exec \[(?P<command>.*?)\] delay=")
_KEY_OF = re.compile(r"<set to the key '(?P<key>[^']*)' (?:in secret|of config map) '(?P<name>[^']*)'>")
# What stands behind a value that the downward API gives: a field of the pod or an amount of its resources.
_REFERENCE = re.compile(r"\s*\((?:v1:[^)]*|(?:limits|requests)\.[\w.-]+)\)$")
_TOLERATION = re.compile(r"(?P<key>[^\s=:]*)(?:=(?P<value>[^\s:]*))?(?::(?P<effect>\w+))?(?:\s+op=(?P<operator>\w+))?")
_TIMES = {"delay": "initialDelaySeconds", "timeout": "timeoutSeconds", "period": "periodSeconds"}


def pod_spec(entry: Entry) -> Json:
    """The spec of a pod or of a pod template."""
    return compact(
        {
            "containers": [container(one) for one in entry.entries("Containers") if one.key],
            "initContainers": [container(one) for one in entry.entries("Init Containers") if one.key],
            "volumes": [volume(one) for one in entry.entries("Volumes") if one.key],
            "nodeSelector": pairs(entry.lines("Node-Selectors")),
            "tolerations": [toleration(line) for line in entry.lines("Tolerations")],
            "serviceAccountName": entry.said("Service Account"),
        }
    )


def container(entry: Entry) -> Json:
    """What one container asks for."""
    resources = {name.lower(): _amounts(entry, name) for name in ("Limits", "Requests")}
    probes = {f"{name.lower()}Probe": probe(entry.said(name)) for name in ("Liveness", "Readiness", "Startup")}
    return compact(
        {
            "name": entry.key,
            "image": entry.said("Image"),
            "command": [one.text for one in entry.entries("Command")],
            "args": [one.text for one in entry.entries("Args")],
            "ports": _ports(entry.said("Port") or entry.said("Ports")),
            "env": [one for line in entry.entries("Environment") if (one := _variable(line))],
            "envFrom": [one for line in entry.entries("Environment Variables from") if (one := _env_from(line.text))],
            "resources": compact(dict(resources)),
            "volumeMounts": [one for line in entry.entries("Mounts") if (one := _mount(line.text))],
            **probes,
        }
    )


def container_status(entry: Entry) -> Json:
    """What the kubelet says of one container; a container that never started has no state."""
    return compact(
        {
            "name": entry.key,
            "image": entry.said("Image"),
            "state": _state(entry.find("State")),
            "lastState": _state(entry.find("Last State")),
        }
    ) | {"ready": entry.said("Ready") == "True", "restartCount": whole(entry.said("Restart Count"))}


def probe(text: str) -> Json | None:
    """A probe line such as `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`."""
    if not text:
        return None
    found: Json = {_TIMES[name]: int(seconds) for name, seconds in _SECONDS.findall(text)}
    failures = _FAILURES.search(text)
    if failures:
        found["failureThreshold"] = int(failures[1])
    if http := _HTTP.match(text):
        found["httpGet"] = {
            "scheme": http["scheme"].upper(),
            "port": _port(http["port"]),
            "path": http["path"] or "/",
        }
    elif tcp := _TCP.match(text):
        found["tcpSocket"] = {"port": _port(tcp["port"])}
    elif grpc := _GRPC.match(text):
        found["grpc"] = {"port": int(grpc["port"])}
    elif command := _EXEC.match(text):
        found["exec"] = {"command": command["command"].split()}
    return found


def volume(entry: Entry) -> Json:
    """A volume whose kind matters to anybody: ConfigMap, Secret or claim."""
    kind = entry.said("Type").partition(" ")[0]
    optional = entry.said("Optional") == "true" or None
    found: Json = {"name": entry.key}
    if kind == "ConfigMap":
        found["configMap"] = compact({"name": entry.said("Name"), "optional": optional})
    elif kind == "Secret":
        found["secret"] = compact({"secretName": entry.said("SecretName"), "optional": optional})
    elif kind == "PersistentVolumeClaim":
        found["persistentVolumeClaim"] = {"claimName": entry.said("ClaimName")}
    return found


def toleration(line: str) -> Json:
    """A toleration line such as `dedicated=gpu:NoSchedule` or `node.kubernetes.io/not-ready:NoExecute op=Exists`."""
    found = _TOLERATION.match(line)
    return compact({key: value for key, value in found.groupdict().items() if value}) if found else {}


def _amounts(entry: Entry, name: str) -> Json:
    return {one.key: one.value for one in entry.entries(name) if one.key}


def _ports(text: str) -> list[Json]:
    return [
        compact({"containerPort": port, "protocol": protocol, "name": name}) for port, protocol, name in ports(text)
    ]


def _port(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _variable(entry: Entry) -> Json | None:
    if not entry.key:
        return None
    taken = _KEY_OF.match(entry.value)
    if taken:
        kind = "secretKeyRef" if "in secret" in entry.value else "configMapKeyRef"
        optional = "Optional: true" in entry.value or None
        return {"name": entry.key, "valueFrom": {kind: compact({**taken.groupdict(), "optional": optional})}}
    return {"name": entry.key, "value": said(_REFERENCE.sub("", entry.value))}


def _env_from(text: str) -> Json | None:
    words = re.split(r"\s{2,}", text)
    if len(words) < 2:
        return None
    kind = "secretRef" if words[1].startswith("Secret") else "configMapRef"
    return {kind: compact({"name": words[0], "optional": "Optional: true" in text or None})}


def _mount(text: str) -> Json | None:
    path, middle, rest = text.partition(" from ")
    if not middle:
        return None
    return compact({"mountPath": path, "name": rest.split(" ")[0], "readOnly": "(ro" in rest or None})


def _state(entry: Entry | None) -> Json | None:
    if entry is None:
        return None
    reason, message = entry.said("Reason"), "\n".join(entry.lines("Message"))
    match entry.value:
        case "Running":
            return {"running": compact({"startedAt": moment(entry.said("Started"))})}
        case "Waiting":
            return {"waiting": compact({"reason": reason, "message": message})}
        case "Terminated":
            return {"terminated": _terminated(entry, reason, message)}
        case _:
            return None


def _terminated(entry: Entry, reason: str, message: str) -> Json:
    times = {"startedAt": moment(entry.said("Started")), "finishedAt": moment(entry.said("Finished"))}
    numbers = {"exitCode": whole(entry.said("Exit Code")), "signal": whole(entry.said("Signal"))}
    return compact({"reason": reason, "message": message, **times}) | numbers
