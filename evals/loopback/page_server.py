"""Pages on this machine: what outbound requests are tried against."""

from collections.abc import Mapping
from pathlib import Path

from evals.loopback.faults import Faults, Request
from evals.loopback.server import Loopback, Reply


class PageServer(Loopback):
    """Serves what it was given, by path; anything else is not found.

    Attributes:
        pages: May be changed while it serves.
    """

    def __init__(
        self, pages: Mapping[str, Reply], faults: Faults | None = None, certificate: Path | None = None
    ) -> None:
        """Serve `pages`; `certificate` is a PEM file with key and certificate."""
        super().__init__(faults, certificate)
        self.pages = dict(pages)

    def reply(self, request: Request) -> Reply:
        """The page, to whoever asks."""
        return self.pages.get(request.path) or self.failure(404, "there is no such page", {})

    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """What a web server shows to a browser."""
        return Reply(status, f"<html><h1>{status}</h1>{message}</html>".encode(), "text/html", headers)
