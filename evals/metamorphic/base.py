"""The run that variants are made from, with its answer and how it came about."""

from functools import cached_property
from pathlib import Path

from agent.diagnose import diagnose
from agent.diagnosis import Cause, Diagnosis
from agent.run_input import RunInput, load_run
from agent.scene import Scene
from agent.sweep import Limits, sweep
from evals.metamorphic.recording import Recording, read_recording
from evals.run import Label, load_labelled
from evals.score import score_run

_ASKED = ("verdict", "component", "failure_mode")


class Base:
    """A labelled run and the engine's answer to it."""

    def __init__(self, folder: Path) -> None:
        """Read and diagnose a run.

        Raises:
            InputError: a file is unreadable.
        """
        labelled = load_labelled(folder)
        self.id = labelled.id
        self.label: Label | None = labelled.label
        self.recording: Recording = read_recording(folder)
        self._input: RunInput = load_run(folder)
        self.diagnosis: Diagnosis = diagnose(self._input.incident, self._input.sources, self._input.boundary)

    @cached_property
    def scene(self) -> Scene:
        """What the engine saw: graph, traffic, objects."""
        snapshot = sweep(self._input.incident, self._input.sources, Limits())
        edges = tuple((edge.caller, edge.callee) for edge in self._input.boundary.edges)
        return Scene(self._input.incident, snapshot, edges)

    @property
    def lead(self) -> Cause | None:
        """The leading cause, if any."""
        return self.diagnosis.causes[0] if self.diagnosis.causes else None

    @property
    def right(self) -> bool:
        """Whether the answer fits the label in verdict, component and mode."""
        scores = score_run(self.diagnosis, self.label, 0.0)
        return self.label is not None and all(scores[name].value != 0.0 for name in _ASKED)

    @property
    def faulty(self) -> bool:
        """Whether a fault that goes on was found, so that its owner decides the verdict."""
        return self.lead is not None and self.diagnosis.verdict in {"internal", "external"}

    @property
    def involved(self) -> frozenset[str]:
        """Components that the answer names in any part, and the ends of every failing call."""
        answer = self.diagnosis
        named = {part for cause in (*answer.causes, *answer.ruled_out) for part in (cause.component, *cause.path)}
        named |= {victim.component for victim in answer.victims} | self.scene.asked
        named |= {end for edge, _ in self.scene.failing for end in (edge.caller, edge.callee)}
        named |= {claim.evidence.partition("/")[2] for claim in answer.claims}
        return frozenset(named | ({answer.component} if answer.component else set()))
