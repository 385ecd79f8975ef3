"""Objects and logs as files that leave the machine: every secret in them replaced, nothing else changed."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from tools.redact import is_secret_name, masked, redacted

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SECRET_FLAG = re.compile(
    r"--?(?:[\w-]*-)?(?:pass(?:word|wd|phrase)?|token|secret|api-?key|access-?key|private-?key|credentials?|dsn)",
    re.IGNORECASE,
)
_LOCATED = re.compile(
    r"(?P<scheme>(?:jdbc:)?[a-z][a-z0-9+.-]{1,30}://)(?:(?P<user>[^@/\s]*)@)?(?P<host>[\w.-]+(?::\d+)?)(?P<rest>/\S*)?"
    r"|(?P<login>[^@\s]+)@(?P<place>tcp\([\w.-]+(?::\d+)?\))(?P<more>/\S*)?",
    re.IGNORECASE,
)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY")
_KEY_LINE = re.compile(r"(?P<stamp>\S+T\S+Z )?[\sA-Za-z0-9+/=:,-]*")
_KEY_PREFIX = "REDACTED_private_key"


def redacted_object(one: object) -> object:
    """A Kubernetes object in JSON without secrets, be they in variables, settings, arguments or annotations."""
    return _redacted(one, "")


def _redacted(value: object, name: str) -> object:
    """`name` is what the value is called: its key, or of an environment variable its name."""
    if isinstance(value, str):
        return _applied(value) if name == _LAST_APPLIED else _setting(name, value)
    if isinstance(value, list):
        words = all(isinstance(one, str) for one in value)
        return _arguments(value) if words else [_redacted(one, "") for one in value]
    if isinstance(value, dict):
        called = value.get("name")
        if isinstance(called, str) and isinstance(value.get("value"), str):
            value = value | {"value": _setting(called, value["value"])}
        return {key: _redacted(inner, key) for key, inner in value.items()}
    return value


def _setting(name: str, value: str) -> str:
    """A value by its name; of a secret that is an address the host stays, because calls are joined on it."""
    if not is_secret_name(name):
        return redacted(value)
    found = _LOCATED.fullmatch(value)
    if found is None:
        return masked("secret", value)
    user, path = found["user"] or found["login"] or "", found["rest"] or found["more"] or ""
    login = f"{masked('secret', user)}@" if user else ""
    place = f"{login}{found['host'] or found['place']}"
    return f"{found['scheme'] or ''}{place}{'/' + masked('secret', path[1:]) if path else ''}"


def _arguments(values: Sequence[str]) -> list[str]:
    """Words of a command: what follows a flag that asks for a secret is one."""
    found: list[str] = []
    for number, word in enumerate(values):
        asked = number > 0 and _SECRET_FLAG.fullmatch(values[number - 1]) and not word.startswith("-")
        found.append(masked("password", word) if asked else redacted(word))
    return found


def _applied(text: str) -> str:
    """What `kubectl apply` keeps of the object as it was written: the object's own JSON once more."""
    try:
        inner = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return redacted(text)
    return msgspec.json.encode(redacted_object(inner)).decode() + "\n" * text.endswith("\n")


def redacted_log(text: str) -> str:
    """A log without secrets, line by line; a private key printed over several lines is left out to its end."""
    return "\n".join(_lines(text.split("\n")))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    in_key = False
    for line in lines:
        if in_key:
            match = _KEY_LINE.fullmatch(line)
            in_key = match is not None and not _KEY_ENDS.search(line)
            if match is not None:
                yield f"{match['stamp'] or ''}{_KEY_PREFIX}" if line else ""
                continue
        in_key = bool(_KEY_BEGINS.search(line)) and not _KEY_ENDS.search(line)
        yield redacted(line)
