"""A server program of somebody else's that runs as long as it is needed, on this machine alone."""

import http.client
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.errors import InputError

_READY_SECONDS = 30.0
_LAST_LINES = 3


class Program:
    """A running server: `with Program(...) as program: ... program.url ...`.

    Attributes:
        url: Where it answers.
        process: The process itself, for who wants to stop or kill it.
    """

    process: "subprocess.Popen[bytes]"

    def __init__(self, program: Path, options: Sequence[str], log: Path, started_in: Path | None = None) -> None:
        """Nothing runs yet."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [str(program), f"--web.listen-address=127.0.0.1:{self.port}", *options]
        self._log, self._started_in = log, started_in

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - a program that we unpacked
                self._command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self._started_in
            )
        try:
            self._await()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def kill(self) -> None:
        """End it at once, also when it is stopped."""
        self.process.kill()
        self.process.wait()

    def _await(self) -> None:
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if self._is_ready():
                return
            time.sleep(0.05)
        said = " | ".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:])
        raise InputError(str(self._log), None, f"{Path(self._command[0]).name} did not start: {said}")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
