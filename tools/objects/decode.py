"""From the API's JSON to structs, with the place of whatever is wrong.

A real server prints `null` where its own documentation promises a list, so an object that does not fit is
tried once more with its nulls left out before it is called malformed.
"""

from collections.abc import Callable, Iterator

import msgspec

from tools.errors import InputError
from tools.objects import capacity, events, network, pods, workloads
from tools.objects.meta import Wire

KINDS: dict[str, type[Wire]] = {
    "Pod": pods.Pod,
    "Deployment": workloads.Workload,
    "StatefulSet": workloads.Workload,
    "DaemonSet": workloads.Workload,
    "ReplicaSet": workloads.ReplicaSet,
    "Job": workloads.Job,
    "CronJob": workloads.CronJob,
    "HorizontalPodAutoscaler": workloads.Autoscaler,
    "Service": network.Service,
    "EndpointSlice": network.EndpointSlice,
    "Endpoints": network.Endpoints,
    "Ingress": network.Ingress,
    "NetworkPolicy": network.NetworkPolicy,
    "Event": events.Event,
    "Node": capacity.Node,
    "Namespace": capacity.Namespace,
    "Lease": capacity.Lease,
    "ResourceQuota": capacity.ResourceQuota,
    "PersistentVolumeClaim": capacity.PersistentVolumeClaim,
    "PersistentVolume": capacity.PersistentVolume,
    "StorageClass": capacity.StorageClass,
    "ServiceAccount": capacity.ServiceAccount,
    "ConfigMap": capacity.ConfigMap,
}


class _Header(msgspec.Struct):
    """Enough of an object to know what it is."""

    kind: str
    metadata: dict[str, object] | None = None


class _List(msgspec.Struct):
    """A `kind: List` or `kind: PodList`."""

    items: list[msgspec.Raw]


# What damaged text makes the decoder raise: broken syntax or types, bytes that are no text, endless nesting.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_HEADER: msgspec.json.Decoder[_Header] = msgspec.json.Decoder(_Header)
_DECODERS = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}


def decode_list(text: bytes, where: str) -> Iterator[tuple[str, Wire]]:
    """Yield `(kind, object)` of every object of a Kubernetes List whose kind the engine reads.

    Raises:
        InputError: the text is not JSON, not a List, or an object has a field of a wrong type.
    """
    try:
        listed = msgspec.json.decode(text, type=_List)
    except _UNREADABLE as error:
        raise InputError(where, _line_of(text, error), f"expected a Kubernetes List in JSON ({error})") from None
    for number, raw in enumerate(listed.items):
        yield from _decode_item(bytes(raw), f"{where} items[{number}]")


def _decode_item(raw: bytes, where: str) -> Iterator[tuple[str, Wire]]:
    try:
        header = _HEADER.decode(raw)
    except _UNREADABLE as error:
        raise InputError(where, None, f"expected a Kubernetes object ({error})") from None
    decoder = _DECODERS.get(header.kind)
    if decoder is None:
        return
    yield header.kind, _decode_object(raw, header, where, decoder.decode)


def _decode_object(raw: bytes, header: _Header, where: str, decode: Callable[[bytes], Wire]) -> Wire:
    try:
        found = decode(raw)
    except _UNREADABLE:
        try:
            found = msgspec.convert(_without_nulls(msgspec.json.decode(raw)), KINDS[header.kind])
        except _UNREADABLE as error:
            name = (header.metadata or {}).get("name", "?")
            raise InputError(where, None, f"{header.kind} {name}: {error}") from None
    if isinstance(found, workloads.Workload):
        return msgspec.structs.replace(found, kind=header.kind)
    return found


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value if inner is not None]
    return value


def _line_of(text: bytes, error: Exception) -> int | None:
    """The line of a JSON syntax error: msgspec tells a byte offset at the end of its message."""
    digits = str(error).rsplit("byte ", 1)[-1].rstrip(")")
    return text.count(b"\n", 0, int(digits)) + 1 if digits.isdecimal() else None
