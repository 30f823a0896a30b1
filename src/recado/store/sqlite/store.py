"""The store on one SQLite file."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Concatenate

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from recado.clock import Clock
from recado.errors import StoreBusyError, StoreError, StoreIntegrityError
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.store import quarantine
from recado.store.protocol import (
    KeptExecution,
    NewExecution,
    P,
    Settlement,
    T,
    Topic,
)
from recado.store.pruning import Dropped
from recado.store.sqlite import leases
from recado.store.sqlite.accepting import Accepting
from recado.store.sqlite.checkpointer import Checkpointer
from recado.store.sqlite.claiming import Claiming, ClaimRequest
from recado.store.sqlite.connect import connect, wrapped
from recado.store.sqlite.settling import Settling
from recado.store.sqlite.writer import Sleep, Writer

READERS = 3
FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


class SqliteStore:
    """See the protocol. Made inside a running event loop, and used in that one."""

    is_shared = False

    def __init__(
        self, path: Path, *, lock: IO[str], clock: Clock, sleep: Sleep
    ) -> None:
        self._lock = lock
        self.clock = clock
        self._connection = connect(path)
        self._writer = Writer(
            self._connection, checkpointer=Checkpointer(connect(path)), sleep=sleep
        )
        self._accept_each = Accepting(clock)
        self._accepting = self._writer.group(self._accept_each)
        self._settling = self._writer.group(Settling())
        self._claiming = self._writer.group(Claiming(clock))
        self._changes = wrapped(self._connection)
        self._readers = ThreadPoolExecutor(READERS, "recado-reader")
        self._snapshots = create_engine(
            "sqlite://",
            creator=lambda: connect(path, read_only=True),
            poolclass=QueuePool,
            pool_size=READERS,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._is_closed = False

    def accept(self, new: NewExecution) -> Awaitable[ExecutionId | None]:
        """See the protocol."""
        return self._accepting.submit(new)

    async def accept_kept(
        self, items: Sequence[KeptExecution]
    ) -> dict[int, ExecutionId | None]:
        """See the protocol."""

        def change(conn: sqlite3.Connection) -> dict[int, ExecutionId | None]:
            there = [one for one in items if quarantine.remove(self._changes, one.kept)]
            ids = self._accept_each(conn, [one.new for one in there])
            return {one.kept.id: number for one, number in zip(there, ids, strict=True)}

        return await self._writer.write(_translating(change))

    async def claim(
        self,
        worker: WorkerId,
        *,
        limit: int,
        lease: timedelta,
        room: Mapping[TriggerId, int],
        caps: Mapping[TriggerId, int],
    ) -> list[Claimed]:
        """See the protocol."""
        del caps  # one process: the room says it already
        return await self._claiming.submit(
            ClaimRequest(worker=worker, limit=limit, lease=lease, room=room)
        )

    async def settle(self, settlement: Settlement) -> None:
        """See the protocol."""
        lost = await self._settling.submit(settlement)
        if lost is not None:
            raise lost

    async def extend(
        self, worker: WorkerId, ids: Collection[ExecutionId], *, lease: timedelta
    ) -> int:
        """See the protocol."""
        until = self.clock.now() + lease
        return await self._writer.write(
            lambda conn: leases.extend(conn, worker, ids, until=until)
        )

    async def rescue(self, *, everything: bool = False) -> int:
        """See the protocol."""
        now = self.clock.now()
        ended_by = FAR_FUTURE if everything else now
        return await self._writer.write(
            lambda conn: leases.rescue(conn, ended_by=ended_by, now=now)
        )

    async def next_due_at(
        self,
        *,
        leave_out: Collection[TriggerId] = (),
        caps: Mapping[TriggerId, int] | None = None,
    ) -> datetime | None:
        """See the protocol."""
        del caps  # as in ``claim``
        # Not on the writer's connection: that would wait for a commit in progress.
        return await self.read(leases.next_due_at, leave_out)

    async def release_held(
        self, *, held_for: str, trigger_id: TriggerId | None = None
    ) -> int:
        """See the protocol."""
        now = self.clock.now()
        return await self._writer.write(
            lambda conn: leases.release_held(
                conn, held_for=held_for, trigger_id=trigger_id, now=now
            )
        )

    async def read(
        self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See the protocol."""

        def run() -> T:
            with self._snapshots.connect() as conn:
                conn.exec_driver_sql("BEGIN")
                try:
                    return query(conn, *args, **kwargs)
                finally:
                    conn.exec_driver_sql("ROLLBACK")

        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, run)
        except DBAPIError as error:
            raise StoreError(f"the database could not be read: {error}") from error

    async def write(
        self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See the protocol."""

        def change(_: sqlite3.Connection) -> T:
            return query(self._changes, *args, **kwargs)

        return await self._writer.write(_translating(change))

    async def make_room(self) -> None:
        """See the protocol: one file has room for all."""

    async def drop_old(self, *, retention: timedelta, now: datetime) -> Dropped:
        """See the protocol: a file has no such stretches."""
        del retention, now
        return Dropped()

    async def count_delivery(
        self, trigger_id: TriggerId, *, per_minute: int, at: datetime
    ) -> float:
        """See the protocol."""
        del trigger_id, per_minute, at
        return 0.0

    def listen(self, topic: Topic, take: Callable[[], None]) -> None:
        """See the protocol: there is nobody to hear."""

    def tell(self, topic: Topic) -> None:
        """See the protocol: there is nobody to tell."""

    async def take(self, duty: str) -> bool:
        """See the protocol: there is nobody else."""
        del duty
        return True

    async def let_go(self, duty: str) -> None:
        """See the protocol."""

    async def close(self) -> None:
        """See the protocol."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._writer.close()
        self._readers.shutdown()
        self._snapshots.dispose()
        self._changes.close()
        self._changes.engine.dispose()
        self._connection.close()  # the last one: it removes the log
        self._lock.close()


def _translating(
    change: Callable[[sqlite3.Connection], T],
) -> Callable[[sqlite3.Connection], T]:
    """Return a change that raises errors of ours."""

    def run(conn: sqlite3.Connection) -> T:
        try:
            return change(conn)
        except DBAPIError as error:
            raise _translated(error) from error

    return run


def _translated(error: DBAPIError) -> StoreError:
    if isinstance(error.orig, sqlite3.IntegrityError):
        return StoreIntegrityError(str(error.orig))
    return StoreBusyError(f"the database could not be written: {error.orig}")
