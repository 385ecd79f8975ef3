"""What every Kubernetes object carries: names, owners, times and who last wrote which field."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

_ACRONYMS = {"pod_ip": "podIP", "host_ip": "hostIP", "cluster_ip": "clusterIP"}


def _api_name(field: str) -> str:
    """The API's spelling of a field: camelCase, but for its few acronyms."""
    first, *rest = field.split("_")
    return _ACRONYMS.get(field) or first + "".join(word.capitalize() for word in rest)


class Wire(Struct, frozen=True, rename=_api_name):
    """Base of all object structs: camelCase on the wire, unknown fields ignored, missing ones defaulted."""


class OwnerReference(Wire, frozen=True):
    """The controller or owner above an object."""

    kind: str
    name: str
    controller: bool | None = None


class ManagedField(Wire, frozen=True):
    """One entry of `metadata.managedFields`: a writer, its time, and the tree of fields it owns.

    Often the only trace of who scaled what and when: `kubectl scale` and autoscalers write with
    `subresource: scale`.
    """

    manager: str = ""
    operation: str = ""
    time: datetime | None = None
    subresource: str = ""
    fields_v1: dict[str, object] | None = None

    def owns(self, *path: str) -> bool:
        """Whether the writer owns the field at `path`, such as `("spec", "replicas")`."""
        tree: object = self.fields_v1
        for step in path:
            if not isinstance(tree, Mapping) or f"f:{step}" not in tree:
                return False
            tree = tree[f"f:{step}"]
        return True

    def leaves(self) -> Iterator[tuple[str, ...]]:
        """Yield every owned field as a path of plain names; list members appear as `k:{...}` texts."""
        yield from _leaves(self.fields_v1 or {}, ())


def _leaves(tree: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, below in tree.items():
        if key == ".":
            continue
        here = (*above, key.removeprefix("f:"))
        if isinstance(below, Mapping) and below:
            yield from _leaves(below, here)
        else:
            yield here


class Meta(Wire, frozen=True):
    """Object metadata without the write history (pods and replica sets, of which there are many)."""

    name: str
    namespace: str = ""
    uid: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: list[OwnerReference] = []
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    generation: int = 0

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that controls the object, else the first owner, else None."""
        chosen = [owner for owner in self.owner_references if owner.controller]
        return next(iter(chosen or self.owner_references), None)


class TrackedMeta(Meta, frozen=True):
    """Metadata with the write history."""

    managed_fields: list[ManagedField] = []


class Condition(Wire, frozen=True):
    """One entry of `status.conditions`; `status` is `True`, `False` or `Unknown`."""

    type: str
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None
    last_update_time: datetime | None = None


class LabelExpression(Wire, frozen=True):
    """One `matchExpressions` entry."""

    key: str
    operator: str
    values: list[str] = []

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` satisfy the expression; an unknown operator matches nothing."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value in self.values
            case "NotIn":
                return value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case _:
                return False


class LabelSelector(Wire, frozen=True):
    """A label selector; an empty one matches everything, as in the API."""

    match_labels: dict[str, str] = {}
    match_expressions: list[LabelExpression] = []

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` satisfy every part of the selector."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            expression.matches(labels) for expression in self.match_expressions
        )


class ObjectReference(Wire, frozen=True):
    """The object that an event or an autoscaler points at."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    field_path: str = ""
    uid: str = ""


def condition(conditions: list[Condition], kind: str) -> Condition | None:
    """The condition of type `kind`, or None."""
    return next((one for one in conditions if one.type == kind), None)
