"""What a fault is: what it acts on, and what it leaves behind."""

from typing import NamedTuple

from evals.benchmarks.estate.team import AT, Place, Team
from evals.benchmarks.estate.traffic import Break
from evals.generator.kit import Part, later
from evals.generator.kit_logs import Logs
from evals.generator.kit_run import Label

SINCE = later(AT, -4)


class Fault(NamedTuple):
    """What a fault did: the calls that it breaks, and the answer."""

    breaks: tuple[Break, ...]
    label: Label


class Scene(NamedTuple):
    """Where a fault may act."""

    team: Team
    system: Place
    logs: Logs

    @property
    def callee(self) -> str:
        """The program that breaks, if one does."""
        return self.team.rng.choice((self.team.first, self.team.deep, self.team.second))


def internal(component: str, mode: str, why: str, *modes: str, **parts: Part) -> Label:
    """A label of ours; `modes` are further right ids, `components` further right names."""
    also = {"components": tuple(parts.get("components", ())), "failure_modes": modes}
    return Label("internal", component, mode, (), (), why, also, unscored=("remediation",))
