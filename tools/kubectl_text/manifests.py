"""YAML and JSON documents: `kubectl get -o yaml`, manifests of a repository, Lists of either."""

import re
from collections.abc import Iterator, Mapping

from tools.kubectl_text.shape import Json
from tools.safe_yaml import load_yaml

_BREAK = re.compile(r"^---(?:\s.*)?$", re.MULTILINE)


def objects_from_yaml(text: str, where: str) -> list[Json]:
    """Every Kubernetes object of a text with one or more documents, Lists unpacked.

    Raises:
        InputError: a document is not plain YAML; lines are counted from the beginning of that document.
    """
    return [one for document in _BREAK.split(text) if document.strip() for one in unpacked(load_yaml(document, where))]


def unpacked(document: object) -> Iterator[Json]:
    """The objects of one document; those of a `PodList` may leave their kind out."""
    if not isinstance(document, Mapping) or not isinstance(document.get("kind"), str):
        return
    items = document.get("items")
    if isinstance(items, list):
        of = str(document["kind"]).removesuffix("List")
        for one in items:
            yield from unpacked({"kind": of, **one} if isinstance(one, Mapping) else one)
    elif isinstance(document.get("metadata"), Mapping):
        yield dict(document)
