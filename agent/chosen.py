"""What a command line points at, a recorded run or a dump of kubectl's outputs, as the input of a diagnosis."""

from pathlib import Path

from msgspec import Struct

from agent.boundary import Boundary
from agent.boundary_file import load_boundary
from agent.cli_input import Asked, alert_in, moment, recorded_incident, start_of
from agent.incident import Incident, IncidentForm, incident_from
from agent.run_input import load_run, nearest_boundary
from tools.dump import open_dump
from tools.dump.moment import Said
from tools.errors import InputError
from tools.source import Sources

ANYTHING = "What is wrong?"
"""Asked of a dump when the person asks nothing."""


class Chosen(Struct, frozen=True):
    """The options that say what is looked at; `at` is when a dump was printed, as typed."""

    run: Path | None = None
    dump: Path | None = None
    boundary: Path | None = None
    at: str | None = None


class Input(Struct, frozen=True):
    """What `diagnose` needs; `told` is for the person, one line each."""

    incident: Incident
    sources: Sources
    boundary: Boundary
    told: tuple[str, ...] = ()


def load(chosen: Chosen, asked: Asked | None = None) -> Input:
    """Load what was chosen, with what was asked in place of its own incident.

    Raises:
        InputError: both or neither were chosen, an option is wrong, or a file is missing or malformed.
    """
    if (chosen.run is None) == (chosen.dump is None):
        got = "neither" if chosen.run is None else "both"
        raise InputError("--run", None, f"this version reads recordings: expected --run DIR or --dump DIR, got {got}")
    if chosen.dump is not None:
        return _dump(chosen.dump, chosen, asked or Asked())
    if chosen.at is not None:
        raise InputError("--at", None, "says when a dump was printed; a run knows its own moment")
    run = load_run(chosen.run or Path(), chosen.boundary)
    incident = recorded_incident(run.head, asked) if asked else run.incident
    return Input(incident, run.sources, run.boundary)


def _dump(folder: Path, chosen: Chosen, asked: Asked) -> Input:
    at = moment(chosen.at, "--at") if chosen.at else None
    end = moment(asked.end, "--end") if asked.end else None
    alert = alert_in(asked.alert).alert if asked.alert else None
    found = open_dump(folder, asked.namespace or "", Said(at, end))
    now = found.sources.now
    form = IncidentForm(
        question=asked.question or ("" if alert else ANYTHING),
        alert=alert,
        namespace=asked.namespace,
        start=start_of(asked, end or now),
        end=end,
    )
    incident = incident_from(form, now, "cli")
    if not incident.namespace:
        incident = incident.model_copy(update={"namespace": found.namespace})
    boundary = load_boundary(chosen.boundary) if chosen.boundary else nearest_boundary(folder)
    return Input(incident, found.sources, boundary, found.told)
