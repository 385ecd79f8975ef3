"""One question after the other within a deadline and a number of attempts; what fails says why."""

import re
import time
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from msgspec import Struct

from tools.plain_text import plain
from tools.prometheus.connect import Reply, Server, TooLargeError
from tools.unanswered import DENIED, MOST_SAID, NotAnsweredError, late, retry_after, words

_ATTEMPTS = 3
_PAUSE = 0.2
_PASSING = frozenset({429, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_OF_THE_QUERY = re.compile(r"PromQL (?:warning|info): ")


class Bounds(Struct, frozen=True, kw_only=True):
    """Bounds of one question.

    Attributes:
        seconds: From its first attempt to the answer's last byte; the server is told as well.
        answer_bytes: An answer larger than this is not read on.
        series: Series of an answer; the rest is left out and told.
    """

    seconds: float = 10.0
    answer_bytes: int = 16 * 2**20
    series: int = 20_000


DEFAULT = Bounds()


class Told(Struct):
    """What a server answers in: its own words beside the result.

    Attributes:
        partial: Whether something is missing in the result, as Thanos and VictoriaMetrics tell.
    """

    status: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str = msgspec.field(default="", name="errorType")
    error: str = ""
    warnings: list[str] | None = None
    infos: list[str] | None = None
    partial: bool | None = msgspec.field(default=None, name="isPartial")

    def said(self) -> tuple[str, ...]:
        """Its warnings and remarks, each one line."""
        return tuple(plain(one, MOST_SAID) for one in (*(self.warnings or ()), *(self.infos or ())))

    def is_whole(self) -> bool:
        """Whether nothing is missing; remarks on the query itself leave the answer whole."""
        return not self.partial and all(_OF_THE_QUERY.match(one) for one in self.warnings or ())


class Requests:
    """The questions of one diagnosis; whoever asks several bounds the time of all."""

    def __init__(self, server: Server, bounds: Bounds) -> None:
        """Ask nothing yet."""
        self.server, self.bounds = server, bounds
        self._reached = False
        self._closed: NotAnsweredError | None = None

    def told(self, send: Callable[[float], Reply]) -> Told:
        """What the server answers to what `send` asks within so many seconds, after as many attempts as make sense.

        Raises:
            NotAnsweredError: it did not.
        """
        until = time.monotonic() + self.bounds.seconds
        for _ in range(1, _ATTEMPTS):
            try:
                return self._once(send, until)
            except NotAnsweredError as failed:
                if failed.again is None or time.monotonic() + failed.again > until:
                    raise
                time.sleep(failed.again)
        return self._once(send, until)

    def _once(self, send: Callable[[float], Reply], until: float) -> Told:
        if self._closed is not None:
            raise self._closed
        reply = self._sent(send, max(0.01, until - time.monotonic()))
        self._reached = True
        if reply.status == HTTPStatus.OK:
            return _decoded(reply)
        refusal = self._refusal(reply)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            self._closed = refusal
        raise refusal

    def _sent(self, send: Callable[[float], Reply], seconds: float) -> Reply:
        from requests import ConnectionError as Unreachable
        from requests import RequestException, Timeout
        from urllib3.exceptions import HTTPError, ReadTimeoutError

        try:
            return send(seconds)
        except TooLargeError:
            raise NotAnsweredError("error", f"the answer is larger than {self.bounds.answer_bytes} bytes") from None
        except (TimeoutError, ReadTimeoutError):
            raise self._late() from None
        except Unreachable as error:
            raise self._cut_off(error) from None
        except Timeout:
            raise self._late() from None
        except (HTTPError, RequestException, OSError) as error:
            raise NotAnsweredError("error", f"the answer broke off ({_words(error)})", again=_PAUSE) from None

    def _cut_off(self, error: Exception) -> NotAnsweredError:
        """No way to the server; when it never answered, nobody needs to try again."""
        if _broke(error):
            return NotAnsweredError("error", f"the connection broke ({_words(error)})", again=_PAUSE)
        said = f"{self.server.address} cannot be reached ({_words(error)})"
        if not self._reached:
            self._closed = NotAnsweredError("error", said)
        return NotAnsweredError("error", said)

    def _late(self) -> NotAnsweredError:
        """No answer in time; a server that never gave any is not waited for again."""
        failed = late(self.server.address, self.bounds.seconds)
        if not self._reached:
            self._closed = failed
        return failed

    def _refusal(self, reply: Reply) -> NotAnsweredError:
        """What an answer other than 200 says: the server's own error, else the start of the text."""
        code, told = reply.status, _as_told(reply.body)
        if code in _MOVED:
            to = plain(reply.headers.get("location", "elsewhere"), MOST_SAID)
            return NotAnsweredError(
                "error", f"{self.server.address} moved to {to}: set PROMETHEUS_URL to what it serves"
            )
        text = told.error if told and told.error else f"HTTP {code}: {reply.body.decode(errors='replace')}"
        if code == HTTPStatus.NOT_FOUND and told is None:
            text = f"{self.server.address} has no /api/v1 of Prometheus (HTTP 404): does PROMETHEUS_URL lack a path?"
        # A query that the server gave up would cost the same again.
        gave_up = told is not None and told.error_type in {"timeout", "canceled"}
        again = retry_after(reply.headers.get("retry-after", ""), _PAUSE) if code in _PASSING and not gave_up else None
        return NotAnsweredError("denied" if code in DENIED else "error", plain(text, MOST_SAID), code, again)


def _decoded(reply: Reply) -> Told:
    told = _as_told(reply.body)
    if told is None or told.status != "success":
        said = plain(told.error if told and told.error else reply.body[:400].decode(errors="replace"), MOST_SAID)
        raise NotAnsweredError("error", f"the answer is none of Prometheus: {said}")
    return told


def _as_told(body: bytes) -> Told | None:
    try:
        return msgspec.json.decode(body, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _broke(error: Exception) -> bool:
    """Whether a connection there was ended without an answer."""
    from urllib3.exceptions import ProtocolError

    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def _words(error: Exception) -> str:
    """The reason in a vendor's exception, without its addresses of objects."""
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    return words(inner)
