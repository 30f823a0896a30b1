"""Those who wait for one trigger's limit, in the order they came."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """A queue of tasks; the first of them may go on. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Event] = deque()

    @contextmanager
    def place(self) -> Iterator[asyncio.Event]:
        """Join the end, and leave after the ``with``; the event says that one is first.

        Nothing is awaited in leaving: who left goes on before the next one does.
        """
        first = asyncio.Event()
        self._waiting.append(first)
        self._waiting[0].set()
        try:
            yield first
        finally:
            self._waiting.remove(first)
            if self._waiting:
                self._waiting[0].set()
