"""Messages that are being worked on: so many at once, and no more."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

OnBroken = Callable[[BaseException], None]


class Flights:
    """Runs the work on messages side by side, begun in the order they came.

    ``on_broken`` is told what nobody foresaw; the broker has its message still.
    """

    def __init__(self, *, limit: int, on_broken: OnBroken) -> None:
        self._limit = limit
        self._on_broken = on_broken
        self._running: set[asyncio.Task[None]] = set()
        self._landed = asyncio.Event()

    @property
    def room(self) -> int:
        """How many more may begin now."""
        return max(0, self._limit - len(self._running))

    async def until_room(self) -> int:
        """Return how many may begin, when that is one or more."""
        while not self.room:
            self._landed.clear()
            await self._landed.wait()
        return self.room

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin to work on a message."""
        running = asyncio.create_task(work)
        self._running.add(running)
        running.add_done_callback(self._land)

    async def end(self, *, within: float) -> None:
        """Let what runs end; after so many seconds it is cancelled."""
        if self._running:
            await asyncio.wait(self._running, timeout=within)
        await self.cancel()

    async def cancel(self) -> None:
        """End all work; a broker that knows acknowledgements delivers it again."""
        running = list(self._running)
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _land(self, done: asyncio.Task[None]) -> None:
        self._running.discard(done)
        self._landed.set()
        if not done.cancelled() and (error := done.exception()) is not None:
            self._on_broken(error)
