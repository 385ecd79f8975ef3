"""One container's log: bounded in time, lines and bytes, with what was left out told."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from tools.evidence import Window
from tools.kubernetes.requests import Requests
from tools.source import Answer, LogRef
from tools.unanswered import NotAnsweredError

MOST_BYTES = 4 * 2**20
"""Of one log, the newest ones are kept."""
MOST_LINES = 20_000
"""Asked of the kubelet, which counts from the newest line back."""
_MOST_SENT = 4 * MOST_BYTES
# A container that has not started, and one whose log went with its evicted pod.
_NO_MORE_OR_NOT_YET = ("is waiting to start", "PodInitializing", "ContainerCreating", "is not available")
# In the seconds after a crash the kubelet answers 200 with this text in place of the dead instance's log.
_NO_LOG = (b"unable to retrieve container logs for ", b"failed to try resolving symlinks in path ")


def read_log(requests: Requests, ref: LogRef, window: Window, node: str = "") -> Answer[str]:
    """The newest lines since the window's start, each with the kubelet's time; of a silent kubelet's node no more."""
    query = (
        f"kubectl logs -n {ref.namespace} {ref.pod} -c {ref.container} --timestamps --since-time={_since(window.start)}"
    )
    query += " --previous" if ref.previous else ""
    asked = {
        "container": ref.container,
        "timestamps": "true",
        "sinceTime": _since(window.start),
        "tailLines": str(MOST_LINES),
        "limitBytes": str(_MOST_SENT),
    }
    if ref.previous:
        asked["previous"] = "true"
    tail = _Tail()
    try:
        path, behind = f"/api/v1/namespaces/{ref.namespace}/pods/{ref.pod}/log", f"node {node}" if node else ""
        with requests.opened(path, asked, behind=behind) as response:
            tail.take(requests.parts(response))
    except NotAnsweredError as failed:
        if not tail.bytes:
            none = failed.code == 400 and any(words in failed.said for words in _NO_MORE_OR_NOT_YET)
            return Answer("", query, "empty" if none else failed.status, failed.said)
        return Answer(tail.text(), query, "error", f"{failed.said}, after {tail.bytes} bytes")
    if tail.bytes < 2**12 and tail.head.startswith(_NO_LOG):
        return Answer("", query, "error", tail.text().strip())
    left_out = tail.left_out()
    return Answer(tail.text(), query, "truncated" if left_out else "ok" if tail.bytes else "empty", left_out)


def _since(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class _Tail:
    """The newest part of what passes by, with counts of all of it."""

    def __init__(self) -> None:
        self.head = b""
        self.bytes = self.lines = 0
        self._kept: deque[bytes] = deque()
        self._kept_bytes = 0

    def take(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self.head = self.head or part[:128]
            self.bytes += len(part)
            self.lines += part.count(b"\n")
            self._kept.append(part)
            self._kept_bytes += len(part)
            while self._kept_bytes - len(self._kept[0]) >= MOST_BYTES:
                self._kept_bytes -= len(self._kept.popleft())

    def _tail(self) -> bytes:
        raw = b"".join(self._kept)
        if self.bytes <= MOST_BYTES:
            return raw
        return raw[-MOST_BYTES:].partition(b"\n")[2]

    def text(self) -> str:
        return self._tail().decode(errors="replace")

    def left_out(self) -> str:
        """What was not kept or not sent, as one sentence; an empty string when nothing was."""
        if self.bytes > MOST_BYTES:
            kept = self._tail()
            lines = kept.count(b"\n")
            return f"the last {len(kept)} bytes: {lines} of {self.lines} lines"
        if self.bytes >= _MOST_SENT:
            return f"the first {self.bytes} bytes of the last {MOST_LINES} lines"
        return f"the last {MOST_LINES} lines; older ones were not read" if self.lines >= MOST_LINES else ""
