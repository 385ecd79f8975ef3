"""Remediation: which actions mend which failure mode, with command, risk, undo and who; proposed, never run."""

from collections.abc import Callable

from agent.diagnosis import Risk, Step
from agent.failure_modes import failure_modes
from agent.finding import Finding
from agent.ownership import Owner
from agent.remedy_commands import Commands
from agent.remedy_names import Remedy
from agent.scene import Scene

MOST_STEPS = 5

_VENDOR = ("check_vendor_status", "contact_vendor", "failover", "circuit_break", "queue_and_retry")


def steps_for(scene: Scene, finding: Finding, owner: Owner) -> tuple[Step, ...]:
    """At most five steps for one cause: a look first, then what changes something."""
    commands = Commands(scene, finding, owner)
    made = [_step(action, commands, owner) for action in _actions(finding, owner) if _fits(action, commands)]
    checks = [] if owner.side == "third_party" else [_check(commands)]
    different: dict[tuple[str | None, str], Step] = {}
    for step in (*checks, *made):
        different.setdefault((step.component, step.command or step.title), step)
    return tuple(different.values())[:MOST_STEPS]


def none_needed(reason: str) -> Step:
    """The step of a `no_fault` verdict."""
    return Step(action="none_needed", title=reason, risk="none", who="on-call")


def more_evidence(query: str, why: str) -> Step:
    """The step of an `inconclusive` verdict: the read-only question that would decide."""
    return Step(action="collect_more_evidence", title=why, command=query or None, risk="none", who="on-call")


def _actions(finding: Finding, owner: Owner) -> tuple[str, ...]:
    if owner.side == "third_party":
        return _VENDOR
    mode = failure_modes().get(finding.condition)
    return mode.mends if mode else ()


def _fits(action: str, commands: Commands) -> bool:
    """Whether an action can help here: a store with replicas is not scaled, a first revision has none before it."""
    if action == "scale_up":
        return not (commands.keeps_state and commands.replicas)
    return action != "rollback" or commands.has_earlier_revision


def _step(action: str, commands: Commands, owner: Owner) -> Step:
    make: Callable[[], Remedy] = getattr(commands, action)
    remedy = make()
    of_store = commands.keeps_state and remedy.component in {commands.component, commands.workload}
    return Step(
        action=action,
        component=remedy.component,
        title=remedy.title,
        command=remedy.command,
        risk="medium" if of_store and remedy.risk == "low" else remedy.risk,
        undo=remedy.undo,
        who=remedy.who or ("on-call" if owner.side == "third_party" else f"owner of {owner.name}"),
    )


def _check(commands: Commands) -> Step:
    look = commands.look()
    risk: Risk = "none"
    return Step(
        action="collect_more_evidence",
        component=look.component,
        title=look.title,
        command=look.command,
        risk=risk,
        who="on-call",
    )
