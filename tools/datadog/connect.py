"""The way to Datadog: site, keys, TLS, proxy. The vendor's library lives here only.

The library is used for its list of sites, authentication and transport; its models, its paging (which writes into the
caller's request), its retries and its silent reading of the environment are not.
"""

import json
import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from tools.datadog.guard import check
from tools.errors import InputError
from tools.read_only import ReadOnlyError

if TYPE_CHECKING:
    from datadog_api_client import ApiClient, Configuration
    from urllib3 import BaseHTTPResponse

CONNECTIONS = 4
"""As many as the library's pool keeps."""

_KEYS = {"DD_API_KEY": re.compile(r"[!-~]{8,200}"), "DD_APP_KEY": re.compile(r"[!-~]{8,200}")}


class Account(Struct, frozen=True, kw_only=True):
    """Where to ask, and as whom.

    Attributes:
        site: Such as `datadoghq.eu`; not used where there is a `url`.
        url: Another server that speaks the API, such as `https://api.ap3.datadoghq.com`.
        proxy: An HTTP proxy's URL.
    """

    api_key: str
    app_key: str
    site: str = "datadoghq.com"
    url: str | None = None
    proxy: str | None = None


class Call(Struct, frozen=True):
    """One read.

    Attributes:
        query: Parameters of the URL.
        body: Of a search; sent as JSON.
    """

    method: str
    path: str
    query: dict[str, str] = {}
    body: dict[str, object] | None = None


class Server:
    """A connection to Datadog that can only read.

    Attributes:
        address: The server's URL.
    """

    def __init__(self, address: str, configuration: "Configuration") -> None:
        """Connect nowhere yet."""
        self.address = address
        self._client = read_only(configuration)
        self._configuration = configuration

    def send(self, call: Call, connect: float, read: float) -> "BaseHTTPResponse":
        """Send one request; the body of the answer is not read yet. Times in seconds.

        Raises:
            urllib3.exceptions.HTTPError: nothing came back.
        """
        from urllib3 import Timeout

        target = f"{call.path}?{urlencode(call.query)}" if call.query else call.path
        response: BaseHTTPResponse = self._client.rest_client.pool_manager.request(
            call.method,
            f"{self.address}{target}",
            body=None if call.body is None else json.dumps(call.body),
            headers=self._headers(call),
            timeout=Timeout(connect=connect, read=read),
            preload_content=False,
        )
        return response

    def close(self) -> None:
        """Give up all connections."""
        self._client.rest_client.pool_manager.clear()

    def _headers(self, call: Call) -> dict[str, str]:
        settings: Mapping[str, Any] = self._configuration.auth_settings()
        signed = {one["key"]: one["value"] for one in settings.values()}
        kind = {} if call.body is None else {"content-type": "application/json"}
        return {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "faultside", **kind, **signed}


def read_only(configuration: "Configuration") -> "ApiClient":
    """A client of the vendor's library through which nothing but the listed reads can pass.

    The guard sits where a request leaves for a socket, so that generated methods pass it as well.
    """
    from datadog_api_client import ApiClient

    client = ApiClient(configuration)
    manager = client.rest_client.pool_manager
    send: Callable[..., BaseHTTPResponse] = manager.urlopen
    base = configuration.host

    def guarded(method: str, url: str, **options: Any) -> "BaseHTTPResponse":  # noqa: ANN401 - urllib3's own
        if not url.startswith(f"{base}/"):
            raise ReadOnlyError(f"{method} {url}")
        check(method, url.removeprefix(base), options.get("headers") or {})
        # A redirect or a retry inside the transport would escape the guard, the budget and the deadline.
        return send(method, url, **{**options, "redirect": False, "retries": False})

    manager.urlopen = guarded
    return client


def connect(account: Account) -> Server:
    """The way to an account's site or URL; nothing is sent yet.

    Raises:
        InputError: a key is missing or malformed, or the site is none; it names the variable to mend.
    """
    if find_spec("datadog_api_client") is None:
        raise InputError("datadog", None, "DD_API_KEY is set, but it needs the extra: pip install 'faultside[datadog]'")
    for (name, form), key in zip(_KEYS.items(), (account.api_key, account.app_key), strict=True):
        if not form.fullmatch(key):
            raise InputError(name, None, "expected a key of Datadog, got " + ("something else" if key else "nothing"))
    from datadog_api_client import Configuration

    address = _checked(account.url) if account.url else f"https://api.{_site(account.site, Configuration())}"
    keys = {"apiKeyAuth": account.api_key, "appKeyAuth": account.app_key}
    configuration = Configuration(host=address, api_key=keys)
    configuration.proxy = account.proxy
    return Server(address, configuration)


def _site(site: str, configuration: "Configuration") -> str:
    known = sorted(set(configuration.get_host_settings()[0]["variables"]["site"]["enum_values"]))
    bare = re.sub(r"^https?://|^(?:api|app)\.|/+$", "", site.strip().lower())
    bare = re.sub(r"^(?:api|app)\.", "", bare)
    if bare in known and bare == site:
        return bare
    hint = f"did you mean {bare}?" if bare in known else f"known are {', '.join(known)}; for another server set DD_URL"
    raise InputError("DD_SITE", None, f"expected a site of Datadog, got {site!r}; {hint}")


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise InputError("DD_URL", None, f"expected a URL such as https://api.datadoghq.com, got {url!r}")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise InputError("DD_URL", None, "expected https: the keys would be sent in the clear")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
