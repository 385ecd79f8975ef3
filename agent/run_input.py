"""A run folder as the input of a diagnosis: incident, sources and boundary, and nothing of the label."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from agent.boundary import Boundary
from agent.boundary_file import boundary_in, load_boundary
from agent.incident import Incident, IncidentForm, form_in, incident_from
from tools.errors import InputError
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
    recorded = form_in(head.part("incident", head.incident), "incident")
    if form is not None:
        recorded = recorded.model_copy(update={name: getattr(form, name) for name in form.model_fields_set})
    incident = incident_from(recorded, head.recorded_at, "run")
    return RunInput(head, incident, open_recording(head), boundary_of(head, boundary_file))


def boundary_of(head: RunHead, chosen: Path | None) -> Boundary:
    """The boundary asked for, else the run's own, else the data set's `boundary.yaml` above it, else the default."""
    if chosen is not None:
        return load_boundary(chosen)
    if isinstance(head.boundary, Mapping):
        return boundary_in(head.part("boundary", head.boundary), "boundary")
    if head.boundary is not None:
        return _named_boundary(head, head.boundary)
    return nearest_boundary(head.folder)


def nearest_boundary(folder: Path) -> Boundary:
    """The `boundary.yaml` in a folder or not far above it, else the default.

    Raises:
        InputError: the file is malformed.
    """
    here = folder.resolve()
    for place in (here, *list(here.parents)[:_SEARCHED_PARENTS]):
        if (place / "boundary.yaml").is_file():
            return load_boundary(place / "boundary.yaml")
    return Boundary.default()


def _named_boundary(head: RunHead, name: str) -> Boundary:
    """The boundary file that `run.yaml` names; where there is none, the error tells who named it."""
    try:
        return load_boundary(head.folder / name)
    except InputError as error:
        if error.line is not None:
            raise
        document = head.part("boundary", name)
        said = f"boundary: expected a boundary file, got {name!r} ({error.message})"
        raise InputError(document.where, document.line("boundary"), said) from None
