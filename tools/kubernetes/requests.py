"""One request after the other within a budget, a deadline and a number of attempts; what fails says why."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from threading import Lock, Semaphore
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from tools.arriving import parts, start_of
from tools.kubernetes.connect import CONNECTIONS, Connection
from tools.plain_text import plain
from tools.unanswered import DENIED, MOST_SAID, PASSING, NotAnsweredError, late, retry_after, words

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_ANSWERED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
"""The last one is said of the log of a pod that is on no node yet."""
_ATTEMPTS = 3
_PAUSE = 0.2
_CONNECT_SECONDS = 3.05


class Bounds(Struct, frozen=True, kw_only=True):
    """Bounds of one sweep.

    Attributes:
        requests: Lists and logs, every page and every further attempt counted.
        logs: So many of them are left for logs.
        spare: So many for the namespaces that matter most, should the whole cluster not fit.
        seconds: For everything together.
        call_seconds: For one request, from its first byte to its last.
        page: Objects of one page.
        page_bytes: A page larger than this is not read on.
    """

    requests: int = 40
    logs: int = 8
    spare: int = 6
    seconds: float = 30.0
    call_seconds: float = 15.0
    page: int = 1000
    page_bytes: int = 64 * 2**20


DEFAULT = Bounds()


class _Status(Struct):
    """The API's error object."""

    message: str = ""


class Requests:
    """The requests of one sweep."""

    def __init__(self, server: Connection, bounds: Bounds, kinds: Iterable[str]) -> None:
        """Start the clock; one request is kept back for each of `kinds` until it has been asked for."""
        self.server, self.bounds = server, bounds
        self.deadline = time.monotonic() + bounds.seconds
        self._left, self._kept_back = bounds.requests, set(kinds)
        self._lock = Lock()
        self._slots = Semaphore(CONNECTIONS)
        self._reached = False
        self._closed: NotAnsweredError | None = None
        self._silent: dict[str, str] = {}

    @property
    def left(self) -> int:
        """How many requests may still be sent."""
        return self._left

    def skip(self, kind: str) -> None:
        """No request is kept back for a kind any more."""
        with self._lock:
            self._kept_back.discard(kind)

    def page(self, path: str, query: Mapping[str, str], kind: str, *, last_resort: bool = False) -> bytes:
        """The body of a list request, paid from the budget; as a last resort also from the spare part of it.

        Raises:
            NotAnsweredError: it was not answered with 200, or not to the end.
        """
        spare = self.bounds.logs + (0 if last_resort else self.bounds.spare)
        with self.opened(path, query, kind, spare) as response:
            body = bytearray()
            for part in self.parts(response):
                body += part
                if len(body) > self.bounds.page_bytes:
                    raise NotAnsweredError("error", f"the answer is larger than {self.bounds.page_bytes} bytes")
            return bytes(body)

    @contextmanager
    def opened(
        self, path: str, query: Mapping[str, str], kind: str = "", spare: int = 0, behind: str = ""
    ) -> Iterator["BaseHTTPResponse"]:
        """An answer of status 200 whose body is still to be read; without a kind it may be the last request of all.

        `behind` is who has to answer the server, such as a node: who kept it waiting is not asked again.

        Raises:
            NotAnsweredError: there was none, after as many attempts as make sense.
        """
        with self._slots:
            if behind in self._silent:
                raise NotAnsweredError("error", f"{behind} kept another request waiting: {self._silent[behind]}")
            begun = time.monotonic()
            try:
                response = self._asked(path, query, kind, spare)
            except NotAnsweredError as failed:
                if behind and self._is_long(begun):
                    self._silent[behind] = failed.said
                raise
            try:
                yield response
            finally:
                _leave(response)

    def parts(self, response: "BaseHTTPResponse") -> Iterator[bytes]:
        """The body as it arrives.

        Raises:
            NotAnsweredError: it broke off, or took too long.
        """
        seconds = min(self.deadline - time.monotonic(), self.bounds.call_seconds)
        return parts(response, self.server.address, seconds)

    def _asked(self, path: str, query: Mapping[str, str], kind: str, spare: int) -> "BaseHTTPResponse":
        self._pay(kind, spare)
        for _ in range(1, _ATTEMPTS):
            begun = time.monotonic()
            try:
                return self._sent(path, query)
            except NotAnsweredError as failed:
                if failed.again is None or self._is_long(begun) or time.monotonic() + failed.again > self.deadline:
                    raise
                time.sleep(failed.again)
                self._pay_again(kind, spare, failed)
        return self._sent(path, query)

    def _is_long(self, begun: float) -> bool:
        """Whether what failed took so long to do so that the next attempt would leave no time for others."""
        return time.monotonic() - begun > self.bounds.call_seconds / 3

    def _pay_again(self, kind: str, spare: int, failed: NotAnsweredError) -> None:
        """Pay for a further attempt; where the budget does not reach, the last one's words stand."""
        try:
            self._pay(kind, spare)
        except NotAnsweredError:
            raise failed from None

    def _pay(self, kind: str, spare: int) -> None:
        if self._closed is not None:
            raise self._closed
        if self.deadline <= time.monotonic():
            raise late(self.server.address, self.bounds.seconds)
        with self._lock:
            own = kind in self._kept_back
            self._kept_back.discard(kind)
            kept = len(self._kept_back) + spare if kind else 0
            if self._left <= (0 if own else kept):
                raise NotAnsweredError("truncated", f"the budget of {self.bounds.requests} requests is spent")
            self._left -= 1

    def _sent(self, path: str, query: Mapping[str, str]) -> "BaseHTTPResponse":
        """One attempt."""
        from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

        left = max(0.01, self.deadline - time.monotonic())
        wait = min(self.bounds.call_seconds, left)
        try:
            response = self.server.get(path, query, min(_CONNECT_SECONDS, left), wait)
        except ReadTimeoutError:
            raise late(self.server.address, wait) from None
        except (ConnectTimeoutError, NewConnectionError, SSLError) as error:
            raise self._cut_off(error) from None
        except (HTTPError, OSError) as error:
            raise NotAnsweredError("error", f"the connection broke ({words(error)})", again=_PAUSE) from None
        if response.status in _ANSWERED:
            self._reached = True
            return response
        refusal = _refusal(response, start_of(self.parts(response)))
        _leave(response)
        if refusal.code == HTTPStatus.UNAUTHORIZED:
            self._closed = refusal
        raise refusal

    def _cut_off(self, error: Exception) -> NotAnsweredError:
        """No way to the server; when it never answered, nobody needs to try again."""
        said = f"{self.server.address} cannot be reached ({words(error)})"
        if not self._reached:
            self._closed = NotAnsweredError("error", said)
        return NotAnsweredError("error", said)


def _leave(response: "BaseHTTPResponse") -> None:
    """Give the connection back; one with unread bytes is of no use to the next request."""
    if not response.closed:
        response.close()
    response.release_conn()


def _refusal(response: "BaseHTTPResponse", body: bytes) -> NotAnsweredError:
    """What an answer other than 200 says: the message of the API's Status object, else the start of the text."""
    code = response.status
    said = plain(status_message(body) or f"HTTP {code}: {body.decode(errors='replace')}", MOST_SAID)
    again = retry_after(response.headers.get("retry-after", ""), _PAUSE) if code in PASSING else None
    return NotAnsweredError("denied" if code in DENIED else "error", said, code, again)


def status_message(body: bytes) -> str:
    """The message of the API's Status object, or an empty string."""
    try:
        return msgspec.json.decode(body, type=_Status).message
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
