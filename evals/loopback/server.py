"""The sockets of every loopback server: a request is kept, then answered or spoilt as ordered."""

import socket
import ssl
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from msgspec import Struct

from evals.loopback.faults import Fault, Faults, Request


class Reply(Struct):
    """An HTTP answer."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = {}


class Loopback(ABC):
    """An HTTP server on this machine: `with SomeServer(...) as server: ... server.url ...`.

    Attributes:
        requests: Everything that came, in order.
        faults: What goes wrong with which request.
    """

    def __init__(self, faults: Faults | None = None, certificate: Path | None = None, port: int = 0) -> None:
        """Bind to a port of 127.0.0.1; `certificate` is a PEM file with key and certificate."""
        self.faults = faults or (lambda _: None)
        self.requests: list[Request] = []
        self.stopped = Event()
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._http = _Listener(("127.0.0.1", port), _Handler)
        self._http.owner = self
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._http.server_address[1]}"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @abstractmethod
    def reply(self, request: Request) -> Reply:
        """What a healthy server answers."""

    @abstractmethod
    def failure(self, status: int, message: str, headers: dict[str, str]) -> Reply:
        """An error in the server's own shape."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def kill(self) -> None:
        """Stop at once: nobody listens, and open connections break off."""
        if self.stopped.is_set():
            return
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        with self._lock:
            for one in self._open:
                _break(one)

    def dies_after(self, requests: int) -> None:
        """Order that the server is killed by the request after so many."""

        def faults(request: Request) -> Fault | None:
            if request.number <= requests:
                return None
            self.kill()
            return Fault(close=True)

        self.faults = faults

    def received(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
        """Keep a request."""
        with self._lock:
            request = Request(len(self.requests) + 1, method, target, headers, body)
            self.requests.append(request)
        return request

    def opened(self, connection: socket.socket) -> None:
        """A connection that would break off when the server is killed."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """A connection that has ended."""
        with self._lock:
            self._open.discard(connection)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    owner: Loopback

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or does not trust us, is no news; a bug of ours is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as socketserver has it


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.owner.opened(self.connection)

    def finish(self) -> None:
        self.server.owner.closed(self.connection)
        super().finish()

    def _answer(self) -> None:
        owner = self.server.owner
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        request = owner.received(self.command, self.path, headers, body)
        fault = owner.faults(request) or Fault()
        if fault.hang or fault.delay:
            owner.stopped.wait(None if fault.hang else fault.delay)
        if fault.close or owner.stopped.is_set():
            self.close_connection = True
            return
        self._send(_spoilt(owner, request, fault), fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - http.server's

    def _send(self, reply: Reply, fault: Fault) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.kind, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = b"" if self.command == "HEAD" else reply.body if fault.keep is None else reply.body[: fault.keep]
        if fault.drip:
            self._drip(body, fault.drip)
        else:
            self.wfile.write(body)
        self.close_connection = self.close_connection or fault.keep is not None

    def _drip(self, body: bytes, seconds: float) -> None:
        for byte in body:
            self.wfile.write(bytes([byte]))
            if self.server.owner.stopped.wait(seconds):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
        """Quiet: requests are kept instead."""


def _break(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _spoilt(owner: Loopback, request: Request, fault: Fault) -> Reply:
    if fault.body is not None:
        return Reply(200, fault.body, "text/html")
    if fault.status:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return owner.failure(fault.status, f"fault on order: {fault.status}", headers)
    return owner.reply(request)
