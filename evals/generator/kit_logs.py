"""Container logs as `kubectl logs --timestamps` prints them: an RFC3339Nano stamp before the program's own line."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from evals.generator.kit import Object, digest, later, moment, nano
from evals.generator.kit_cluster import Cluster

Stream = tuple[str, str, str, bool]


@dataclass
class Logs:
    """Lines by (namespace, pod, container, previous). Order of time, then of writing."""

    namespace: str
    lines: dict[Stream, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, pod: str, container: str, at: datetime, *lines: str, previous: bool = False) -> None:
        """`pod` may be `namespace/name`. Several lines share the time."""
        namespace, _, name = pod.rpartition("/")
        self.lines[(namespace or self.namespace, name, container, previous)] += [(at, line) for line in lines]

    def open(self, pod: str, container: str, previous: bool = False) -> None:
        """An empty log: it was read, and the container had written nothing."""
        namespace, _, name = pod.rpartition("/")
        self.lines[(namespace or self.namespace, name, container, previous)] += []

    def files(self, since: datetime, until: datetime) -> dict[str, str]:
        """Path below the run folder to text, bounded to the window; lines are stamped to the nanosecond."""
        found: dict[str, str] = {}
        for (namespace, pod, container, previous), lines in sorted(self.lines.items()):
            ordered = sorted((pair for pair in lines if since <= pair[0] <= until), key=lambda pair: pair[0])
            name = f"logs/{namespace}/{pod}/{container}{'.previous' if previous else ''}.log"
            found[name] = _stamped(ordered)
        return found

    def keep_last_instances(self, cluster: Cluster, since: datetime) -> None:
        """What the kubelet still has: the running instance, the one before it, and nothing older.

        Only restarts after `since` count. A container that waits after a crash gives its dead instance for both.
        """
        for pod in cluster.of_kind("Pod"):
            for status in pod["status"].get("containerStatuses", []):
                dead = status.get("lastState", {}).get("terminated")
                if dead and moment(dead["finishedAt"]) >= since:
                    self._rotate((pod["metadata"]["namespace"], pod["metadata"]["name"], status["name"]), status, dead)

    def _rotate(self, of: tuple[str, str, str], status: Object, dead: Object) -> None:
        running = status["state"].get("running", {}).get("startedAt")
        begun, ended = moment(dead["startedAt"]), moment(running or dead["finishedAt"])
        written = [*self.lines.pop((*of, False), []), *self.lines.pop((*of, True), [])]
        last = [pair for pair in written if begun <= pair[0] < (ended if running else later(ended, 2))]
        self.lines[(*of, True)] = last
        self.lines[(*of, False)] = [pair for pair in written if pair[0] >= ended] if running else list(last)


def _stamped(lines: list[tuple[datetime, str]]) -> str:
    """Whole milliseconds get digits of their own; a stamp never lies before the one above it."""
    text, last = [], ""
    for at, line in lines:
        exact = at if at.microsecond % 1000 else at.replace(microsecond=at.microsecond + int(digest(line), 16) % 900)
        last = max(last, nano(exact))
        text.append(f"{last} {line}\n")
    return "".join(text)
