"""The sockets of the loopback API server."""

import gzip
import re
from pathlib import Path
from urllib.parse import parse_qsl

from evals.loopback.answers import Answers, failure
from evals.loopback.faults import Faults, Request
from evals.loopback.reviews import review
from evals.loopback.server import Loopback, Reply

_REVIEWS = re.compile(r"/apis/auth(?:orization|entication)\.k8s\.io/v1/selfsubject(?:access|rules|)reviews")
_COMPRESSED_FROM = 128 * 2**10
_KUBECONFIG = """apiVersion: v1
kind: Config
current-context: {name}
clusters: [{{name: {name}, cluster: {{server: "{url}"{trust}}}}}]
users: [{{name: reader, user: {{token: "{token}"}}}}]
contexts: [{{name: {name}, context: {{cluster: {name}, user: reader, namespace: "{namespace}"}}}}]
"""


class ApiServer(Loopback):
    """A loopback API server: `with ApiServer(Answers(store)) as server: ...`.

    Attributes:
        token: The bearer token that has to be shown; anything else is answered 401.
    """

    def __init__(
        self, answers: Answers, faults: Faults | None = None, certificate: Path | None = None, port: int = 0
    ) -> None:
        """Bind to a port of 127.0.0.1; `certificate` is a PEM file with key and certificate."""
        super().__init__(faults, certificate, port)
        self.answers, self.token = answers, "loopback"

    def kubeconfig(self, path: Path, namespace: str = "", *, trust: Path | None = None) -> Path:
        """Write a kubeconfig whose only context leads here; `trust` is the CA's file."""
        said = f', certificate-authority: "{trust}"' if trust else ""
        text = _KUBECONFIG.format(name="loopback", url=self.url, trust=said, token=self.token, namespace=namespace)
        path.write_text(text, encoding="utf-8")
        return path

    def reply(self, request: Request) -> Reply:
        """What a healthy server answers."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return failure(401, "Unauthorized")
        if request.method == "POST" and _REVIEWS.fullmatch(request.path):
            return review(self.answers.rights, request.path, request.body)
        if request.method not in {"GET", "HEAD"}:
            return failure(403, f"{request.method} is not allowed")
        found = self.answers.get(request.path, dict(parse_qsl(request.target.partition("?")[2])))
        return _compressed(found) if "gzip" in request.headers.get("accept-encoding", "") else found

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """The API's Status object."""
        return failure(status, message, headers)


def _compressed(reply: Reply) -> Reply:
    """Large JSON is compressed as the API server does it: gzip, the quickest level, from 128 KiB on."""
    if reply.kind != "application/json" or len(reply.body) < _COMPRESSED_FROM:
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return Reply(reply.status, gzip.compress(reply.body, 1), reply.kind, headers)
