"""Stretches of ids on PostgreSQL: made ahead, at first by a migration."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text

from recado.errors import StoreBusyError
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.store import migrate
from recado.store.postgres import partitions
from recado.store.postgres.connect import Address
from recado.store.postgres.locks import PARTITIONS
from recado.store.postgres.partitions import Stretch
from recado.store.postgres.store import PostgresStore
from recado.store.tables import events, execution_attempts, trigger_executions
from tests.contract.partitions.conftest import (
    FIRST,
    SIZE,
    add_every_kind,
    content,
    go_on_after,
    partition_of,
    somebody_reads,
    stretches_of,
    until_somebody_waits,
)
from tests.contract.test_pruning import an_execution
from tests.helpers.api import Running
from tests.helpers.clock import FakeClock
from tests.helpers.postgres import TEMPLATE, Postgres


@pytest.mark.parametrize(
    ("of_a_day", "of_all", "size"),
    [
        (1_000, 1_000, 1_000_000),
        (4_000_000, 4_000_000, 4_000_000),
        (4_000_000, 120_000_000, 10_000_000),
    ],
)
def test_a_stretch_holds_the_ids_of_a_day_but_no_more_than_twelve_hold_all(
    of_a_day: int, of_all: int, size: int
) -> None:
    assert partitions.size_for(of_a_day=of_a_day, of_all=of_all) == size


async def test_there_is_room_before_it_is_needed(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    at_first = await stretches_of(store)
    number = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    await store.make_room()
    enough = await stretches_of(store)
    await go_on_after(store, FIRST + SIZE // 2 + 1)
    await store.make_room()
    then = await stretches_of(store)
    await store.make_room()

    assert at_first == enough == [(0, FIRST), (FIRST, FIRST + SIZE)]
    assert then == [*at_first, (FIRST + SIZE, FIRST + 2 * SIZE)]
    assert await stretches_of(store) == then
    assert await store.read(partition_of, number) == {
        "trigger_executions_1000000",
        "events_1000000",
        "execution_attempts_1000000",
    }


async def test_what_comes_before_there_is_room_is_stored_all_the_same(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    await go_on_after(store, FIRST + SIZE - 1)
    early = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    await store.make_room()
    await go_on_after(store, FIRST + SIZE + 4)
    next_one = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    assert (await stretches_of(store))[2:] == [(FIRST + 15, FIRST + 25)]
    assert "trigger_executions_rest" in await store.read(partition_of, early)
    assert "trigger_executions_1000015" in await store.read(partition_of, next_one)


async def test_room_is_made_by_one_process_at_a_time(
    store: PostgresStore, database_url: str
) -> None:
    await go_on_after(store, FIRST + SIZE // 2 + 1)
    before = await stretches_of(store)
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT pg_advisory_xact_lock(%s)", (PARTITIONS,))
        await store.make_room()
        meanwhile = await stretches_of(store)

    await asyncio.gather(*(store.make_room() for _ in range(4)))

    assert meanwhile == before
    assert len(await stretches_of(store)) == len(before) + 1


async def test_a_server_sees_to_it_by_itself(
    store: PostgresStore, database_url: str, tmp_path: Path
) -> None:
    await go_on_after(store, FIRST + SIZE // 2 + 1)

    async with Running(tmp_path, None, database_url=database_url):
        async with asyncio.timeout(30):
            while len(await stretches_of(store)) < 3:
                await asyncio.sleep(0.01)


@pytest.mark.usefixtures("_waits_for_hours")
async def test_a_close_does_not_wait_for_what_can_be_broken_off(
    store: PostgresStore, database_url: str
) -> None:
    await go_on_after(store, FIRST + SIZE // 2 + 1)
    async with somebody_reads(database_url) as other:
        making = asyncio.create_task(store.make_room())
        await until_somebody_waits(other)

        await store.close()

    with pytest.raises(StoreBusyError, match="user request"):
        await making


async def test_the_migration_keeps_every_row_both_ways(postgres: Postgres) -> None:
    name = postgres.create(TEMPLATE)
    engine = Address.of(postgres.url(name)).engine(isolation="READ COMMITTED")
    with engine.begin() as conn:
        conn.execute(text(A_TRIGGER))
        add_every_kind(conn)
        conn.execute(text(f"SELECT setval('trigger_executions_id_seq', {FIRST + 1})"))
        before = content(conn)

    migrate.downgrade_on(engine, to="0007")
    with engine.connect() as conn:
        whole = [conn.execute(select(table)).all() for table in WHOLE]
    migrate.upgrade_on(engine)
    with engine.connect() as conn:
        after = content(conn)
        made = partitions.stretches(conn)
    engine.dispose()
    postgres.drop(name)

    assert [len(rows) for rows in whole] == [len(before[one.name]) for one in WHOLE]
    assert after == before
    assert made == [Stretch(0, 2 * FIRST, "trigger_executions_0")]


WHOLE = (trigger_executions, events, execution_attempts)

A_TRIGGER = (
    "INSERT INTO triggers (name, type, source, event_filter, action_type, "
    "action_payload, enabled, hook_token, settings, created_at, updated_at) "
    "VALUES ('a', 'webhook', 'custom', '{}', 'script', '{}', true, 'x', '{}', 0, 0)"
)
