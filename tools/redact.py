"""Secrets taken out of text and settings before anybody reads them as evidence.

Only what is surely a secret: passwords in URLs, bearer tokens, JWTs, private keys, well-known key forms, and values
whose setting is named like one. Ids and hashes stay, since evidence is joined on them.
"""

import re

MASK = "***"

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)?$|passw(?:or)?d|secret(?!_?name)|token|api_?key|access_?key|private_?key|credential|auth_?key|_pwd$|^pwd$|dsn$",
    re.IGNORECASE,
)
_IN_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.\-]{1,20}://)(?P<user>[^\s:/@\"']{0,80}):(?P<word>[^\s@/\"']{1,200})@", re.IGNORECASE
)
_IN_DSN = re.compile(
    r"(?<![\w/])(?P<user>[A-Za-z_][\w-]{0,40}):(?P<word>[^\s:@/()\"']{1,100})@(?=tcp\(|unix\(|[\w.-]+:\d)"
)
_NAMED = re.compile(
    r"(?P<name>\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?token|client[_-]?secret)\b[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<word>[^\s\"',;&)}\]]{3,200})",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9_]{4,}"
    r"|\b(?:ghp|gho|ghs|glpat|xox[abpr])[-_][A-Za-z0-9-]{10,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*"
)
_HINTS = ("://", "@", "earer", "eyJ", "_live_", "_test_", "ghp_", "gho_", "ghs_", "glpat", "xox", "AKIA", "PRIVATE KEY")
_NAMES = ("passw", "pwd", "secret", "key", "token")


def redacted(text: str) -> str:
    """The text with secrets masked; the same text always gives the same result."""
    low = text.lower()
    if any(hint in text for hint in _HINTS):
        text = _IN_URL.sub(rf"\g<scheme>\g<user>:{MASK}@", text)
        text = _IN_DSN.sub(rf"\g<user>:{MASK}@", text)
        text = _TOKENS.sub(MASK, text)
    if any(name in low for name in _NAMES):
        text = _NAMED.sub(rf"\g<name>{MASK}", text)
    return text


def redacted_setting(name: str, value: str) -> str:
    """A setting's value: masked whole when its name says that it is a secret."""
    return MASK if value and _SECRET_NAME.search(name) else redacted(value)
