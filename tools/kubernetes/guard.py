"""Which requests may leave the process: a list of what is allowed, so that everything unknown is refused.

A path is compared as it will be sent. Nothing that the API server could normalise (percent signs, doubled slashes,
dots, upper case) is in the allowed alphabet, so there is no second spelling of a forbidden path.
"""

import re

from tools.kubernetes.paths import LISTED, NAME, NEWER_EVENTS
from tools.read_only import Reads

_LISTS = "|".join(re.escape(f"{one.prefix}/@/{one.name}") for one in (*LISTED.values(), NEWER_EVENTS))
_READ = re.compile(rf"/version|/(?:{_LISTS.replace('/@/', f'(?:/namespaces/{NAME})?/')})(?:/{NAME})?")
_LOG = re.compile(rf"/api/v1/namespaces/{NAME}/pods/{NAME}/log")
_REVIEW = re.compile(
    r"/apis/authorization\.k8s\.io/v1/selfsubject(?:access|rules)reviews|/apis/authentication\.k8s\.io/v1/selfsubjectreviews"
)
_QUERY = re.compile(r"[A-Za-z0-9._~%&=+:,-]*")
_PARAMETERS = frozenset({
    "limit", "continue", "resourceVersion", "resourceVersionMatch", "labelSelector", "fieldSelector", "timeoutSeconds",
    "container", "previous", "sinceTime", "tailLines", "limitBytes", "timestamps",
})  # fmt: skip
_HEADERS = frozenset({"accept", "accept-encoding", "authorization", "content-type", "user-agent"})


def _may(method: str, path: str) -> bool:
    if method in {"GET", "HEAD"}:
        return bool(_READ.fullmatch(path) or _LOG.fullmatch(path))
    return method == "POST" and bool(_REVIEW.fullmatch(path))


check = Reads(lambda method, path: _PARAMETERS if _may(method, path) else None, _QUERY, _HEADERS).check
