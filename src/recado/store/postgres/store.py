"""The store on PostgreSQL, which any number of processes share."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Concatenate

import psycopg
from sqlalchemy import Connection

from recado.clock import Clock
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status
from recado.store import quarantine
from recado.store.columns import from_micros, to_micros
from recado.store.counters import SHARED
from recado.store.postgres import leases, limiting
from recado.store.postgres.accepting import Accepting
from recado.store.postgres.changes import Changes
from recado.store.postgres.claiming import (
    Claiming,
    ClaimRequest,
    DueRequest,
    next_due,
)
from recado.store.postgres.clock import DatabaseClock, Reading, set_for_ever
from recado.store.postgres.connect import Address
from recado.store.postgres.duties import Duties
from recado.store.postgres.flow import Ended, Flow, take_part
from recado.store.postgres.lane import Lane, Sleep
from recado.store.postgres.notices import Notices
from recado.store.postgres.partitioning import Partitioning
from recado.store.postgres.settling import settle
from recado.store.protocol import (
    KeptExecution,
    NewExecution,
    P,
    Settlement,
    T,
    Topic,
)
from recado.store.pruning import Dropped

Chore = Callable[[int], Flow[Any]]
"""Makes the flow of one change of leases, given the slot of the counters."""


class PostgresStore:
    """See the protocol. Made inside a running event loop, and used in that one.

    With a ``clock`` its time is taken for all; else the database's.
    """

    is_shared = True

    def __init__(
        self, address: Address, *, clock: Clock | None, sleep: Sleep, reading: Reading
    ) -> None:
        self._given_clock = clock
        own = DatabaseClock(reading)
        self.clock: Clock = clock or own
        # Lanes of their own, so that a wait for the disk in one holds up no other.
        accepting, settling, claiming = (
            Lane(address.connect, sleep=sleep) for _ in range(3)
        )
        self._lanes = (accepting, settling, claiming)
        self._accept_each = Accepting(self.clock)
        self._accepting = accepting.group(self._accept_each)
        self._limiting = accepting.group(limiting.count)
        self._settling = settling.group(settle)
        self._claiming = claiming.group(Claiming(self._micros), limit=1)
        self._looking = claiming.group(next_due)
        self._chores = claiming.group(_chore, limit=1)
        self._changes = Changes(address)
        self._partitioning = Partitioning(address)
        self._notices = Notices(address.connect, name=secrets.token_hex(6), sleep=sleep)
        self._duties = Duties(address.connect)
        self._setting = asyncio.create_task(
            set_for_ever(own, self._changes.read, sleep=sleep)
        )
        self._is_closed = False

    def accept(self, new: NewExecution) -> Awaitable[ExecutionId | None]:
        """See the protocol."""
        return self._accepting.submit(new)

    async def accept_kept(
        self, items: Sequence[KeptExecution]
    ) -> dict[int, ExecutionId | None]:
        """See the protocol."""

        def change(conn: Connection) -> dict[int, ExecutionId | None]:
            there = [one for one in items if quarantine.remove(conn, one.kept)]
            driver = conn.connection.driver_connection
            if not isinstance(driver, psycopg.Connection):
                raise TypeError("not a connection of psycopg")
            flow = self._accept_each([one.new for one in there], SHARED)
            ids = take_part(driver, flow) if there else []
            return {one.kept.id: number for one, number in zip(there, ids, strict=True)}

        return await self._changes.write(change)

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
        return await self._claiming.submit(
            ClaimRequest(worker=worker, limit=limit, lease=lease, room=room, caps=caps)
        )

    async def settle(self, settlement: Settlement) -> None:
        """See the protocol."""
        lost = await self._settling.submit(settlement)
        if lost is not None:
            raise lost
        if settlement.status is Status.PENDING:
            self.tell(Topic.DUE)  # given back: others have room for it

    async def extend(
        self, worker: WorkerId, ids: Collection[ExecutionId], *, lease: timedelta
    ) -> int:
        """See the protocol."""
        now = self._micros()
        held: int = await self._chores.submit(
            lambda _: leases.extend(worker, ids, lease=lease, now=now)
        )
        return held

    async def rescue(self, *, everything: bool = False) -> int:
        """See the protocol."""
        rescued, some = 0, leases.AT_ONCE
        while some == leases.AT_ONCE:
            some = await self._chores.submit(
                lambda slot: leases.rescue(
                    everything=everything, now=self._micros(), slot=slot
                )
            )
            rescued += some
        if rescued:
            self.tell(Topic.DUE)
        return rescued

    async def next_due_at(
        self,
        *,
        leave_out: Collection[TriggerId] = (),
        caps: Mapping[TriggerId, int] | None = None,
    ) -> datetime | None:
        """See the protocol."""
        due_at = await self._looking.submit(
            DueRequest(leave_out=leave_out, caps=caps or {})
        )
        return None if due_at is None else from_micros(due_at)

    async def release_held(
        self, *, held_for: str, trigger_id: TriggerId | None = None
    ) -> int:
        """See the protocol."""
        released: int = await self._chores.submit(
            lambda slot: leases.release_held(
                held_for=held_for, trigger_id=trigger_id, now=self._micros(), slot=slot
            )
        )
        if released:
            self.tell(Topic.DUE)
        return released

    async def read(
        self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See the protocol."""
        return await self._changes.read(query, *args, **kwargs)

    async def write(
        self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """See the protocol."""
        return await self._changes.write(query, *args, **kwargs)

    async def make_room(self) -> None:
        """See the protocol."""
        await self._partitioning.make_room(now=self.clock.now())

    async def drop_old(self, *, retention: timedelta, now: datetime) -> Dropped:
        """See the protocol."""
        return await self._partitioning.drop_old(retention=retention, now=now)

    async def count_delivery(
        self, trigger_id: TriggerId, *, per_minute: int, at: datetime
    ) -> float:
        """See the protocol."""
        return await self._limiting.submit(limiting.Taken(trigger_id, per_minute, at))

    def listen(self, topic: Topic, take: Callable[[], None]) -> None:
        """See the protocol."""
        self._notices.listen(topic, take)

    def tell(self, topic: Topic) -> None:
        """See the protocol."""
        self._notices.tell(topic)

    async def take(self, duty: str) -> bool:
        """See the protocol."""
        return await self._duties.take(duty)

    async def let_go(self, duty: str) -> None:
        """See the protocol."""
        await self._duties.let_go(duty)

    async def close(self) -> None:
        """See the protocol."""
        if self._is_closed:
            return
        self._is_closed = True
        self._setting.cancel()
        await asyncio.gather(self._setting, return_exceptions=True)
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        await self._notices.close()
        await self._duties.close()
        await self._partitioning.close()
        await asyncio.to_thread(self._changes.close)

    def _micros(self) -> int | None:
        clock = self._given_clock
        return None if clock is None else to_micros(clock.now())


def _chore(chores: Sequence[Chore], slot: int) -> Flow[list[Any]]:
    """Make the flow of one chore, as a group of one."""
    [chore] = chores
    ended = yield from chore(slot)
    return Ended([ended.result], ended.last)
