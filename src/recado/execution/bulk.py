"""Replays and discards of many dead letters, paced, and resumed after a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from recado.clock import Clock
from recado.errors import RefusalError, StoreBusyError, StoreError
from recado.execution.discard import discard
from recado.execution.replay import replay
from recado.model.ids import ExecutionId
from recado.observe.signals import Name, Signals
from recado.store import bulks
from recado.store.audit import Actor
from recado.store.bulks import Bulk, BulkKind, BulkState
from recado.store.executions import ExecutionFilter
from recado.store.protocol import Store

AT_ONCE = 25
PAUSE = 0.05
"""Seconds between two groups: at most 500 a second, so that deliveries come first."""

Sleep = Callable[[float], Awaitable[None]]
ReadFilter = Callable[[dict[str, Any]], ExecutionFilter]


class BulkRunner:
    """Works through bulks in the background. Each is one process's at a time."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        signals: Signals,
        wake: Callable[[], None],
        sleep: Sleep,
        read_filter: ReadFilter,
    ) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._wake = wake
        self._sleep = sleep
        self._read_filter = read_filter
        self._running: dict[int, asyncio.Task[None]] = {}
        self._asked_again: set[int] = set()

    async def resume(self) -> None:
        """Go on with the bulks that a process left running which is no more."""
        for bulk in await self._store.read(bulks.running):
            if bulk.id not in self._running:
                self._start(bulk.id)

    async def begin(
        self, kind: BulkKind, described: dict[str, Any], *, actor: Actor
    ) -> Bulk:
        """Start a bulk over the dead letters that a filter matches now.

        Raises:
            InvalidError: The filter cannot be read.
        """
        wanted = self._read_filter(described)
        total = await self._store.read(bulks.count_matching, wanted)
        bulk = await self._store.write(
            bulks.create,
            kind=kind,
            described=described,
            total=total,
            actor=actor.name,
            now=self._clock.now(),
        )
        self._start(bulk.id)
        return bulk

    async def change(self, bulk_id: int, state: BulkState) -> Bulk:
        """Pause, resume (RUNNING) or cancel a bulk.

        Raises:
            NotFoundError: There is no such bulk.
        """
        bulk = await self._store.write(
            bulks.set_state, bulk_id, state, now=self._clock.now()
        )
        if bulk.state is BulkState.RUNNING:
            self._start(bulk_id)
        return bulk

    async def stop(self) -> None:
        """Stop after the group in hand; a later ``resume`` goes on."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, bulk_id: int) -> None:
        if bulk_id in self._running:
            # Its task may have read already that it is to wait: then it looks again.
            self._asked_again.add(bulk_id)
            return
        task = asyncio.create_task(self._work_through(bulk_id))
        self._running[bulk_id] = task
        task.add_done_callback(lambda _: self._ended(bulk_id))

    def _ended(self, bulk_id: int) -> None:
        task = self._running.pop(bulk_id)
        if bulk_id in self._asked_again and not task.cancelled():
            self._asked_again.discard(bulk_id)
            self._start(bulk_id)

    async def _work_through(self, bulk_id: int) -> None:
        try:
            await self._do_all(bulk_id)
        finally:
            await self._store.let_go(_duty(bulk_id))

    async def _do_all(self, bulk_id: int) -> None:
        while True:
            try:
                if await self._do_some(bulk_id):
                    return
            except StoreError as error:
                # It is on disk how far it is: go on there.
                self._signals.emit(Name.STORE_UNAVAILABLE, raised=error)
            except Exception as error:  # noqa: BLE001 (or it would end in silence)
                # It would meet the same bug again: whoever resumes it tries anew.
                self._signals.emit(Name.REQUEST_FAILED, raised=error, bulk_id=bulk_id)
                await self._pause(bulk_id)
                return
            await self._sleep(PAUSE)

    async def _pause(self, bulk_id: int) -> None:
        try:
            await self._store.write(
                bulks.set_state, bulk_id, BulkState.PAUSED, now=self._clock.now()
            )
        except StoreError as error:
            self._signals.emit(Name.STORE_UNAVAILABLE, raised=error)

    async def _do_some(self, bulk_id: int) -> bool:
        """Do the next group; True when it has ended, is to wait, or is another's."""
        if not await self._store.take(_duty(bulk_id)):
            return True
        bulk = await self._store.read(bulks.get, bulk_id)
        if bulk.state is not BulkState.RUNNING:
            return True
        wanted = self._read_filter(bulk.filter)
        ids = await self._store.read(bulks.next_ids, bulk, wanted, limit=AT_ONCE)
        if not ids:
            await self._store.write(
                bulks.set_state, bulk_id, BulkState.COMPLETED, now=self._clock.now()
            )
            return True
        worked = await asyncio.gather(*(self._do_one(bulk, one) for one in ids))
        await self._advance(bulk_id, ids[-1], worked)
        return False

    async def _advance(
        self, bulk_id: int, last_id: ExecutionId, worked: list[bool]
    ) -> None:
        done = sum(worked)
        while True:
            try:
                await self._store.write(
                    bulks.advance,
                    bulk_id,
                    last_id=last_id,
                    done=done,
                    failed=len(worked) - done,
                )
            except StoreBusyError as error:
                # They are done: count them before going on.
                self._signals.emit(Name.STORE_UNAVAILABLE, raised=error)
                await self._sleep(PAUSE)
            else:
                return

    async def _do_one(self, bulk: Bulk, execution_id: ExecutionId) -> bool:
        actor = Actor(name=f"{bulk.actor} (bulk {bulk.id})")
        try:
            if bulk.kind is BulkKind.REPLAY:
                await replay(
                    self._store,
                    execution_id,
                    actor=actor,
                    clock=self._clock,
                    signals=self._signals,
                    wake=self._wake,
                )
            else:
                await discard(
                    self._store,
                    execution_id,
                    actor=actor,
                    clock=self._clock,
                    signals=self._signals,
                )
        except (RefusalError, StoreBusyError) as error:
            self._signals.emit(
                Name.REQUEST_FAILED, raised=error, execution_id=execution_id
            )
            return False
        return True


def _duty(bulk_id: int) -> str:
    return f"bulk:{bulk_id}"
