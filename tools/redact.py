"""Secrets taken out of text and settings before anybody reads them as evidence.

Ids and hashes stay, since evidence is joined on them. Within one diagnosis the same secret has the same placeholder,
so that what belongs together still does, and the person who asked can have it back.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import Lock

from tools.log_search import alternatives, has_any
from tools.secret_forms import FORMS, Form

MASK = "REDACTED"
_PLACEHOLDER = re.compile(rf"{MASK}_[a-z]+(?:_[a-z]+)*_\d+")
_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)?$|passw(?:or)?d|secret(?!_?name)|token|api_?key|access_?key|private_?key|credential|auth_?key"
    r"|_pwd$|^pwd$|dsn$",
    re.IGNORECASE,
)

_HINT = re.compile(
    alternatives(sorted({hint for form in FORMS for hint in form.hints if not hint.isdigit()})) + r"|\d{4}[ -]?\d{4}"
)
"""Something without which no form can hold: one look for the many lines without a secret."""


class Vault:
    """The secrets of one diagnosis by their placeholders."""

    def __init__(self) -> None:
        """Start empty."""
        self._known: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        self._lock = Lock()

    def placeholder(self, kind: str, secret: str) -> str:
        """What stands for a secret: always the same for the same one."""
        with self._lock:
            found = self._placeholders.get(secret)
            if found is None:
                found = f"{MASK}_{kind}_{len(self._placeholders) + 1}"
                self._placeholders[secret] = found
                self._known[found] = secret
            return found

    def counts(self) -> dict[str, int]:
        """How many different secrets there are, by kind."""
        kinds = (one.removeprefix(f"{MASK}_").rpartition("_")[0] for one in self._known)
        return dict(sorted(Counter(kinds).items()))

    def restored(self, text: str) -> str:
        """The text with its secrets, for the person who asked, never for a model or a file."""
        return _PLACEHOLDER.sub(lambda match: self._known.get(match[0], match[0]), text)


_active: ContextVar[Vault | None] = ContextVar("vault", default=None)


@contextmanager
def remembered_secrets() -> Iterator[Vault]:
    """Number the secrets that are redacted inside, and keep them until the end; the inner of two uses the outer."""
    vault = _active.get()
    if vault is not None:
        yield vault
        return
    vault = Vault()
    token = _active.set(vault)
    try:
        yield vault
    finally:
        _active.reset(token)


def redacted(text: str) -> str:
    """The text with secrets replaced; redacting it once more changes nothing."""
    low = text.lower()
    if not _HINT.search(low):
        return text
    for form in FORMS:
        if has_any(low, form.hints):
            text = form.pattern.sub(partial(_replaced, form), text)
    return text


def redacted_setting(name: str, value: str) -> str:
    """A setting's value: replaced whole when its name says that it is a secret."""
    return redacted(value) if not is_secret_name(name) else masked("secret", value)


def is_secret_name(name: str) -> bool:
    """Whether what is called so is a secret whatever it looks like."""
    return _SECRET_NAME.search(name) is not None


def masked(kind: str, secret: str) -> str:
    """What stands for all of a text; nothing stands for nothing, and a placeholder for itself."""
    return _stand_in(kind, secret) if secret and not _PLACEHOLDER.fullmatch(secret) else secret


def _replaced(form: Form, match: re.Match[str]) -> str:
    word = match["word"]
    if not form.holds(word):
        return match[0]
    start = match.start("word") - match.start()
    return match[0][:start] + _stand_in(form.kind, word) + match[0][start + len(word) :]


def _stand_in(kind: str, secret: str) -> str:
    vault = _active.get()
    return vault.placeholder(kind, secret) if vault is not None else f"{MASK}_{kind}"
