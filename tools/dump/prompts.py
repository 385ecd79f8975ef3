"""Command lines of a terminal: which kubectl command printed what follows."""

import re
import shlex
from collections.abc import Iterator

from msgspec import Struct

from tools.kubectl_text import kind_named

_LINE = re.compile(
    r"(?P<prompt>[^|]{0,160}?[$#>%\u276f\u279c\u00bb]\s+|\s*)(?:sudo\s+)?(?:[\w.~:/\\-]*[/\\])?(?:kubectl(?:\.exe)?|oc|k)"
    r"\s+(?P<rest>[a-z-].*)"
)
_WORDS = re.compile(r"\S+")
_VALUED = frozenset(
    _WORDS.findall(
        "-n --namespace -c --container -l --selector -o --output --context --kubeconfig --tail --since --since-time "
        "--field-selector --sort-by --cluster --user --as --as-group -s --server --request-timeout --limit-bytes "
        "--revision --template --max-log-requests --chunk-size --cache-dir --token --output-directory --for --types "
        "-f --filename -L --label-columns -v"
    )
)
_VERBS = frozenset(
    _WORDS.findall("get describe logs log events top rollout version config cluster-info api-resources auth")
)
_ALL = _WORDS.findall("Pod Service DaemonSet Deployment ReplicaSet StatefulSet HorizontalPodAutoscaler CronJob Job")
_NARROWING = frozenset({"-l", "--selector", "--field-selector", "--for", "--types"})
_STOPS = frozenset({"|", ">", ">>", "2>", "2>&1", "&&", ";", "||", "&>"})


class Command(Struct, frozen=True):
    """One kubectl command as it was typed.

    Attributes:
        asked: Kind (as the API writes it, empty where none was said) and name (empty for all of the kind).
        narrowed: Whether a selector, a pipe or the like may have left objects out.
    """

    verb: str
    asked: tuple[tuple[str, str], ...] = ()
    namespace: str = ""
    everywhere: bool = False
    narrowed: bool = False
    selector: str = ""
    container: str = ""
    previous: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that were asked for."""
        return tuple(dict.fromkeys(kind for kind, _ in self.asked if kind))

    @property
    def whole(self) -> bool:
        """Whether all objects of its kinds were asked for, at least of one namespace."""
        return not self.narrowed and not any(name for _, name in self.asked)

    @property
    def text(self) -> str:
        """The command, shortened for a person."""
        words = [self.verb, *(f"{kind.lower()}/{name}" if name else kind.lower() for kind, name in self.asked)]
        return " ".join(["kubectl", *words, *(["-n", self.namespace] if self.namespace else [])])


def command_in(line: str) -> tuple[str, Command] | None:
    """The prompt's last sign and the command of a line; None for a line that is no kubectl command."""
    found = _LINE.fullmatch(line.rstrip()) if "k" in line or "oc " in line else None
    command = _parsed(found["rest"]) if found else None
    return ((found["prompt"].strip() or " ")[-1], command) if found and command else None


def _parsed(rest: str) -> Command | None:
    words, piped = _words(rest)
    flags, plain = _sorted_out(words)
    if not plain or plain[0] not in _VERBS:
        return None
    verb, *names = plain
    said = {name: value for name, value in flags if value}
    switched = {name for name, _ in flags}
    verb = "logs" if verb == "log" else verb
    return Command(
        verb=verb,
        asked=tuple(_asked(verb, names)),
        namespace=said.get("-n") or said.get("--namespace", ""),
        everywhere=bool(switched & {"-A", "--all-namespaces"}),
        narrowed=piped or bool(switched & _NARROWING),
        selector=said.get("-l") or said.get("--selector", ""),
        container=said.get("-c") or said.get("--container", ""),
        previous=bool(switched & {"-p", "--previous"}),
    )


def _words(rest: str) -> tuple[list[str], bool]:
    """The command's own words, and whether its output went through a filter."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    end = next((at for at, word in enumerate(words) if word in _STOPS or word.startswith(("|", ">"))), len(words))
    return words[:end], any(word.startswith("|") and word != "||" for word in words[end:])


def _sorted_out(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Flags with their values, and the other words."""
    flags: list[tuple[str, str]] = []
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            plain.append(word)
        elif equals:
            flags.append((name, value))
        elif word in _VALUED:
            flags.append((word, next(rest, "")))
        elif word[:2] in {"-n", "-c", "-l"} and not word.startswith("--"):
            flags.append((word[:2], word[2:]))
        else:
            flags.append((word, ""))
    return flags, plain


def _asked(verb: str, names: list[str]) -> Iterator[tuple[str, str]]:
    if verb == "events":
        yield "Event", ""
        return
    if verb == "rollout":
        names = names[1:]
    if verb == "logs":
        yield from (_target(name, "Pod") for name in names[:1])
        return
    if names and "/" not in names[0]:
        kinds = [_ALL if one == "all" else [kind_named(one) or one] for one in names[0].split(",")]
        named = names[1:] or [""]
        yield from ((kind, name) for several in kinds for kind in several for name in named)
        return
    yield from (_target(name, "") for name in names)


def _target(word: str, kind: str) -> tuple[str, str]:
    left, slash, name = word.partition("/")
    return (kind_named(left) or left, name) if slash else (kind, word)
