"""Routes that configuration declares: which path leads to which host, read from Ingresses and from gateways' files."""

import re
from collections.abc import Iterator

from msgspec import Struct

from tools.errors import InputError
from tools.objects.network import Ingress
from tools.safe_yaml import load_yaml
from tools.snapshot import Snapshot

_MOST_BYTES = 200_000
_VARIABLE = re.compile(r"\$\{[^}:]*:-?([^}]*)\}")
_URL = re.compile(r"\b[a-z][a-z0-9+]*://([A-Za-z0-9][\w.-]*)", re.IGNORECASE)
_PATH = re.compile(r"(?:^|Path(?:Prefix)?\s*[=(]\s*`?|\bprefix\s*[:=]\s*)(/[\w./*{}-]*\w[\w./*{}-]*)")
_LOCATION = re.compile(r"\blocation\s+(?:[=~^*]+\s+)?\^?(/[\w./-]*\w[\w./-]*)[^{]*\{([^}]*)\}", re.DOTALL)
_PASSED = re.compile(r"\b(?:proxy|grpc|uwsgi|fastcgi)_pass\s+(?:[a-z]+://)?([A-Za-z0-9][\w.-]*)")
_BACKEND_KEYS = frozenset({"cluster", "backend", "upstream", "service", "uri", "url", "host", "destination", "target"})
_FILES = (".yml", ".yaml", ".json")


class Route(Struct, frozen=True):
    """One rule of a table.

    Attributes:
        path: The path or prefix as written.
        host: Where it leads: a Service's name, a host, or a name that a registry resolves.
        name: What the rule calls itself, or an empty string.
        holder: Component id of the object that holds the table.
        key: The key of a ConfigMap; an empty string for an Ingress.
    """

    path: str
    host: str
    name: str
    holder: str
    key: str = ""


def route_tables(snapshot: Snapshot) -> dict[str, list[Route]]:
    """Every table by the object that holds it."""
    found: dict[str, list[Route]] = {}
    for ingress in snapshot.all("Ingress", Ingress):
        holder = f"{ingress.metadata.namespace}/ingress/{ingress.metadata.name}"
        found[holder] = list(_of_ingress(ingress, holder))
    for (namespace, name), config in snapshot.config_maps.items():
        holder = f"{namespace}/configmap/{name}"
        routes = [one for key, text in config.data.items() for one in _of_text(key, text, holder)]
        if routes:
            found[holder] = routes
    return found


def _of_ingress(ingress: Ingress, holder: str) -> Iterator[Route]:
    for rule in ingress.spec.rules:
        for path in rule.http.paths if rule.http else ():
            if path.backend.service:
                yield Route(path.path, path.backend.service.name, "", holder)


def _of_text(key: str, text: str, holder: str) -> Iterator[Route]:
    """The routes of one file: nginx's locations, else whatever in a YAML or JSON text pairs a path with a host."""
    if len(text) > _MOST_BYTES or "/" not in text:
        return
    if "location" in text and "_pass" in text:
        for match in _LOCATION.finditer(text):
            passed = _PASSED.search(match[2])
            if passed:
                yield Route(match[1], passed[1], "", holder, key)
        return
    if ("rout" in text or "prefix" in text) and (key.endswith(_FILES) or ": " in text):
        try:
            node = load_yaml(text, key)
        except InputError:
            return
        for path, host, name in _of_node(node, ""):
            yield Route(path, host, name, holder, key)


def _of_node(node: object, name: str) -> list[tuple[str, str, str]]:
    """Path, host and name of each smallest mapping that has both a path and one host."""
    if isinstance(node, list):
        return [one for item in node for one in _of_node(item, "")]
    if not isinstance(node, dict):
        return []
    called = str(node.get("id") or node.get("name") or name)
    inner = [one for key, value in node.items() for one in _of_node(value, str(key))]
    if inner:
        return inner
    strings = list(_strings(node, ""))
    hosts = {host for key, text in strings for host in _hosts(key, text)}
    paths = [match[1] for _, text in strings for match in _PATH.finditer(text)]
    return [(path, next(iter(hosts)), called) for path in paths] if len(hosts) == 1 else []


def _strings(node: object, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _strings(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value, key)
    elif isinstance(node, str):
        yield key, _VARIABLE.sub(r"\1", node)


def _hosts(key: str, text: str) -> list[str]:
    found = [match[1] for match in _URL.finditer(text)]
    if not found and key.lower() in _BACKEND_KEYS and re.fullmatch(r"[A-Za-z0-9][\w.-]*(?::\d+)?", text):
        found = [text.partition(":")[0]]
    return found
