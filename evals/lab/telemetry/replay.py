"""A recording as if it happened now: an exporter for Prometheus to scrape, and a receiver of what then fires."""

import time
from collections.abc import Mapping

from evals.loopback.faults import Request
from evals.loopback.server import Loopback, Reply
from tools.openmetrics import labels_text
from tools.source import Series

_LOOKBACK = 300.0


class ReplayExporter(Loopback):
    """Serves `/metrics` as it was at a recorded moment, which goes on from the start like the clock does."""

    def __init__(self, samples: Mapping[str, list[Series]], moment: float) -> None:
        """`moment` (unix seconds, of the recording) is what the first second shows."""
        super().__init__()
        self._samples, self._shift = samples, moment - time.time()

    def reply(self, request: Request) -> Reply:
        """The newest sample of each series that is not too old."""
        if request.path != "/metrics":
            return self.failure(404, f"{request.path} is not served here", {})
        at = time.time() + self._shift
        lines = []
        for name, several in self._samples.items():
            for one in several:
                known = [value for moment, value in one.points if at - _LOOKBACK < moment <= at]
                if known:
                    lines.append(f"{name}{labels_text(one.labels)} {known[-1]:.17g}\n")
        return Reply(200, "".join(lines).encode(), "text/plain; version=0.0.4")

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """Plain text, as exporters do."""
        return Reply(status, message.encode(), "text/plain", headers)


class Receiver(Loopback):
    """A webhook: keeps what is posted with the right bearer token.

    Attributes:
        token: What has to be shown.
    """

    def __init__(self) -> None:
        """Bind to a port of 127.0.0.1."""
        super().__init__()
        self.token = "lab"  # noqa: S105 - of this machine alone

    @property
    def bodies(self) -> list[bytes]:
        """What came so far, oldest first."""
        shown = f"Bearer {self.token}"
        return [one.body for one in self.requests if one.headers.get("authorization") == shown]

    def reply(self, request: Request) -> Reply:
        """Accepted, or 401."""
        right = request.headers.get("authorization") == f"Bearer {self.token}"
        return Reply(200 if right else 401, b"")

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """Plain text."""
        return Reply(status, message.encode(), "text/plain", headers)
