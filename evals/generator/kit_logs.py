"""Container logs as `kubectl logs --timestamps` prints them: an RFC3339Nano stamp before the program's own line."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from evals.generator.kit import digest, nano

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


def _stamped(lines: list[tuple[datetime, str]]) -> str:
    """Whole milliseconds get digits of their own; a stamp never lies before the one above it."""
    text, last = [], ""
    for at, line in lines:
        exact = at if at.microsecond % 1000 else at.replace(microsecond=at.microsecond + int(digest(line), 16) % 900)
        last = max(last, nano(exact))
        text.append(f"{last} {line}\n")
    return "".join(text)
