"""Edges that settings show: environment, arguments, ConfigMaps, ingress rules. Dead configuration is common."""

import re
from collections.abc import Iterator

from tools.addresses import AddressBook, Party
from tools.objects.containers import Container
from tools.objects.network import Ingress
from tools.snapshot import Snapshot

URL = re.compile(
    r"\b([a-z][a-z0-9+.\-]{1,20})://(?:[^\s/@\"']*@)?(\[[0-9a-f:]+\]|[a-z0-9.\-_]+)(?::(\d{2,5}))?", re.IGNORECASE
)
_HOST_PORT = re.compile(r"(?<![\w./:@-])([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*):(\d{2,5})(?!\d|[.:]\d)", re.IGNORECASE)
_DSN_HOST = re.compile(r"@(?:tcp\()?([a-z][a-z0-9.-]*)(?::(\d{2,5}))?", re.IGNORECASE)
_NAMES_A_HOST = re.compile(
    r"(?:^|_)(HOST|HOSTS|HOSTNAME|URL|URI|ADDR|ADDRESS|ENDPOINT|SERVER|SERVERS|BROKER|BROKERS|SERVICE|UPSTREAM|DOMAIN)$",
    re.IGNORECASE,
)
_HOST = re.compile(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", re.IGNORECASE)

Place = tuple[str, str, str]
"""Where a setting is: container or object, setting, value."""


def configured(snapshot: Snapshot, component: str, book: AddressBook) -> Iterator[tuple[Party, Place]]:
    """Callees that a component's settings name, and where."""
    template = snapshot.template_of(component)
    if template is None:
        return
    namespace = component.partition("/")[0]
    for container in template.containers:
        for setting, value in settings_of(snapshot, namespace, container):
            for host in hosts_in(setting, value):
                party = book.resolve(host, namespace)
                if party is not None and (party.inside or "." in host):
                    if party.service is None and party.inside and "." not in host and "://" not in value:
                        # A bare word that is no Service is not a host until it is used as one.
                        continue
                    yield party, (container.name, setting, value)


def settings_of(snapshot: Snapshot, namespace: str, container: Container) -> Iterator[tuple[str, str]]:
    """A container's settings and their values, ConfigMaps followed; those in Secrets are never read."""
    maps = snapshot.config_maps
    for one in container.env:
        if one.value:
            yield f"env {one.name}", one.value
        wanted = one.value_from.config_map_key_ref if one.value_from else None
        if wanted and (namespace, wanted.name) in maps:
            yield f"env {one.name}", maps[namespace, wanted.name].data.get(wanted.key, "")
    for source in container.env_from:
        if source.config_map_ref and (namespace, source.config_map_ref.name) in maps:
            for key, value in maps[namespace, source.config_map_ref.name].data.items():
                yield f"env {key}", value
    for argument in (*container.command, *container.args):
        yield "args", argument


def hosts_in(setting: str, value: str) -> list[str]:
    """Hosts that a setting's value names: in URLs, as `host:port`, in a DSN, or alone when the setting is a host's."""
    found = [match[2] for match in URL.finditer(value)]
    if not found:
        found = [match[1] for match in _HOST_PORT.finditer(value)] + [match[1] for match in _DSN_HOST.finditer(value)]
    name = setting.rpartition(" ")[2]
    if not found and _NAMES_A_HOST.search(name) and _HOST.match(value) and not value.isdecimal():
        found = [value]
    return list(dict.fromkeys(host.lower() for host in found))


def routed(snapshot: Snapshot, book: AddressBook) -> Iterator[tuple[str, Party, Place]]:
    """Ingresses as callers, with the Services that their rules lead to."""
    for ingress in snapshot.all("Ingress", Ingress):
        namespace, name = ingress.metadata.namespace, ingress.metadata.name
        for rule in ingress.spec.rules:
            for path in rule.http.paths if rule.http else ():
                backend = path.backend.service
                service = snapshot.services.get((namespace, backend.name)) if backend else None
                if backend and service is not None:
                    place = ("rules", f"{rule.host}{path.path}", backend.name)
                    yield f"{namespace}/ingress/{name}", book.behind(service, backend.name), place
