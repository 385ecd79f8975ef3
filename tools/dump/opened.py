"""A dump opened: sources that answer as far as it goes, and what they can't answer."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tools.components import component_id
from tools.dump import objects as read
from tools.dump.folder import Unread, read_folder
from tools.dump.logs import LogReader, timed
from tools.dump.moment import Births, Moments, Said, moments_of
from tools.dump.parts import Part, parts_of
from tools.dump.places import Places
from tools.dump.shapes import is_log
from tools.dump.top import TopMetrics, samples_of
from tools.errors import InputError
from tools.evidence import Gap
from tools.kubectl_text import kind_named
from tools.objects.meta import Wire
from tools.objects.pods import Pod
from tools.objects.workloads import Job, Workload
from tools.source import Series, Sources
from tools.text_cluster import TextCluster

MOST_OF_LOG = 4 * 2**20
_WORD = re.compile(r"[a-z]+")


class Dump(Struct, frozen=True):
    """What a diagnosis needs of a dump.

    Attributes:
        namespace: The one that the outputs are about; empty where they are about several.
        told: What was not understood or had to be assumed, one line each.
    """

    sources: Sources
    namespace: str
    told: tuple[str, ...]


def open_dump(folder: Path, namespace: str = "", said: Said = Said()) -> Dump:  # noqa: B008 - frozen
    """Read a folder of kubectl's outputs; `namespace` is where a table lies that prints none.

    Raises:
        InputError: it is no folder, or nothing in it is an output of kubectl or a log.
    """
    return _Opening(folder, namespace, said).dump()


class _Opening:
    def __init__(self, folder: Path, namespace: str, said: Said) -> None:
        self.folder, self.said = folder, said
        self.files, unread = read_folder(folder)
        self.found = read.Found(unread=unread)
        self.parts = [part for file in self.files for part in parts_of(file)]
        self.documents = self._documents()
        births: Births = {}
        for one in self.documents.values():
            births.update(read.births_in(one.objects))
        self.places = Places(self.parts, [one.objects for one in self.documents.values()], namespace)
        if not self.parts:
            raise self._useless()
        self.moments: Moments = moments_of(self.files, self.parts, births, said)
        self.series: dict[str, list[Series]] = {}
        self.assumed: list[str] = []

    def dump(self) -> Dump:
        for number, part in enumerate(self.parts):
            self._take(number, part)
        objects = read.objects_of(self.found)
        cluster = TextCluster(objects, self.found.whole)
        cluster.lacking.update(
            {kind: (one.status, one.error) for kind, one in read.lacking(self.found, objects).items()}
        )
        cluster.uncollected = "no log of it was collected"
        pods = _pods(objects)
        self._read_logs(cluster, LogReader(pods, _workloads(objects)))
        self._read_samples(pods)
        if not objects and not cluster.logs_by_ref and not self.found.whole and not self.found.lacking:
            raise self._useless()
        return Dump(self._sources(cluster), self.places.asked, tuple(self._told()))

    def _documents(self) -> dict[int, read.Documents]:
        found = {}
        for number, part in enumerate(self.parts):
            if part.shape in {"json", "manifest"}:
                try:
                    found[number] = read.documents(part)
                except InputError as error:
                    self.found.unread.append(Unread(part.file, error.message))
        return found

    def _take(self, number: int, part: Part) -> None:
        now, namespace = self.moments.of(part), self.places.of(part)
        match part.shape:
            case "json" | "manifest" if number in self.documents:
                read.add_documents(self.found, part, self.documents[number], namespace)
            case "table" if part.kind and part.kind != "top":
                read.add_table(self.found, part, namespace, now)
            case "described" if part.kind:
                read.add_described(self.found, part, now)
            case "refusal":
                read.add_refusal(self.found, part, _kind_in(part.file))
            case "table" | "described" if not part.kind:
                read.tell(self.found, part, "nothing tells of what kind it is")
            case _:
                pass

    def _read_logs(self, cluster: TextCluster, reader: LogReader) -> None:
        for part in self.parts:
            if part.shape not in {"log", "text"}:
                continue
            logs = reader.read(part, self.places.of(part))
            if not logs and part.text.strip():
                read.tell(
                    self.found, part, "a log of no pod that can be told" if is_log(part.text) else "not recognised"
                )
            for one in logs:
                text, untimed = timed(self._end_of(one.text, part.file), self.moments.of(part))
                cluster.logs_by_ref[one.ref] = cluster.logs_by_ref.get(one.ref, "") + text + "\n"
                if one.assumed:
                    self.assumed.append(f"{part.file}: {one.assumed}")
                if untimed:
                    self.assumed.append(f"{part.file}: its lines have no time; taken as of the moment of printing")

    def _end_of(self, text: str, file: str) -> str:
        if len(text) <= MOST_OF_LOG:
            return text
        self.assumed.append(f"{file}: the last {MOST_OF_LOG} characters of a long log were read")
        return text[-MOST_OF_LOG:].partition("\n")[2]

    def _read_samples(self, pods: dict[tuple[str, str], Pod]) -> None:
        for part in self.parts:
            if part.kind == "top":
                for metric, series in samples_of(part, self.places.of(part), self.moments.of(part), pods):
                    self.series.setdefault(metric, []).append(series)

    def _sources(self, cluster: TextCluster) -> Sources:
        taken = self.moments.taken
        notes = [f"taken as printed at {taken:%Y-%m-%d %H:%M:%SZ}: {self.moments.because}"]
        notes += [*self._assumptions(), *self.found.notes]
        return Sources(
            name=f"dump {self.folder.resolve().name}",
            now=taken,
            cluster=cluster,
            metrics=TopMetrics(self.series),
            notes=tuple(notes),
            gaps=tuple(_gaps(self.found)),
        )

    def _assumptions(self) -> list[str]:
        secrets = f"{self.found.secrets} Secrets were passed over unread" if self.found.secrets else ""
        return [one for one in (*self.places.assumed(), *self.assumed, secrets) if one]

    def _told(self) -> list[str]:
        return [*(f"{one.name}: {one.why}" for one in self.found.unread), *self._assumptions(), *self.found.notes]

    def _useless(self) -> InputError:
        if not self.files and not self.found.unread:
            return InputError(str(self.folder), None, "the folder holds no files; docs/dump.md lists what to collect")
        first = self.found.unread[0] if self.found.unread else None
        why = f" ({first.name}: {first.why})" if first else ""
        said = (
            f"none of its {len(self.files) or 'unreadable'} files is an output of kubectl or a log of a known pod{why}"
        )
        return InputError(str(self.folder), None, said)


def _pods(objects: dict[str, list[Wire]]) -> dict[tuple[str, str], Pod]:
    pods = [one for one in objects.get("Pod", ()) if isinstance(one, Pod)]
    return {(one.metadata.namespace, one.metadata.name): one for one in pods}


def _workloads(objects: dict[str, list[Wire]]) -> set[str]:
    return {
        component_id(kind, one.metadata) for kind in objects for one in objects[kind] if isinstance(one, Workload | Job)
    }


def _kind_in(file: str) -> str:
    """A word of a file's name that is a kind, such as `networkpolicies.txt`."""
    words = _WORD.findall(file.rpartition("/")[2].lower())
    return next((word for word in words if len(word) > 2 and kind_named(word)), "")


def _gaps(found: read.Found) -> Iterator[Gap]:
    """What could not be read: files, and logs that were refused."""
    for one in found.unread:
        what = "logs" if "a log of" in one.why else "file"
        yield Gap(id=f"gap/dump/{one.name}", source="kubernetes", what=what, status="error", error=one.why)
    for what in ("logs",):
        if what in found.lacking:
            lack = found.lacking[what]
            yield Gap(id=f"gap/kubernetes/{what}", source="kubernetes", what=what, status=lack.status, error=lack.error)
