"""A folder of texts that `kubectl` printed, as a source.

Files become parts (`folder`, `prompts`, `parts`), parts become objects, logs and samples (`objects`, `logs`,
`top`), and those answer like any other cluster (`opened`). Content decides what a text is; names of files and
folders only help with what content can't tell. What is not understood is told, never guessed.
"""

from tools.dump.opened import Dump, open_dump

__all__ = ["Dump", "open_dump"]
