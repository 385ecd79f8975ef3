"""Words and notations that all printers share: kinds, labels, ages, times, ports, access modes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeAlias

Json: TypeAlias = dict[str, object]
"""A Kubernetes object, or a part of one, as the API would write it in JSON."""

_NOTHING = frozenset({"<none>", "<unset>", "<unknown>", "<nil>", "<pending>", "<error>", "n/a"})
_UNITS = {
    "y": timedelta(days=365),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_AGE = re.compile(r"(\d+)([ydhms])")
_AGES = re.compile(r"(?:\d+[ydhms])+")
_PORT = re.compile(r"(?P<port>\d+)/(?P<protocol>[A-Z]+)(?: \((?P<name>[^)]+)\))?")
_ACCESS = {
    "RWO": "ReadWriteOnce",
    "ROX": "ReadOnlyMany",
    "RWX": "ReadWriteMany",
    "RWOP": "ReadWriteOncePod",
}
_KINDS = {
    "Pod": "po",
    "Deployment": "deploy",
    "StatefulSet": "sts",
    "DaemonSet": "ds",
    "ReplicaSet": "rs",
    "Job": "",
    "CronJob": "cj",
    "HorizontalPodAutoscaler": "hpa",
    "Service": "svc",
    "EndpointSlice": "",
    "Endpoints": "ep",
    "Ingress": "ing",
    "NetworkPolicy": "netpol",
    "Event": "ev",
    "Node": "no",
    "Namespace": "ns",
    "ResourceQuota": "quota",
    "PersistentVolumeClaim": "pvc",
    "PersistentVolume": "pv",
    "StorageClass": "sc",
    "ServiceAccount": "sa",
    "ConfigMap": "cm",
    "Secret": "",
}
_BY_NAME = {
    name: kind
    for kind, short in _KINDS.items()
    for name in (kind.lower(), f"{kind.lower()}s", f"{kind.lower()}es", f"{kind.lower()[:-1]}ies", short)
    if name
}


def kind_named(text: str) -> str | None:
    """The kind that `kubectl` knows by this word (`po`, `pods`, `deployment.apps`), or None."""
    return _BY_NAME.get(text.partition(".")[0].lower())


def said(text: str) -> str:
    """A printed value; an empty string for the ways of printing nothing."""
    text = text.strip()
    return "" if text in _NOTHING else text


def ago(age: str, now: datetime) -> str | None:
    """The moment that lies an age such as `5m32s` or `2d4h` before `now`, RFC 3339; None if it is no age."""
    age = age.strip()
    if not _AGES.fullmatch(age):
        return None
    try:
        past = sum((int(number) * _UNITS[unit] for number, unit in _AGE.findall(age)), timedelta())
        return stamp(now - past)
    except OverflowError:
        return None


def moment(text: str) -> str | None:
    """A time as `describe` prints it (RFC 1123 with a numeric zone), as RFC 3339; None if it is none."""
    try:
        return stamp(parsedate_to_datetime(text.strip()))
    except (ValueError, IndexError):
        return None


def stamp(at: datetime) -> str:
    """A time as the API writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pairs(lines: list[str]) -> dict[str, str]:
    """`key=value` items, one a line or comma-separated."""
    found: dict[str, str] = {}
    for item in ",".join(lines).split(","):
        key, equals, value = item.strip().partition("=")
        if equals and key:
            found[key] = value
    return found


def ports(text: str) -> list[tuple[int, str, str]]:
    """`(number, protocol, name)` of texts like `8080/TCP (http), 9090/TCP`."""
    return [(int(one["port"]), one["protocol"], one["name"] or "") for one in _PORT.finditer(text)]


def access_modes(text: str) -> list[str]:
    """The API's words for `RWO,ROX`; long names stay."""
    return [_ACCESS.get(one.strip(), one.strip()) for one in text.split(",") if said(one)]


def split_address(text: str) -> tuple[str, int | None]:
    """Host and port of `10.0.0.1:80` or `[fd00::1]:80`."""
    host, _, port = text.strip().rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isdecimal() else (text.strip(), None)


def whole(text: str) -> int:
    """The number at the beginning of a text, 0 where there is none."""
    found = re.match(r"\s*(\d+)", text)
    return int(found[1]) if found else 0


def compact(found: Mapping[str, object]) -> Json:
    """Without the members that are empty: what was not printed must not look like a printed nothing."""
    return {key: value for key, value in found.items() if value not in (None, "", [], {})}
