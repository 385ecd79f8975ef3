"""Quick looks that tell whether a line is worth the detailed patterns at all.

A test holds every needle of the phrase tables against these words, so nothing is lost by looking here first.
"""

MAX_SHAPES = 4096

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
    "no connection", "incomplete",
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
    "stopp", "exiting", "booting", "serving", "waiting", "completed", "upstream", "declin", "-> ", "startup",
    "is undefined", "keyerror", "run failed", "missing", "not set",
)  # fmt: skip
_DIGITS = b"0123456789"
_LOWER = bytes(range(256)).lower()
_ALL = tuple(
    dict.fromkeys(word.encode().translate(None, _DIGITS) for word in ("method", "get /", "post /", *_STEMS, *_OTHERS))
)


def hints_failure(low: str) -> bool:
    """Whether lower-case text can hold a phrase of PROCESS or CALLS at all."""
    return any(stem in low for stem in _STEMS)


class Interest:
    """Remembers line shapes (digits taken out) that can't say anything, since most lines repeat."""

    def __init__(self) -> None:
        self._dull: set[bytes] = set()

    def has(self, text: str) -> bool:
        """Whether the text may say anything that we know."""
        shape = text.encode("utf-8", "replace").translate(_LOWER, _DIGITS)
        if shape in self._dull:
            return False
        for word in _ALL:
            if word in shape:
                return True
        if len(self._dull) >= MAX_SHAPES:
            self._dull.clear()
        self._dull.add(shape)
        return False
