"""Several questions at once, and no answer awaited for longer than there is time.

Threads are daemons: a name lookup, a credentials plugin or a server that drips one byte a second can be waited for
no longer, but not be stopped either, and must not hold the program when it ends.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import TypeVar

from tools.errors import InputError

T = TypeVar("T")
_AHEAD = 2


def in_order(
    calls: Sequence[Callable[[], T]], workers: int, deadline: float, ahead: int | None = None
) -> Iterator[T | None]:
    """The calls' results in the calls' order, None for each that had not ended at `deadline` (monotonic seconds).

    The calls begin at once. Only `ahead` results are held at a time, a few for each worker without it: whoever is slow
    to take them slows the calls down.
    """
    futures: list[Future[T]] = [Future() for _ in calls]
    waiting: SimpleQueue[tuple[Callable[[], T], Future[T]]] = SimpleQueue()
    for pair in zip(calls, futures, strict=True):
        waiting.put(pair)
    room = Semaphore(ahead or _AHEAD * workers)
    for _ in range(min(workers, len(calls))):
        Thread(target=_work, args=(waiting, room, deadline), daemon=True).start()
    return _results(futures, room, deadline)


def _results(futures: "Sequence[Future[T]]", room: Semaphore, deadline: float) -> Iterator[T | None]:
    for future in futures:
        try:
            yield future.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            yield None
        room.release()


def within(seconds: float, call: Callable[[], T]) -> T:
    """The call's result; of what it raises only InputError comes through.

    Raises:
        TimeoutError: it has not ended within `seconds`.
    """
    future: Future[T] = Future()
    Thread(target=_run, args=(call, future), daemon=True).start()
    return future.result(seconds)


def _work(waiting: "SimpleQueue[tuple[Callable[[], T], Future[T]]]", room: Semaphore, deadline: float) -> None:
    while (left := deadline - time.monotonic()) > 0 and room.acquire(timeout=left):
        try:
            call, future = waiting.get_nowait()
        except Empty:
            return
        _run(call, future)


def _run(call: Callable[[], T], future: "Future[T]") -> None:
    try:
        future.set_result(call())
    except InputError as error:
        future.set_exception(error)
    finally:
        # Any other exception is a bug: the thread's own traceback tells it, and nobody waits for the result.
        if not future.done():
            future.cancel()
