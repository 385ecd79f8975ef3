"""The phrases by which programs, drivers and libraries report failures, most telling first."""

import re
from dataclasses import dataclass
from functools import cached_property

from tools.log_families import STORE_FAMILIES
from tools.log_search import Anchored


@dataclass(frozen=True)
class Phrase:
    """A family and how it is worded, in lower case.

    `needles` are tried first as plain substrings; what is `written` as a pattern must match too, if anything is.
    `strong` wordings are error syntax that also counts on an INFO or DEBUG line.
    `begins` are the beginnings of a pattern to which frequent words lead and which is slow to search.
    """

    family: str
    needles: tuple[str, ...]
    written: str | None = None
    strong: bool = False
    begins: str | None = None

    def fits(self, low: str) -> bool:
        """Whether the pattern matches, if there is one."""
        if self.anchored is not None:
            return self.anchored.search(low, low) is not None
        return self.pattern is None or self.pattern.search(low) is not None

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Compiled when a needle is first seen: most logs have few of the table's."""
        return re.compile(self.written) if self.written else None

    @cached_property
    def anchored(self) -> Anchored | None:
        """The pattern again, as it is searched from its beginnings."""
        return Anchored(self.begins, self.written, re.NOFLAG) if self.begins and self.written else None


def _phrase(
    family: str, needles: str, pattern: str | None = None, *, strong: bool = False, begins: str | None = None
) -> Phrase:
    return Phrase(family, tuple(needles.split("|")), pattern, strong, begins)


_RESOLVER_FAILED = (
    r"lookup [\w.-]+ on [\d.:\[\]a-f]+:53: [^\n]{0,200}"
    r"(?:i/o timeout|refused|unreachable|no route|timed out|not permitted)"
    r"|(?:dial|read) udp [^\n]{0,120}:53: [^\n]{0,60}(?:i/o timeout|refused|unreachable|no route)"
    r"|#53: (?:timed out|connection refused)|no servers could be reached|no nameservers"
    r"|all nameservers failed|dns server [^\n]{0,60}timed out|recv\(\) failed [^\n]{0,60}while resolving"
)
PROCESS_PHRASES: tuple[Phrase, ...] = (
    _phrase("out_of_memory", "outofmemoryerror|heap out of memory|cannot allocate memory|bad_alloc|memoryerror"
            "|out of memory", strong=True),
    _phrase("bind_failed", "address already in use|eaddrinuse|portinuseexception|address in use", strong=True),
    _phrase("bind_failed", "port ", r"\bport \d+ (?:is|was) already (?:in use|allocated)"),
    _phrase("too_many_open_files", "too many open files|emfile", strong=True),
)  # fmt: skip
CALL_PHRASES: tuple[Phrase, ...] = (
    _phrase("dns_server_down", "lookup |udp |communications error|nameservers|servers could be"
            "|dns server|while resolving",
            _RESOLVER_FAILED, strong=True),
    _phrase("dns", "no such host|nxdomain|servfail|server misbehaving|eai_again|eai_noname|getaddrinfo"
            "|unknownhostexception|name or service not known|temporary failure in name resolution"
            "|nodename nor servname|could not resolve host|nameresolutionerror|name does not resolve"
            "|could not be resolved|host not found in upstream|dns resolution failed|name resolution failed"
            "|could not translate host name|no address associated with hostname|unknown mysql server host"
            "|dns lookup failed|failed to resolve host|name has no usable address|gaierror|reason: :nxdomain"
            "|{:error, :nxdomain}", strong=True),
    _phrase("tls_not_yet_valid", "not yet valid|not_yet_valid|notyetvalid",
            r"is before|notyetvalid|not_yet_valid|certificate is not yet valid", strong=True),
    _phrase("tls_expired", "certificate|cert_", r"cert(?:ificate)?[ _]?(?:has[ _])?expired|certificateexpired"
            r"|certificate expired", strong=True),
    _phrase("tls_untrusted", "unknown authority|self signed cert|self-signed cert|unable to get local issuer"
            "|unable to get issuer|unable to verify the first|pkix path|depth_zero_self_signed"
            "|unable_to_verify_leaf|unable_to_get_issuer|self_signed_cert|untrustedroot|unknown ca"
            "|unknown_ca|certificate is not trusted"
            "|invalid peer certificate: unknownissuer|partialchain|errors in the certificate chain", strong=True),
    _phrase("timeout", "tls handshake timeout|ssl handshake timeout", strong=True),
    _phrase("tls_other", "x509: cert|altname_invalid|altnames|certificateverificationerror|certificate verify failed"
            "|sslhandshakeexception|handshake failure|ssl_do_handshake|wrong version number|sslerror"
            "|first record does not look like|ssl connection could not be established|tls: |tlsv1 alert"
            "|parse error: expected http/|hpe_invalid_constant|malformed http response|unrecognized ssl message"
            "|combination of host and port requires tls|received http/0.9 when not allowed"
            "|certificate name mismatch|authenticationexception: the remote certificate|certificate_verify_failed"
            "|server gave http response to https client|ssl: error|tls error", strong=True),
    _phrase("too_many_connections", "too many connections|too many clients|remaining connection slots"
            "|max number of clients reached|too many open connections|max_user_connections"
            "|connection limit exceeded|er_con_count_error|ora-00018|ora-00020|maximum number of sessions"
            "|ora-12516|ora-12519|ora-12520|no more connections allowed", strong=True),
    _phrase("auth_failed", "password authentication failed|access denied for user|noauth authentication"
            "|wrongpass|invalid username-password|access_refused|login was refused|no pg_hba.conf entry"
            "|authentication failed|authenticationfailed|sasl authentication|permission denied for "
            "|noperm this user|er_access_denied_error|err invalid password|ora-01017|ora-28000|ora-28001"
            "|authorization violation|username and/or password are incorrect|unable to authenticate user [",
            strong=True),
    _phrase("auth_failed", "requires authentication", r"\bcommand \w+ requires authentication", strong=True),
    _phrase("auth_failed", "login failed for user", r"login failed for user '.{0,200}(?:sql|odbc|18456)"
            r"|(?:sql|odbc|18456).{0,400}login failed for user '", strong=True),
    _phrase("auth_failed", "fatal: role|fatal:  role",
            r"fatal: +role \"[^\"]+\" (?:does not exist|is not permitted to log in)", strong=True),
    _phrase("auth_failed", "not authorized on ", r"not authorized on \w+ to execute command", strong=True),
    _phrase("read_only", "read-only transaction|--read-only|read only replica|super-read-only"
            "|notwritableprimary|not primary|readonlyerror|read-only replica"
            "|write against a read only|not master and slaveok|not master or secondary|readonly database"
            "|because the database is read-only|ora-16000|index read-only / allow delete", strong=True),
    _phrase("read_only", "running in read-only mode", r"(?:sql|1836)[^\n]{0,200}running in read-only mode",
            strong=True),
    _phrase("duplicate_key", "duplicate key|duplicate entry|unique constraint|duplicatekeyexception"
            "|sql error: 1062", strong=True),
    _phrase("storage_full", "oom command not allowed|disk quota exceeded|could not extend file|misconf "
            "|memory resource limit alarm|disk resource limit alarm|disk free space limit|quota for this file"
            "|connection.blocked|' is full", r"^(?!.*(?:alarm cleared|no longer))", strong=True),
    _phrase("missing_schema", "does not exist|doesn't exist|unknown column|no such table|no such column"
            "|undefinedtable|undefinedcolumn|unknown database|ora-00942|invalid column name|invalid object name",
            r"(?:relation|table|column|database|schema) [\"'`]?[\w.$-]+[\"'`]? does(?:n't| not) exist"
            r"|unknown (?:column|database)|no such (?:table|column)|undefined(?:table|column)|ora-00942"
            r"|invalid (?:column|object) name"),
    _phrase("lock_timeout", "lock wait timeout|deadlock found|deadlock detected|lock timeout"
            "|could not obtain lock|cannotacquirelockexception|due to statement timeout|maximum statement execution"
            "|maxtimemsexpired|operation exceeded time limit|execution timeout expired", strong=True),
    _phrase("slow_query", "slow query|query_time: |duration: ",
            r"slow query|query_time: [1-9]\d*\.|duration: \d{4,}\.\d+ ms|duration: \d{4,} ms", strong=True),
    _phrase("publish_rejected", "reject|nack|notenoughreplicas", r"(?:message|publish\w*|delivery)[^\n]{0,40}"
            r"(?:rejected|n(?:ot |)ack(?:ed|'ed)?\b|not confirmed)|basic\.nack|notenoughreplicas", strong=True),
    _phrase("no_consumer", "consumer|no_route", r"\bno (?:active )?consumers?\b|has no active members"
            r"|312[^\n]{0,10}no_route|no_consumers"),
    _phrase("circuit_open", "circuit|breaker|callnotpermitted|short-circuited",
            r"circuit.?breaker[^\n]{0,60}\b(?:is |now |state[= ])?open\b|circuit[ -](?:is )?open|callnotpermitted"
            r"|breaker is open|short-circuited and|circuitbreakeropen|brokencircuit", strong=True),
    _phrase("rate_limited", "too many requests|rate limit|rate_limit|ratelimit|quota|resource_exhausted"
            "|resourceexhausted|throttlingexception|request limit",
            r"too many requests|rate.?limit(?:ed\b| (?:was |is |has been )?(?:exceeded|reached|hit)|exceeded|error)"
            r"|rate_limit_exceeded|quota[^\n]{0,40}exceeded|exceeded[^\n]{0,60}quota|insufficient_quota"
            r"|resource_?exhausted|throttlingexception|request limit (?:exceeded|reached)"),
    _phrase("cancelled", "clientabortexception|client prematurely closed|client disconnected|context canceled"
            "|client closed connection|code = canceled|cancelled by client|context_canceled", strong=True),
    _phrase("no_upstream", "no healthy upstream|no live upstreams|no instances available for|no available server"
            "|has no server available|no servers available for|does not have available server"
            "|no endpoints available for service|no children to pick from|service instance cannot be null"
            "|no available upstream|cluster_not_found|no_healthy_upstream|no route found for", strong=True),
    _phrase("refused", "connection refused|econnrefused|errno 111|delayed connect|delayed_connect"
            "|actively refused|failed (111"
            "|couldn't connect to server|connection_refused|err_connection_refused|(os error 111)"
            "|:econnrefused", strong=True),
    _phrase("unreachable", "no route to host|network is unreachable|host is unreachable|ehostunreach|enetunreach"
            "|noroutetohost|host is down|ehostdown|network unreachable|errno 113|errno 101|no reachable servers"
            "|:ehostunreach|:enetunreach", strong=True),
    _phrase("pool_exhausted", "connection is not available, request timed out|pool exhausted|queuepool limit"
            "|waiting for connection from pool|poolexhausted|timeout acquiring a connection"
            "|unable to acquire a connection|max pool size was reached|connection pool timed out"
            "|connectionpooltimeout|pool error timeout", r"^(?![\s\S]*total=0, active=0)", strong=True),
    _phrase("timeout", "upstream request timeout|i/o timeout"
            "|deadline exceeded|timed out|timeout exceeded|etimedout|esockettimedout"
            "|timeoutexception|deadlineexceeded|deadline_exceeded|request canceled (client.timeout|timeouterror"
            "|connecttimeout|readtimeout|timeout awaiting|timed_out|timeout reached|timeout expired|timed-out"
            "|deadline has elapsed|unabletoconnect on|reason: :timeout|{:error, :timeout}|:connect_timeout"
            , r"^(?!.*(?:initial fetch timed out))"),
    _phrase("timeout", "execution expired|net::opentimeout|net::readtimeout|curl error 28", strong=True),
    _phrase("timeout", "timeout of ", r"timeout of \d+ ?ms exceeded"),
    _phrase("timeout", "timeout", r"\b(?:read|connect(?:ion)?|request|operation|socket|write|response|upstream|gateway)"
            r"[ _]timeout\b(?! ?(?:=|:|set|is |was |of|\())"),
    _phrase("reset", "reason: :closed|{:error, :closed}|connection reset|econnreset|broken pipe|epipe|socket hang up"
            "|unexpected eof"
            "|server closed idle|prematurely closed|remote end closed|remotedisconnected|connection aborted"
            "|server disconnected|server closed the connection|transport is closing|error reading from server"
            "|upstream sent invalid|incompleteread|chunkedencodingerror|premature close|nohttpresponseexception"
            "|forcibly closed|rst_stream|forcibly disconnected|ended prematurely|connection was closed"
            "|connection terminated|lost connection|server has gone away|connection_termination"
            "|broker transport failure|connection closed prematurely|closed before|unexpectedly closed"
            "|terminated unexpectedly|closed unexpectedly|remote reset|connection has been closed"
            "|disconnected before|peer closed connection|eoferror|eofexception|socketclosed", strong=True),
    _phrase("reset", "eof", r": (?:unexpected )?eof\b"),
    _phrase("unavailable", "communications link failure|failed to connect to all addresses|connection failure"
            "|could not connect to|can't connect to|unable to connect|failed to connect|cannot connect to"
            "|could not be established|brokers are down|nobrokersavailable|serverselectionerror"
            "|serverselectiontimeout|redisconnectionexception|leadernotavailable"),
    _phrase("unavailable", "connectionerror|connectionexception|connectexception"),
    _phrase("reset", "disconnected", r"\bbroker [^\n]{0,60}\bdisconnected"),
    _phrase("declined", "declined|insufficient funds|insufficient_funds",
            r"\b(?:payment|card|charge|transaction|order)s?\b"
            r"[^\n]{0,40}\bdeclined|insufficient[_ ]funds|card_declined"),
    _phrase("schema", "unmarshal|jsonparse|json parse|unexpected token|jsondecodeerror|expecting value: line"
            "|looking for beginning|missing field|unrecognizedpropertyexception|unrecognized field"
            "|mismatchedinputexception|unknown field|cannot deserialize|unexpected end of json"
            "|could not be converted|decoding response|error decoding|invalid json|parse response|parsing response"
            "|validation error for|validation errors for", strong=False),
    _phrase("unauthorized", "unauthenticated|invalid api key|invalid_api_key|invalid_client|invalid_token"
            "|token has expired|token expired|bad credentials|invalid credentials|api key expired"),
    _phrase("forbidden", "permission_denied|code = permissiondenied|insufficient_scope|insufficient permissions"),
)  # fmt: skip
OWN_PHRASES: tuple[Phrase, ...] = (
    _phrase("disk_full", "no space left on device|enospc|disk is full|not enough space on the disk", strong=True),
    _phrase("permission_denied", "permission denied|eacces|eperm|operation not permitted|accessdeniedexception"
            "|read-only file system"),
    _phrase("missing_config", "environment|config|setting|variable|must be set|placeholder|keyerror|required"
            "|not set|is undefined|is missing",
            r"(?:environment variable|env(?:ironment)? var\w*|setting|config(?:uration)? (?:key|value|option)|secret"
            r"|property)[^\n]{0,80}(?:missing|not set|not defined|is required|must be set|undefined|unset|not found)"
            r"|(?:missing|unset|undefined) (?:required )?(?:environment|env|config\w*|setting)|\bmust be set\b"
            r"|could not resolve placeholder|keyerror: '[a-z0-9]+_[a-z0-9_]+'|required key [a-z_]+ missing"
            r"|\b[a-z0-9]+_[a-z0-9_]+ (?:is )?(?:not set|is required|is undefined|is missing)"),
    _phrase("bad_config", "invalid value|failed to parse|unknown flag|not defined|unrecognized|invalid config"
            "|error parsing|unknown directive|invalid port|invalid dsn|invalid url|invalid uri|invalid connection"
            "|load config|configuration error|invalid number"
            "|bad config|invalid option|could not parse|not a valid|unknown option|parse error|illegal value",
            r"invalid value|(?:failed to|could not|error|cannot) (?:pars|load|read)\w* (?:\w+ ){0,3}(?:config|flag|url"
            r"|option|argument|yaml|settings|env)|unknown (?:flag|directive|option)|flag provided but not defined"
            r"|unrecognized (?:option|argument)|invalid (?:config|port|option|dsn|url|uri|connection string)"
            r"|configuration error|bad config"
            r"|invalid number of arguments|yaml: |not a valid (?:port|url|number|duration|boolean|integer)"),
    _phrase("file_missing", "no such file or directory|enoent|filenotfound|cannot find module|modulenotfounderror"),
    _phrase("clock_skew", "clock|requesttimetooskewed|used before issued|out of sync",
            r"clock[ -]?(?:skew|drift)|requesttimetooskewed|used before issued|clock is (?:ahead|behind|out of)"
            r"|time is out of sync"),
    _phrase("probe_failed", "health|liveness|readiness",
            r"(?:health ?check|liveness|readiness|health probe)[^\n]{0,40}(?:fail|unhealthy)"),
    _phrase("panic", "panic:|traceback (most|uncaught|unhandled|exception in thread|fatal error|segmentation fault"
            "|sigsegv|unhandledpromiserejection|application run failed|application failed to start"
            "|worker timeout|terminated with exception|panicked at",
            r"^(?!.*unhandled exception has occurred while executing the request)"),
    _phrase("application_error", "threw exception|nullpointerexception|unhandled exception has occurred"
            "|keyerror|typeerror|valueerror|attributeerror|indexerror|referenceerror|zerodivisionerror"
            "|nullreferenceexception|illegalargumentexception|illegalstateexception|internal server error"
            "|exception on /|nomethoderror|classcastexception|argumentexception|invalidoperationexception"),
)  # fmt: skip
LIFE_PHRASES: tuple[Phrase, ...] = (
    _phrase("sigterm", "sigterm|signal 15|signal: terminated|received terminate|signal term"),
    _phrase("stopping", "shutting down|graceful shutdown|shutdown complete|server stopped|worker exiting"
            "|stopping server|gracefully stopping|fast shutdown|exiting now|stopping service"),
    _phrase("reloaded", "reload|sighup|reconfigur", r"config\w*[^\n]{0,20} reload(?:ed)?|reload(?:ed|ing)"
            r"[^\n]{0,20} config|sighup[^\n]{0,20}received|signal 1 \(sighup\)|reconfiguring"),
    _phrase("started", "listening|started|starting|ready|startup complete|booting worker|serving|waiting for conn",
            r"\blistening (?:on|at|for)\b|\bstarted \w[^\n]{0,60} in \d|(?:server|service|application|app) started"
            r"|starting (?:on|server|up)\b|ready (?:to accept|for) connections|startup complete|booting worker"
            r"|started (?:server|http)|\bserving (?:on|at|http)\b|waiting for connections|\b(?:starting|running) on "
            r"(?:port|http)|start worker process",
            begins="listening |started |server started|service started|application started|app started|starting |ready "
            "|startup complete|booting worker|serving |waiting for conn|running on |start worker"),
    _phrase("publish_confirmed", "confirmed|acked", r"(?:message|publish\w*|delivery)[^\n]{0,40}(?:confirmed|\backed)"),
    _phrase("consumed", "received|consum|processed|processing|handling|handled",
            r"\b(?:received|consum(?:ed|ing)|process(?:ed|ing)|handl(?:ed|ing)) [\w' -]{0,30}"
            r"\b(?:task|message|event|job)s?\b"),
)  # fmt: skip
STORE = frozenset(STORE_FAMILIES)
