"""The report of an experiment, in the form of the seeds' test report."""

from collections.abc import Iterator
from datetime import datetime

from evals.lab.experiment.asked import Verdict
from evals.lab.experiment.phases import Phase
from evals.lab.experiment.run import Outcome

_TITLES = {
    "stage": "Stage",
    "baseline": "Phase 1: Baseline",
    "activate": "Phase 2: Activation",
    "observe": "Phase 3: Observation",
    "recover": "Phase 4: Recovery",
    "verify": "Phase 5: Verification",
}


def render(outcome: Outcome, machine: dict[str, str]) -> str:
    """Markdown. `machine` names what it ran on, by what it is."""
    fault, log = outcome.experiment.fault, outcome.log
    lines = [f"# {fault.name}: test report", "", "## Summary", "", *_table(_summary(outcome, machine)), ""]
    lines += ["## Timeline", "", "| phase | began (UTC) | seconds | seen |", "|---|---|--:|---|"]
    for phase in log.phases:
        notes = "; ".join(phase.notes).replace("|", "\\|")
        lines.append(f"| {phase.name} | {phase.began:%Y-%m-%d %H:%M:%S} | {phase.seconds:.1f} | {notes} |")
    for phase in log.phases:
        if phase.typed or phase.shown:
            lines += ["", f"### {_TITLES[phase.name]}", *_section(phase)]
    lines += ["", "## Verdict", "", *_verdict(outcome)]
    return "\n".join(lines) + "\n"


def _summary(outcome: Outcome, machine: dict[str, str]) -> Iterator[tuple[str, str]]:
    fault, log = outcome.experiment.fault, outcome.log
    yield "Question", fault.question
    yield "Root cause", fault.label.why
    yield (
        "Expected",
        f"{fault.label.verdict}: {fault.label.component or 'nothing'}, {fault.label.failure_mode or 'none'}",
    )
    yield "Live answer", outcome.live.told()
    yield "Replay of the recording", outcome.replayed.told()
    yield "Result", "as expected" if outcome.is_right else "NOT as expected"
    if outcome.felt is not None:
        yield "First failed call", _moment(outcome.felt)
    if outcome.right_after is not None:
        yield "Right answer after", f"{outcome.right_after:.1f} s (from the first failed call)"
    yield "Outage", f"{_outage(outcome):.1f} s (from the change to the first orders that went through again)"
    yield "Cluster", outcome.experiment.target.name
    yield from machine.items()
    yield "Date", f"{log.phases[0].began:%Y-%m-%d}"


def _outage(outcome: Outcome) -> float:
    began, recovered = outcome.log.named("activate"), outcome.log.named("recover")
    return (recovered.began - began.began).total_seconds() + recovered.seconds


def _table(rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name, value in rows:
        yield f"| {name} | {value.replace('|', chr(92) + '|')} |"


def _section(phase: Phase) -> Iterator[str]:
    for heading, text in [("", "\n".join(phase.typed)), *phase.shown.items()]:
        if text.strip():
            typed = f"$ {heading}\n" if heading else ""
            yield f"\n```\n{typed}{text.rstrip()}\n```"


def _verdict(outcome: Outcome) -> Iterator[str]:
    found = outcome.live.diagnosis
    yield f"{found['summary']}\n"
    for number, step in enumerate(found["remediation"], start=1):
        command = f" `{step['command']}`" if step.get("command") else ""
        yield f"{number}. {step['title']}{command} ({step['action']}, risk {step['risk']}, {step['who']})"
    yield f"\nAfter the repair: {_said(outcome.healed)}"
    yield f"\nOf the time since: {_said(outcome.after)}"


def _said(verdict: Verdict) -> str:
    return f"{verdict.told()}. {verdict.diagnosis['summary']}"


def _moment(at: datetime) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}Z"
