"""What one word or field of a search finds; `search_syntax` puts them together."""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import translate

from tools.errors import ToolError
from tools.plain_text import plain
from tools.source import SearchedLine

Test = Callable[[SearchedLine], bool]
Leaf = Callable[[str], Test]
"""From a word, a range or a text in its quotes."""

_COMPARED = re.compile(r"(?P<how>[<>]=?)(?P<number>-?\d+(?:\.\d+)?)")
_RANGE = re.compile(r"(?P<open>[\[{])\s*(?P<low>\S+)\s+TO\s+(?P<high>\S+?)\s*(?P<close>[\]}])")
_WORDS = re.compile(r"\w+")
_WILD = re.compile(r"(?:[^\\]|\\.)*?[*?]", re.DOTALL)
_SIGNS = ",;:.!?()[]{}<>\"'="
_TRY = 'such as: service:payment status:error "connection refused" -pod_name:canary-* @http.status_code:>=500'


def wrong(said: str) -> ToolError:
    """The error of a query that can't be read, with one that can."""
    return ToolError(f"the query is not in Datadog's search syntax: {plain(said, 200)}; {_TRY}")


def word(text: str) -> Test:
    """A free word or phrase is looked for in the message.

    Raises:
        ToolError: there is nothing to look for in it.
    """
    return _said(text, lambda line: (line.text, line.title))


def field(key: str, text: str) -> Test:
    """A value, range or comparison is tried on the whole of a field's values.

    Raises:
        ToolError: it compares with something that is no number.
    """
    if key == "*":
        return _said(text, _everything)
    if text[0] in "[{<>":
        return _range(key, text)
    pattern = re.compile(re.escape(_bare(text)) + r"\Z") if text[0] == '"' else _glob(text)
    return lambda line: any(pattern.match(value.lower()) for value in _values(line, key))


def _said(text: str, places: Callable[[SearchedLine], tuple[str, ...]]) -> Test:
    if text[0] != '"' and _WILD.match(text):
        pattern = _glob(text)
        return lambda line: any(pattern.match(part) for place in places(line) for part in _parts(place))
    sought = _spaced(_bare(text))
    if not sought.strip():
        raise wrong(f"{text!r} has no letter or digit to look for")
    return lambda line: any(sought in _spaced(place) for place in places(line))


def _spaced(text: str) -> str:
    """The words of a text in lower case with one space around each."""
    return f" {' '.join(_WORDS.findall(text.lower()))} "


def _parts(text: str) -> Iterator[str]:
    """What a wildcard is tried on: words with and without the signs inside them."""
    low = text.lower()
    yield from (part.strip(_SIGNS) for part in low.split())
    yield from _WORDS.findall(low)


def _range(key: str, text: str) -> Test:
    try:
        if compared := _COMPARED.fullmatch(text):
            how, number = compared["how"], float(compared["number"])
            low, high = (number, float("inf")) if how[0] == ">" else (float("-inf"), number)
            return _between(key, low, high, ("=" in how, "=" in how))
        if spanned := _RANGE.fullmatch(text):
            low, high = float(spanned["low"].replace("*", "-inf")), float(spanned["high"].replace("*", "inf"))
            return _between(key, low, high, (spanned["open"] == "[", spanned["close"] == "]"))
    except ValueError:
        pass
    raise wrong(f"{key}:{text} compares with no number; {key}:>=500 or {key}:[400 TO 499] would")


def _between(key: str, low: float, high: float, ends: tuple[bool, bool]) -> Test:
    """Numbers from `low` to `high`; `ends` says which of the two count themselves."""

    def inside(value: str) -> bool:
        try:
            number = float(value)
        except ValueError:
            return False
        return low < number < high or (ends[0] and number == low) or (ends[1] and number == high)

    return lambda line: any(inside(value) for value in _values(line, key))


def _glob(text: str) -> re.Pattern[str]:
    """A pattern of a whole value in lower case; `translate` makes one that never tries a position twice."""
    signs = re.findall(r"\\.|.", text.lower(), re.DOTALL)
    return re.compile(translate("".join(one if one in "*?" else _literal(one[-1]) for one in signs)))


def _literal(sign: str) -> str:
    return f"[{sign}]" if sign in "*?[" else sign


def _bare(text: str) -> str:
    """A word or quoted text as it is meant, in lower case."""
    inner = text[1:-1] if text[0] == '"' else text
    return re.sub(r"\\(.)", r"\1", inner).lower()


def _values(line: SearchedLine, key: str) -> Iterator[str]:
    """A field's values in one line."""
    if key.startswith("@"):
        yield from _texts(_at(line.attributes, key[1:]))
        return
    own = {"service": line.service, "status": line.status, "host": line.host}.get(key, "")
    if own:
        yield own
    for tag in line.tags:
        name, _, value = tag.partition(":")
        if name == key:
            yield value


def _at(attributes: object, path: str) -> object:
    """The value at a dotted path; a key may itself hold dots."""
    if not isinstance(attributes, Mapping):
        return None
    if path in attributes:
        return attributes[path]
    first, dot, rest = path.partition(".")
    return _at(attributes.get(first), rest) if dot else None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
    elif value is not None:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def _everything(line: SearchedLine) -> tuple[str, ...]:
    return (line.text, line.title, line.service, line.status, line.host, *line.tags, *_texts(line.attributes))
