"""Answers that a line shows: their status, and whose words the quoted text is."""

import re
from itertools import islice

from msgspec import Struct

from tools.log_access import to_seconds
from tools.log_families import GRPC_CODES, Producer, Said, grpc_family, http_family
from tools.log_hints import CALLS, CLIENT_SIDE
from tools.log_search import Anchored, has_any

# What stands right before an answer's status, and what right after one; a three-digit number alone is none.
_BEFORE_STATUS = Anchored(
    "http|status|->|=>|returned|responded|answered|replied|got|received|response|failed with|error|exception|after",
    r"(?:\bhttp(?:/[\d.]+)?[ :=]{1,2}(?:status )?(?:code )?"
    r"|\bstatus(?:[ _-]?code)?[\"']?(?:\s?[=:]\s?|\s(?:of |is |was )?)[\"'<]?"
    r"|(?:->|→|=>|\breturned|\bresponded(?: with)?|\banswered(?: with)?|\breplied(?: with)?|\bgot(?: an?)?"
    r"|\breceived(?: an?)?|\bresponse(?: code)?:?|\bfailed with|\berror code:?) (?:http )?(?:status )?(?:code )?"
    r"|(?:exception|error)(?:\$\w{1,40})?: |\bafter [\d.]{1,12} ?ms - )$",
    re.NOFLAG,
)
_AFTER_STATUS = re.compile(
    r"[ :'\"(]{1,3}(?:server error|client error|internal server error|bad gateway|gateway time-?out"
    r"|service (?:temporarily )?unavailable|too many requests|unauthorized|forbidden|not found|bad request"
    r"|unprocessable|conflict|method not allowed|gone|null\b|payment required)|[^\]\n]{0,30}\] during \["
)
_NO_STATUS = re.compile(
    r"[.,]?\d|[\w/-]| ?(?:ms|s|bytes|items|rows|records|cents|messages|results|products|entries|kb|mb|b)\b"
)
_ANSWERED = (
    "respon", "return", "answer", "upstream", "gateway", "request", "exception", "http", "call", "webhook", "->", "→",
    "reply", "replied", "during [", "error",
)  # fmt: skip
_THREE_DIGITS = re.compile(r"[2-5](?<![\w.].)\d\d(?!\d)")  # the set comes first: the engine skips to it
_MOST_NUMBERS = 30
_QUOTE = Anchored(
    r"received|got|returned|response|reply|answer|body|[45]\d\d\b",
    r"\b(?:received|got|returned)\b[^\n{\"]{0,80}?\b(?:response|reply|answer)\b[^\n{=\"]{0,80}?[:=]\s*"
    r"|\b(?:response|reply)(?: body| text| content)?[\"']?\s?[=:]\s?(?=[\w.$]{0,60}[\[{(<\"'])"
    r"|\bbody[\"']?\s?[=:]\s?(?=[\"'\[{<])"
    r"|(?:Response|Reply|Answer)\s?[({](?=[^)}\s])"
    r"|\b[45]\d\d\b[^\n:{\"]{0,60}:\s?[\"']?\[?[\"']?(?=[{<\[])",
)
_QUOTING = ("response", "reply", "answer", "body")
_FAILING = re.compile(r"[45](?<!\w.)\d\d\b")
_BAD_ANSWER = re.compile(r"\b(?:errors?|fail\w{0,10}|invalid|unexpected|malformed|bad|no|empty)\b", re.IGNORECASE)
_WAITED = re.compile(
    r"(?<!request )\breceived:\s|\breceived\b[^\n{\"]{0,80}\b(?:response|reply|answer)\b", re.IGNORECASE
)
_EMBEDDED = re.compile(r"(?<=[^\t]) (?=\{\s?\"|\{ [a-z]+: )")
_BODY_STATUS = re.compile(r"[\"']?\b(?:http)?status_?(?:code)?[\"']?\s?[:=]\s?[\"']?([1-5]\d\d)\b", re.IGNORECASE)
_BODY_ERROR = re.compile(
    r"[\"']?\b(?:message|errors?|detail|reason|exception)[\"']?\s?[:=]\s?[\"'{\[\w]", re.IGNORECASE
)
_DECLINED = Anchored(
    "decline|not authori|insufficient|out|success|authori|approved|accepted|invalid_grant",
    r"\bdeclined?\b|not authori[sz]ed\b|insufficient[ _](?:funds|balance|stock)|out[ _]of[ _]stock"
    # A person's password that an identity provider does not take; a program's own is `invalid_client`.
    r"|\binvalid_grant\b[^\n]{0,80}(?:password|user credentials)"
    r"|\b(?:success|authori[sz]ed|approved|accepted)[\"']?\s?[=:]\s?[\"']?false",
    re.NOFLAG,
)
PROXY_WORDS = re.compile(
    r"upstream connect error|upstream request timeout|no healthy upstream|<center>nginx|<center>openresty"
    r"|no available server|cloudflare"
)
_GRPC = re.compile(
    r"rpc error: code = (\w+) desc = |StatusCode=\"?(\w+)\"?, Detail=\"?|StatusCode\.([A-Z_]+)"
    r"|StatusRuntimeException: ([A-Z_]+)(?:: )?|Error: \d{1,2} ([A-Z_]{5,20}): "
)
# The beginnings of descriptions that a gRPC client library writes itself; all others are the server's words.
_CLIENT_MADE = re.compile(
    r"[\s\"'(\\]*(?:connection error|transport|error reading from server|context deadline|context canceled"
    r"|name resol|closing transport|stream terminated|unexpected http status|upstream connect error"
    r"|upstream request timeout|no healthy upstream|received http2|the connection is draining|keepalive"
    r"|last connection error|all subconns|produced zero|dns[: ]|failed to exit idle|latest balancer|eof\b"
    r"|unexpected eof|io exception|failed to connect to all|no connection established|deadline exceeded"
    r"|error connecting to subchannel|details = \"(?:failed to connect|deadline|dns)|channel shutdown|rst_stream"
    r"|network closed|socket closed|recvmsg|unable to resolve)"
)
# Families that a callee may well mean for its own caller.
_OF_THE_ANSWER = (
    None,
    "unauthorized",
    "forbidden",
    "rate_limited",
    "schema",
    "duplicate_key",
    "unavailable",
    "cancelled",
    "declined",
)
_TOOK = Anchored(
    r"\(|in[=: ]|took|duration|elapsed|after|latency",
    r"\((\d+(?:\.\d+)?) ?(ns|µs|us|ms|s)\)"
    r"|\b(?:in|took|duration|elapsed|after|latency)[=: ]{1,2}(\d+(?:\.\d+)?) ?(ns|µs|μs|us|ms|s|m)\b",
    re.NOFLAG,
)


class Quoted(Struct, frozen=True):
    """A line split into its own words and an answer it quotes."""

    own: str
    answer: str


def took(text: str) -> float | None:
    """The duration written in a line, in seconds."""
    match = _TOOK.search(text, text)
    if match is None:
        return None
    return to_seconds(match[1] or match[3], match[2] or match[4])


def written_status(low: str) -> int | None:
    """The HTTP status of an answer in lower-case text that speaks of an answer."""
    if _THREE_DIGITS.search(low) is None or not has_any(low, _ANSWERED):
        return None
    for match in islice(_THREE_DIGITS.finditer(low), _MOST_NUMBERS):
        start, end = match.span()
        after = low[end : end + 50]
        if _NO_STATUS.match(after) is None and (
            _BEFORE_STATUS.search(low, low, max(0, start - 50), start) is not None
            or (low[start] in "45" and _AFTER_STATUS.match(after) is not None)
        ):
            return int(match[0])
    return None


def split_answer(text: str, low: str) -> Quoted | None:
    """The quoted answer in a line, when the line quotes one; `low` is its lower case."""
    quotes = has_any(low, _QUOTING) or (has_any(text, "{<[") and _FAILING.search(low) is not None)
    match = _QUOTE.search(text, low) if quotes else None
    if match is not None:
        return Quoted(text[: match.end()], text[match.end() :])
    embedded = _EMBEDDED.search(text) if " {" in text else None
    if embedded is None:
        return None
    answer = text[embedded.end() :]
    status = _BODY_STATUS.search(answer) if "status" in low else None
    if status is None or int(status[1]) < 400 or _BODY_ERROR.search(answer) is None:
        return None
    return Quoted(text[: embedded.end()], answer)


def expects_answer(text: str) -> bool:
    """Whether the line says that an answer came in."""
    match = _WAITED.search(text) if "eceived" in text else None
    return match is not None and _BAD_ANSWER.search(match[0]) is None


def nested_failure(low: str) -> str | None:
    """The family of an error between other parties that lower-case answer text quotes."""
    family = CALLS.first(low)
    return None if family in _OF_THE_ANSWER else family


def read_answer(quoted: Quoted) -> Said | None:
    """What a quoted answer says about the call that it answers."""
    own, low = quoted.own.lower(), quoted.answer.lower()
    in_answer = _BODY_STATUS.search(low) if "status" in low else None
    written = written_status(own)
    status = written or (int(in_answer[1]) if in_answer else None)
    if CLIENT_SIDE.first(own, strong_only=True) is not None:
        return None
    nested = nested_failure(low)
    if PROXY_WORDS.search(low) is not None:
        family = nested or (http_family(status) if status else "unavailable")
        return Said("call", family, None, status, "proxy")
    if nested is not None and (written is None or written < 500):
        return Said("call", "relayed", None, status, "callee")
    if _DECLINED.search(low, low) is not None:
        return Said("call", "declined", None, status, "callee")
    if status is not None:
        return Said("call", http_family(status), None, status, "callee")
    return Said("call", "ok", None, None, "callee") if expects_answer(own) else None


def read_grpc(text: str) -> Said | None:
    """What a gRPC status says, where the words are the server's; None where they are the client's own."""
    match = _GRPC.search(text) if "code" in text or "Code" in text or "Status" in text or "Error: " in text else None
    if match is None:
        return None
    word = next(group for group in match.groups() if group)
    code = GRPC_CODES.get(word.replace("_", "").lower())
    if code is None:
        return None
    rest = text[match.end() :].lower()
    producer: Producer = "callee"
    if _CLIENT_MADE.match(rest) or (not match[1] and "rpc error" not in rest and code in (1, 4, 14)):
        family = CALLS.first(rest) or grpc_family(code)
        producer = "proxy" if PROXY_WORDS.search(rest) else "client"
        return Said("call" if family != "cancelled" else "served", family, None, code, producer)
    if code == 1:
        return Said("served", "cancelled", None, code, None)
    family = "relayed" if nested_failure(rest) is not None else grpc_family(code)
    return Said("call", family, None, code, producer)
