"""Probes that failed, and what of their question is wrong when the program itself works."""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agent.detectors.last_words import last_words
from agent.detectors.pod_state import (
    Troubled,
    containers,
    death,
    events_of_pod,
    ready_since,
    together,
)
from agent.scene import Scene
from tools.changes import Change
from tools.objects.containers import Container, Probe
from tools.objects.events import Event

_KIND = re.compile(r"^(Liveness|Readiness|Startup) probe (?:failed|errored)")
_CODE = re.compile(r"statuscode: (\d{3})")
_PROTOCOL = re.compile(
    r"malformed HTTP|HTTP response to HTTPS|record does not look like a TLS|unknown service grpc\.health"
    r"|unimplemented|http2: |wrong version number|transport connection broken",
    re.IGNORECASE,
)
_NOTHING_THERE = re.compile(r"connection refused|failed to connect service", re.IGNORECASE)
LATE = re.compile(r"deadline exceeded|timeout|timed out|did not complete", re.IGNORECASE)
_ASKED = re.compile(r"\d\]?:(\d{2,5})\b(?!\d*->)")
_KILLED = frozenset({0, 137, 143})
_MISSED = frozenset({"408", "429"})


class Failing(Struct, frozen=True):
    """A probe of one container that failed in the window."""

    one: Troubled
    kind: str
    probe: Probe
    events: tuple[Event, ...]
    killed: bool

    @property
    def text(self) -> str:
        """What it said last."""
        return self.events[-1].text

    @property
    def since(self) -> datetime | None:
        """When it failed first."""
        return min((event.first for event in self.events if event.first), default=None)

    @property
    def times(self) -> int:
        """How often it failed."""
        return sum(event.times for event in self.events)


def failing_probes(scene: Scene) -> Iterator[Failing]:
    """Probes that failed, with all their events."""
    for one in containers(scene):
        if one.spec is None or one.status in one.pod.status.init_container_statuses:
            continue
        events = [event for event in events_of_pod(scene, one.pod, "Unhealthy") if _about(event, one)]
        ended = death(scene, one)
        stopped = _stops(scene, one) > 0
        killed = stopped or (ended is not None and ended.exit_code in _KILLED and ended.reason != "OOMKilled")
        if one.status.last_end is not None and ended is None and together(scene, one.status.last_end):
            continue
        for kind, probe in (
            ("liveness", one.spec.liveness_probe),
            ("readiness", one.spec.readiness_probe),
            ("startup", one.spec.startup_probe),
        ):
            mine = tuple(event for event in events if event.text.lower().startswith(kind) and _KIND.match(event.text))
            if probe is not None and mine and _asks_there(one.spec, probe, mine[-1]):
                yield Failing(one, kind, probe, mine, killed and kind != "readiness")


def _about(event: Event, one: Troubled) -> bool:
    path = event.about.field_path
    return not path or path.endswith(f"{{{one.status.name}}}")


def _stops(scene: Scene, one: Troubled) -> int:
    """How often the kubelet says that it ended the container for its probe."""
    about = f"Container {one.status.name} failed"
    events = events_of_pod(scene, one.pod, "Killing")
    return sum(event.times for event in events if event.text.startswith(about) and "will be restarted" in event.text)


def _asks_there(spec: Container, probe: Probe, event: Event) -> bool:
    """Whether a failure can be this container's, where the event leaves open whose: it tells the port it asked."""
    asked = {int(port) for port in _ASKED.findall(event.text)}
    return bool(event.about.field_path) or not asked or _port(spec, probe) in asked


def wrong_part(scene: Scene, failing: Failing) -> str | None:
    """What is wrong with the probe's question, when the program shows that it works otherwise."""
    text = failing.text
    if _CODE.search(text) or _PROTOCOL.search(text) or "executable file not found" in text:
        return _answered(text)
    if _program_broken(scene, failing):
        return None
    changed = _changed_part(probe_change(scene, failing))
    if _NOTHING_THERE.search(text):
        if failing.probe.grpc is not None and _connects_in_vain(scene, failing):
            return "protocol"
        if changed in {"port", "timing"}:
            return changed
        if not _offered(scene, failing) or _answers_elsewhere(failing, scene):
            return "port"
    hasty = changed == "timing" or _too_hasty(failing)
    return "timing" if hasty and (_NOTHING_THERE.search(text) or LATE.search(text)) else None


def _connects_in_vain(scene: Scene, failing: Failing) -> bool:
    """Whether a gRPC probe gets no answer, rather than a refusal, at a port where the pod says that it listens."""
    refused = "refused" in failing.text.lower()
    spec = failing.one.spec
    if refused or spec is None or not spec.ports or not _offered(scene, failing) or _content_elsewhere(scene, failing):
        return False
    # A program that is ended while it starts answers nobody, in whatever protocol.
    return not any(_too_hasty(other) for other in failing_probes(scene) if other.one.status is failing.one.status)


def _content_elsewhere(scene: Scene, failing: Failing) -> bool:
    """Whether the same question is answered well by another pod of the workload."""
    for pod in scene.snapshot.pods_by_component.get(failing.one.component, ()):
        spec = pod.spec.container(failing.one.status.name)
        same = spec is not None and failing.probe in (spec.liveness_probe, spec.readiness_probe, spec.startup_probe)
        if pod is not failing.one.pod and pod.ready and same:
            return True
    return False


def _answered(text: str) -> str | None:
    """What the answer itself says: a client error blames the path, gibberish the protocol, a server error neither."""
    code = _CODE.search(text)
    if code is not None:
        return "path" if code[1].startswith("4") and code[1] not in _MISSED else None
    return "protocol" if _PROTOCOL.search(text) else "path"


def _program_broken(scene: Scene, failing: Failing) -> bool:
    """Whether the program ended by itself or says that it cannot run: then the probe is right."""
    ended = death(scene, failing.one)
    if ended is not None and ended.exit_code not in _KILLED and _stops(scene, failing.one) < _deaths(failing):
        return True
    said = last_words(scene, failing.one)
    broken = said.failed_call is not None or said.of("panic", "bad_config", "bind_failed") is not None
    return (ended is not None or _never_up(failing)) and broken


def _deaths(failing: Failing) -> int:
    """How often the container ended, as far as its present run knows."""
    return max(1, failing.one.status.restart_count)


def _never_up(failing: Failing) -> bool:
    """Whether the container runs since its pod began and has not been ready yet."""
    status = failing.one.status
    return status.restart_count == 0 and not status.ready and ready_since(failing.one.pod) is None


def _port(spec: Container | None, probe: Probe) -> int | None:
    """The port that is probed, named ports resolved."""
    action = probe.http_get or probe.tcp_socket or probe.grpc
    if action is None or spec is None:
        return None
    if isinstance(action.port, int):
        return action.port
    named = next((port.container_port for port in spec.ports if port.name == action.port), None)
    return named if named is not None else (int(action.port) if action.port.isdecimal() else None)


def _offered(scene: Scene, failing: Failing) -> bool:
    """Whether the pod says that it listens at the probed port; True where it says nothing."""
    spec, port = failing.one.spec, _port(failing.one.spec, failing.probe)
    if spec is None or port is None or not spec.ports:
        return True
    services = scene.snapshot.services_of(failing.one.component)
    targets = [one.target for service in services for one in service.spec.ports]
    return port in {one.container_port for one in spec.ports} or port in targets


def _answers_elsewhere(failing: Failing, scene: Scene) -> bool:
    """Whether another probe of the same container asks at another port and is content."""
    spec = failing.one.spec
    if spec is None:
        return False
    others = {"liveness": spec.liveness_probe, "readiness": spec.readiness_probe, "startup": spec.startup_probe}
    complaining = {other.kind for other in failing_probes(scene) if other.one.pod is failing.one.pod}
    return any(
        probe is not None and kind not in complaining and _port(spec, probe) not in {None, _port(spec, failing.probe)}
        for kind, probe in others.items()
    )


def _too_hasty(failing: Failing) -> bool:
    """Whether the probe kills its container before it was ever ready, within less than half a minute of its start."""
    probe = failing.probe
    allowed = probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold
    spec = failing.one.spec
    guarded = failing.kind == "liveness" and spec is not None and spec.startup_probe is not None
    never = ready_since(failing.one.pod) is None and failing.one.status.restart_count >= 2
    return failing.killed and never and allowed < 30 and not guarded


def probe_change(scene: Scene, failing: Failing) -> Change | None:
    """The recent revision's change of this probe."""
    wanted = f"{failing.kind} probe"
    return next((one for one in reversed(scene.recent_changes(failing.one.component)) if one.field == wanted), None)


_PARTS = {
    "path": r"'path': '[^']*'",
    "port": r"'port': \S+?[,}]",
    "protocol": r"'(?:httpGet|tcpSocket|grpc|exec)': \{|'scheme': '[^']*'",
    "timing": r"'(?:initialDelaySeconds|periodSeconds|timeoutSeconds|failureThreshold)': \d+",
}


def _changed_part(change: Change | None) -> str | None:
    """Which part of the probe a revision changed."""
    if change is None:
        return None
    for part, pattern in _PARTS.items():
        if re.findall(pattern, change.before or "") != re.findall(pattern, change.after or ""):
            return part
    return None
