"""The way to an API server: kubeconfig or the pod's own account, TLS, proxies. The vendor's library lives here only.

The library is used for configuration, authentication and transport; its models, its retries, its redirects and its
global default configuration are not.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from tools.errors import InputError
from tools.kubernetes.guard import check
from tools.parallel import within
from tools.read_only import ReadOnlyError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, Configuration
    from urllib3 import BaseHTTPResponse

DEFAULT_KUBECONFIG = "~/.kube/config"
CONNECTIONS = 8
PLUGIN_SECONDS = 20.0


class Connection(Protocol):
    """What the source needs of an API server."""

    name: str
    namespace: str
    address: str

    def get(self, path: str, query: Mapping[str, str], connect: float, read: float) -> "BaseHTTPResponse":
        """Send one GET; the body is not read yet. Times in seconds."""

    def close(self) -> None:
        """Give up all connections."""


class Server:
    """A connection to one API server that can only read.

    Attributes:
        name: The context, for the first line of every answer.
        namespace: The context's own namespace.
        address: The server's URL.
    """

    def __init__(self, name: str, namespace: str, configuration: "Configuration") -> None:
        """Connect nowhere yet."""
        self.name, self.namespace, self.address = name, namespace, configuration.host
        self._client = read_only(configuration)
        self._configuration = configuration
        self._signing = Lock()

    def get(self, path: str, query: Mapping[str, str], connect: float, read: float) -> "BaseHTTPResponse":
        """Send one GET; the body is not read yet. Times in seconds.

        Raises:
            urllib3.exceptions.HTTPError: nothing came back.
        """
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path, None, connect, read)

    def review(self, path: str, body: bytes, connect: float, read: float) -> "BaseHTTPResponse":
        """Ask what one may do oneself: the only POST that the guard lets through. Raises as `get` does."""
        return self._send("POST", path, body, connect, read)

    def close(self) -> None:
        """Give up all connections."""
        self._client.rest_client.pool_manager.clear()

    def _send(self, method: str, target: str, body: bytes | None, connect: float, read: float) -> "BaseHTTPResponse":
        from urllib3 import Timeout

        kind = {} if body is None else {"content-type": "application/json"}
        return self._client.rest_client.pool_manager.request(
            method,
            f"{self._configuration.host}{target}",
            body=body,
            headers=self._headers() | kind,
            timeout=Timeout(connect=connect, read=read),
            preload_content=False,
        )

    def _headers(self) -> dict[str, str]:
        # An expired token is fetched anew, by one thread at a time.
        with self._signing:
            settings: Any = self._configuration.auth_settings()
        signed = {one["key"]: one["value"] for one in settings.values() if one["in"] == "header" and one["value"]}
        return {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "faultside", **signed}


def read_only(configuration: "Configuration") -> "ApiClient":
    """A client of the vendor's library through which nothing but reads can pass, by whatever way it is used.

    The guard sits where a request leaves for a socket, so generated methods pass it as well; and the client takes no
    new attributes, because `kubernetes.stream` gets around a client by replacing its `call_api`.
    """
    from kubernetes.client import ApiClient

    class ReadOnlyClient(ApiClient):  # type: ignore[misc,unused-ignore]
        def __setattr__(self, name: str, value: object) -> None:
            if "sealed" in self.__dict__:
                raise ReadOnlyError(f"replacing {name}")
            super().__setattr__(name, value)

    client = ReadOnlyClient(configuration)
    manager = client.rest_client.pool_manager
    send, base = manager.urlopen, configuration.host

    def guarded(method: str, url: str, **options: Any) -> "BaseHTTPResponse":  # noqa: ANN401 - urllib3's own
        if not url.startswith(f"{base}/"):
            raise ReadOnlyError(f"{method} {url}")
        check(method, url.removeprefix(base), options.get("headers") or {})
        # A redirect or a retry inside the transport would escape the guard, the budget and the deadline.
        return send(method, url, **{**options, "redirect": False, "retries": False})

    manager.urlopen = guarded  # type: ignore[method-assign,assignment,unused-ignore]
    client.sealed = True
    return client


def connect(kubeconfig: str | None, context: str | None, plugin_seconds: float = PLUGIN_SECONDS) -> Server:
    """The server of a kubeconfig context (the current one by default), else of the pod that this runs in.

    Args:
        kubeconfig: A file, or several joined by colons as in KUBECONFIG.
        context: A context's name.
        plugin_seconds: How long a credentials plugin may take.

    Raises:
        InputError: there is no kubeconfig or no such context, it is malformed, or its credentials plugin failed.
    """
    if find_spec("kubernetes") is None:
        said = "a live cluster needs the extra: pip install 'faultside[kubernetes]'; a recording needs --run DIR"
        raise InputError("kubernetes", None, said)
    files = kubeconfig or DEFAULT_KUBECONFIG
    if any(Path(one).expanduser().is_file() for one in files.split(":") if one):
        return _from_kubeconfig(files, context, plugin_seconds)
    if kubeconfig or context:
        raise InputError(files, None, "expected a kubeconfig file, found nothing")
    return _from_pod(files)


def _from_kubeconfig(files: str, context: str | None, plugin_seconds: float) -> Server:
    try:
        return within(plugin_seconds, lambda: _loaded(files, context))
    except TimeoutError:
        named = context or "the current context"
        said = f"{named}: its credentials plugin did not answer within {plugin_seconds:g} s"
        raise InputError(files, None, said) from None


def _loaded(files: str, context: str | None) -> Server:
    import yaml
    from kubernetes.config import ConfigException, list_kube_config_contexts, load_kube_config

    configuration = _blank()
    try:
        known, current = list_kube_config_contexts(files)
        chosen = _chosen(known, current, files, context)
        with _complaints() as said:
            load_kube_config(files, chosen["name"], configuration, persist_config=False)
    except (ConfigException, yaml.YAMLError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(files, None, f"expected a kubeconfig file ({' '.join(str(error).split())})") from None
    if said:
        raise InputError(files, None, f"context {chosen['name']}: {said[0]}")
    return Server(chosen["name"], chosen["context"].get("namespace", ""), configuration)


def _chosen(known: list[dict[str, Any]], current: dict[str, Any], files: str, context: str | None) -> dict[str, Any]:
    chosen = next((one for one in known if one["name"] == context), None) if context else current
    if chosen is None:
        names = ", ".join(sorted(one["name"] for one in known)) or "none"
        raise InputError("--context", None, f"expected a context of {files} ({names}), got {context!r}")
    return chosen


def _from_pod(missing: str) -> Server:
    from kubernetes.config import ConfigException, load_incluster_config

    configuration = _blank()
    try:
        load_incluster_config(client_configuration=configuration)
    except ConfigException:
        raise InputError(missing, None, "found no kubeconfig; name one with --kubeconfig FILE") from None
    return Server("the cluster that this runs in", "", configuration)


def _blank() -> "Configuration":
    from kubernetes.client import Configuration

    configuration = Configuration()
    configuration.connection_pool_maxsize = CONNECTIONS
    return configuration


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What the library only logs: a credentials plugin that failed, after which it would ask as nobody."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(" ".join(record.getMessage().split()))

    listener = Listener(logging.ERROR)
    logging.getLogger().addHandler(listener)
    try:
        yield said
    finally:
        logging.getLogger().removeHandler(listener)
