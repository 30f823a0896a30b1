"""What is written of deliveries that were not accepted: together, not one by one.

A flood of them must not cost the database a change each: while one change is on its
way to the disk, the next ones gather into another.
"""

import asyncio
from datetime import datetime

from recado.model.ids import TriggerId
from recado.store import rejections
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.protocol import Store
from recado.store.quarantine import Bounds
from recado.store.rejections import Rejection


class Notes:
    """Counts and rejections on their way to the disk. Safe to use concurrently."""

    def __init__(self, store: Store, *, bounds: Bounds) -> None:
        self._store = store
        self._bounds = bounds
        self._turn = asyncio.Lock()
        self._gathering = _Batch()

    async def write(
        self,
        name: str,
        trigger_id: TriggerId,
        *,
        at: datetime,
        rejection: Rejection | None = None,
    ) -> None:
        """Count what happened to a delivery, and keep its rejection if there is one.

        Raises:
            StoreBusyError: Neither is on the disk.
        """
        batch = self._gathering
        batch.tally.happened(name, at=to_micros(at), trigger_id=trigger_id)
        if rejection is not None:
            batch.rejections.append(rejection)
        if batch.written is None:
            batch.written = asyncio.create_task(self._write(batch))
        # shielded: a sender that hangs up must not take the others' notes along
        await asyncio.shield(batch.written)

    async def _write(self, batch: "_Batch") -> None:
        async with self._turn:
            self._gathering = _Batch()
            await self._store.write(
                rejections.note,
                batch.rejections,
                tally=batch.tally,
                bounds=self._bounds,
            )


class _Batch:
    def __init__(self) -> None:
        self.tally = Tally()
        self.rejections: list[Rejection] = []
        self.written: asyncio.Task[None] | None = None
