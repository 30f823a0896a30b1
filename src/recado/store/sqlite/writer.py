"""The single writer: many waiting changes, one transaction, one sync (group commit).

Statements run on the event loop, where nothing competes for the interpreter; only
the commit, which waits for the disk, runs in a thread. While it runs, the next
changes gather.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from recado.errors import StoreBusyError, StoreError, StoreIntegrityError
from recado.store.sqlite.checkpointer import LONGEST_LOG, Checkpointer
from recado.store.sqlite.disk import DiskThread

LOG = logging.getLogger("recado.store")

T = TypeVar("T")
R = TypeVar("R")

LINGER = 0.0
"""Seconds to wait for more when several wait: one pass of the event loop, which takes
in every request that has arrived by then. A longer wait measured slower."""

MAX_BATCH = 512

Sleep = Callable[[float], Awaitable[None]]


class Group(Generic[T, R]):
    """Changes of one kind, handled together: one call for all that wait."""

    def __init__(
        self, writer: "Writer", handle: Callable[[sqlite3.Connection, list[T]], list[R]]
    ) -> None:
        self._writer = writer
        self._handle = handle
        self.waiting: list[tuple[T, asyncio.Future[R]]] = []

    def submit(self, item: T) -> asyncio.Future[R]:
        """Queue a change; the future ends when it is on the disk, or failed."""
        future = self._writer.new_future()
        self.waiting.append((item, future))
        self._writer.wake()
        return future

    def take(self, limit: int) -> "_Taken":
        """Take up to ``limit`` of what waits."""
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return _Taken(
            handle=self._handle,
            items=[item for item, _ in taken],
            futures=[future for _, future in taken],
        )


@dataclass(slots=True, kw_only=True)
class _Taken:
    handle: Callable[[sqlite3.Connection, list[Any]], list[Any]]
    items: list[Any]
    futures: list[asyncio.Future[Any]]
    results: list[Any] = field(default_factory=list)


class Writer:
    """Owns the only connection that writes."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        checkpointer: Checkpointer,
        sleep: Sleep,
    ) -> None:
        self._connection = connection
        self._checkpointer = checkpointer
        self._sleep = sleep
        self._loop = asyncio.get_running_loop()
        self._disk = DiskThread("recado-commit")
        self._groups: list[Group[Any, Any]] = []
        self._awake = asyncio.Event()
        self._closing = False
        self._busy_timeout = 5_000  # milliseconds, as SQLite counts
        connection.execute("PRAGMA busy_timeout = 0")  # only ``_wait_and_run`` waits
        self._changes: Group[Callable[[sqlite3.Connection], Any], Any] = self.group(
            _change_each
        )
        self._running = self._loop.create_task(self._run(), name="recado-writer")
        self._running.add_done_callback(self._ended)

    def group(
        self, handle: Callable[[sqlite3.Connection, list[T]], list[R]]
    ) -> Group[T, R]:
        """Return a new group; groups run in the order in which they were made."""
        group = Group(self, handle)
        self._groups.append(group)
        return group

    def write(self, change: Callable[[sqlite3.Connection], R]) -> asyncio.Future[R]:
        """Queue one change of its own kind."""
        return self._changes.submit(change)

    def new_future(self) -> asyncio.Future[Any]:
        """Return a future for a change; refuses when the writer is closed."""
        if self._closing:
            raise StoreBusyError("the database is being closed")
        return self._loop.create_future()

    def wake(self) -> None:
        """Tell the writer that something waits."""
        self._awake.set()

    async def close(self) -> None:
        """Write what waits, empty the log into the database, and stop."""
        self._closing = True
        self._awake.set()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._checkpointer.close()
        await self._disk.call(self._checkpoint, "TRUNCATE", self._busy_timeout)
        self._disk.close()

    async def _run(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            if self._count() > 1:
                await self._sleep(LINGER)
            if not self._count():
                if self._closing:
                    return
                continue
            await self._write_batch()
            if self._count() or self._closing:
                self._awake.set()

    def _ended(self, running: asyncio.Task[None]) -> None:
        """Leave nobody waiting, whatever ended the writer."""
        self._closing = True
        why = StoreBusyError("the database's writer has ended")
        if not running.cancelled():
            why.__cause__ = running.exception()
        _fail([group.take(len(group.waiting)) for group in self._groups], why)

    def _count(self) -> int:
        return sum(len(group.waiting) for group in self._groups)

    async def _write_batch(self) -> None:
        batch = [group.take(MAX_BATCH) for group in self._groups if group.waiting]
        try:
            await self._begin()
            for taken in batch:
                taken.results = taken.handle(self._connection, taken.items)
            await self._disk.call(self._connection.execute, "COMMIT")
        except Exception as error:  # noqa: BLE001 (each caller gets its own)
            self._roll_back()
            await self._write_one_by_one(batch, error)
            return
        for taken in batch:
            _tell(taken)
        await self._shorten_log(sum(len(taken.items) for taken in batch))

    async def _write_one_by_one(self, batch: list[_Taken], error: Exception) -> None:
        """Find who spoilt the batch: each change in a transaction of its own."""
        if sum(len(taken.items) for taken in batch) == 1 or _is_about_the_disk(error):
            _fail(batch, _translated(error))
            return
        for taken in batch:
            for item, future in zip(taken.items, taken.futures, strict=True):
                alone = _Taken(handle=taken.handle, items=[item], futures=[future])
                await self._write_alone(alone)

    async def _write_alone(self, taken: _Taken) -> None:
        try:
            await self._begin()
            taken.results = taken.handle(self._connection, taken.items)
            await self._disk.call(self._connection.execute, "COMMIT")
        except Exception as error:  # noqa: BLE001 (its caller gets it)
            self._roll_back()
            _fail([taken], _translated(error))
        else:
            _tell(taken)

    async def _begin(self) -> None:
        """Take the file's write lock, which a backup or a shell may hold.

        Waiting for it, up to the busy timeout, must not stop the event loop.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            await self._disk.call(
                self._wait_and_run, "BEGIN IMMEDIATE", self._busy_timeout
            )

    def _wait_and_run(self, statement: str, patience: int) -> None:
        """Run a statement that waits for whoever else uses the file.

        ``patience`` is how many milliseconds.
        """
        self._connection.execute(f"PRAGMA busy_timeout = {patience}")
        try:
            # Fetched, because an open cursor would keep the file open after closing.
            self._connection.execute(statement).fetchall()
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            # The next BEGIN fails too then, and says so to whoever waits for it.
            LOG.warning("a transaction could not be rolled back: %s", error)

    def _checkpoint(self, mode: str, patience: int) -> None:
        try:
            self._wait_and_run(f"PRAGMA wal_checkpoint({mode})", patience)
        except sqlite3.Error as error:
            LOG.warning("the log could not be shortened: %s", error)

    async def _shorten_log(self, changes: int) -> None:
        pages = self._checkpointer.log_to_restart_after(changes)
        if pages:
            # A log that is not so long can wait until nobody reads from it.
            patience = self._busy_timeout if pages > LONGEST_LOG else 0
            await self._disk.call(self._checkpoint, "RESTART", patience)


@dataclass(frozen=True, slots=True)
class _Refused:
    error: Exception


def _change_each(
    connection: sqlite3.Connection,
    changes: list[Callable[[sqlite3.Connection], Any]],
) -> list[Any]:
    """Make each change by itself, so that a refused one does not undo the others."""
    results: list[Any] = []
    for change in changes:
        connection.execute("SAVEPOINT change")
        try:
            results.append(change(connection))
        except Exception as error:
            if not connection.in_transaction:
                raise  # the database gave up the whole transaction: a full disk
            connection.execute("ROLLBACK TO change")
            results.append(_Refused(_translated(error)))
        connection.execute("RELEASE change")
    return results


def _tell(taken: _Taken) -> None:
    for future, result in zip(taken.futures, taken.results, strict=True):
        if future.done():
            continue
        if isinstance(result, _Refused):
            future.set_exception(result.error)
        else:
            future.set_result(result)


def _fail(batch: list[_Taken], error: BaseException) -> None:
    for taken in batch:
        for future in taken.futures:
            if not future.done():
                future.set_exception(error)


def _is_about_the_disk(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError | StoreBusyError)


def _translated(error: Exception) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        translated: StoreError = StoreIntegrityError(str(error))
    elif isinstance(error, sqlite3.Error):
        translated = StoreBusyError(f"the database could not be written: {error}")
    else:
        return error
    translated.__cause__ = error
    return translated
