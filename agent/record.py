"""A recording of live systems: the sweep of a diagnosis, written as a run folder that gives the same diagnosis."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from agent.boundary import Boundary
from agent.boundary_file import load_boundary
from agent.diagnose import look, looked_at, program
from agent.incident import Incident
from agent.nearest import SYSTEM_NAMESPACE
from agent.scene import Scene
from agent.sweep import LIVE, Limits
from tools.errors import InputError
from tools.objects.decode import KINDS
from tools.recorder import Recorded, Recording, check_folder, write_run
from tools.redact import remembered_secrets
from tools.run_folder import read_bytes
from tools.source import ClusterSource, Sources
from tools.taps import Kept, tapped

_MOST_BOUNDARY_BYTES = 4 * 2**20


@runtime_checkable
class RawCluster(Protocol):
    """A cluster that shows its objects as the API sent them."""

    def raw(self, kind: str) -> list[dict[str, Any]]:
        """What was read of a kind so far."""


def record(
    sources: Sources, incident: Incident, folder: Path, boundary: Path | None = None, limits: Limits = LIVE
) -> Recorded:
    """Read what a diagnosis of the incident would read, and write it to an empty folder, redacted and without a label.

    The cluster has to keep what it is sent (`LiveCluster(keep=True)`). The boundary file is copied into the recording,
    which has the default boundary without one.

    Raises:
        InputError: the folder is not empty or cannot be written, or the cluster is none that can be recorded.
    """
    cluster = sources.cluster
    if cluster is not None and not isinstance(cluster, RawCluster):
        raise InputError("record", None, "expected a live cluster, got a recording or a dump")
    check_folder(folder)
    declared = load_boundary(boundary) if boundary is not None else Boundary.default()
    text = read_bytes(boundary, _MOST_BOUNDARY_BYTES).decode(errors="replace") if boundary else None
    kept = Kept()
    with remembered_secrets() as vault:
        scene, _ = look(incident, tapped(sources, kept), declared, limits)
        kept.close()
        recording = Recording(
            looked_at=looked_at(incident, sources),
            written_by=program(),
            incident=_asked(incident),
            boundary=text,
            recorded_at=sources.now,
            objects=_objects(cluster),
            kept=kept,
            near=_near(scene),
            gaps=scene.snapshot.gaps,
            notes=[*sources.notes, *scene.snapshot.notes],
        )
        return write_run(recording, folder, vault)


def _objects(cluster: RawCluster | ClusterSource | None) -> Sequence[dict[str, Any]] | None:
    return [one for kind in KINDS for one in cluster.raw(kind)] if isinstance(cluster, RawCluster) else None


def _near(scene: Scene) -> frozenset[str]:
    """Namespaces of what was asked about, of its neighbours, and of those whose logs were read."""
    components = (scene.neighbourhood or frozenset()) | scene.asked | scene.path_of_asked
    named = {one.partition("/")[0] for one in components if one.count("/") == 2} - {"-"}
    read = (ref.namespace for ref in scene.snapshot.logs)
    return frozenset({scene.incident.namespace, SYSTEM_NAMESPACE, *named, *read} - {""})


def _asked(incident: Incident) -> dict[str, object]:
    """The incident as `run.yaml` has it: what was asked, not what follows from it."""
    found: dict[str, object] = {"question": incident.question} if incident.question else {}
    if incident.alerts:
        alerts = [one.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in incident.alerts]
        found["alert"] = {"version": "4", "alerts": alerts}
    if incident.namespace:
        found["namespace"] = incident.namespace
    return found | {"start": incident.start.isoformat(), "end": incident.end.isoformat()}
