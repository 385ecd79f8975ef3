"""Who operates a component: the boundary between what is ours and what is a third party's.

One order decides: workload, host, image, annotation (in trusted namespaces), namespace, default.
A more specific pattern beats a less specific one within a step, never across steps.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agent.boundary_facts import (
    ComponentFacts,
    host_names,
    is_public_name,
    main_image,
    namespaces,
    why_unknown,
    workload_names,
)
from agent.boundary_patterns import Pattern, PatternKind, names_registry
from agent.providers import Role, StatusPage, ThirdParty, catalogue, provider_key

__all__ = [
    "Boundary",
    "ComponentFacts",
    "Edge",
    "OwnedRule",
    "Ownership",
    "OwnershipRow",
    "Role",
    "Rule",
    "Side",
    "StatusPage",
    "ThirdParty",
    "explain_rows",
]

Side: TypeAlias = Literal["owned", "third_party", "unknown"]
Precedence: TypeAlias = Literal["workload", "host", "image", "annotation", "namespace", "default"]

ANNOTATION = "faultside.dev/boundary"


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a component is, and by which rule.

    Attributes:
        owner: The team or namespace, the provider, a public host nobody knows, or `unknown`.
        because: The rule, its step of precedence, and `file:line` or `default`.
        managed: Shared care: credentials, quota, storage and queries are ours, reachability theirs
            only with a provider incident or when `declared`.
        role: `telemetry` where an outage is no fault of the application.
        step: The step of precedence that decided.
    """

    side: Side
    owner: str
    because: str
    provider: ThirdParty | None = None
    managed: bool = False
    role: Role = "application"
    step: Precedence = "default"

    @property
    def declared(self) -> bool:
        """Whether a person said so, in the boundary file or by a trusted annotation."""
        return self.step != "default"


@dataclass(frozen=True, slots=True)
class OwnedRule:
    """What one entry of `owned` claims; `team` is named as owner instead of the namespace."""

    namespaces: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    team: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A call that nothing shows, from one `namespace/name` or host to another, lower case."""

    caller: str
    callee: str
    declared_at: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One declared pattern. `provider` is None where the pattern is owned."""

    pattern: Pattern
    provider: ThirdParty | None
    team: str
    declared_at: str
    inherited: bool = False
    """Comes from the catalogue entry of a declared provider, so any pattern of the file wins."""

    @property
    def owner(self) -> str:
        """For messages: the third party, or that it is owned and by whom."""
        if self.provider is not None:
            return f"third party {self.provider.name}"
        return f"owned by {self.team}" if self.team else "owned"

    @property
    def rank(self) -> tuple[bool, tuple[int, int]]:
        """Higher decides."""
        return (not self.inherited, self.pattern.specificity)


@dataclass(frozen=True)
class Boundary:
    """The declared sides. Made by `agent.boundary_file`, or `default()` without a file."""

    third_parties: tuple[ThirdParty, ...] = ()
    owned: tuple[OwnedRule, ...] = ()
    edges: tuple[Edge, ...] = ()
    trust_annotations: tuple[Pattern, ...] = ()
    rules: tuple[Rule, ...] = ()
    where: str = "default"

    @classmethod
    def default(cls) -> "Boundary":
        """Workloads of the cluster are ours, the outside is known by the catalogue or by name."""
        return cls()

    def owner(self, facts: ComponentFacts) -> Ownership:
        """Whose the component is; answers for every component, never raises."""
        return (
            self._declared("workload", workload_names(facts), facts)
            or self._declared("host", host_names(facts), facts)
            or self._declared("image", main_image(facts), facts)
            or self._annotated(facts)
            or self._declared("namespace", namespaces(facts), facts)
            or _by_default(facts)
        )

    def provider(self, name: str) -> ThirdParty | None:
        """A declared or catalogued third party by its name, whatever its case and punctuation."""
        key = provider_key(name)
        for declared in self.third_parties:
            if provider_key(declared.name) == key:
                return declared
        return catalogue().named(name)

    def _declared(self, step: PatternKind, subjects: tuple[str, ...], facts: ComponentFacts) -> Ownership | None:
        hits = [
            (rule, subject)
            for rule in self.rules
            if rule.pattern.kind == step
            for subject in _subjects_for(rule.pattern, subjects)
            if rule.pattern.matches(subject)
        ]
        if not hits:
            return None
        rule, subject = max(hits, key=lambda hit: hit[0].rank)
        source = "the catalogue entry of" if rule.inherited else "declared"
        because = f"{step} rule '{rule.pattern.text}' matches '{subject}': {source} {rule.owner} ({rule.declared_at})"
        if rule.provider is None:
            return Ownership("owned", rule.team or facts.place, because, step=step)
        return _theirs(rule.provider, because, step)

    def _annotated(self, facts: ComponentFacts) -> Ownership | None:
        said = facts.annotations.get(ANNOTATION, "").strip().lower()
        namespace = facts.namespace.lower()
        if said not in {"third_party", "owned"}:
            return None
        if not any(trusted.matches(namespace) for trusted in self.trust_annotations):
            return None
        because = (
            f"annotation '{ANNOTATION}: {said}' in the trusted namespace '{namespace}'"
            f" ({self.where}, trust_annotations)"
        )
        if said == "owned":
            return Ownership("owned", facts.place, because, step="annotation")
        owner = (facts.name or facts.id).lower()
        return Ownership("third_party", owner, because, step="annotation")


@dataclass(frozen=True, slots=True)
class OwnershipRow:
    """One line of `show boundary`."""

    component: str
    side: Side
    owner: str
    because: str


def explain_rows(boundary: Boundary, components: Iterable[ComponentFacts]) -> list[OwnershipRow]:
    """Whose each component is and why, in the order of the components' ids."""
    rows = []
    for facts in sorted(components, key=lambda facts: facts.id):
        found = boundary.owner(facts)
        rows.append(OwnershipRow(facts.id, found.side, found.owner, found.because))
    return rows


def _theirs(provider: ThirdParty, because: str, step: Precedence) -> Ownership:
    return Ownership(
        side="third_party",
        owner=provider.name,
        because=because,
        provider=provider,
        managed=provider.managed,
        role=provider.role,
        step=step,
    )


def _subjects_for(pattern: Pattern, subjects: tuple[str, ...]) -> tuple[str, ...]:
    if pattern.kind != "image" or not subjects:
        return subjects
    return subjects[:1] if names_registry(pattern) else subjects[1:]


def _by_default(facts: ComponentFacts) -> Ownership:
    if not facts.external:
        return Ownership("owned", facts.place, "default: it runs in the cluster")
    hosts = host_names(facts)
    for host in hosts:
        if (found := catalogue().find(host)) is not None:
            provider, text = found
            because = f"default: the catalogue knows '{host}' as {provider.name} ('{text}')"
            return _theirs(provider, because, "default")
    for host in hosts:
        if is_public_name(host):
            because = f"default: '{host}' is a public name outside the cluster"
            return Ownership("third_party", host, because)
    return Ownership("unknown", "unknown", f"default: {why_unknown(hosts)}")
