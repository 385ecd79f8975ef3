"""The way to a metric store: TLS, credentials, proxies. The vendor's library lives here only.

Its defaults are not kept: it would wait without end, try three times with a second between, and throw away everything
that the server says beside the result.
"""

import re
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from tools.errors import InputError
from tools.evidence import Window
from tools.read_only import ReadOnlyError

if TYPE_CHECKING:
    from requests import Session
    from urllib3 import HTTPResponse

_CHUNK = 256 * 2**10
_CONNECT_SECONDS = 3.05
_QUESTION = re.compile(r"/api/v1/(?:query|query_range|alerts|rules|status/buildinfo)")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_VALUE = re.compile(r"[\x20-\x7e]*")
_PRINTABLE = re.compile(r"[\x21-\x7e]*")


class Access(Struct, frozen=True, kw_only=True):
    """Where a metric store is, and how one shows who one is.

    Attributes:
        url: With the path below which `/api/v1` lies, such as `https://mimir.example/prometheus`.
        token: Sent as `Authorization: Bearer`; `username` and `password` are sent as basic authentication instead.
        ca_file: Certificates to trust, PEM; the public authorities without it.
        cert_file: The client's own certificate, PEM, whose key is in `key_file` or in the same file.
        headers: Further headers, such as a tenant's `X-Scope-OrgID`.
    """

    url: str
    token: str = ""
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    headers: Mapping[str, str] = {}


class Reply(Struct, frozen=True):
    """An HTTP answer, read to its end."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class TooLargeError(Exception):
    """An answer of more bytes than are read."""


class Server:
    """One metric store, of which questions can be asked and nothing else.

    Attributes:
        address: Its URL, for messages.
    """

    def __init__(self, access: Access, most_bytes: int) -> None:
        """Connect nowhere yet; answers larger than `most_bytes` are not read to their end.

        Raises:
            InputError: the way there is described wrong, or the vendor's library is missing.
        """
        if find_spec("prometheus_api_client") is None:
            raise InputError("prometheus", None, "a metric store needs the extra: pip install 'faultside[prometheus]'")
        check(access)
        from prometheus_api_client import PrometheusConnect
        from urllib3 import Retry

        self.address = access.url.rstrip("/")
        self._session = _session(access, self.address, most_bytes)
        # Attempts, their pauses and their end are ours.
        self._vendor = PrometheusConnect(self.address, session=self._session, retry=Retry(0, redirect=0, read=False))

    def instant(self, query: str, parameters: Mapping[str, str], seconds: float) -> Reply:
        """Ask for a query's value at one moment. Raises as `ask` does."""
        found: Reply = self._vendor.custom_query(query, params=dict(parameters), timeout=seconds)
        return found

    def ranged(self, query: str, window: Window, step: str, parameters: Mapping[str, str], seconds: float) -> Reply:
        """Ask for a query's values over a window. Raises as `ask` does."""
        # The vendor rounds both ends to whole seconds; parameters win.
        ends = {"start": f"{window.start.timestamp():.3f}", "end": f"{window.end.timestamp():.3f}"}
        found: Reply = self._vendor.custom_query_range(
            query, window.start, window.end, step, params={**parameters, **ends}, timeout=seconds
        )
        return found

    def ask(self, path: str, parameters: Mapping[str, str], seconds: float) -> Reply:
        """Send one GET below `/api/v1/` and read the whole answer.

        Raises:
            requests.RequestException, urllib3.exceptions.HTTPError, OSError: no answer came, or it broke off.
            TimeoutError: it did not end within `seconds`.
            TooLargeError: it is larger than what is read.
        """
        response = self._session.request(
            "GET", f"{self.address}/api/v1/{path}", params=dict(parameters), timeout=seconds
        )
        found: Reply = response.json()["data"]["result"]
        return found

    def close(self) -> None:
        """Give up all connections."""
        self._session.close()


def check(access: Access) -> None:
    """Whether a store can be asked so at all.

    Raises:
        InputError: an address, a file or a header is wrong.
    """
    _check_address(access.url)
    wrong = {
        "TOKEN": "expected printable characters without spaces" if not _PRINTABLE.fullmatch(access.token) else "",
        "USERNAME": "expected either PROMETHEUS_TOKEN or this, got both" if access.token and access.username else "",
        "KEY_FILE": "a key needs its certificate: set PROMETHEUS_CERT_FILE"
        if access.key_file and not access.cert_file
        else "",
        "HEADERS": next((f"{key!r} is no header with a printable value" for key in _unsendable(access.headers)), ""),
    }
    for name in ("ca_file", "cert_file", "key_file"):
        path = getattr(access, name)
        if path and not Path(path).is_file():
            wrong[name.upper()] = f"expected a PEM file, found nothing at {path}"
    for name, said in wrong.items():
        if said:
            raise InputError(f"PROMETHEUS_{name}", None, said)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise InputError("PROMETHEUS_URL", None, f"expected an address, got {url!r}") from None
    if not right or parts.query or parts.fragment:
        raise InputError("PROMETHEUS_URL", None, "expected an address such as https://prometheus.example:9090")
    if parts.username or parts.password:
        raise InputError("PROMETHEUS_URL", None, "credentials belong in PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD")


def _unsendable(headers: Mapping[str, str]) -> list[str]:
    return [name for name, value in headers.items() if not (_HEADER.fullmatch(name) and _VALUE.fullmatch(value))]


class _Whole(Struct, frozen=True):
    """A response as the vendor's client expects one, which carries the whole of it past that client."""

    reply: Reply
    status_code: int = 200

    def json(self) -> dict[str, dict[str, Reply]]:
        """The client hands on `data.result` and throws the rest away: here that is everything."""
        return {"data": {"result": self.reply}}


def _session(access: Access, address: str, most_bytes: int) -> "Session":
    from requests import Session
    from requests.auth import HTTPBasicAuth
    from requests.utils import get_environ_proxies

    class Reading(Session):
        """A session in which nothing but GET of a question leaves, and a timeout is that of the whole answer."""

        def request(self, method: str, url: str, **options: Any) -> _Whole:  # type: ignore[override] # noqa: ANN401
            if method != "GET" or not _QUESTION.fullmatch(url.removeprefix(address)):
                raise ReadOnlyError(f"{method} {url}")
            seconds = options["timeout"]
            until = time.monotonic() + seconds
            response = super().request(
                "GET",
                url,
                params=options.get("params"),
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
            )
            with response:
                body = _body(response.raw, until, most_bytes)
            return _Whole(Reply(response.status_code, body, {k.lower(): v for k, v in response.headers.items()}))

    session = Reading()
    # Else a netrc file would add a password that nobody asked for. Proxies are the environment's nevertheless.
    session.trust_env = False
    session.proxies = dict(get_environ_proxies(address))
    session.verify = access.ca_file or True
    session.cert = (access.cert_file, access.key_file) if access.key_file else access.cert_file or None
    session.headers.update({"User-Agent": "faultside", "Accept": "application/json", **access.headers})
    if access.token:
        session.headers["Authorization"] = f"Bearer {access.token}"
    if access.username:
        session.auth = HTTPBasicAuth(access.username.encode(), access.password.encode())
    return session


def _body(raw: "HTTPResponse", until: float, most: int) -> bytes:
    body = bytearray()
    while part := raw.read1(_CHUNK, decode_content=True):
        body += part
        if len(body) > most:
            raise TooLargeError
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(body)
