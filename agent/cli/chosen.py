"""What a command line points at, a cluster, a recorded run or a dump of kubectl's outputs, as a diagnosis's input."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from agent.boundary import Boundary
from agent.boundary_file import load_boundary
from agent.cli.asked import Asked, alert_in, moment, recorded_incident, start_of
from agent.incident import Incident, IncidentForm, incident_from
from agent.run_input import load_run, nearest_boundary
from agent.sweep import LIVE, Limits
from tools.errors import InputError
from tools.source import Sources

ANYTHING = "What is wrong?"
"""Asked of a dump when the person asks nothing."""


class Chosen(Struct, frozen=True):
    """The options that say what is looked at; `at` is when a dump was printed, as typed.

    The kubeconfig (a file, or several joined by colons) and its context are for a live cluster, and so are
    `status_feeds`, of which None says that the environment decides.
    """

    run: Path | None = None
    dump: Path | None = None
    boundary: Path | None = None
    at: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    status_feeds: bool | None = None


class Input(Struct, frozen=True):
    """What `diagnose` needs; `told` is for the person, one line each."""

    incident: Incident
    sources: Sources
    boundary: Boundary
    told: tuple[str, ...] = ()
    limits: Limits = Limits()


def load(chosen: Chosen, asked: Asked | None = None) -> Input:
    """Load what was chosen, with what was asked in place of its own incident; a question alone is for a live cluster.

    Raises:
        InputError: both were chosen, or neither and nothing was asked; an option is wrong; or a file is missing or
            malformed.
    """
    if chosen.run is not None and chosen.dump is not None:
        raise InputError("--run", None, "expected --run DIR or --dump DIR, got both")
    if chosen.run is None and chosen.dump is None:
        return live(chosen, asked)
    if chosen.dump is not None:
        return _dump(chosen.dump, chosen, asked or Asked())
    if chosen.at is not None:
        raise InputError("--at", None, "says when a dump was printed; a run knows its own moment")
    run = load_run(chosen.run or Path(), chosen.boundary)
    incident = recorded_incident(run.head, asked) if asked else run.incident
    return Input(incident, run.sources, run.boundary)


def live(chosen: Chosen, asked: Asked | None, *, keep: bool = False) -> Input:
    """The configured systems and what was asked of them; `keep` is for a recording.

    Raises:
        InputError: nothing was asked, an option is wrong, or the kubeconfig or its context is.
    """
    if asked is None or not (asked.question or asked.alert):
        wanted = "QUESTION, --alert FILE, --run DIR or --dump DIR" if asked else "--run DIR or --dump DIR"
        raise InputError("--run", None, f"expected {wanted}, got neither")
    if chosen.at is not None:
        raise InputError("--at", None, "says when a dump was printed; a cluster is asked now")
    from agent.live_input import open_cluster, open_status

    now = datetime.now(UTC)
    form = _typed(asked, now)
    incident = incident_from(form, now, "cli")
    sources = open_cluster(incident, chosen.kubeconfig, chosen.context, keep=keep)
    boundary = load_boundary(chosen.boundary) if chosen.boundary else Boundary.default()
    sources = structs.replace(sources, status=open_status(boundary, chosen.status_feeds))
    return Input(incident, sources, boundary, limits=LIVE)


def _typed(asked: Asked, now: datetime) -> IncidentForm:
    """What was typed alone, as the form of an incident."""
    end = moment(asked.end, "--end") if asked.end else None
    return IncidentForm(
        question=asked.question or "",
        alert=alert_in(asked.alert).alert if asked.alert else None,
        namespace=asked.namespace,
        start=start_of(asked, end or now),
        end=end,
    )


def _dump(folder: Path, chosen: Chosen, asked: Asked) -> Input:
    from tools.dump import open_dump
    from tools.dump.moment import Said

    at = moment(chosen.at, "--at") if chosen.at else None
    end = moment(asked.end, "--end") if asked.end else None
    found = open_dump(folder, asked.namespace or "", Said(at, end))
    now = found.sources.now
    form = _typed(asked, now)
    if not (form.question or form.alert):
        form = form.model_copy(update={"question": ANYTHING})
    incident = incident_from(form, now, "cli")
    if not incident.namespace:
        incident = incident.model_copy(update={"namespace": found.namespace})
    boundary = load_boundary(chosen.boundary) if chosen.boundary else nearest_boundary(folder)
    return Input(incident, found.sources, boundary, found.told)
