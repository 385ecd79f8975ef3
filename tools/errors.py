"""The two expected kinds of failure: one a person mends, one a model mends.

Anything else is a bug and crashes.
"""

_LONGEST = 600


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in words)
    return printable if len(printable) <= _LONGEST else printable[: _LONGEST - 1] + "…"


class InputError(Exception):
    """A file, option or setting that a person has to mend; shown as one line, exit status 2.

    `line` counts from 1 and is None when the trouble has no place in the file. Whatever the
    message quotes, `str()` is one printable line of bounded length.
    """

    def __init__(self, file: str, line: int | None, message: str) -> None:
        self.file = _one_line(file)
        self.line = line
        self.message = _one_line(message)
        super().__init__(self.file, line, self.message)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class ToolError(Exception):
    """A question that a tool can't answer as asked; the text tells a model how to ask better."""
