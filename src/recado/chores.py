"""What a server does beside its work: it reads changes, prunes, and heeds the others.

Each chore goes on for ever, and over a database that is away.
"""

import asyncio
from collections.abc import Awaitable, Callable

from recado.errors import StoreError
from recado.execution.hold import Circuits, release_forgotten
from recado.execution.prune import Pruner
from recado.observe.signals import Name
from recado.store.known_triggers import MAX_AGE
from recado.store.protocol import Topic
from recado.web.services import Services

BETWEEN_LOOKS_FOR_ROOM = 60.0  # seconds

Sleep = Callable[[float], Awaitable[None]]


class Chores:
    """The chores of one server. ``wake`` wakes its worker."""

    def __init__(
        self,
        parts: Services,
        *,
        circuits: Circuits,
        pruner: Pruner,
        wake: Callable[[], None],
        sleep: Sleep,
    ) -> None:
        self._parts = parts
        self._circuits = circuits
        self._pruner = pruner
        self._wake = wake
        self._sleep = sleep
        self._news = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin with all of them."""
        self._parts.store.listen(Topic.DUE, self._wake)
        self._parts.store.listen(Topic.TRIGGERS, self._news.set)
        self._parts.store.listen(Topic.CIRCUITS, self._news.set)
        self._running = [
            asyncio.create_task(self._look_again_for_ever()),
            asyncio.create_task(self._make_room_for_ever()),
            asyncio.create_task(self._follow_other_nodes()),
            asyncio.create_task(self._pruner.prune_for_ever()),
        ]

    async def stop(self) -> None:
        """Break them off; each is whole or not at all."""
        for chore in self._running:
            chore.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def load_triggers(self) -> None:
        """Read all triggers, and release what is held for one that is not paused."""
        parts = self._parts
        await parts.triggers.load()
        paused = [one.id for one in parts.triggers.every() if not one.enabled]
        if await release_forgotten(parts.store, paused=paused):
            self._wake()

    async def _look_again_for_ever(self) -> None:
        while True:
            await self._sleep(MAX_AGE.total_seconds())
            try:
                await self.load_triggers()
                await self._parts.intake.quarantine.prune()
                await self._parts.bulk.resume()
            except StoreError as error:
                self._parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)

    async def _make_room_for_ever(self) -> None:
        while True:
            try:
                await self._parts.store.make_room()
            except StoreError as error:
                self._parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
            await self._sleep(BETWEEN_LOOKS_FOR_ROOM)

    async def _follow_other_nodes(self) -> None:
        """Take in what other processes changed, as soon as they tell of it."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._parts.triggers.load()
                await self._circuits.load()
            except StoreError as error:
                self._parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
            self._wake()
