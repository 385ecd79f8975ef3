"""The families of variants. Another one is a module with `FAMILY` and `variants`, and a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evals.metamorphic import clock, drop, herring, hop, interleave, order, owner, rename
from evals.metamorphic.base import Base
from evals.metamorphic.expected import Variant


@dataclass(frozen=True)
class Family:
    """One way to change a run.

    Attributes:
        needs_right: Made only from runs that are answered right: what is expected follows from the label.
            The others ask for the same answer, whatever it was.
    """

    name: str
    variants: Callable[[Base], Iterator[Variant]]
    needs_right: bool = True


FAMILIES = (
    Family(owner.FAMILY, owner.variants),
    Family(hop.FAMILY, hop.variants),
    Family(drop.FAMILY, drop.variants),
    Family(herring.FAMILY, herring.variants),
    Family(interleave.FAMILY, interleave.variants),
    Family(rename.FAMILY, rename.variants, needs_right=False),
    Family(order.FAMILY, order.variants, needs_right=False),
    Family(clock.FAMILY, clock.variants, needs_right=False),
)


def variants_of(base: Base) -> list[Variant]:
    """All variants of a run, not yet made."""
    right = base.right
    return [one for family in FAMILIES if right or not family.needs_right for one in family.variants(base)]
