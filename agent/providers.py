"""The shipped catalogue of third parties: who answers at a public host, and where they report.

`providers.yaml` is YAML whose entries are each one line of JSON, so that it is read in a
millisecond, and only once a question about a host arises. Its shape is checked by a test.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict, get_args

from agent.boundary_patterns import Pattern, pattern

Role: TypeAlias = Literal["application", "telemetry"]
FeedKind: TypeAlias = Literal["statuspage", "gcp", "aws", "azure", "slack", "rss", "other"]

FEED_KINDS: frozenset[str] = frozenset(get_args(FeedKind))
"""`statuspage`: Atlassian's summary.json. `gcp`, `aws`, `azure` (RSS), `slack`: the JSON or XML of
that provider. `rss`: any RSS or Atom feed. `other`: a page for people or a shape of its own."""

ROLES: frozenset[str] = frozenset(get_args(Role))

_KINDS = (
    "ai analytics banking cdn ci cloud cms collaboration commerce crm crypto dns email "
    "feature_flags fraud identity managed maps media messaging observability other payments "
    "push registry search secrets shipping sms social storage subscriptions support tax travel "
    "video weather"
)
KINDS: frozenset[str] = frozenset(_KINDS.split())
"""What a third party does for us; `managed` is a store or platform that we share the care of."""


class _Feed(TypedDict):
    kind: FeedKind
    url: str


class _Entry(TypedDict):
    name: str
    kind: str
    hosts: list[str]
    status: _Feed | None
    role: Role


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Where a provider reports its own incidents."""

    kind: FeedKind
    url: str


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """Someone else who operates a part of the system.

    Attributes:
        hosts: Host patterns; a declared provider has its catalogue entry's as well.
        workloads: `namespace/name` patterns of stand-ins that run in the cluster.
        role: An outage of a `telemetry` provider is no fault of the application.
        kind: One of `KINDS`.
        declared_at: `file:line` of the declaration, empty for a catalogue entry.
    """

    name: str
    hosts: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    status: StatusPage | None = None
    contact: str = ""
    fallback: str = ""
    role: Role = "application"
    kind: str = "other"
    declared_at: str = ""

    @property
    def managed(self) -> bool:
        """Whether its care is shared: our credentials, quota and queries, their machines."""
        return self.kind == "managed"


def provider_key(name: str) -> str:
    """How provider names are compared: `MongoDB Atlas` and `mongodb-atlas` are one."""
    return "".join(char for char in name.casefold() if char.isalnum())


@dataclass(frozen=True)
class Catalogue:
    """Third parties by name and by host."""

    providers: tuple[ThirdParty, ...]

    def named(self, name: str) -> ThirdParty | None:
        """The provider of this name, whatever its case and punctuation."""
        return self._by_name.get(provider_key(name))

    def find(self, host: str) -> tuple[ThirdParty, str] | None:
        """The provider of a host in its normal form, and the pattern that says so."""
        if (exact := self._by_host.get(host)) is not None:
            return exact, host
        found = max(self._matching(host), default=None)
        return None if found is None else (self._by_host[found[1]], found[1])

    def _matching(self, host: str) -> Iterator[tuple[tuple[int, int], str]]:
        labels = host.split(".")
        for start in range(1, len(labels)):
            tail = ".".join(labels[start:])
            if (suffix := f"*.{tail}") in self._by_host:
                yield (0, len(tail) + 1), suffix
            for glob in self._globs.get(tail, ()):
                if glob.matches(host):
                    yield glob.specificity, glob.text

    @cached_property
    def _by_name(self) -> dict[str, ThirdParty]:
        return {provider_key(entry.name): entry for entry in self.providers}

    @cached_property
    def _by_host(self) -> dict[str, ThirdParty]:
        return {host: entry for entry in self.providers for host in entry.hosts}

    @cached_property
    def _globs(self) -> dict[str, list[Pattern]]:
        """Patterns with a star inside, by the literal labels that they end with."""
        globs: dict[str, list[Pattern]] = {}
        for host in self._by_host:
            if "*" in host.removeprefix("*."):
                tail = host.rpartition("*")[2].partition(".")[2]
                globs.setdefault(tail, []).append(pattern("host", host))
        return globs


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read on first use."""
    lines = Path(__file__).with_name("providers.yaml").read_text(encoding="utf-8").splitlines()
    entries = ",".join(line[2:] for line in lines if line.startswith("- "))
    return Catalogue(tuple(_third_party(entry) for entry in json.loads(f"[{entries}]")))


def _third_party(entry: _Entry) -> ThirdParty:
    status = entry.get("status")
    return ThirdParty(
        name=entry["name"],
        kind=entry["kind"],
        hosts=tuple(entry["hosts"]),
        status=None if status is None else StatusPage(status["kind"], status["url"]),
        role=entry.get("role", "application"),
    )
