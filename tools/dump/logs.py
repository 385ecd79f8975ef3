"""Which container a log is of: by its command, its prefixes, its file's name. None is guessed without being told."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from msgspec import Struct

from tools.components import by_pod_name
from tools.dump.parts import Part
from tools.dump.shapes import is_log, is_refusal
from tools.kubectl_text.logs import stamped
from tools.kubectl_text.shape import pairs
from tools.log_lines import split_time
from tools.objects.pods import Pod
from tools.source import LogRef

_PREFIXED = re.compile(r"\[pod/(?P<pod>[\w.-]{1,253})/(?P<container>[\w.-]{1,63})\] ?(?P<rest>.*)")
_USING = re.compile(r"^Found \d+ pods, using pod/([\w.-]+)", re.MULTILINE)
_DEFAULTED = re.compile(r"^Default(?:ed|ing) container(?: name to)? \"?([\w.-]+)\"?", re.MULTILINE)
_BESIDE = re.compile(r"^(?:Found \d+ pods, using|Default(?:ed|ing) container|Warning: )")
_DEDICATED = re.compile(r"==== START logs for container ([\w.-]+) of pod ([\w.-]+)/([\w.-]+) ====")
_PREVIOUS = re.compile(r"(?:^|[._/-])(?:previous|prev)(?:[._-]|$)")
_ENDINGS = re.compile(r"\.(?:log|logs|txt|out|gz|current|json)\b")
_MADE_BY_DEPLOYMENT = re.compile(
    r"(?<![a-z0-9])([a-z0-9][a-z0-9-]*-[bcdfghjklmnpqrstvwxz0-9]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5})(?![a-z0-9])"
)
_LOOKED_AT = 1_000


class Attributed(Struct, frozen=True):
    """A log, whose it is, and what had to be assumed for it."""

    ref: LogRef
    text: str
    assumed: str = ""


class LogReader:
    """Attributes logs to the containers of a cluster."""

    def __init__(self, pods: dict[tuple[str, str], Pod], workloads: set[str]) -> None:
        """`workloads` are component ids."""
        self._pods, self._workloads = pods, workloads

    def read(self, part: Part, namespace: str) -> list[Attributed]:
        """The logs of a part; empty where nothing tells whose they are."""
        if part.shape == "text" and not (is_log(part.text) or self._names_pod(part)):
            return []
        text = "\n".join(line for line in part.text.split("\n") if line.strip() and not _BESIDE.match(line))
        if not text or is_refusal(text):
            return []
        previous = part.command.previous if part.command else bool(_PREVIOUS.search(_stem(part.file)))
        several = list(_by_prefix(text, namespace, previous))
        if several:
            return several
        if part.command is not None and part.command.asked:
            kind, name = part.command.asked[0]
            found = self._named(kind, name, namespace)
        elif part.command is not None and part.command.selector:
            found = self._selected(pairs([part.command.selector]), namespace)
        else:
            found = self._by_file(part.file, namespace)
        if found is None:
            return []
        using = _USING.search(part.text)
        where, pod, assumed = (found[0], using[1], "") if using else found
        ref = LogRef(where, pod, self._container(part, where, pod), previous)
        return [Attributed(ref, text, assumed)]

    def _names_pod(self, part: Part) -> bool:
        """Whether a text that does not look like a log must be one all the same."""
        return "==== START logs" in part.text or any(_stands_in(name, part.file) for _, name in self._pods)

    def _named(self, kind: str, name: str, namespace: str) -> tuple[str, str, str] | None:
        """Namespace, pod and what was assumed, for `logs POD` or `logs KIND/NAME`."""
        if kind in {"", "Pod"}:
            return namespace, name, ""
        pods = [pod for pod in self._pods.values() if self._belongs(pod, namespace, kind, name)]
        names = sorted(pod.metadata.name for pod in pods)
        if not names:
            return namespace, f"{kind.lower()}/{name}", ""
        several = f"which of the {len(names)} pods of {name} is not told; taken as {names[0]}'s"
        return namespace, names[0], several if len(names) > 1 else ""

    def _belongs(self, pod: Pod, namespace: str, kind: str, name: str) -> bool:
        component = by_pod_name(namespace, pod.metadata.name, self._workloads)
        return pod.metadata.namespace == namespace and component == f"{namespace}/{kind.lower()}/{name}"

    def _selected(self, labels: dict[str, str], namespace: str) -> tuple[str, str, str] | None:
        names = sorted(
            pod.metadata.name
            for (place, _), pod in self._pods.items()
            if place == namespace and labels and labels.items() <= pod.metadata.labels.items()
        )
        if not names:
            return None
        several = f"which of the {len(names)} selected pods is not told; taken as {names[0]}'s"
        return namespace, names[0], several if len(names) > 1 else ""

    def _by_file(self, file: str, namespace: str) -> tuple[str, str, str] | None:
        """A known pod whose name stands in the path, a name that only a Deployment's pod has, or a workload's."""
        named = [key for key in self._pods if _stands_in(key[1], file)]
        inside = [key for key in named if _stands_in(key[0], file)] or [key for key in named if key[0] == namespace]
        if named:
            place, pod = max(inside or named, key=lambda key: len(key[1]))
            return place, pod, ""
        made = _MADE_BY_DEPLOYMENT.search(_stem(file)) or _MADE_BY_DEPLOYMENT.search(file)
        if made:
            return self._place_in(file) or namespace, made[1], ""
        ours = [one.split("/", 2) for one in self._workloads if one.startswith(f"{namespace}/")]
        fitting = [(kind, name) for _, kind, name in ours if _is_of(name, _stem(file))]
        if not fitting:
            return None
        kind, name = max(fitting, key=lambda one: len(one[1]))
        found = self._named(kind, name, namespace)
        return found and (found[0], found[1], found[2] or f"the file's name tells the workload, {name}")

    def _place_in(self, file: str) -> str:
        known = {one.partition("/")[0] for one in self._workloads} | {place for place, _ in self._pods}
        return next((part for part in file.split("/")[:-1] if part in known), "")

    def _container(self, part: Part, namespace: str, name: str) -> str:
        told = part.command.container if part.command else ""
        defaulted = _DEFAULTED.search(part.text)
        pod = self._pods.get((namespace, name))
        if told or defaulted or pod is None:
            return told or (defaulted[1] if defaulted else "")
        names = [one.name for one in pod.status.container_statuses] or [one.name for one in pod.spec.containers]
        rest = part.file.replace(name, "")
        in_file = [one for one in names if part.command is None and _stands_in(one, rest)]
        return max(in_file, key=len) if in_file else names[0] if names else ""


def timed(text: str, at: datetime) -> tuple[str, bool]:
    """The log with times, and whether it had none at all: then its lines were there at `at` at the latest."""
    lines = islice(text.split("\n"), _LOOKED_AT)
    if not text.strip() or any(split_time(line)[0] is not None for line in lines):
        return text, False
    return stamped(text, at), True


def _by_prefix(text: str, namespace: str, previous: bool) -> Iterator[Attributed]:
    """Logs of `--prefix`, and of `cluster-info dump` to one stream, by container."""
    found: dict[LogRef, list[str]] = {}
    ref: LogRef | None = None
    for line in text.split("\n"):
        prefixed, begun = _PREFIXED.match(line), _DEDICATED.match(line)
        if begun:
            ref = LogRef(begun[2], begun[3], begun[1], previous)
            found.setdefault(ref, [])
        elif prefixed:
            ref = LogRef(namespace, prefixed["pod"], prefixed["container"], previous)
        if ref is not None and not line.startswith("==== "):
            found.setdefault(ref, []).append(prefixed["rest"] if prefixed else line)
    for one, lines in found.items():
        yield Attributed(one, "\n".join(lines))


def _stem(file: str) -> str:
    return _ENDINGS.sub("", file.rpartition("/")[2].lower())


def _stands_in(name: str, path: str) -> bool:
    """Whether a name stands in a path with nothing of another name around it."""
    path = path.lower()
    return name in path and re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", path) is not None


def _is_of(name: str, stem: str) -> bool:
    """Whether a file's name is a workload's, alone or with words such as `logs` beside it."""
    return re.fullmatch(rf"(?:.*[_. ])?(?:logs?[-_. ])?{re.escape(name)}(?:[-_. ].*)?", stem) is not None
