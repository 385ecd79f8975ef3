"""What `kubectl` prints for people, read back into the API's JSON.

Text says less than JSON: a field that was not printed is left out, never guessed. Nothing here does I/O
or knows where a text came from; `now` is the moment of printing, from which ages are counted.
"""

from tools.kubectl_text.bundle import Bundle
from tools.kubectl_text.described import objects_from_describe
from tools.kubectl_text.events import events_from_table
from tools.kubectl_text.listed import kind_of_table, objects_from_table
from tools.kubectl_text.manifests import objects_from_yaml, unpacked
from tools.kubectl_text.shape import Json, kind_named

__all__ = [
    "Bundle",
    "Json",
    "events_from_table",
    "kind_named",
    "kind_of_table",
    "objects_from_describe",
    "objects_from_table",
    "objects_from_yaml",
    "unpacked",
]
