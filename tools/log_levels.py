"""How serious a line says it is, who wrote it, and which of its words mean nothing."""

import re
from typing import Literal

from tools.log_search import Anchored, has_any

Level = Literal["info", "warn", "error"]

_NAMES: dict[str, Level] = {
    "trace": "info", "debug": "info", "dbug": "info", "info": "info", "information": "info", "notice": "info",
    "note": "info", "log": "info", "verbose": "info", "i": "info", "d": "info", "trce": "info", "hint": "info",
    "system": "info", "statement": "info", "detail": "info", "eror": "error",
    "warn": "warn", "warning": "warn", "w": "warn", "wrn": "warn",
    "error": "error", "err": "error", "e": "error", "severe": "error", "fatal": "error", "f": "error",
    "critical": "error", "crit": "error", "panic": "error", "alert": "error", "emerg": "error", "fail": "error",
    "emergency": "error", "dpanic": "error", "err!": "error", "exception": "error", "inf": "info", "dbg": "info",
    "ftl": "error",
}  # fmt: skip
_WORDS = (
    r"trace|debug|info(?:rmation)?|notice|note|warn(?:ing)?|error|severe|critical|crit|fatal|panic|alert|emerg(?:ency)?"
)
_LEVEL = re.compile(
    rf"(?:^|[\s\"'])(?:level|lvl|severity|loglevel|log_level)[\"']?[=:]\s?[\"']?([a-z]+)\b"
    rf"|\[({_WORDS}|system)\]|^({_WORDS})(?=[:\]\s])|\t({_WORDS})\t|^(dbug|trce|fail|crit)(?=: )"
    r"|npm (err!|warn)|[|\s]({0})\s+\|".format(_WORDS),
    re.IGNORECASE,
)
_UPPER = re.compile(
    r"(?<![\w$.-])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC|LOG|HINT|DETAIL"
    r"|STATEMENT|INF|WRN|ERR|DBG|FTL)(?![\w$.-]*\w)"
)
_UPPER_HINTS = (
    "INF",
    "WARN",
    "WRN",
    "ERR",
    "DEBUG",
    "DBG",
    "FATAL",
    "FTL",
    "SEV",
    "CRIT",
    "TRACE",
    "PANIC",
    "NOT",
    "LOG",
    "HINT",
    "DETAIL",
    "STATEMENT",
)
_LEVEL_HINTS = (
    "level", "lvl", "sever", "trace", "debug", "info", "not", "warn", "err", "crit", "fatal", "panic", "alert", "emerg",
    "dbug", "trce", "fail", "system",
)  # fmt: skip
_KLOG = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d\.|\S{20,40}\s+([IWEFD])\s+[A-Z]{3,10}\s+\[|%([0-7])\|\d")
_NUMBERS: dict[int, Level] = {10: "info", 20: "info", 30: "info", 40: "warn", 50: "error", 60: "error"}
_THREAD = Anchored(
    r"--- \[|\[thread|\[tid|thread=",
    r"--- \[ {0,30}([^\]]{1,80})\]|\[(?:thread|tid)[=: ]([\w-]{1,60})\]|\bthread=([\w-]{1,60})",
)
_TRACE = Anchored(
    r"\[|trace_?id|req_?id|request_?id|correlation_?id|x-request-id",
    r"\[[\w.-]{1,60},([0-9a-f]{16,32}),[0-9a-f]{16},"
    r"|\b(?:trace_?id|request_?id|req_?id|correlation_?id|x-request-id)[\"']?[=:]\s?[\"']?([\w-]{6,64})",
)
_BENIGN = re.compile(
    r"(?:errors?|err|fail(?:ures?|ed)?|exceptions?|timeouts?|refused|panics?|warnings?)[\w.-]{0,20}"
    r"[\"']?\s{0,2}[=:]\s{0,2}[\"']?(?:null|nil|none|<nil>|false|\[\]|\{\}|\"\"|''|n/a|\d+(?:\.\d+)?\s?"
    r"(?:ms|s|m|h|sec\w*|min\w*)?)[\"']?(?=[\s,;)}\]&]|$)"
    r"|\b(?:0|no|without|zero) (?:\w{1,40} )?(?:errors?|fail(?:ed|ures?)?|timeouts?|exceptions?|warnings?)\b"
    r"|timeouts?(?: is| was| of)? (?:set to|changed to|configured|= )"
    r"|\bretr(?:y|ies|ying) (?:on|after|for|when) [\w ,/-]{1,60}? (?:enabled|disabled|configured|policy)"
    r"|/[\w./-]{0,60}(?:errors?|timeouts?|exceptions?)\b[\w./-]{0,60}"
)
_BENIGN_HINT = ("=", ":", "0 ", "no ", "zero ", "without ", "timeout", "retr", "/err")


def level_name(written: str | float) -> Level | None:
    """The level behind a word or a pino/bunyan number."""
    if isinstance(written, str):
        return _NAMES.get(written.strip().lower())
    return _NUMBERS.get(int(written)) if 0 <= written < 1000 else None


def level_of(line: str) -> Level | None:
    """The level a text line states near its start; None when it states none."""
    head = line[:160]
    if len(head) > 8:
        match = _KLOG.match(head)
        if match is not None:
            syslog = match[3]
            if syslog is not None:
                return "error" if syslog < "4" else "warn" if syslog == "4" else "info"
            return _NAMES[(match[1] or match[2]).lower()]
        if head[0].isdigit() and re.match(r"\d+:[MCSX] [^#*]{10,30} # ", head):
            return "warn"
    upper = _UPPER.search(head) if has_any(head, _UPPER_HINTS) else None
    if upper is not None:
        return _NAMES[upper[1].lower()]
    low = head.lower()
    word = _LEVEL.search(head) if has_any(low, _LEVEL_HINTS) else None
    return _NAMES.get(next(group for group in word.groups() if group).lower()) if word is not None else None


def keys_of(line: str) -> tuple[str | None, str | None]:
    """The thread and the trace or request id that a line carries."""
    head = line[:400]
    low = head.lower()
    thread = _THREAD.search(head, low)
    trace = _TRACE.search(head, low)
    return (
        next((group.strip() for group in thread.groups() if group), None) if thread else None,
        next((group for group in trace.groups() if group), None) if trace else None,
    )


def without_benign(low: str) -> str:
    """The lower-case text without settings, zero counts and empty error fields."""
    if not has_any(low, _BENIGN_HINT):
        return low
    return _BENIGN.sub(" ", low)
