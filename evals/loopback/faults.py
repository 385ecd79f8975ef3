"""What can go wrong with a server, on order."""

from collections.abc import Callable

from msgspec import Struct


class Request(Struct, frozen=True):
    """One request as it came.

    Attributes:
        number: 1 for the first that the server got.
        target: Path and query, not decoded.
    """

    number: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, not decoded."""
        return self.target.partition("?")[0]


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that goes wrong with an answer.

    Attributes:
        delay: Seconds before anything is answered.
        status: Answer this HTTP status in the server's own shape of an error.
        retry_after: Its Retry-After header, in seconds.
        body: Answer 200 with these bytes.
        keep: Send only so many bytes of the announced body, then close.
        drip: Send the answer one byte in this many seconds.
        hang: Never answer.
        close: Close the connection without an answer.
    """

    delay: float = 0.0
    status: int = 0
    retry_after: int | None = None
    body: bytes | None = None
    keep: int | None = None
    drip: float = 0.0
    hang: bool = False
    close: bool = False


Faults = Callable[[Request], Fault | None]


def always(fault: Fault) -> Faults:
    """The fault with every answer."""
    return lambda _: fault


def after(requests: int, fault: Fault) -> Faults:
    """The fault from some request on."""
    return lambda request: fault if request.number > requests else None


def on(part: str, fault: Fault, times: int = 10**9) -> Faults:
    """The fault with the first `times` answers to requests whose target contains `part`."""
    seen: list[int] = []

    def faults(request: Request) -> Fault | None:
        if part not in request.target:
            return None
        seen.append(request.number)
        return fault if len(seen) <= times else None

    return faults
