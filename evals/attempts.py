"""One attempt among many: what goes wrong in it is stored, and costs the others nothing."""

import traceback
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from tools.errors import InputError

Made = TypeVar("Made")


class Failed(Struct, frozen=True):
    """Why an attempt made nothing: one line for bad input, a traceback for a bug."""

    why: str

    @property
    def line(self) -> str:
        """The bad input, or the bug's own message without the way to it."""
        return self.why.strip().splitlines()[-1]


def attempt(work: Callable[[], Made]) -> Made | Failed:
    """What `work` makes, or why it made nothing."""
    try:
        return work()
    except InputError as error:
        return Failed(str(error))
    except Exception:  # noqa: BLE001 - a bug in one attempt must not lose the results of the others
        return Failed(traceback.format_exc())
