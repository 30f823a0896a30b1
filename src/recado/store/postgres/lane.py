"""A lane: one connection, and what waits for it grouped into transactions.

While one transaction is being committed the next changes gather, so that the wait
for the disk and the way to the database are shared by all that came meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import AsyncConnection, errors

from recado.errors import StoreBusyError
from recado.store.postgres import slots
from recado.store.postgres.errors import AGAIN, translated
from recado.store.postgres.flow import Flow, NotBegunError, transact

T = TypeVar("T")
R = TypeVar("R")

MAX_GROUP = 128
"""Changes in one transaction: each may hold a lock, and the server's are counted."""

TRIES = 5
"""Times that a transaction is begun when others get in its way."""

PLANS_LAST = 256
"""Transactions after which statements are planned anew, and at first each doubling."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two tries to connect; meanwhile changes are refused at once."""

Sleep = Callable[[float], Awaitable[None]]
Connect = Callable[[], Awaitable[AsyncConnection[Any]]]
Handle = Callable[[Sequence[T], int], Flow[list[R]]]
"""Makes the flow of a group, given the slot of the counters that is the lane's."""


class Group(Generic[T, R]):
    """Changes of one kind, made together: one flow for all that wait."""

    def __init__(self, lane: "Lane", handle: Handle[T, R], limit: int) -> None:
        self._lane = lane
        self.handle = handle
        self._limit = limit
        self.waiting: list[tuple[T, asyncio.Future[R]]] = []

    def submit(self, item: T) -> asyncio.Future[R]:
        """Queue a change; the future ends when it is committed, or failed."""
        future = self._lane.new_future()
        self.waiting.append((item, future))
        self._lane.wake()
        return future

    def take(self) -> list[tuple[T, asyncio.Future[R]]]:
        """Take what waits, up to the limit of one transaction."""
        taken, self.waiting = (
            self.waiting[: self._limit],
            self.waiting[self._limit :],
        )
        return taken


class Lane:
    """Owns one connection, opened when it is first needed and again when it breaks."""

    def __init__(self, connect: Connect, *, sleep: Sleep) -> None:
        self._connect = connect
        self._sleep = sleep
        self._loop = asyncio.get_running_loop()
        self._connection: AsyncConnection[Any] | None = None
        self._slot = slots.SHARED
        self._pause = 0.0
        self._refuses_until = 0.0
        self._transactions = 0
        self._groups: list[Group[Any, Any]] = []
        self._awake = asyncio.Event()
        self._is_closing = False
        self._running = self._loop.create_task(self._run(), name="recado-lane")
        self._running.add_done_callback(self._ended)

    def group(self, handle: Handle[T, R], *, limit: int = MAX_GROUP) -> Group[T, R]:
        """Return a new group; groups run in the order in which they were made."""
        group = Group(self, handle, limit)
        self._groups.append(group)
        return group

    def new_future(self) -> asyncio.Future[Any]:
        """Return a future for a change; refuses when the lane is closed."""
        if self._is_closing:
            raise StoreBusyError("the database is being closed")
        return self._loop.create_future()

    def wake(self) -> None:
        """Tell the lane that something waits."""
        self._awake.set()

    async def close(self) -> None:
        """Make the changes that wait, and disconnect."""
        self._is_closing = True
        self._awake.set()
        await asyncio.gather(self._running, return_exceptions=True)
        await self._disconnect()

    async def _run(self) -> None:
        while not self._is_closing or self._is_waiting():
            await self._awake.wait()
            self._awake.clear()
            await self._sleep(0)  # takes in all that has arrived
            for group in self._groups:
                if taken := group.take():
                    await self._change(group, taken)
            if self._is_waiting():
                self._awake.set()

    def _is_waiting(self) -> bool:
        return any(group.waiting for group in self._groups)

    def _ended(self, running: asyncio.Task[None]) -> None:
        """Leave nobody waiting, whatever ended the lane."""
        self._is_closing = True
        why = StoreBusyError("the way to the database has ended")
        if not running.cancelled():
            why.__cause__ = running.exception()
        for group in self._groups:
            _fail(group.waiting, why)
            group.waiting = []

    async def _change(
        self, group: Group[T, R], taken: list[tuple[T, asyncio.Future[R]]]
    ) -> None:
        try:
            results = await self._transact(group, [item for item, _ in taken])
        except psycopg.Error as error:
            if len(taken) > 1 and _is_about_one(error):
                # Find who spoilt it: each change in a transaction of its own.
                for alone in taken:
                    await self._change(group, [alone])
                return
            _fail(taken, translated(error))
        except Exception as error:  # noqa: BLE001 (each caller gets its own)
            await self._disconnect()  # in the midst of a transaction
            _fail(taken, error)
        else:
            for (_, future), result in zip(taken, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def _transact(self, group: Group[T, R], items: list[T]) -> list[R]:
        for tries_left in reversed(range(TRIES)):
            was_open = self._connection is not None
            connection = await self._connected()
            flow = group.handle(items, self._slot)
            try:
                return await transact(
                    connection, flow, plan_anew=self._is_time_to_plan()
                )
            except AGAIN:
                await self._roll_back(connection)
                if not tries_left:
                    raise
            except NotBegunError as error:
                # That it broke while nobody used it is no reason to refuse anything.
                await self._disconnect()
                if not was_open and isinstance(error.__cause__, psycopg.Error):
                    raise error.__cause__ from None
            except psycopg.Error:
                await self._roll_back(connection)
                raise
        raise psycopg.OperationalError("the connection breaks again and again")

    def _is_time_to_plan(self) -> bool:
        """Tell whether the tables may have outgrown the plans of the statements.

        What was planned for an empty table goes by any index, and each looks as good.
        """
        self._transactions += 1
        count = self._transactions
        return count & (count - 1) == 0 or count % PLANS_LAST == 0

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is not None:
            return self._connection
        if self._loop.time() < self._refuses_until:
            raise psycopg.OperationalError("it could not be reached a moment ago")
        try:
            connection = await self._open()
        except psycopg.Error:
            self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            self._refuses_until = self._loop.time() + self._pause
            raise
        self._pause = 0.0
        self._transactions = 0
        self._connection = connection
        return connection

    async def _open(self) -> AsyncConnection[Any]:
        connection = await self._connect()
        try:
            self._slot = await slots.take(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _roll_back(self, connection: AsyncConnection[Any]) -> None:
        try:
            await connection.rollback()
        except psycopg.Error:
            await self._disconnect()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _is_about_one(error: psycopg.Error) -> bool:
    """Tell whether one change is to blame, and not the database or its connection."""
    if isinstance(error, errors.ProgramLimitExceeded):
        return True  # a key that no index takes
    return not isinstance(error, psycopg.OperationalError)


def _fail(
    taken: Sequence[tuple[Any, asyncio.Future[Any]]], error: BaseException
) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
