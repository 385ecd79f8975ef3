"""Quick looks that tell whether a line is worth the detailed patterns at all.

A test holds every needle of the phrase tables against these words, so nothing is lost by looking here first.
"""

import re
from functools import lru_cache

from tools.log_phrases import CALL_PHRASES, LIFE_PHRASES, OWN_PHRASES, PROCESS_PHRASES, Phrase
from tools.log_search import has_any, one_of

MAX_SHAPES = 2048

# For PROCESS and CALLS of the phrase tables.
_STEMS = (
    "error", "exception", "fail", "refus", "timeout", "timed", "deadline", "reset", "closed", "unable",
    "could not", "econn", "eai_", "etimed", "esocket", "ehost", "enet", "epipe", "eof", "eaddr", "emfile",
    "errno", "out of memory", "cannot", "can't", "already in use", "in use", "port ", "too many", "lookup",
    "udp ", "communications", "servers could be", "nameservers", "dns ", "no such", "nxdomain", "servfail",
    "misbehaving", "getaddrinfo", "not known", "resolve", "nodename", "not found in upstream", "host name",
    "no address", "unknown", "name has no", "valid", "certif", "cert_", "authority", "signed", "issuer",
    "untrusted", "unable_to", "tls", "altn", "x509", "handshake", "version number", "http resp",
    "remaining connection", "max number", "max_user", "limit", "authentic", "denied", "wrongpass",
    "access_ref", "pg_hba", "permission", "noperm", "read-only", "read only", "not primary", "notwritable",
    "duplicate", "unique", "quota", "misconf", "connection.blocked", "' is full", "exist", "undefined",
    "ora-0", "lock ", "deadlock", "slow query", "query_time", "duration: ", "reject", "nack", "notenough",
    "consumer", "no_route", "circuit", "breaker", "callnot", "short-", "rate limit", "rate_limit",
    "ratelimit", "exhaust", "cancel", "client ", "no healthy", "no live", "instances", "no available",
    "no server", "no endpoints", "children", "cannot be null", "no route", "server available",
    "servers available", "available server", "cluster_", "no_healthy", "unreach", "is down", "os error",
    "pool", "broken pipe", "hang up", "server closed", "server has gone", "disconnect", "transport",
    "aborted", "upstream sent", "premature", "rst_stream", "lost conn", "terminat", "brokers are down",
    "unavailable", "marshal", "json", "unexpected", "expecting", "looking for", "field", "convert",
    "decoding", "unauth", "invalid", "token", "credentials", "api key", "scope", "communications link",
    "established", "nobrokers", "leadernot", "record does not", "portinuse", "depth_zero", "remote end",
    "connection_", "request limit", "bad_alloc", "resolving", "pkix", "oom command", "couldn't", "noroute",
    "no connection", "incomplete", "no reach", "reason: :", "{:error", ":connect_", "pars", "validation",
    "expired", "net::", "curl", "chain", "elapsed", "column", "object name",
    "authorization v", "not authorized", "password are", "username/p", "maximum number", "no more conn", "readonly",
    "index read", "not master",
)  # fmt: skip
# For the other tables and for access lines; no digits, since digits are taken out first.
_OTHERS = (
    "http", "status", "warn", "fatal", "panic", "crit", "severe", "emerg", "get /", "post /", "put /",
    "delete /", "patch /", "head /", "options /", "[gin]", "calling", "requesting", "sending", "posting",
    "fetching", "forwarding", "invoking", "connected", "connection", "listening", "started", "starting",
    "ready", "shut", "sigterm", "signal", "received", "returned", "respon", "confirmed", "acked", "consum",
    "processed", "processing", "handled", "handling", "method", "reload", "sighup", "reconfigur", "enospc",
    "no space", "disk", "eacces", "eperm", "not permitted", "environment", "config", "setting", "variable",
    "must be", "placeholder", "required", "flag", "not defined", "unrecognized", "directive", "number",
    "option", "not a", "illegal", "enoent", "filenot", "find module", "clock", "skewed", "issued", "sync",
    "health", "liveness", "readiness", "traceback", "uncaught", "unhandled", "segment", "sigsegv", "panicked",
    "stopp", "exiting", "booting", "serving", "waiting", "completed", "upstream", "declin",
    "insufficient", "connectex", "delayed", "-> ", "startup",
    "is undefined", "keyerror", "run failed", "missing", "not set",
)  # fmt: skip
_DIGITS = b"0123456789"
_LOWER = bytes(range(256)).lower()
_HEX = bytes(ord("0") if chr(code) in "0123456789abcdef" else ord(" ") for code in range(256))
_LONG_HEX = b"0" * 12


_IDS = re.compile(rb"[0-9a-f](?<!\w.)[0-9a-f]{11,}\b")  # the set comes first: the engine skips to it


def _bare(word: str) -> bytes:
    return word.encode("utf-8", "replace").translate(_LOWER, _DIGITS)


@lru_cache(maxsize=16)
def _shape(text: str) -> bytes:
    """The text's bytes in lower case without digits and hexadecimal ids, equal for lines that differ in these only."""
    lower = text.encode("utf-8", "replace").translate(_LOWER)
    begin = lower.translate(_HEX).find(_LONG_HEX) - 1  # an id begins after a character that tells whether it is one
    if begin >= -1:
        begin = max(0, begin)
        lower = lower[:begin] + _IDS.sub(b"", lower[begin:])
    return lower.translate(None, _DIGITS)


_STEM_BYTES = tuple(dict.fromkeys(_bare(stem) for stem in (*_STEMS, *_OTHERS)))
_INTERESTING = one_of(_STEM_BYTES)
# Words of `_INTERESTING` that most telling lines hold; no hexadecimal id can swallow one.
_FREQUENT = ("x", "http", "method", "get /", "status", "post /", "received", "delete /", "confirmed", "error")


class Finder:
    """Finds the first phrase of a table in a text, after one look per stem for each new shape of line."""

    def __init__(self, phrases: tuple[Phrase, ...]) -> None:
        self.phrases = phrases
        found: dict[bytes, set[int]] = {}
        for rank, phrase in enumerate(phrases):
            for needle in phrase.needles:
                bare = _bare(needle)
                stem = next((stem for stem in _STEM_BYTES if stem in bare), bare)
                found.setdefault(stem, set()).add(rank)
        self._by_stem = tuple(found.items())
        self._stems = one_of(found)
        self._needles = tuple(tuple(_bare(needle) for needle in phrase.needles) for phrase in phrases)
        self._shapes: dict[bytes, tuple[Phrase, ...]] = {}

    def first(self, low: str, *, strong_only: bool = False) -> str | None:
        """The family of the first phrase in lower-case text, if any."""
        for phrase in self._candidates(_shape(low)):
            if strong_only and not phrase.strong:
                continue
            if has_any(low, phrase.needles) and phrase.fits(low):
                return phrase.family
        return None

    def may_find(self, low: str) -> bool:
        """Whether any phrase is worth a look, from one lookup for a known shape."""
        return bool(self._candidates(_shape(low)))

    def _candidates(self, shape: bytes) -> tuple[Phrase, ...]:
        known = self._shapes.get(shape)
        if known is None:
            ranks: set[int] = set()
            for stem, mine in self._by_stem if self._stems.search(shape) is not None else ():
                if stem in shape:
                    ranks |= mine
            hits = (rank for rank in sorted(ranks) if any(needle in shape for needle in self._needles[rank]))
            known = tuple(self.phrases[rank] for rank in hits)
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            self._shapes[shape] = known
        return known


PROCESS = Finder(PROCESS_PHRASES)
CALLS = Finder(CALL_PHRASES)
CLIENT_SIDE = Finder((*PROCESS_PHRASES, *CALL_PHRASES))
OWN = Finder(OWN_PHRASES)
FAILURES = Finder((*PROCESS_PHRASES, *CALL_PHRASES, *OWN_PHRASES))
LIFE = Finder(LIFE_PHRASES)
STOPPING = Finder(LIFE_PHRASES[:2])


def may_tell(text: str) -> bool:
    """Whether the text may say anything that we know."""
    return has_any(text.lower(), _FREQUENT) or _INTERESTING.search(_shape(text)) is not None
