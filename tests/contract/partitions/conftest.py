"""What tests of partitions share: stretches of ten ids on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import ColumnElement, Connection, literal_column, select, text

from recado.model.ids import ExecutionId
from recado.model.status import UNFINISHED, Status
from recado.model.trigger import Trigger
from recado.store.idempotency import idempotency_keys
from recado.store.postgres import partitions
from recado.store.postgres.store import PostgresStore
from recado.store.protocol import Store
from recado.store.tables import events, execution_attempts, trigger_executions
from tests.contract.test_pruning import MONTH, an_execution
from tests.helpers.builders import NOON, a_stored_trigger
from tests.helpers.clock import FakeClock

FIRST = 1_000_000
SIZE = 10
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def database() -> str:
    return "postgres"


@pytest.fixture
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "SMALLEST", SIZE)
    monkeypatch.setattr(partitions, "SHARE", FIRST)
    monkeypatch.setattr(partitions, "MARGIN", 5)


@pytest.fixture
def _waits_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that does not come is waited for until somebody breaks it off."""
    hours = text("SET LOCAL lock_timeout = '5h'")
    monkeypatch.setattr(partitions, "_WAIT_BRIEFLY", hours)


@pytest.fixture
async def store(store: PostgresStore, _small_stretches: None) -> PostgresStore:
    """A store whose next id is the first of a stretch of ten."""
    await go_on_after(store, FIRST - 1)
    await store.make_room()
    return store


@pytest.fixture
async def trigger(store: PostgresStore) -> Trigger:
    return await a_stored_trigger(store)


async def go_on_after(store: Store, last: int) -> None:
    go_on = text(f"SELECT setval('trigger_executions_id_seq', {last})")
    await store.write(lambda conn: conn.execute(go_on))


async def stretches_of(store: Store) -> list[tuple[int, int]]:
    found = await store.read(partitions.stretches)
    return [(one.low, one.high) for one in found]


def partition_of(conn: Connection, execution_id: ExecutionId) -> set[str]:
    """Where the rows of an execution lie."""
    of_table = {
        trigger_executions: trigger_executions.c.id,
        events: events.c.id,
        execution_attempts: execution_attempts.c.execution_id,
    }
    place: ColumnElement[str] = literal_column("tableoid::regclass::text")
    return {
        conn.execute(
            select(place).select_from(table).where(column == execution_id)
        ).scalar_one()
        for table, column in of_table.items()
    }


async def fill_a_stretch(store: Store, trigger: Trigger, clock: FakeClock) -> None:
    """Complete executions until the stretch of the next id is a new one."""
    for _ in range(SIZE):
        last = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
        if (last + 1) % SIZE == 0:
            return


async def an_old_stretch(
    store: Store, trigger: Trigger, clock: FakeClock
) -> ExecutionId:
    """Fill a stretch and let it grow old; returns the first one after it."""
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    return await an_execution(store, trigger, Status.COMPLETED, at=clock.now())


def add_every_kind(conn: Connection) -> None:
    """All there can be by status, end, key and replay, with payloads and attempts."""
    number = 0
    for status, age, blocks, is_replayed in product(
        Status, (timedelta(0), MONTH), (None, -DAY, DAY), (False, True)
    ):
        number += 1
        add_row(conn, number, status, age=age, blocks=blocks)
        if is_replayed:
            number += 1
            add_row(conn, number, Status.COMPLETED, age=MONTH, replay_of=number - 1)
    add_row(conn, FIRST + 1, Status.PENDING, age=timedelta(0))


def add_row(
    conn: Connection,
    number: int,
    status: Status,
    *,
    age: timedelta,
    blocks: timedelta | None = None,
    replay_of: int | None = None,
) -> None:
    """An execution that was accepted long ago and ended ``age`` before noon."""
    accepted = NOON - age if number > FIRST else NOON - 2 * MONTH
    is_keyed = blocks is not None
    conn.execute(
        trigger_executions.insert().values(
            id=number,
            trigger_id=1,
            root_id=replay_of or number,
            status=status,
            idempotency_key=f"key-{number}" if is_keyed else None,
            dedupe_until=NOON + blocks if blocks is not None else None,
            lease_worker="ana" if status is Status.RUNNING else None,
            attempt_count=1,
            failure_count=0,
            may_have_acted=False,
            started_at=accepted,
            completed_at=None if status in UNFINISHED else NOON - age - SECOND,
            replay_of=replay_of,
        )
    )
    conn.execute(
        execution_attempts.insert().values(
            execution_id=number,
            number=1,
            started_at=accepted,
            finished_at=accepted,
            outcome="completed",
        )
    )
    if replay_of is None:
        conn.execute(
            events.insert().values(id=number, received_at=accepted, document=b"{}")
        )
    if is_keyed:
        conn.execute(
            idempotency_keys.insert().values(
                trigger_id=1, idempotency_key=f"key-{number}", execution_id=number
            )
        )


def content(conn: Connection) -> dict[str, list[Any]]:
    tables = (trigger_executions, events, execution_attempts, idempotency_keys)
    return {
        table.name: sorted(map(tuple, conn.execute(select(table))), key=str)
        for table in tables
    }


@asynccontextmanager
async def somebody_reads(
    database_url: str, table: str = "trigger_executions"
) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Whoever reads a table has a lock of it until the transaction ends."""
    async with await psycopg.AsyncConnection.connect(database_url) as reader:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        await reader.execute(query)
        yield reader


async def until_somebody_waits(connection: psycopg.AsyncConnection[Any]) -> None:
    async with asyncio.timeout(30):
        while True:
            found = await connection.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
            )
            if await found.fetchall():
                return
            await asyncio.sleep(0.01)
