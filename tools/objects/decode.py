"""From the API's JSON to structs, with the place of whatever is wrong.

A real server prints `null` where its own documentation promises a list, so an object that does not fit is
tried once more with its nulls left out before it is called malformed.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from tools.errors import InputError
from tools.objects import capacity, events, network, pods, workloads
from tools.objects.meta import Wire

T = TypeVar("T")

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


class _Named(msgspec.Struct):
    """Enough of an object to call it by its name."""

    metadata: dict[str, object] = {}


class _List(msgspec.Struct):
    """A `kind: List` or `kind: PodList`."""

    items: list[msgspec.Raw]


class Page(msgspec.Struct):
    """One page of a live list.

    Attributes:
        items: The objects that could be read.
        unread: Why others could not, one sentence each.
        token: Where the next page begins; empty on the last one.
        version: The state that the whole list is of.
        remaining: Objects after this page, where the server tells.
        body: The page as it came.
    """

    items: list[Wire]
    unread: list[str]
    token: str
    version: str
    remaining: int | None
    body: bytes


class _PageMeta(msgspec.Struct, rename="camel"):
    """What a list says about itself."""

    resource_version: str = ""
    remaining_item_count: int | None = None
    token: str = msgspec.field(name="continue", default="")


class _PageOf(msgspec.Struct, Generic[T]):
    """A page as the server sends it; `items` of an empty list may be null, the kind may not be missing."""

    kind: str
    metadata: _PageMeta
    items: list[T] | None


def _page_decoder(struct: type[T]) -> "msgspec.json.Decoder[_PageOf[T]]":
    return msgspec.json.Decoder(_PageOf[struct])  # type: ignore[valid-type]


# What damaged text makes the decoder raise: broken syntax or types, bytes that are no text, endless nesting.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_HEADER: msgspec.json.Decoder[_Header] = msgspec.json.Decoder(_Header)
_DECODERS = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}
_PAGES = {kind: _page_decoder(struct) for kind, struct in KINDS.items()}
_RAW_PAGE: msgspec.json.Decoder[_PageOf[msgspec.Raw]] = msgspec.json.Decoder(_PageOf[msgspec.Raw])


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


def decode_page(text: bytes, kind: str) -> Page:
    """One page of a list of `kind`, whose items do not say their kind themselves.

    Raises:
        InputError: the text is no such list; one object that does not fit is left out and told instead.
    """
    try:
        page = _PAGES[kind].decode(text)
        items = [_of_kind(one, kind) for one in page.items or ()]
    except _UNREADABLE:
        return _page_by_item(text, kind)
    return _checked(page, kind, items, [], text)


def fits(raw: bytes, kind: str) -> bool:
    """Whether an object of a kind can be read."""
    try:
        _decode_object(raw, kind, kind)
    except InputError:
        return False
    return True


def _page_by_item(text: bytes, kind: str) -> Page:
    """The page, its objects one by one, so that one that does not fit spoils no other."""
    page = _raw_page(text, kind)
    items: list[Wire] = []
    unread: list[str] = []
    for number, raw in enumerate(page.items or ()):
        try:
            items.append(_decode_object(bytes(raw), kind, f"items[{number}]"))
        except InputError as error:
            unread.append(str(error))
    return _checked(page, kind, items, unread, text)


def _checked(page: "_PageOf[T]", kind: str, items: list[Wire], unread: list[str], body: bytes) -> Page:
    if page.kind not in {f"{kind}List", "List"}:
        raise InputError(f"{kind}List", None, f"expected a {kind}List, got a {page.kind}")
    meta = page.metadata
    return Page(items, unread, meta.token, meta.resource_version, meta.remaining_item_count, body)


def _raw_page(text: bytes, kind: str) -> "_PageOf[msgspec.Raw]":
    try:
        return _RAW_PAGE.decode(text)
    except _UNREADABLE as error:
        raise InputError(f"{kind}List", None, f"expected a {kind}List in JSON ({error})") from None


def _decode_item(raw: bytes, where: str) -> Iterator[tuple[str, Wire]]:
    try:
        header = _HEADER.decode(raw)
    except _UNREADABLE as error:
        raise InputError(where, None, f"expected a Kubernetes object ({error})") from None
    if header.kind in KINDS:
        yield header.kind, _decode_object(raw, header.kind, where)


def _decode_object(raw: bytes, kind: str, where: str) -> Wire:
    try:
        found = _DECODERS[kind].decode(raw)
    except _UNREADABLE:
        try:
            found = msgspec.convert(_without_nulls(msgspec.json.decode(raw)), KINDS[kind])
        except _UNREADABLE as error:
            raise InputError(where, None, f"{kind} {_name_in(raw)}: {error}") from None
    return _of_kind(found, kind)


def _of_kind(found: Wire, kind: str) -> Wire:
    return msgspec.structs.replace(found, kind=kind) if isinstance(found, workloads.Workload) else found


def _name_in(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw, type=_Named).metadata.get("name", "?")
    except _UNREADABLE:
        return "?"


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
