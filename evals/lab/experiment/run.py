"""An experiment from the first manifest to the last check."""

import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from evals.lab.experiment import shop
from evals.lab.experiment.asked import Question, Verdict, replay
from evals.lab.experiment.fault import Fault, Felt
from evals.lab.experiment.journal import Entry, Journal
from evals.lab.experiment.labelled import add_label
from evals.lab.experiment.phases import Log, Phase
from evals.lab.experiment.target import Target
from evals.lab.kubectl import wait_until
from tools.errors import InputError

BOUNDARY = Path(__file__).parent.parent / "shop" / "boundary.yaml"
_FELT_WITHIN = 90.0
_RIGHT_WITHIN = 60.0
_PERIOD = 1.0

Tell = Callable[[str], None]


class Experiment(Struct, frozen=True):
    """What is run, where, and what becomes of it.

    Attributes:
        out: An empty or absent folder.
        baseline: Seconds of undisturbed service before the change.
    """

    fault: Fault
    target: Target
    journal: Journal
    out: Path
    baseline: float = 20.0


class Outcome(Struct, frozen=True):
    """What came of it.

    Attributes:
        felt: When the first call failed, by the kubelet's clock; None where none was expected.
        right_after: Seconds from there (or from the change) to an answer with the right verdict; None: there was none.
        live: The last live answer before the repair.
        healed: The live answer to the same question after it, about a window with the whole fault in it.
        after: The same, about the time since orders went through again.
    """

    experiment: Experiment
    log: Log
    felt: datetime | None
    right_after: float | None
    live: Verdict
    replayed: Verdict
    healed: Verdict
    after: Verdict

    @property
    def is_right(self) -> bool:
        """Whether live and replayed answer are what the label says, and the repair is told as one."""
        wanted = self.experiment.fault.label.verdict
        during = {self.live.verdict, self.replayed.verdict} == {wanted}
        return during and is_over(self.healed, wanted) and self.after.verdict == "no_fault"


def is_over(answer: Verdict, wanted: str) -> bool:
    """Whether an answer about a fault and its repair tells that nothing is broken, or the fault as recovered."""
    return answer.verdict == "no_fault" or (answer.verdict == wanted and answer.diagnosis["status"] == "recovered")


def run(experiment: Experiment, tell: Tell) -> Outcome:
    """Run one experiment; whatever happens, the change is undone.

    Raises:
        InputError: the cluster did not do what it should.
    """
    fault, target, log = experiment.fault, experiment.target, Log()
    if fault.cluster and not target.own:
        raise InputError(
            "--context", None, f"{fault.name} changes more than its namespace; it needs the lab's own cluster"
        )
    undone = experiment.journal.undo()
    if undone is not None:
        tell(f"undone first: {undone.fault}, left from an earlier run")
    with log.phase("stage") as phase:
        shop.stage(target, fault.stage)
    tell(f"stage: the shop serves after {phase.seconds:.1f} s")
    with log.phase("baseline") as phase:
        question = Question(target, fault.question, phase.began, BOUNDARY)
        seconds = max(experiment.baseline, fault.baseline)
        time.sleep(seconds)
        _look(target, phase)
        phase.notes.append(f"{shop.served(target, int(seconds))} orders went through")
    tell(f"baseline: {phase.notes[-1]}")
    with ExitStack() as undo:
        undo.callback(experiment.journal.undo)
        felt = _activate(experiment, log, tell)
        live, right_after = _observe(experiment, log, question, felt, tell)
        with log.phase("recover") as phase:
            phase.typed = [_typed(target, words) for words in fault.undo]
            experiment.journal.undo()
            phase.notes.append(f"orders go through again after {_recovered(target):.1f} s")
    tell(f"recover: {phase.notes[-1]}")
    healed, after = _verify(experiment, log, question, tell)
    return Outcome(experiment, log, felt, right_after, live, replay(experiment.out / "run"), healed, after)


def _activate(experiment: Experiment, log: Log, tell: Tell) -> datetime | None:
    fault, target = experiment.fault, experiment.target
    kubectl = target.kubectl
    kubeconfig = str(kubectl.kubeconfig) if kubectl.kubeconfig else None
    entry = Entry(fault.name, str(kubectl.program), kubeconfig, kubectl.context, target.namespace, fault.undo)
    with log.phase("activate") as phase:
        experiment.journal.write(entry)
        for words in fault.change:
            phase.typed.append(_typed(target, words))
            target(*words)
        felt = _first_failure(target, fault.felt, phase.began) if fault.felt else None
        if felt is not None:
            after = (felt - phase.began).total_seconds()
            phase.notes.append(f"the first failed call was written {after:.1f} s after the change")
    tell(f"activate: {'; '.join(phase.notes) or 'done'}")
    return felt


def _observe(
    experiment: Experiment, log: Log, question: Question, felt: datetime | None, tell: Tell
) -> tuple[Verdict, float | None]:
    """Ask until the answer is right, wait as long as the fault wants, ask again and record."""
    fault, target = experiment.fault, experiment.target
    with log.phase("observe") as phase:
        since, right_after = felt or phase.began, None
        while right_after is None and (datetime.now(UTC) - since).total_seconds() < _RIGHT_WITHIN:
            answer = question.live()
            after = (answer.at - since).total_seconds()
            phase.notes.append(f"{after:.1f} s after the first failed call: {answer.told()} ({answer.seconds:.1f} s)")
            tell(f"observe: {phase.notes[-1]}")
            if answer.verdict == fault.label.verdict:
                right_after = after
        left = fault.settle - (datetime.now(UTC) - since).total_seconds()
        time.sleep(max(0.0, left))
        _look(target, phase)
        live = question.live()
        question.record(experiment.out / "run")
        add_label(experiment.out / "run", fault)
        phase.notes.append(f"at the end: {live.told()} ({live.seconds:.1f} s)")
    tell(f"observe: {phase.notes[-1]}; recorded")
    return live, right_after


def _verify(experiment: Experiment, log: Log, question: Question, tell: Tell) -> tuple[Verdict, Verdict]:
    """Ask the same again until it is told as over: calls that hung may fail for a while. Then ask of the time since."""
    label = experiment.fault.label
    with log.phase("verify") as phase:
        time.sleep(4 * _PERIOD)
        _look(experiment.target, phase)
        healed = question.live()
        while not is_over(healed, label.verdict) and (healed.at - phase.began).total_seconds() < _RIGHT_WITHIN:
            time.sleep(_PERIOD)
            healed = question.live()
        said = f"{(healed.at - phase.began).total_seconds():.1f} s after the first orders"
        phase.notes.append(f"asked again {said}: {healed.told()} ({healed.seconds:.1f} s)")
        question.record(experiment.out / "after")
        add_label(experiment.out / "after", experiment.fault)
        after = structs.replace(question, start=phase.began).live()
        phase.notes.append(f"asked of the time since: {after.told()} ({after.seconds:.1f} s)")
    for note in phase.notes:
        tell(f"verify: {note}")
    return healed, after


def _recovered(target: Target) -> float:
    began = datetime.now(UTC)
    since = f"--since-time={began:%Y-%m-%dT%H:%M:%SZ}"

    def served() -> bool:
        lines = target("logs", "deployment/customers", since).splitlines()
        return len(lines) > 1 and all(" 201 (" in line for line in lines[-2:])

    return wait_until(served, "orders go through again", 120, 0.5)


def _first_failure(target: Target, felt: Felt, since: datetime) -> datetime:
    """When the first line that matches was written."""
    words = ("logs", f"deployment/{felt.deployment}", "--all-containers", "--timestamps", "--prefix=false")
    pattern = re.compile(felt.pattern)
    found: list[datetime] = []

    def seen() -> bool:
        for line in target(*words, f"--since-time={since:%Y-%m-%dT%H:%M:%SZ}").splitlines():
            stamp, _, text = line.partition(" ")
            if pattern.search(text):
                found.append(datetime.fromisoformat(stamp))
        return bool(found)

    wait_until(seen, f"{felt.deployment} logs {felt.pattern!r}", _FELT_WITHIN, 0.3)
    return min(found)


def _look(target: Target, phase: Phase) -> None:
    """What a person would look at."""
    phase.shown["kubectl get deployments"] = target("get", "deployments")
    phase.shown["kubectl get pods -o wide"] = target("get", "pods", "-o", "wide")
    phase.shown["kubectl get endpointslices"] = target("get", "endpointslices")
    for name in ("payment", "orders", "customers"):
        try:
            phase.shown[f"kubectl logs deployment/{name} --tail=6"] = target("logs", f"deployment/{name}", "--tail=6")
        except InputError as error:
            phase.shown[f"kubectl logs deployment/{name} --tail=6"] = f"{error}\n"


def _typed(target: Target, words: tuple[str, ...]) -> str:
    return " ".join(["kubectl", "-n", target.namespace, *words])
