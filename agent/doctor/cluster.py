"""The cluster: the way there, what the account may read, and whether it could change anything."""

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import closing

from agent.doctor.check import Asked, Check, check, some
from agent.doctor.grants import Grants, account_of, named
from agent.doctor.rights import Reach, beyond_reading, by_asking, by_listing, reaches
from tools.kubernetes.connect import Server, connect
from tools.kubernetes.pages import Listing, read_list
from tools.kubernetes.paths import LISTED, Resource, is_name
from tools.kubernetes.requests import Bounds, Requests
from tools.kubernetes.reviews import Reviews
from tools.unanswered import NotAnsweredError

_SYSTEM = "kubernetes"
_CALL_SECONDS = 5.0
_MOST_RIGHTS = 6
_VERSION = re.compile(rb'"gitVersion"\s*:\s*"([\w.+-]{1,60})"')


def checks(asked: Asked) -> Iterator[Check]:
    """From the kubeconfig to the last right; where the server does not answer, nothing more is asked."""
    with closing(connect(asked.kubeconfig, asked.context, asked.left)) as server:
        yield check(_SYSTEM, "context", "ok", f"{server.name}, namespace {server.namespace or 'default'}")
        requests = Requests(server, Bounds(seconds=asked.left, call_seconds=_CALL_SECONDS), ())
        answer = _reached(server, requests)
        yield answer
        if answer.state != "ok":
            return
        home = asked.namespace or server.namespace or "default"
        if not is_name(home):
            yield check(_SYSTEM, "namespace", "missing", f"{home!r} is no namespace's name")
            return
        yield _namespace(requests, home, asked.namespace is not None)
        yield from _rights(server, requests, asked, home)


def _reached(server: Server, requests: Requests) -> Check:
    try:
        found = _VERSION.search(requests.page("/version", {}, ""))
    except NotAnsweredError as failed:
        if failed.status == "denied":
            do = "renew the credentials of this context: kubectl auth whoami shows who the server takes you for"
            return check(_SYSTEM, "server", "missing", f"{server.address} refuses the credentials: {failed.said}", do)
        do = "kubectl cluster-info says whether the server is reached from here at all (network, VPN, proxy-url, CA)"
        return check(_SYSTEM, "server", "missing", failed.said, do, unreached=True)
    if found is None:
        do = "check the server's address in the kubeconfig"
        return check(_SYSTEM, "server", "missing", f"{server.address} answers, but not as an API server does", do)
    return check(_SYSTEM, "server", "ok", f"{server.address}, {found[1].decode()}")


def _namespace(requests: Requests, home: str, is_asked: bool) -> Check:
    """Whether the namespace is there: by its name, else by its pods for an account that may not list namespaces."""
    listed = read_list(requests, Listing("Namespace", LISTED["Namespace"])).value
    known = [one.metadata.name for one in listed]  # type: ignore[attr-defined]
    if home in known:
        return check(_SYSTEM, "namespace", "ok", f"{home} is one of {len(known)}")
    if known:
        near = difflib.get_close_matches(home, known, n=3, cutoff=0.5)
        do = f"did you mean {', '.join(near)}?" if near else f"there are {some(known)}"
        return check(_SYSTEM, "namespace", "missing" if is_asked else "warning", f"there is no {home}", f"-n: {do}")
    pods = read_list(requests, Listing("Pod", LISTED["Pod"], home))
    if pods.value:
        return check(_SYSTEM, "namespace", "ok", f"{home} has pods")
    said = f"whether there is a {home} is not known: namespaces may not be listed, and no pods were found in it"
    return check(_SYSTEM, "namespace", "warning", said)


def _rights(server: Server, requests: Requests, asked: Asked, home: str) -> Iterator[Check]:
    reviews = Reviews(server, asked.deadline)
    try:
        beyond = beyond_reading(reviews, home, asked.deadline)
    except NotAnsweredError as failed:
        if failed.status != "denied":
            yield check(_SYSTEM, "rights", "warning", f"the server does not tell what may be read: {failed.said}")
            return
        grants = Grants(account_of(reviews, failed.said))
        said = f"the account may not ask what it may do ({failed.said}); one object of each kind was listed instead"
        yield check(_SYSTEM, "rights", "warning", said, grants.to_ask())
        yield from _reading(reaches(by_listing(requests), home, asked.deadline), grants, home)
        return
    grants = Grants(account_of(reviews, ""))
    yield from _reading(reaches(by_asking(reviews), home, asked.deadline), grants, home)
    yield _logs(reviews, grants, home)
    yield _writing(beyond)


def _reading(found: Sequence[Reach], grants: Grants, home: str) -> Iterator[Check]:
    """How far what a sweep lists can be listed, and one line for everything that is missing."""
    everywhere = [one for one in found if one.everywhere]
    near = [one for one in found if one.at_home and not one.everywhere]
    nowhere = [one for one in found if not one.at_home and not one.everywhere and not one.why]
    unknown = [one for one in found if one.why]
    # Kinds of the whole cluster are worth having; a diagnosis of one namespace does without.
    vital = [one for one in nowhere if one.resource.namespaced and one.kind != "Lease"]
    other = [one for one in nowhere if one not in vital]
    if everywhere:
        yield check(_SYSTEM, "objects", "ok", f"{len(everywhere)} of {len(found)} kinds may be listed everywhere")
    if vital:
        do = grants.to_list("reads", _resources(vital), home)
        yield check(_SYSTEM, "objects", "missing", f"may not be listed in {home}: {_kinds(vital)}", do)
    if near:
        do = grants.to_list("reads-all", _resources(near))
        yield check(_SYSTEM, "objects", "warning", f"may be listed in {home} only: {_kinds(near)}", do)
    if other:
        do = grants.to_list("reads-cluster", _resources(other))
        yield check(_SYSTEM, "objects", "warning", f"may not be listed: {_kinds(other)}", do)
    if unknown:
        said = f"not known whether these may be listed: {_kinds(unknown)} ({unknown[0].why})"
        yield check(_SYSTEM, "objects", "warning", said)


def _logs(reviews: Reviews, grants: Grants, home: str) -> Check:
    try:
        if reviews.may("get", LISTED["Pod"], None, "log"):
            return check(_SYSTEM, "logs", "ok", "may be read everywhere")
        at_home = reviews.may("get", LISTED["Pod"], home, "log")
    except NotAnsweredError as failed:
        return check(_SYSTEM, "logs", "warning", f"not known whether they may be read ({failed.said})")
    said = f"may be read in {home} only" if at_home else f"may not be read in {home}"
    do = grants.to_read_logs(None if at_home else home)
    return check(_SYSTEM, "logs", "warning" if at_home else "missing", said, do)


def _writing(beyond: Sequence[str]) -> Check:
    if not beyond:
        return check(_SYSTEM, "read-only", "ok", "the account can change nothing, enter no pod and read no Secrets")
    said = f"the account may do more than read: {some(beyond, _MOST_RIGHTS)}; faultside does none of it"
    do = "give it an account of its own: kubectl create namespace faultside && kubectl apply -f deploy/rbac.yaml"
    return check(_SYSTEM, "read-only", "warning", said, do)


def _kinds(several: Sequence[Reach]) -> str:
    return some(list(map(named, _resources(several))))


def _resources(several: Sequence[Reach]) -> list[Resource]:
    return [one.resource for one in several]
