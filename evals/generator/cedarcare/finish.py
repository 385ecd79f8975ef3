"""From a scene to a labelled run."""

from evals.generator.cedarcare.scene import Scene
from evals.generator.kit import Object, Part, later
from evals.generator.kit_run import Incident, Label, Run

ORIGIN = "invented; log lines in the formats of the named programs"


def run(scene: Scene, key: str, title: str, asked: str | Object, label: Label, **parts: Part) -> Run:
    """The run of a scene. `refs` are measured; `namespace` is what is asked about; `statuses` are feeds."""
    question, body = (asked, None) if isinstance(asked, str) else (None, asked)
    incident = Incident(scene.start, scene.end, question, body, parts.get("namespace", scene.parts[0]))
    scene.measure(*parts.get("refs", ()))
    files: Object = {"cluster": scene.fleet, "logs": scene.logs}
    if scene.metrics.series:
        files["metrics"] = scene.metrics
    recorded = later(scene.end, 30)
    provenance = {**dict.fromkeys(files, "modelled"), "from": ORIGIN}
    made = Run(
        f"cedarcare/{key}", title, parts.get("family", "container"), recorded, incident, label, provenance, **files
    )
    made.statuses = parts.get("statuses", {})
    return made
