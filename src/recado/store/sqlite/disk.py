"""The thread that waits for the disk, so that the event loop need not."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_Call = tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]


class DiskThread:
    """Makes calls one after the other, in a thread of its own.

    An executor would do, but what it makes of each commit takes 6 % of the event loop's
    time under load.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, call: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Queue a call; the future has what it returns or raises.

        Raises:
            RuntimeError: It is closed.
        """
        if self._is_closed:
            raise RuntimeError("the thread of the disk has ended")
        future: asyncio.Future[T] = self._loop.create_future()
        self._calls.put((future, call, args))
        return future

    def close(self) -> None:
        """Make the calls that are queued, and end."""
        self._is_closed = True
        self._calls.put(None)
        self._thread.join()

    def _run(self) -> None:
        for future, call, args in iter(self._calls.get, None):
            try:
                result = call(*args)
            except BaseException as error:  # noqa: BLE001 (its caller gets it)
                self._tell(_fail, future, error)
            else:
                self._tell(_succeed, future, result)

    def _tell(self, end: Callable[..., None], *args: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._loop.call_soon_threadsafe(end, *args)


def _succeed(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
