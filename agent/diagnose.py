"""The one way in: an incident and its sources go in, a grounded diagnosis comes out."""

import hashlib
import json
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from agent.boundary import Boundary
from agent.compose import Composer
from agent.confidence import confidence_of
from agent.detectors import detect_all
from agent.diagnosis import Diagnosis, Provenance
from agent.finding import Finding
from agent.incident import Incident
from agent.scene import Scene
from agent.status_pages import ask_providers
from agent.sweep import Limits, sweep
from agent.verdict import Decision, Engine, decide
from tools.redact import remembered_secrets
from tools.source import Sources
from tools.views import Views

if TYPE_CHECKING:
    from agent.consult import Model

__all__ = ["Limits", "compose", "concluded", "diagnose", "look"]


def diagnose(
    incident: Incident,
    sources: Sources,
    boundary: Boundary,
    model: "Model | None" = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Diagnosis:
    """Diagnose one incident; without a model the engine alone answers.

    Raises:
        InputError: a source's recording is malformed.
    """
    with remembered_secrets():
        started = time.perf_counter()
        scene, findings = look(incident, sources, boundary, limits)
        engine = Engine(scene, findings, decide(scene, findings, boundary), boundary)
        return concluded(engine, sources, model, started)


def concluded(engine: Engine, sources: Sources, model: "Model | None", started: float) -> Diagnosis:
    """The diagnosis from what the engine has in hand, with a model's say if there is one.

    `started` is when it began, by `time.perf_counter`.
    """
    scene, decision = engine.scene, engine.decision
    provenance = Provenance(
        version=_version(),
        mode="engine",
        looked_at=looked_at(scene.incident, sources),
        engine=decision.verdict,
        notes=(*sources.notes, *scene.snapshot.notes),
    )
    if model is None:
        return compose(scene, decision, engine.boundary, _timed(provenance, started))
    from agent.consult import accounted, consult  # the tools and what a model may say: nothing for the engine alone

    found = consult(model, engine, sources)
    provenance = _timed(accounted(provenance, model, found), started)
    settled = found.settled
    leads = (settled.lead,) if settled.lead else ()
    composer = Composer(scene, settled.decision, found.cite, engine.boundary, leads)
    confidence = settled.tempered(confidence_of(scene, settled.decision))
    return composer.diagnosis(_id(scene.incident), confidence, provenance)


def _timed(provenance: Provenance, started: float) -> Provenance:
    return provenance.model_copy(update={"seconds": round(time.perf_counter() - started, 4)})


def look(
    incident: Incident,
    sources: Sources,
    boundary: Boundary,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> tuple[Scene, list[Finding]]:
    """What the sources show, before anything is ranked: the scene and every detector's findings.

    Raises:
        InputError: a source's recording is malformed.
    """
    snapshot = sweep(incident, sources, limits)
    scene = Scene(incident, snapshot, tuple((edge.caller, edge.callee) for edge in boundary.edges))
    if limits.seconds is not None:  # what answers from files has told all that it has
        ask_providers(scene, sources.status, boundary)
    return scene, detect_all(scene)


def compose(scene: Scene, decision: Decision, boundary: Boundary, provenance: Provenance) -> Diagnosis:
    """The answer in full: claims checked, confidence and remediation added."""
    views = Views(scene.snapshot, scene.graph, scene.changes)
    composer = Composer(scene, decision, views.cite, boundary)
    return composer.diagnosis(_id(scene.incident), confidence_of(scene, decision), provenance)


def looked_at(incident: Incident, sources: Sources) -> str:
    """Which system and window were examined, for the first line of every answer."""
    where = f", namespace {incident.namespace}" if incident.namespace else ""
    return f"{sources.name}{where}, {incident.start:%Y-%m-%d %H:%M:%SZ} to {incident.end:%H:%M:%SZ}"


def program() -> str:
    """This program and its version."""
    return f"faultside {_version()}"


def _id(incident: Incident) -> str:
    """The same incident gets the same id, in whatever order its labels were written."""
    text = json.dumps(incident.model_dump(mode="json"), sort_keys=True)
    return "d-" + hashlib.sha256(text.encode()).hexdigest()[:12]


@cache
def _version() -> str:
    try:
        return version("faultside")
    except PackageNotFoundError:
        return "0"
