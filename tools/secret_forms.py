"""What secrets look like in logs, settings and events: one table of forms.

Prefixes of tokens are those that their issuers publish for secret scanning.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

_STRONG = (
    r"pass(?:word|wd|phrase|code)|(?<=[_.-])pass|pwd|client[_-]?secret|client[_-]key[_-]data|(?:x-)?api[_-]?key|(?:access|refresh|id|auth|csrf)[_-]?token"
    r"|session(?:[_-]?(?:token|key|id))|secret[_-]?(?:access[_-]?)?key|(?:private|account|access|encryption)[_-]?key"
    r"|(?:signing|license|app|application)[_-]?key|shared[_-]?access[_-]?(?:key|signature)|webhook[_-]?secret"
    r"|x-amz-(?:signature|security-token|credential)|cvv2?|cvc2?"
)
_STRONG_HINTS = "pass pwd secret key token sess amz cvv cvc shared"
_WEAK = r"secret|token|credentials?|otp"
_WEAKER = r"auth|authorization|signature|sig|key|nonce"
_NO_VALUE = re.compile(
    r"(?:yes|no|true|false|null|none|nil|undefined|empty|missing|invalid|expired|required|rejected|denied|incorrect|wrong"
    r"|failed|failure|error|not|is|was|for|and|or|the|from|must|has|could|cannot|authentication|file|env|string|bearer"
    r"|basic|unset|default|changed|mismatch|unknown|unauthorized|hidden|masked|\*+|x{3,}|\.{3,}|<[^>]*>|\$.*"
    r"|redacted_\w+)[.,:;!)]?",
    re.IGNORECASE,
)
"""What follows such a name where people write about a secret instead of writing it."""
_INNER = frozenset({"local", "internal", "svc", "cluster", "lan", "corp", "localdomain", "home", "consul"})


@dataclass(frozen=True)
class Form:
    """One way in which a secret is written.

    Attributes:
        kind: What it is, for its placeholder.
        hints: Pieces of which the lower-case text holds at least one, else the pattern is not tried. The rarer they
            are in text without a secret, the less it costs.
        written: The pattern's text; its group `word` is the secret, the rest stays.
        holds: A last check of the secret itself.
        flags: Of the pattern.
    """

    kind: str
    hints: tuple[str, ...]
    written: str
    holds: Callable[[str], bool]
    flags: re.RegexFlag = re.NOFLAG

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a hint of it is first seen: few texts have any of most forms."""
        return re.compile(self.written, self.flags)


def is_value(word: str) -> bool:
    """Whether this is a value, not a word of a sentence about one."""
    return not _NO_VALUE.fullmatch(word)


def looks_random(word: str) -> bool:
    """Whether a value is as mixed as generated ones are; names and words of people are not."""
    if len(word) < 12 or len(set(word)) < 8 or not is_value(word):
        return False
    classes = sum(bool(re.search(kind, word)) for kind in (r"[a-z]", r"[A-Z]", r"\d", r"[+/=_~.!@#$%^&*-]"))
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
    return classes >= 3 or changes >= 4


def is_card(word: str) -> bool:
    """Whether digits are a payment card's, by their number and the Luhn check (ISO/IEC 7812-1)."""
    digits = [int(sign) for sign in word if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    doubled = (sum(divmod(2 * one, 10)) if place % 2 else one for place, one in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def is_mailbox(word: str) -> bool:
    """Whether an address is a person's, not a user at a host of the cluster."""
    return word.rpartition(".")[2].lower() not in _INNER


def _is_opaque(word: str) -> bool:
    """Whether a value is one long random word; ids, hashes, addresses and times are not, and evidence joins on them."""
    one_word = re.fullmatch(r"[A-Za-z0-9+/=_-]{16,}", word) is not None
    return one_word and all(re.search(kind, word) for kind in ("[a-z]", "[A-Z]", "[0-9]")) and looks_random(word)


def _is_mixed(word: str) -> bool:
    """Whether a word after "password" is one: with a digit or a sign in it, unlike the words of a sentence."""
    return is_value(word) and any(map(str.isalpha, word)) and re.search(r"[0-9#$%^&*!]", word.rstrip(".!")) is not None


def _is_token(word: str) -> bool:
    return is_value(word) and (len(word) >= 24 or word.endswith("=") or any(map(str.isdigit, word)))


def _form(kind: str, hints: str, pattern: str, holds: Callable[[str], bool] = is_value) -> Form:
    return Form(kind, tuple(hints.split()), pattern, holds, re.IGNORECASE | re.DOTALL)


def _token(kind: str, hints: str, *patterns: str) -> Form:
    """A token that its own beginning gives away, wherever it stands."""
    joined = "|".join(patterns)
    return Form(kind, tuple(hints.split()), rf"(?<![\w.-])(?P<word>{joined})(?![\w-])", is_value)


_IS = r"(?:\\?[\"'])?\s{0,8}(?:=>|:=|[=:]|%3[da])\s{0,8}(?:!!\w{1,10}\s)?(?:\\?[\"'])?"
_WORD = r"(?P<word>[^\s\"'\\,;&|<>(){}\[\]]{3,4096})"
_NAMED = r"\bname\\?[\"']?\s*[:=]\s*\\?[\"']?[\w.-]{0,60}"
_AND_VALUE = r"[\w.-]{0,40}\\?[\"']?\s*,?\s*\\?[\"']?value\\?[\"']?\s*[:=]\s*\\?[\"']?"
"""A setting as Kubernetes writes it: its name in one field, what it is in the next."""
_KEY_END = r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"

FORMS: tuple[Form, ...] = (
    _form(
        "private_key",
        "-----begin",
        rf"(?P<word>-----BEGIN [A-Z0-9 ]{{0,30}}PRIVATE KEY(?: BLOCK)?-----.*?(?:{_KEY_END}|\Z))",
    ),
    _form("password", "@", r"[a-z][a-z0-9+.\-]{1,20}://[^\s:/@\"']{0,80}:(?P<word>[^\s/\"']{1,200})@(?=[\w.\-\[])"),
    _form("password", "@", r"(?<![\w/])[a-z_][\w-]{0,40}:(?P<word>[^\s:@/()\"']{1,100})@(?=tcp\(|unix\(|[\w.-]+:\d)"),
    _form(
        "webhook",
        "hooks.slack. /webhooks/",
        r"(?:hooks\.slack\.com/(?:services|workflows)|/api/webhooks)/(?P<word>[\w/-]{16,})",
    ),
    _form(
        "token",
        "authorization bearer",
        r"\b(?:bearer|authorization[\"']?\s*[:=]\s*[\"']?(?:basic|token|apikey)?)\s+(?P<word>[\w.~+/=:-]{8,})",
        _is_token,
    ),
    _form("token", "basic ", r"\bbasic\s+(?P<word>[a-z0-9+/]{10,}={0,2})(?![\w-])", _is_token),
    _form("token", "cookie", r"\b(?:set-)?cookie[\"']?\s*[:=]\s*[\"']?[^\s=;\"']{1,60}=(?P<word>[^\s;\"',]{8,})"),
    _token("jwt", "eyj", r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){1,3}"),
    _token("token", "_live_ _test_ whsec_", r"(?:[spr]k_(?:live|test)|whsec)_\w{4,}"),
    _token("token", "gh github_pat_", r"gh[pousr]_[A-Za-z0-9]{20,}", r"github_pat_\w{22,}"),
    _token("token", "glpat- gldt- glrt- glcbt- glptt-", r"gl(?:pat|dt|rt|cbt|ptt)-[\w.-]{16,}"),
    _token("token", "xox xapp-", r"(?:xox[abeoprs]|xapp)-[\w.-]{10,}"),
    _token("aws_key", "akia asia", r"A(?:KIA|SIA)[0-9A-Z]{16}"),
    _token("token", "aiza ya29. gocspx-", r"AIza[\w-]{35}", r"ya29\.[\w-]{20,}", r"GOCSPX-[\w-]{20,}"),
    _token("token", "sk-", r"sk-(?:ant-|proj-|svcacct-|or-v1-)?[\w-]{20,}"),
    _token("token", "hf_ npm_ pypi-", r"hf_[A-Za-z0-9]{30,}", r"npm_[A-Za-z0-9]{36}", r"pypi-[\w-]{50,}"),
    _token(
        "token",
        "_v1_ shp dapi dp.",
        r"do[opr]_v1_[a-f0-9]{64}",
        r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
        r"dapi[a-f0-9]{32}(?:-\d)?",
        r"dp\.(?:pt|st|ct|sa)\.[\w.-]{20,}",
    ),
    _token(
        "token",
        "sg. hvs. hvb. nrak- key-",
        r"SG\.[\w-]{16,}\.[\w-]{16,}",
        r"hv[sb]\.[\w-]{20,}",
        r"NRAK-[A-Z0-9]{20,}",
        r"key-[a-f0-9]{32}",
    ),
    _token(
        "token",
        "lin_api_ atlasv1. age-secret-key-",
        r"lin_api_\w{32,}",
        r"\w{14}\.atlasv1\.[\w-]{60,}",
        r"AGE-SECRET-KEY-1[0-9A-Z]{50,}",
    ),
    _token("token", "dckr_ sq0 sk", r"dckr_[po]at_[\w-]{20,}", r"sq0[a-z]{3}-[\w-]{20,}", r"SK[a-f0-9]{32}"),
    _token("token", ":aa", r"\d{8,10}:AA[\w-]{32,34}"),
    _form(
        "token",
        "sig signature accesskey accountkey",
        r"[?&;\s](?:sig|signature|x-amz-signature|sharedaccesskey|accountkey)=(?P<word>[\w%+/=-]{16,})",
    ),
    _form(
        "password",
        "--pass --pwd --token --secret --api --client",
        r"--(?:password|passwd|pwd|token|secret|api-key|client-secret)\s+[\"']?(?P<word>[^\s\"'-][^\s\"']{2,})",
    ),
    _form("password", "identified", r"\bidentified by\s+(?:password\s+)?['\"](?P<word>[^'\"]{1,200})['\"]"),
    _form("password", _STRONG_HINTS, rf"\b(?:env|set|arg)\s+[\w.-]{{0,60}}(?:{_STRONG})\s+{_WORD}"),
    _form("password", "sshpass", r"\bsshpass\s+-p\s*[\"']?(?P<word>[^\s\"']+)"),
    _form("password", "mysql maria", r"\b(?:mysql|maria)\S{0,20}\s(?:[^\n|;]{0,200}?\s)?-p(?P<word>[^\s\"']{2,200})"),
    _form(
        "password",
        "curl",
        r"\bcurl\s(?:[^\n|;]{0,200}?\s)?(?:-u|--user)[\s=]*[\"']?[^\s:\"']{1,80}:(?P<word>[^\s\"']+)",
    ),
    _form(
        "password",
        "password passwd",
        r"\bpass(?:word|wd)\s{1,4}(?:is|was|to)?\s?[\"']?(?P<word>[^\s\"']{6,200})",
        _is_mixed,
    ),
    _form("secret", "</", rf"<(?P<tag>[\w:.-]{{0,40}}(?:{_STRONG}|{_WEAK}))>(?P<word>[^<\n]{{3,4096}})</(?P=tag)>"),
    _form("secret", "value", rf"{_NAMED}(?:{_STRONG}){_AND_VALUE}{_WORD}"),
    _form("secret", "value", rf"{_NAMED}(?:{_WEAK}|{_WEAKER}){_AND_VALUE}{_WORD}", looks_random),
    _form("token", "auth", r"\"auth\\?\"\s*:\s*\\?\"(?P<word>[a-z0-9+/]{8,}={0,2})\\?\"", _is_token),
    _form("secret", _STRONG_HINTS, rf"(?:{_STRONG}){_IS}{_WORD}"),
    _form("secret", "secret token cred otp", rf"(?:{_WEAK}){_IS}{_WORD}", looks_random),
    _form("secret", "auth sig key nonce", rf"(?:{_WEAKER}){_IS}{_WORD}", _is_opaque),
    _form(
        "card",
        "0 1 2 3 4 5 6 7 8 9",
        # The first digit leads and the look back follows it, since the engine skips to a set.
        r"(?P<word>[2-6](?<![\w.:/#-].)(?:\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}|(?<=3)[47]\d{2}[ -]?\d{6}[ -]?\d{5}))"
        r"(?![\w:/-]|\.\d)",
        is_card,
    ),
    _form(
        "email",
        "@",
        r"(?<![\w.+%/:-])(?P<word>[^\W_][\w.%+'-]{0,63}@(?:[^\W_](?:[\w-]{0,62}[^\W_])?\.){1,8}[^\W\d_]{2,24})(?![\w@-]|[.:]\w)",
        is_mailbox,
    ),
)
