"""Datadog's log search syntax, as far as a recording answers it: words, phrases, fields, wildcards and operators.

    payment refused                 both words, in any order and case
    "connection refused"            the words next to each other
    service:payment  -status:info   a field; a minus, `!` or NOT leaves out
    pod_name:payment-*              `*` any characters, `?` one, outside quotes
    host:(a OR b)  a OR b AND c     AND binds closer than OR, and is what a space means
    @http.status_code:>=500         an attribute; also `[400 TO 499]`, and `{…}` without the ends
    @usr.id:*  -kube_node:*         there is such a field; there is none
    *:timeout                       a word in any attribute or tag

Fields are `service`, `status`, `host` and every tag; after `@` they are attributes. A field's value is compared whole.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from tools.errors import ToolError
from tools.search_terms import Leaf, Test, field, word, wrong

MAX_QUERY = 2_000
_MAX_DEPTH = 20
_TOKEN = re.compile(
    r"""\s*(?: (?P<open>\() | (?P<close>\)) | (?P<quoted>"(?:\\.|[^"\\])*") | (?P<range>[\[{][^\[\]{}"()]*[\]}])
    | (?P<less>[-!](?=[^\s)])) | (?P<word>(?:\\.|[^\s()"\[\]{}\\])+) )""",
    re.VERBOSE,
)
_PAIRED = re.compile(r"""\\.|\\|"(?:\\.|[^"\\])*"|[()"]""", re.DOTALL)
"""What is escaped or quoted, as a whole; else one sign, a quote or backslash only where it is left open."""
_FIELD = re.compile(r"(?P<key>@?[A-Za-z_][\w./@-]*|\*):(?P<value>.*)", re.DOTALL)

Token = tuple[str, str, bool]
"""Kind, text, and whether it follows the one before it without a space."""


def parsed(query: str) -> Test:
    """The test that lines pass which the query finds; an empty query finds everything.

    Raises:
        ToolError: the query is not in the syntax above; the text says what would work.
    """
    if len(query) > MAX_QUERY:
        raise ToolError(f"a query may have {MAX_QUERY} characters, this one has {len(query)}")
    tokens = list(_tokens(query))
    return _Parser(tokens).whole() if tokens and query.strip() != "*" else lambda _: True


def in_pairs(query: str) -> bool:
    """Whether quotes are closed and parentheses come in pairs, so that the query can't end those around it."""
    depth = 0
    for sign in _PAIRED.findall(query):
        depth += (sign == "(") - (sign == ")")
        if depth < 0 or sign in {'"', "\\"}:
            return False
    return depth == 0


def _tokens(query: str) -> Iterator[Token]:
    at = 0
    end = len(query.rstrip())
    while at < end:
        found = _TOKEN.match(query, at)
        if found is None:
            raise wrong(f"it cannot be read from {query[at:].strip()[:40]!r} on (quotes and brackets come in pairs)")
        kind = str(found.lastgroup)
        yield kind, found[kind], found.start(kind) == at > 0
        at = found.end()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def whole(self) -> Test:
        test = self._either(word)
        if self._at < len(self._tokens):
            raise wrong("a closing parenthesis has no opening one")
        return test

    def _either(self, leaf: Leaf) -> Test:
        tests = [self._all(leaf)]
        while self._taken("OR"):
            tests.append(self._all(leaf))
        return tests[0] if len(tests) == 1 else lambda line: any(test(line) for test in tests)

    def _all(self, leaf: Leaf) -> Test:
        tests = [self._one(leaf)]
        while self._taken("AND") or self._goes_on():
            tests.append(self._one(leaf))
        return tests[0] if len(tests) == 1 else lambda line: all(test(line) for test in tests)

    def _one(self, leaf: Leaf) -> Test:
        kind, text, _ = self._next()
        if kind == "less" or (kind == "word" and text == "NOT"):
            test = self._deeper(lambda: self._one(leaf))
            return lambda line: not test(line)
        if kind == "open":
            return self._group(leaf)
        if kind == "word" and leaf is word and (named := _FIELD.fullmatch(text)):
            return self._field(named["key"], named["value"])
        return self._leaf(leaf, kind, text)

    def _leaf(self, leaf: Leaf, kind: str, text: str) -> Test:
        joins = kind == "word" and text in {"AND", "OR"}
        if not joins and (kind in {"quoted", "word"} or (kind == "range" and leaf is not word)):
            return leaf(text)
        raise wrong(f"{text!r} is not expected there; put words with brackets in quotes")

    def _field(self, key: str, value: str) -> Test:
        if value.startswith("//"):
            raise wrong(f'an address needs quotes: "{key}:{value}"')
        leaf = partial(field, key)
        if value:
            return leaf(value)
        if self._at < len(self._tokens) and self._tokens[self._at][2]:
            kind, text, _ = self._next()
            return self._group(leaf) if kind == "open" else self._leaf(leaf, kind, text)
        raise wrong(f"{key}: has no value")

    def _group(self, leaf: Leaf) -> Test:
        test = self._deeper(lambda: self._either(leaf))
        if self._at >= len(self._tokens) or self._next()[0] != "close":
            raise wrong("a parenthesis is not closed")
        return test

    def _deeper(self, part: Callable[[], Test]) -> Test:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise wrong(f"it is nested more than {_MAX_DEPTH} deep")
        test = part()
        self._depth -= 1
        return test

    def _taken(self, word: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at][:2] == ("word", word)
        self._at += taken
        return taken

    def _goes_on(self) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][0] != "close" and not self._is("OR")

    def _is(self, word: str) -> bool:
        return self._tokens[self._at][:2] == ("word", word)

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise wrong("it ends where a word is expected")
        self._at += 1
        return self._tokens[self._at - 1]
