"""Retention: what is resolved and old goes, so that the disk does not fill up."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from recado.clock import Clock
from recado.errors import StoreError
from recado.observe.signals import Name, Signals
from recado.store import pruning
from recado.store.protocol import Store
from recado.store.pruning import Pruned

EVERY = timedelta(hours=1)
FIRST_AFTER = timedelta(seconds=30)
"""What came while the process was not there goes first."""
AT_ONCE = 200
PAUSE = 0.05
"""Seconds between two steps, so that deliveries come first."""

DUTY = "prune"

Ids = tuple[int, int | None]
"""An id, and a higher one: those between them. None is for no end."""

Sleep = Callable[[float], Awaitable[None]]


class Pruner:
    """Deletes payloads and executions that ended longer than ``retention`` ago.

    Dead letters stay until they are resolved; a key that blocks duplicates outlives
    its payload. Of the processes that share a database one at a time does it.
    """

    def __init__(
        self,
        store: Store,
        *,
        retention: timedelta,
        clock: Clock,
        signals: Signals,
        sleep: Sleep,
    ) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock
        self._signals = signals
        self._sleep = sleep

    async def prune_for_ever(self) -> None:
        """Prune a little later and every hour."""
        await self._sleep(FIRST_AFTER.total_seconds())
        while True:
            try:
                await self._prune_unless_another_does()
            except StoreError as error:
                self._signals.emit(Name.STORE_UNAVAILABLE, raised=error)
            await self._sleep(EVERY.total_seconds())

    async def _prune_unless_another_does(self) -> None:
        if not await self._store.take(DUTY):
            return
        try:
            await self.prune()
        finally:
            await self._store.let_go(DUTY)

    async def prune(self) -> None:
        """Delete all that is due.

        Raises:
            StoreBusyError: Not all could be deleted; the next time goes on.
        """
        now = self._clock.now()
        ended_before = now - self._retention
        whole = await self._store.drop_old(retention=self._retention, now=now)
        if whole.failed is not None:
            self._signals.emit(Name.STORE_UNAVAILABLE, raised=whole.failed)
        executions, payloads = whole.executions, whole.payloads
        for within in _between(whole.go_later):
            async for step in self._steps(within, ended_before=ended_before, now=now):
                executions += step.executions
                payloads += step.payloads
        if executions or payloads:
            self._signals.emit(
                Name.EXECUTIONS_PRUNED, executions=executions, payloads=payloads
            )

    async def _steps(
        self, within: Ids, *, ended_before: datetime, now: datetime
    ) -> AsyncIterator[Pruned]:
        after, before = within
        last: int | None = after
        while last is not None:
            step = await self._store.write(
                pruning.prune,
                within=(last, before),
                ended_before=ended_before,
                now=now,
                limit=AT_ONCE,
            )
            yield step
            last = step.last_id
            await self._sleep(PAUSE)


def _between(stretches: Iterable[tuple[int, int]]) -> list[Ids]:
    """Return all ids but those of stretches, which ascend."""
    after, between = 0, list[Ids]()
    for first, end in stretches:
        between.append((after, first))
        after = end - 1
    return [*between, (after, None)]
