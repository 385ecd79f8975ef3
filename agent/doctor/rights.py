"""What an account may read of a cluster, and what it may do beyond that."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from agent.doctor.grants import named
from tools.kubernetes.paths import LISTED, NEWER_EVENTS, Resource
from tools.kubernetes.requests import Requests
from tools.kubernetes.reviews import Reviews, Rule
from tools.parallel import in_order
from tools.unanswered import NotAnsweredError

MayList = Callable[[Resource, str | None], bool]
"""Whether a resource may be listed, in one namespace or everywhere; raises NotAnsweredError where nobody tells."""

_AT_ONCE = 8
_READS = frozenset({"get", "list", "watch"})
_CONTROL_PLANE = "kube-system"
_DOORS = frozenset({"exec", "attach", "portforward", "proxy"})
"""Parts of pods, services and nodes through which even a read does something."""
_PODS, _SECRETS = LISTED["Pod"], Resource("secrets", "api/v1")
_RISKS: tuple[tuple[str, Resource, str], ...] = (
    ("create", _PODS, "exec"),
    ("delete", _PODS, ""),
    ("create", _PODS, ""),
    ("patch", LISTED["Deployment"], ""),
    ("get", _SECRETS, ""),
)
"""What is asked one by one: an account's rules are told for one namespace only."""


class Reach(Struct, frozen=True):
    """How far one kind can be listed: everywhere, in a namespace, or not at all; `why` where nobody tells."""

    kind: str
    everywhere: bool
    at_home: bool
    why: str = ""

    @property
    def resource(self) -> Resource:
        """What the API calls it."""
        return LISTED[self.kind]


def reaches(may: MayList, home: str, deadline: float) -> list[Reach]:
    """Each kind that a sweep reads, tried everywhere and else in the namespace `home`."""
    kinds = [kind for kind in LISTED if kind != "Endpoints"]
    answers = in_order([partial(_reach, may, kind, home) for kind in kinds], _AT_ONCE, deadline)
    found = [one or Reach(kind, False, False, "no answer in time") for kind, one in zip(kinds, answers, strict=True)]
    slices = next(one for one in found if one.kind == "EndpointSlice")
    if slices.everywhere:
        return found
    # Endpoints hold the same as slices, and stand in for them where slices can't be read.
    older = _reach(may, "Endpoints", home)
    is_further = older.everywhere or (older.at_home and not slices.at_home)
    return [older if one is slices and is_further else one for one in found]


def _reach(may: MayList, kind: str, home: str) -> Reach:
    several = (LISTED[kind], NEWER_EVENTS) if kind == "Event" else (LISTED[kind],)
    wide = _CONTROL_PLANE if kind == "Lease" else None
    try:
        if any(may(one, wide) for one in several):
            return Reach(kind, True, True)
        return Reach(kind, False, several[0].namespaced and any(may(one, home) for one in several))
    except NotAnsweredError as failed:
        return Reach(kind, False, False, failed.said)


def by_asking(reviews: Reviews) -> MayList:
    """Told by the server, resource by resource."""
    return lambda resource, namespace: reviews.may("list", resource, namespace)


def by_listing(requests: Requests) -> MayList:
    """Told by listing one object, for an account that may not ask what it may."""

    def may(resource: Resource, namespace: str | None) -> bool:
        try:
            requests.page(resource.path(namespace), {"limit": "1"}, "")
        except NotAnsweredError as failed:
            if failed.status == "denied" or failed.code == 404:
                return False
            raise
        return True

    return may


def beyond_reading(reviews: Reviews, home: str, deadline: float) -> list[str]:
    """What the account may do that no diagnosis needs, such as `create pods/exec`; `everything` stands alone.

    Raises:
        NotAnsweredError: the server does not tell.
    """
    rules = reviews.rules(home)
    if any("*" in rule.verbs and "*" in (rule.resources or ()) and "*" in (rule.groups or ()) for rule in rules):
        return ["everything"]
    calls = [partial(_may, reviews, risk) for risk in _RISKS]
    answers = zip(_RISKS, in_order(calls, _AT_ONCE, deadline), strict=True)
    asked = [f"{verb} {named(_part(resource, part))}" for (verb, resource, part), may in answers if may]
    return list(dict.fromkeys((*asked, *(f"{one} in {home}" for one in _told(rules) if one not in asked))))


def _may(reviews: Reviews, risk: tuple[str, Resource, str]) -> bool:
    verb, resource, part = risk
    try:
        return reviews.may(verb, resource, None, part)
    except NotAnsweredError:
        return False


def _told(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        for resource in rule.resources or ():
            for verb in rule.verbs:
                if _is_beyond(verb, resource):
                    group = next(iter(rule.groups or ()), "")
                    yield f"{verb} {resource}{f'.{group}' if group else ''}"


def _is_beyond(verb: str, resource: str) -> bool:
    whole, _, part = resource.partition("/")
    if whole.endswith("reviews"):
        return False  # questions about rights, whatever the verb
    return verb not in _READS or part in _DOORS or whole in {"secrets", "*"}


def _part(resource: Resource, part: str) -> Resource:
    return replace(resource, name=f"{resource.name}/{part}") if part else resource
