"""One GET to the outside: redirects re-checked, size and time bounded, nothing sent that tells who asks.

urllib3 comes with each of the live sources' libraries. Its own name lookup, redirects, retries and decompression are
not used: the connection is made to an address that the guard has seen.
"""

import time
from contextlib import suppress
from socket import SHUT_RDWR
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from tools.outbound.guard import Guard, Origin, RefusedError, Resolve, resolve
from tools.plain_text import plain
from tools.unanswered import words

if TYPE_CHECKING:
    import ssl

    from urllib3 import BaseHTTPResponse
    from urllib3.connection import HTTPConnection

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_MOST_ADDRESSES = 3
_CONNECT_SECONDS = 3.05
_READ_SECONDS = 5.0
_CHUNK = 64 * 2**10
_DENIED = frozenset({401, 403})
_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "faultside", "connection": "close"}


class NotFetchedError(Exception):
    """Nothing usable came back; the text says why. `denied` where the server refused."""

    def __init__(self, said: str, *, denied: bool = False) -> None:
        """Keep both."""
        super().__init__(said)
        self.denied = denied


class Outbound(Struct, frozen=True, kw_only=True):
    """The way out.

    Attributes:
        guard: What may be asked.
        resolve: The name service.
        most_bytes: A larger answer is not read on.
        seconds: For one answer, redirects included.
        trust: Certificates to trust; the system's where it is None.
    """

    guard: Guard
    resolve: Resolve = resolve
    most_bytes: int
    seconds: float = 10.0
    trust: "ssl.SSLContext | None" = None

    def get(self, url: str) -> bytes:
        """The body of a 200.

        Raises:
            RefusedError: the address, or one that it redirects to, may not be asked.
            NotFetchedError: anything else than a whole 200 came back.
        """
        until = time.monotonic() + self.seconds
        for _ in range(_MOST_REDIRECTS + 1):
            with_body = self._asked(url, until)
            if isinstance(with_body, bytes):
                return with_body
            url = _joined(url, with_body)
        raise NotFetchedError(f"more than {_MOST_REDIRECTS} redirects")

    def _asked(self, url: str, until: float) -> bytes | str:
        """The body, or where it is to be found instead."""
        from urllib3.exceptions import HTTPError

        origin = self.guard.check(url)
        addresses = self.guard.addresses(origin, self.resolve)[:_MOST_ADDRESSES]
        connection, response = self._opened(origin, addresses, url, until)
        try:
            place = response.headers.get("location")
            if response.status in _REDIRECTS and place:
                return place
            return self._body(response, until)
        except (HTTPError, OSError, ValueError) as error:
            raise NotFetchedError(f"the answer broke off ({words(error)})") from None
        finally:
            response.close()
            connection.close()

    def _opened(
        self, origin: Origin, addresses: list[str], url: str, until: float
    ) -> "tuple[HTTPConnection, BaseHTTPResponse]":
        """The answer of the first address that takes a connection."""
        from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

        said = ""
        for address in addresses:
            connection = self._connection(origin, address, min(_CONNECT_SECONDS, self._left(until)))
            try:
                return connection, self._answer(connection, url, until)
            except (ConnectTimeoutError, NewConnectionError) as error:
                said = said or f"{origin.host} cannot be reached ({words(error)})"
        raise NotFetchedError(said)

    def _answer(self, connection: "HTTPConnection", url: str, until: float) -> "BaseHTTPResponse":
        """Status and headers; a connection on which they take too long is cut, because each byte renews a timeout."""
        from http.client import HTTPException

        from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

        parts = urlsplit(url)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        end = Timer(self._left(until), _cut, (connection,))
        end.daemon = True
        end.start()
        answered = False
        try:
            connection.connect()
            connection.timeout = min(_READ_SECONDS, self._left(until))
            headers = {"host": parts.netloc, **_HEADERS}
            connection.request("GET", target, headers=headers, preload_content=False, decode_content=False)
            response = connection.getresponse()
            self._left(until)  # what was cut looks like headers that end here
            answered = True
        except (ConnectTimeoutError, NewConnectionError):
            raise
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise NotFetchedError(f"{parts.hostname} did not answer ({words(error)})") from None
        finally:
            end.cancel()
            if not answered:
                connection.close()
        return response

    def _connection(self, origin: Origin, address: str, seconds: float) -> "HTTPConnection":
        """A connection to one numeric address; the certificate has to be the name's all the same."""
        from urllib3.connection import HTTPConnection, HTTPSConnection

        if origin.scheme == "http":
            return HTTPConnection(address, origin.port, timeout=seconds)
        return HTTPSConnection(
            address, origin.port, timeout=seconds, server_hostname=origin.host, assert_hostname=origin.host,
            ssl_context=self.trust, cert_reqs="CERT_REQUIRED",
        )  # fmt: skip

    def _body(self, response: "BaseHTTPResponse", until: float) -> bytes:
        if response.status != 200:
            raise NotFetchedError(f"HTTP {response.status}", denied=response.status in _DENIED)
        packed = response.headers.get("content-encoding", "identity").lower()
        if packed != "identity":
            raise NotFetchedError(f"the answer came packed ({plain(packed, 40)}), which was not asked for")
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self.most_bytes:
            raise NotFetchedError(f"the answer is larger than {self.most_bytes} bytes")
        body = bytearray()
        while part := response.read1(_CHUNK):
            body += part
            if len(body) > self.most_bytes:
                raise NotFetchedError(f"the answer is larger than {self.most_bytes} bytes")
            self._left(until)
        return bytes(body)

    def _left(self, until: float) -> float:
        left = until - time.monotonic()
        if left <= 0:
            raise NotFetchedError(f"no whole answer within {self.seconds:g} s")
        return left


def _cut(connection: "HTTPConnection") -> None:
    """End what goes on in another thread, whatever it waits for."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(SHUT_RDWR)


def _joined(url: str, place: str) -> str:
    """Where a redirect leads; what is no address stays as it is, for the guard to refuse."""
    try:
        return urljoin(url, place)
    except ValueError:
        return place


__all__ = ["NotFetchedError", "Outbound", "RefusedError"]
