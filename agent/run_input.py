"""A run folder as the input of a diagnosis: incident, sources and boundary, and nothing of the label."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from agent.boundary import Boundary
from agent.boundary_file import boundary_from, load_boundary
from agent.incident import Incident, IncidentForm, form_from, incident_from
from tools.recorded import open_recording
from tools.run_folder import RunHead, read_head
from tools.source import Sources

_SEARCHED_PARENTS = 3


class RunInput(Struct, frozen=True):
    """What `diagnose` needs of a run."""

    head: RunHead
    incident: Incident
    sources: Sources
    boundary: Boundary


def load_run(folder: Path, boundary_file: Path | None = None, form: IncidentForm | None = None) -> RunInput:
    """Load a run folder; `form` overrides parts of its incident, `boundary_file` its boundary.

    Raises:
        InputError: a file is missing or malformed.
    """
    head = read_head(folder)
    where = str(folder / "run.yaml")
    recorded = form_from(head.incident, where)
    if form is not None:
        recorded = recorded.model_copy(update={name: getattr(form, name) for name in form.model_fields_set})
    incident = incident_from(recorded, head.recorded_at, "run")
    return RunInput(head, incident, open_recording(head), boundary_of(head, boundary_file))


def boundary_of(head: RunHead, chosen: Path | None) -> Boundary:
    """The boundary asked for, else the run's own, else the data set's `boundary.yaml` above it, else the default."""
    if chosen is not None:
        return load_boundary(chosen)
    if isinstance(head.boundary, Mapping):
        return boundary_from(head.boundary, str(head.folder / "run.yaml"), None)
    if head.boundary is not None:
        return load_boundary(head.folder / head.boundary)
    here = head.folder.resolve()
    for place in (here, *list(here.parents)[:_SEARCHED_PARENTS]):
        if (place / "boundary.yaml").is_file():
            return load_boundary(place / "boundary.yaml")
    return Boundary.default()
