"""Which names of a run are ours, and their replacements.

A name is replaced where it stands alone, as a whole word of a host, path or pod name; never inside another word.
Public host names and images are somebody else's words and stay.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping

from evals.metamorphic.recording import Object, words

_NAMED_KINDS = words(
    "Deployment StatefulSet DaemonSet Service Job CronJob ConfigMap NetworkPolicy HorizontalPodAutoscaler",
    "Ingress Node PersistentVolumeClaim ServiceAccount ResourceQuota",
)
_SYSTEM = re.compile(r"^(kube-.*|default|.*-system|datadog|monitoring|observability)$")
_TELEMETRY = re.compile(
    r"datadog|prometheus|grafana|exporter|kube-state|metrics-server|kube-|coredns|^default$|kubernetes"
)
# No k and no r: else a word may hold the name of a tool by chance, such as loki or redis.
_SYLLABLES = [first + vowel for first in "bdfglmnptvz" for vowel in "aeiou"]
_HASHED = r"(?=-[bcdfghjklmnpqrstvwxz2456789]+(?![a-z0-9])|-\d)"
_AFTER = rf"(?:(?![A-Za-z0-9_-])|{_HASHED})(?!\":|=)"
_BEFORE = r"(?<![A-Za-z0-9_-])"
_PUBLIC = (
    r"(?<![\w-])(?:[a-z0-9_*-]+\.)+"
    r"(?:com|net|org|io|dev|app|cloud|co|eu|de|us|ai|gov|edu|me|tv|info|sh)(?![\w-]|\.[a-z])"
)
_IDIOMS = r"(?i:for|unknown|invalid|no such|denied for) user\b|\b(?:in|out)bound\|"
"""Words of programs: login messages, Envoy's names of clusters."""
_OWN_DOMAIN = re.compile(r"(?<![\w-])([a-z0-9-]{3,})\.(?:example|internal|corp|lan|test)(?![\w-])")


def fresh(name: str) -> str:
    """A word without meaning for a name; ends in s if the name does, so that its singular can be made as well."""
    raw = hashlib.sha256(name.encode()).digest()
    word = "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in raw[:4])
    return f"{word}s" if name.endswith("s") else f"{word}x"


def our_names(objects: Iterable[Object]) -> tuple[set[str], set[str], set[str]]:
    """Names of our namespaces, of our workloads, Services, nodes and settings, and of containers."""
    spaces, names, inner = set(), set(), set()
    for one in objects:
        meta = one["metadata"]
        place = meta.get("namespace") or (meta["name"] if one["kind"] == "Namespace" else "")
        if _SYSTEM.match(place):
            continue
        spaces |= {place} - {""}
        if one["kind"] in _NAMED_KINDS:
            names.add(meta["name"])
            inner |= {container["name"] for container in _containers(one)}
    ours = {name for name in names if not _TELEMETRY.search(name)} - spaces
    return spaces, ours, {name for name in inner if not _TELEMETRY.search(name)} - spaces - ours


def _containers(one: Object) -> list[Object]:
    template = (one.get("spec") or {}).get("template") or {}
    found: list[Object] = (template.get("spec") or {}).get("containers") or []
    return found


class Renaming:
    """A consistent replacement of names in texts of several kinds.

    Names that are plain words are replaced with a capital too: programs speak of `Payment` in their sentences.
    """

    def __init__(self, objects: list[Object], texts: Iterable[str] = ()) -> None:
        """Choose a new name for each of ours.

        Args:
            objects: The cluster's objects, which say what is ours and which images there are.
            texts: Further texts in which domains of ours may occur.
        """
        self.spaces, self.names, inner = our_names(objects)
        images = {found[1] for text in texts for found in re.finditer(r'"image(?:ID)?": ?"([^"]+)"', text)}
        domains = {found[1] for text in texts for found in _OWN_DOMAIN.finditer(text)}
        services = [
            (one["metadata"]["namespace"], one["metadata"]["name"]) for one in objects if one["kind"] == "Service"
        ]
        self._new = {name: fresh(name) for name in (*self.names, *self.spaces, *inner)}
        self._new |= {domain: fresh(domain) for domain in domains}
        composites = {f"{place}-{name}": f"{self.space(place)}-{self._one(name)}" for place, name in services}
        self._new |= {whole: new for whole, new in composites.items() if whole != new and whole not in self._new}
        capitals = {
            name.capitalize(): new.capitalize() for name, new in self._new.items() if name.isalpha() and len(name) > 3
        }
        self._new |= {name: new for name, new in capitals.items() if name not in self._new}
        wide = {name for name in self._new if name not in self.spaces or "-" in name}
        narrow = self.spaces - wide
        self._pattern = re.compile(_alternatives(images, wide, narrow, domains))
        self._plain = self._spoken()

    def space(self, namespace: str) -> str:
        """A namespace's new name."""
        return self._new[namespace] if namespace in self.spaces else namespace

    def component(self, component: str) -> str:
        """A component's id, `namespace/name` or a host."""
        namespace, slash, rest = component.partition("/")
        if not slash:
            return self.text(component)
        return f"{self.space(namespace)}/{'/'.join(self.text(part) for part in rest.split('/'))}"

    def text(self, text: str) -> str:
        """A value or log lines."""
        return self._pattern.sub(lambda match: match[0] if match["stays"] else self._new[match[0]], text)

    def words(self, text: str) -> str:
        """A sentence by people: also plural, singular and capital forms; containers have no name there."""
        forms, pattern = self._plain
        return pattern.sub(lambda match: forms[match[0].lower()], text) if forms else text

    def keyed(self, value: object, key: str = "") -> object:
        """A parsed document: images stay, namespaces are replaced where a key says that one stands there."""
        if isinstance(value, Mapping):
            return {self._key(name): self.keyed(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.keyed(inner, key) for inner in value]
        if not isinstance(value, str) or key in {"image", "imageID", "images"}:
            return value
        if key in {"namespace", "namespaces", "trust_annotations", "kubernetes.io/metadata.name"}:
            return self.space(value)
        if key in {"workloads", "from", "to"}:
            return self.component(value)
        return self.text(value)

    def _key(self, key: str) -> str:
        return self.text(key) if key.startswith("k:{") else key

    def _one(self, name: str) -> str:
        return self._new.get(name, name)

    def _spoken(self) -> tuple[dict[str, str], re.Pattern[str]]:
        forms = {}
        for name in sorted((*self.names, *self.spaces)):
            new = self._new[name]
            forms[name] = new
            if name.endswith("s"):
                forms.setdefault(name[:-1], new[:-1])
            else:
                forms.setdefault(f"{name}s", f"{new}s")
        words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        return forms, re.compile(rf"(?<![\w-])(?:{words})(?:(?![\w-])|{_HASHED})", re.IGNORECASE)


def _alternatives(images: set[str], wide: set[str], narrow: set[str], domains: set[str]) -> str:
    """What stays comes first, then names, the longest first."""
    stays = [rf"{_BEFORE}{re.escape(image)}" for image in _longest_first(images)] + [_PUBLIC, _IDIOMS]
    parts = [f"(?P<stays>{'|'.join(stays)})"]
    parts += [rf"{_BEFORE}{re.escape(name)}{_AFTER}" for name in _longest_first(wide - domains)]
    parts += [rf"(?<=\.){re.escape(name)}(?=\.svc|(?![\w.-]))" for name in _longest_first(narrow)]
    parts += [rf"(?<![\w-]){re.escape(name)}(?=\.(?:example|internal|corp|lan|test)(?![\w-]))" for name in domains]
    return "|".join(parts)


def _longest_first(names: set[str]) -> list[str]:
    return sorted(names, key=lambda name: (-len(name), name))
