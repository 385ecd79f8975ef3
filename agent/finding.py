"""Findings: what detectors state about components. Plain frozen structs, made by the thousand."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from agent.diagnosis import Op

Role = Literal["symptom", "cause", "background"]


class Predicate(Struct, frozen=True):
    """A claim before it is checked; `path` is a JSON Pointer into the evidence's value."""

    text: str
    evidence: str
    op: Op
    path: str = ""
    value: object = None


class Finding(Struct, frozen=True, kw_only=True):
    """One statement about one component.

    Attributes:
        component: The object whose change would mend it (a component id, or a host).
        condition: A failure mode, or a symptom's own name such as `calls_fail`.
        role: Whether it is what is suffered, what may explain it, or neither.
        since, until: When it held, as far as evidence shows; `until` None means it still does.
        strength: 0 to 1, how surely the evidence shows this condition and no other.
        touches: Components whose trouble the condition can explain beside `component` itself
            (a Service's pods, the two ends of a blocked edge).
        on_edge: The (caller, callee) pair that the finding is about, if it is about one.
    """

    component: str
    condition: str
    role: Role
    claims: tuple[Predicate, ...] = ()
    names: tuple[str, ...] = ()
    detail: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    strength: float = 0.5
    touches: tuple[str, ...] = ()
    on_edge: tuple[str, str] | None = None
    says: str = ""
