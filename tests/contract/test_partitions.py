"""Stretches of ids on PostgreSQL: made ahead, filled, and dropped whole."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import ColumnElement, Connection, literal_column, select, text

from recado.errors import StoreBusyError
from recado.model.ids import ExecutionId
from recado.model.status import UNFINISHED, Status
from recado.model.trigger import Trigger
from recado.observe.signals import Name
from recado.store import executions, migrate, replays
from recado.store.audit import Actor
from recado.store.idempotency import idempotency_keys
from recado.store.open import open_store
from recado.store.postgres import dropping, partitions
from recado.store.postgres.connect import Address
from recado.store.postgres.locks import PARTITIONS
from recado.store.postgres.partitions import Ages, Stretch
from recado.store.postgres.store import PostgresStore
from recado.store.protocol import Store
from recado.store.tables import (
    events,
    execution_attempts,
    trigger_executions,
)
from tests.contract.test_pruning import MONTH, an_execution, kept_of, prune
from tests.helpers.api import Running
from tests.helpers.builders import NOON, a_new_execution, a_stored_trigger
from tests.helpers.clock import FakeClock
from tests.helpers.postgres import TEMPLATE, Postgres

FIRST = 1_000_000
SIZE = 10
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
OPERATOR = Actor(name="key:ops")


@pytest.fixture
def database() -> str:
    return "postgres"


@pytest.fixture
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "SMALLEST", SIZE)
    monkeypatch.setattr(partitions, "SHARE", FIRST)
    monkeypatch.setattr(partitions, "MARGIN", 5)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = text("SET LOCAL lock_timeout = '50ms'")
    monkeypatch.setattr(partitions, "_WAIT_BRIEFLY", at_once)
    monkeypatch.setattr(dropping, "BETWEEN_TRIES", 0.001)


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


def test_a_stretch_may_wait_for_an_eighth_of_the_time_that_all_is_kept() -> None:
    days = [dropping.left_for(kept * DAY) / DAY for kept in (1, 16, 30, 360)]

    assert days == [2, 2, 3.75, 45]


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


async def test_a_stretch_goes_whole_and_what_must_stay_is_moved(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED, at=clock.now())
    waits = await an_execution(store, trigger, Status.RETRYING, at=clock.now())
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await store.make_room()
    newest = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    [told] = await prune(store, clock)

    assert told.facts == {"executions": 8, "payloads": 8}
    assert await stretches_of(store) == [(newest, newest + SIZE)]
    everything = [ExecutionId(number) for number in range(FIRST, newest + 1)]
    assert await kept_of(store, everything) == [dead, waits, newest]
    assert await store.read(partition_of, dead) == {
        "trigger_executions_rest",
        "events_rest",
        "execution_attempts_rest",
    }
    moved = await store.read(executions.get, dead)
    assert moved.event_data == b'{"event_type":"Message"}'
    assert len(moved.attempts) == 1
    replay = await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())
    assert replay == newest + 1


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


async def test_dropping_keeps_what_pruning_row_by_row_keeps(
    postgres: Postgres,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, stretches_left = [], []
    for is_whole in (True, False):
        name = postgres.create(TEMPLATE)
        store = await open_store(
            postgres.url(name), folder=tmp_path, clock=clock, sleep=asyncio.sleep
        )
        await a_stored_trigger(store)
        await store.write(add_every_kind)
        if not is_whole:
            monkeypatch.setattr(partitions, "ages", lambda *_, **__: Ages([], []))
        for _ in range(2):  # what a replay was made of goes after the replay
            await prune(store, clock)
        kept.append(await store.read(content))
        stretches_left.append(await stretches_of(store))
        await store.close()
        postgres.drop(name)

    assert kept[0] == kept[1]
    assert stretches_left == [[], [(0, FIRST)]]


async def test_a_moved_key_blocks_and_one_that_went_does_not(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    until = {"blocks": clock.now() + 3 * MONTH, "went": clock.now() + DAY}
    for key, dedupe_until in until.items():
        await an_execution(
            store,
            trigger,
            Status.COMPLETED,
            at=clock.now(),
            key=key,
            dedupe_until=dedupe_until,
        )
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await store.make_room()
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    await prune(store, clock)
    again = [
        await store.accept(
            a_new_execution(trigger, idempotency_key=key, dedupe_until=later)
        )
        for key, later in until.items()
    ]

    assert [number is None for number in again] == [True, False]


async def test_what_is_nearly_old_is_left_alone_until_all_of_it_is(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    first = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    clock.advance(DAY)
    await fill_a_stretch(store, trigger, clock)
    await store.make_room()
    clock.advance(MONTH - DAY + SECOND)
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    assert await prune(store, clock) == []
    clock.advance(DAY)
    await prune(store, clock)

    assert await kept_of(store, [first]) == []


async def test_a_stretch_of_many_days_is_pruned_row_by_row(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    first = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    clock.advance(4 * DAY)
    await fill_a_stretch(store, trigger, clock)
    await store.make_room()
    clock.advance(MONTH - 4 * DAY + SECOND)
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    [told] = await prune(store, clock)

    assert told.facts == {"executions": 1, "payloads": 1}
    assert await kept_of(store, [first]) == []
    assert (FIRST, FIRST + SIZE) in await stretches_of(store)


async def test_a_stretch_of_which_much_stays_is_pruned_row_by_row(
    store: PostgresStore,
    trigger: Trigger,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dropping, "MOST_STAYING", SIZE // 2 - 1)
    dead = [
        await an_execution(store, trigger, Status.FAILED, at=clock.now())
        for _ in range(SIZE // 2)
    ]
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await store.make_room()
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    [told] = await prune(store, clock)

    assert told.facts == {"executions": SIZE // 2, "payloads": SIZE // 2}
    assert await kept_of(store, dead) == dead
    assert (FIRST, FIRST + SIZE) in await stretches_of(store)


async def test_work_goes_on_while_a_stretch_is_dropped(
    store: PostgresStore, trigger: Trigger, clock: FakeClock
) -> None:
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await store.make_room()
    is_over = asyncio.Event()
    worked: list[ExecutionId] = []

    async def work() -> None:
        while not is_over.is_set():
            worked.append(
                await an_execution(
                    store,
                    trigger,
                    Status.COMPLETED,
                    at=clock.now(),
                    key=f"key-{len(worked)}",
                )
            )

    working = asyncio.create_task(work())
    while not worked:  # the newest is never dropped
        await asyncio.sleep(0.001)
    await prune(store, clock)
    is_over.set()
    await working

    assert await kept_of(store, worked) == worked
    assert (FIRST, FIRST + SIZE) not in await stretches_of(store)


@pytest.mark.usefixtures("_impatient")
async def test_a_lock_that_does_not_come_is_not_waited_for(
    store: PostgresStore,
    trigger: Trigger,
    clock: FakeClock,
    database_url: str,
) -> None:
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT count(*) FROM trigger_executions")
        with pytest.raises(StoreBusyError, match="lock timeout"):
            await store.make_room()
        [refused] = await prune(store, clock)

    await store.make_room()
    [told] = await prune(store, clock)

    assert refused.name is Name.STORE_UNAVAILABLE
    assert "lock timeout" in str(refused.raised)
    assert told.facts == {"executions": SIZE, "payloads": SIZE}


@pytest.mark.usefixtures("_impatient")
async def test_a_drop_behind_a_long_reader_holds_nothing_up(
    store: PostgresStore,
    trigger: Trigger,
    clock: FakeClock,
    database_url: str,
) -> None:
    """Executions refer to triggers: to drop some locks those, which accepts read."""
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    old_soon = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    async with await psycopg.AsyncConnection.connect(database_url) as reader:
        await reader.execute("SELECT count(*) FROM triggers")
        pruning = asyncio.create_task(prune(store, clock))
        async with asyncio.timeout(5):
            while not pruning.done():
                assert await store.accept(a_new_execution(trigger)) is not None
        [refused, told] = await pruning
        left = await store.read(dropping.unfinished)
        clock.advance(MONTH + SECOND)
        [refused_again, told_row_by_row] = await prune(store, clock)

    await prune(store, clock)

    for one in (refused, refused_again):
        assert one.name is Name.STORE_UNAVAILABLE
        assert "lock timeout" in str(one.raised)
    assert told.facts == {"executions": SIZE, "payloads": SIZE}
    assert left == ["trigger_executions_0", "trigger_executions_1000000"]
    assert told_row_by_row.facts == {"executions": 1, "payloads": 1}
    assert await kept_of(store, [old_soon]) == []
    assert await store.read(dropping.unfinished) == []


async def test_who_is_killed_while_it_drops_leaves_nothing_that_blocks(
    store: PostgresStore,
    trigger: Trigger,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def with_key() -> ExecutionId:
        at = clock.now()
        ends = at + DAY
        status = Status.COMPLETED
        return await an_execution(
            store, trigger, status, at=at, key="k", dedupe_until=ends
        )

    first = await with_key()
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await store.make_room()
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    with monkeypatch.context() as patch:
        patch.setattr(dropping, "finish", die_after_the_first(dropping.finish))
        with pytest.raises(KilledError):
            await prune(store, clock)
    left = await store.read(dropping.unfinished)
    again = await with_key()
    await prune(store, clock)

    duplicate = a_new_execution(
        trigger, idempotency_key="k", dedupe_until=clock.now() + DAY
    )
    assert await store.accept(duplicate) is None
    assert left == ["trigger_executions_1000000"]
    assert await store.read(dropping.unfinished) == []
    assert await kept_of(store, [first, again]) == [again]


class KilledError(Exception):
    pass


def die_after_the_first(finish: Callable[..., None]) -> Callable[..., None]:
    names: list[str] = []

    def finish_one(conn: Connection, name: str) -> None:
        if names:
            raise KilledError
        names.append(name)
        finish(conn, name)

    return finish_one


async def test_a_close_does_not_wait_for_what_can_be_broken_off(
    store: PostgresStore, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = text("SET LOCAL lock_timeout = '5h'")
    monkeypatch.setattr(partitions, "_WAIT_BRIEFLY", hours)
    await go_on_after(store, FIRST + SIZE // 2 + 1)
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT count(*) FROM trigger_executions")
        making = asyncio.create_task(store.make_room())
        await until_somebody_waits(other)

        await store.close()

    with pytest.raises(StoreBusyError, match="user request"):
        await making


async def test_a_close_breaks_the_dropping_of_all_stretches_off(
    store: PostgresStore,
    trigger: Trigger,
    clock: FakeClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hours = text("SET LOCAL lock_timeout = '5h'")
    monkeypatch.setattr(partitions, "_WAIT_BRIEFLY", hours)
    await fill_a_stretch(store, trigger, clock)
    clock.advance(MONTH + SECOND)
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT count(*) FROM trigger_executions")
        pruning = asyncio.create_task(prune(store, clock))
        await until_somebody_waits(other)

        async with asyncio.timeout(5):
            await store.close()

    with pytest.raises(StoreBusyError, match="user request"):
        await pruning


async def until_somebody_waits(connection: psycopg.AsyncConnection[Any]) -> None:
    async with asyncio.timeout(30):
        while True:
            found = await connection.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
            )
            if await found.fetchall():
                return
            await asyncio.sleep(0.01)


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
