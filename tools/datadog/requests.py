"""One request after the other within a budget, a deadline and a number of attempts; what fails says why."""

import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from tools.arriving import MOST_ERROR_BYTES, parts, start_of
from tools.datadog.connect import CONNECTIONS, Call
from tools.datadog.failures import told_errors, unpacked
from tools.plain_text import plain
from tools.unanswered import DENIED, MOST_SAID, PASSING, NotAnsweredError, late, retry_after, words

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_ATTEMPTS = 3
_PAUSE = 0.5
_CONNECT_SECONDS = 3.05
_LIMITED = 429
_HOPELESS = 6


class Bounds(Struct, frozen=True, kw_only=True):
    """Bounds of one diagnosis.

    Attributes:
        requests: Of the whole diagnosis, further attempts counted.
        seconds: For one question, with its pages and further attempts.
        call_seconds: For one request, from its first byte to its last.
        answer_bytes: A larger answer is not read on.
    """

    requests: int = 120
    seconds: float = 20.0
    call_seconds: float = 12.0
    answer_bytes: int = 32 * 2**20


DEFAULT = Bounds()


class Connection(Protocol):
    """What is needed of a server."""

    address: str

    def send(self, call: Call, connect: float, read: float) -> "BaseHTTPResponse":
        """Send one request; the body of the answer is not read yet. Times in seconds."""

    def close(self) -> None:
        """Give up all connections."""


class Requests:
    """The requests of one diagnosis. A question may take long, and several are asked at once."""

    def __init__(self, server: Connection, bounds: Bounds) -> None:
        """Ask nothing yet."""
        self.server, self.bounds = server, bounds
        self._left = bounds.requests
        self._lock = Lock()
        self._slots = Semaphore(CONNECTIONS)
        self._reached = False
        self._failures = 0
        self._closed: dict[str, tuple[NotAnsweredError, float]] = {}

    def deadline(self) -> float:
        """Until when a question that is asked now may take, in monotonic seconds."""
        return time.monotonic() + self.bounds.seconds

    def ask(self, call: Call, deadline: float) -> bytes:
        """The body of an answer of status 200, after as many attempts as make sense.

        Raises:
            NotAnsweredError: there was none, or not to the end.
        """
        if not self._slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise late(self.server.address, self.bounds.seconds)
        try:
            for _ in range(1, _ATTEMPTS):
                try:
                    return self._attempt(call, deadline)
                except NotAnsweredError as failed:
                    if failed.again is None or time.monotonic() + failed.again > deadline:
                        raise
                    time.sleep(failed.again)
            return self._attempt(call, deadline)
        finally:
            self._slots.release()

    def _attempt(self, call: Call, deadline: float) -> bytes:
        self._pay(call, deadline)
        try:
            return self._answered(call, deadline)
        except NotAnsweredError as failed:
            raise self._counted(failed) from None

    def _answered(self, call: Call, deadline: float) -> bytes:
        response = self._sent(call, deadline)
        try:
            if response.status == HTTPStatus.OK:
                body = self._whole(response, deadline)
                self._reached = True
                return body
            raise self._refusal(call, response, deadline)
        finally:
            response.close()
            response.release_conn()

    def _pay(self, call: Call, deadline: float) -> None:
        now = time.monotonic()
        for path in ("", call.path):
            closed, until = self._closed.get(path, (None, 0.0))
            if closed is not None and now < until:
                raise closed
        if deadline <= now:
            raise late(self.server.address, self.bounds.seconds)
        with self._lock:
            if not self._left:
                raise NotAnsweredError("truncated", f"the budget of {self.bounds.requests} requests is spent")
            self._left -= 1

    def _close(self, path: str, failed: NotAnsweredError, seconds: float = float("inf")) -> NotAnsweredError:
        """Nobody asks at a path (an empty one: anywhere) again, for so long at least."""
        self._closed[path] = (failed, time.monotonic() + seconds)
        return failed

    def _sent(self, call: Call, deadline: float) -> "BaseHTTPResponse":
        from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

        left = max(0.01, deadline - time.monotonic())
        wait = min(self.bounds.call_seconds, left)
        try:
            return self.server.send(call, min(_CONNECT_SECONDS, left), wait)
        except ReadTimeoutError:
            raise late(self.server.address, wait) from None
        except (ConnectTimeoutError, NewConnectionError, SSLError) as error:
            raise self._cut_off(error) from None
        except (HTTPError, OSError) as error:
            raise NotAnsweredError("error", f"the connection broke ({words(error)})", again=_PAUSE) from None

    def _whole(self, response: "BaseHTTPResponse", deadline: float) -> bytes:
        body = bytearray()
        most = self.bounds.answer_bytes
        for part in self._parts(response, deadline):
            body += part
            if len(body) > most:
                break
        whole = unpacked(bytes(body), response.headers.get("content-encoding", ""), most)
        if len(whole) > most:
            raise NotAnsweredError("error", f"the answer is larger than {most} bytes")
        return whole

    def _parts(self, response: "BaseHTTPResponse", deadline: float) -> Iterator[bytes]:
        """The body as it arrives, still packed."""
        seconds = min(deadline - time.monotonic(), self.bounds.call_seconds)
        return parts(response, self.server.address, seconds, decoded=False)

    def _refusal(self, call: Call, response: "BaseHTTPResponse", deadline: float) -> NotAnsweredError:
        """What an answer other than 200 says; one that the next request would get too closes the way."""
        body = start_of(self._parts(response, deadline))
        with suppress(NotAnsweredError):
            body = unpacked(body, response.headers.get("content-encoding", ""), MOST_ERROR_BYTES)
        code = response.status
        said = plain(f"HTTP {code}: {told_errors(body) or body.decode(errors='replace')}", MOST_SAID)
        if code == _LIMITED:
            return self._limited(call, response, said, deadline)
        again = _PAUSE if code in PASSING else None
        refusal = NotAnsweredError("denied" if code in DENIED else "error", said, code, again)
        if code in DENIED:
            self._close("" if code == HTTPStatus.UNAUTHORIZED else call.path, refusal)
        return refusal

    def _limited(self, call: Call, response: "BaseHTTPResponse", said: str, deadline: float) -> NotAnsweredError:
        """The rate limit: tried again when it is over, if that is in time; else nobody asks there again."""
        text = response.headers.get("x-ratelimit-reset") or response.headers.get("retry-after") or ""
        seconds = retry_after(text, _PAUSE)
        name = response.headers.get("x-ratelimit-name", "")
        named = f" {plain(name, 60)}" if name else ""
        refusal = NotAnsweredError("error", f"{said} (the rate limit{named} ends in {seconds:g} s)", _LIMITED, seconds)
        if time.monotonic() + seconds > deadline:
            self._close(call.path, refusal, seconds)
        return refusal

    def _cut_off(self, error: Exception) -> NotAnsweredError:
        """No way to the server; when it never answered, nobody needs to try again."""
        failed = NotAnsweredError("error", f"{self.server.address} cannot be reached ({words(error)})")
        return failed if self._reached else self._close("", failed)

    def _counted(self, failed: NotAnsweredError) -> NotAnsweredError:
        """A server that has failed several times, and answered nothing yet, is left in peace for a while."""
        self._failures += 1
        hopeless = self._failures >= _HOPELESS and not self._reached
        return self._close("", failed, self.bounds.seconds) if hopeless else failed
