"""What the PostgreSQL store adds to the promises of every store."""

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from recado.errors import (
    LeaseLostError,
    SettingsError,
    StoreBusyError,
    StoreError,
    StoreIntegrityError,
)
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.store import executions, locks, migrate
from recado.store.columns import to_micros
from recado.store.executions import ExecutionFilter
from recado.store.idempotency import postgres_only
from recado.store.open import open_store
from recado.store.postgres import limiting
from recado.store.postgres.clock import read_time
from recado.store.postgres.connect import Address
from recado.store.postgres.flow import Ended, Flow, Statement, transact
from recado.store.postgres.lane import Lane
from recado.store.postgres.limiting import Taken
from recado.store.postgres.open import bring_up
from recado.store.postgres.store import PostgresStore
from recado.store.protocol import Store, Topic
from recado.store.tables import metadata
from tests.helpers.builders import (
    NOON,
    a_new_execution,
    a_settlement,
    a_stored_trigger,
)
from tests.helpers.clock import FakeClock
from tests.helpers.postgres import (
    PASSWORD,
    TEMPLATE,
    Postgres,
    add_template,
    running_postgres,
)

ANA = WorkerId("ana")
LEASE = timedelta(seconds=60)
WITHIN = 30.0
CANARY = "nobody may read this"  # by its name, since a trace shows lines of source


@pytest.fixture
def database() -> str:
    return "postgres"


@pytest.fixture
def careful() -> Iterator[Postgres]:
    """A server that syncs to the disk."""
    with running_postgres({}) as server:
        add_template(server)
        yield server


@pytest.fixture
async def safe(careful: Postgres, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(
        careful.url(TEMPLATE), folder=tmp_path, clock=None, sleep=asyncio.sleep
    )
    yield opened
    await opened.close()


async def test_every_connection_syncs_its_commits(store: PostgresStore) -> None:
    [lane] = store._lanes[:1]
    trigger = await a_stored_trigger(store)
    await store.accept(a_new_execution(trigger))
    assert lane._connection is not None
    cursor = await lane._connection.execute("SHOW synchronous_commit")

    of_lane = await cursor.fetchone()
    of_changes = await store.read(
        lambda conn: conn.execute(text("SHOW synchronous_commit")).scalar_one()
    )

    assert (of_lane, of_changes) == (("on",), "on")


async def test_an_error_of_the_database_tells_no_values(store: PostgresStore) -> None:
    def refused(conn: Connection) -> None:
        conn.execute(text("INSERT INTO audit (actor) VALUES (:a)"), {"a": CANARY})

    def unreadable(conn: Connection) -> None:
        conn.execute(text("SELECT :a FROM nowhere"), {"a": CANARY})

    trigger = await a_stored_trigger(store)
    wrong = a_new_execution(TriggerId(999), idempotency_key=CANARY)
    too_long = a_new_execution(trigger, idempotency_key=f"{CANARY} {LONG}")
    errors = await asyncio.gather(
        store.write(refused),
        store.read(unreadable),
        store.accept(wrong),
        store.accept(too_long),
        return_exceptions=True,
    )

    assert [type(error) for error in errors] == [
        StoreIntegrityError,
        StoreError,
        StoreIntegrityError,
        StoreIntegrityError,
    ]
    for error in errors:
        assert isinstance(error, Exception)
        assert CANARY not in "".join(traceback.format_exception(error))


LONG = "".join(str(hash(n)) + chr(97 + n % 26) for n in range(9_000))
"""Longer than an index takes."""


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ana:{PASSWORD}@127.0.0.1:1/nowhere",
        f"postgresql://ana:{PASSWORD}@[::1/nowhere",
        f"postgresql://ana:{PASSWORD}@host:port/nowhere",
        f"mysql://ana:{PASSWORD}@host/nowhere",
    ],
)
async def test_what_cannot_be_opened_tells_no_password(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises((StoreError, SettingsError)) as caught:
        await open_store(url, folder=tmp_path, clock=None, sleep=asyncio.sleep)

    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


async def test_what_no_text_may_hold_is_stored_all_the_same(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    number = await store.accept(
        a_new_execution(trigger, idempotency_key="a\0b\ud800", ordering_key="c\0")
    )
    [one] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    await store.settle(a_settlement(one, Status.FAILED, error="x\0y"))

    assert number is not None
    found = await store.read(executions.get, number)
    assert found.error == "x\N{REPLACEMENT CHARACTER}y"


async def test_leases_end_on_the_databases_clock(
    database_url: str, tmp_path: Path
) -> None:
    opened = await open_store(
        database_url, folder=tmp_path, clock=None, sleep=asyncio.sleep
    )
    trigger = await a_stored_trigger(opened)
    await opened.accept(a_new_execution(trigger))

    before = (await opened.read(read_time)).micros
    [one] = await opened.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    ours = to_micros(opened.clock.now())
    after = (await opened.read(read_time)).micros
    end = await opened.read(_end_of_the_lease)
    await opened.settle(a_settlement(one, Status.COMPLETED))
    await opened.close()

    assert before + 60_000_000 <= end <= after + 60_000_000
    assert before - 5_000_000 < ours < after + 5_000_000


def _end_of_the_lease(conn: Connection) -> int:
    asked = text("SELECT lease_until FROM trigger_executions")
    return int(conn.execute(asked).scalar_one())


@pytest.mark.timeout(120)
async def test_a_database_that_is_away_refuses_and_is_used_again_when_it_is_back(
    careful: Postgres, safe: Store
) -> None:
    trigger = await a_stored_trigger(safe)
    await safe.accept(a_new_execution(trigger))

    careful.stop()
    with pytest.raises(StoreBusyError):
        await safe.accept(a_new_execution(trigger))
    with pytest.raises(StoreBusyError):
        await safe.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    with pytest.raises(StoreError):
        await safe.read(executions.count, ExecutionFilter())
    careful.start()

    assert await _patiently(safe, trigger.id) is not None
    assert await safe.read(executions.count, ExecutionFilter()) == 2


async def _patiently(store: Store, trigger_id: TriggerId) -> ExecutionId | None:
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                return await store.accept(a_new_execution(trigger_id))
            except StoreBusyError:
                await asyncio.sleep(0.02)


async def test_a_connection_that_broke_while_idle_refuses_nothing(
    careful: Postgres, safe: Store
) -> None:
    trigger = await a_stored_trigger(safe)
    await safe.accept(a_new_execution(trigger))

    careful.stop()
    careful.start()

    assert await safe.accept(a_new_execution(trigger)) is not None
    assert await safe.read(executions.count, ExecutionFilter()) == 2


async def test_a_connection_that_gets_no_slot_is_closed(database_url: str) -> None:
    opened: list[psycopg.AsyncConnection[Any]] = []

    async def connect_to_answer_nothing() -> psycopg.AsyncConnection[Any]:
        connection = await Address.of(database_url).connect()
        await connection.execute("BEGIN")
        with contextlib.suppress(psycopg.DataError):
            await connection.execute("SELECT 1 / 0")
        opened.append(connection)
        return connection

    lane = Lane(connect_to_answer_nothing, sleep=asyncio.sleep)
    with pytest.raises(StoreBusyError, match="transaction is aborted"):
        await lane.group(limiting.count).submit(Taken(TriggerId(1), 1, NOON))
    await lane.close()

    assert [one.closed for one in opened] == [True]


async def test_a_host_that_vanished_in_a_transaction_keeps_no_order_waiting(
    store: PostgresStore, database_url: str
) -> None:
    trigger = await a_stored_trigger(store)
    new = a_new_execution(trigger, ordering_key="chat")
    vanished = await Address.of(database_url).connect()
    await vanished.execute("BEGIN")
    await vanished.execute(
        "SELECT pg_advisory_xact_lock(%s)", (locks.of_order(trigger.id, "chat"),)
    )

    async with asyncio.timeout(WITHIN):
        stored = await store.accept(new)

    await vanished.close()
    assert stored is not None


async def test_the_server_ends_what_a_silent_host_has_begun(
    postgres: Postgres, database_url: str
) -> None:
    """A flow has its own way of sending, and that must not stop the server's watch."""
    connection = await Address.of(database_url).connect()
    await connection.execute("SET idle_in_transaction_session_timeout = 100")
    session = connection.info.backend_pid

    def flow() -> Flow[None]:
        yield [Statement("SELECT 1")]
        end = monotonic() + WITHIN
        while postgres.has_session(session) and monotonic() < end:
            pass  # nothing is sent, as if no packet left the host any more
        return Ended(None, [])

    async with connection:
        with pytest.raises(psycopg.OperationalError):
            await transact(connection, flow())


async def test_the_server_notices_by_itself_that_a_host_vanished(
    postgres: Postgres,
) -> None:
    """Else it keeps what the host had locked for the system's two hours.

    Also in the midst of statements, before others that wait have waited long enough.
    """
    address = Address.of(postgres.url(TEMPLATE))
    opened = await address.connect()
    cursor = await opened.execute(
        "SELECT name, reset_val::int FROM pg_settings WHERE source = 'client' "
        "AND (name LIKE 'tcp_%' OR name = 'lock_timeout') ORDER BY name"
    )
    found = await cursor.fetchall()
    await opened.close()

    assert found == [
        ("lock_timeout", 10_000),
        ("tcp_keepalives_count", 3),
        ("tcp_keepalives_idle", 3),
        ("tcp_keepalives_interval", 1),
        ("tcp_user_timeout", 6_000),
    ]


@pytest.mark.timeout(240)
async def test_a_crash_of_the_database_loses_nothing_accepted(
    careful: Postgres, safe: Store
) -> None:
    load = Load(safe, await a_stored_trigger(safe))

    async with asyncio.timeout(150), asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(load.send())
        group.create_task(load.work())
        for _ in range(2):
            await load.until_accepted(200)
            await asyncio.to_thread(careful.stop)
            await asyncio.to_thread(careful.start)
        await load.until_accepted(200)
        load.is_over = True

    def there(conn: Connection) -> dict[int, str]:
        found = conn.execute(text("SELECT id, status FROM trigger_executions"))
        return {row.id: row.status for row in found}

    stored = await safe.read(there)
    assert load.accepted - set(stored) == set()
    assert len(load.completed) == len(set(load.completed))
    assert {stored[number] for number in load.completed} == {"completed"}


class Load:
    """Senders and a worker that go on over a database that is away."""

    def __init__(self, store: Store, trigger: Trigger) -> None:
        self._store = store
        self._trigger = trigger
        self.accepted: set[int] = set()
        self.completed: list[int] = []
        self.is_over = False

    async def until_accepted(self, more: int) -> None:
        wanted = len(self.accepted) + more
        while len(self.accepted) < wanted:
            await asyncio.sleep(0.01)

    async def send(self) -> None:
        while not self.is_over:
            try:
                number = await self._store.accept(a_new_execution(self._trigger))
            except StoreBusyError:
                await asyncio.sleep(0.01)
            else:
                assert number is not None
                self.accepted.add(number)

    async def work(self) -> None:
        while not self.is_over:
            try:
                lent = await self._store.claim(
                    ANA, limit=20, lease=LEASE, room={}, caps={}
                )
            except StoreBusyError:
                await asyncio.sleep(0.01)
                continue
            for one in lent:
                await self._settle(one)

    async def _settle(self, one: Claimed) -> None:
        while True:
            try:
                await self._store.settle(a_settlement(one, Status.COMPLETED))
            except StoreBusyError:
                await asyncio.sleep(0.01)
            except LeaseLostError:
                return  # an answer was lost, and it is settled already
            else:
                self.completed.append(one.id)
                return


@pytest.mark.timeout(180)
async def test_who_cannot_hear_looks_by_itself(careful: Postgres, safe: Store) -> None:
    assert isinstance(safe, PostgresStore)
    looked = asyncio.Event()
    async with asyncio.timeout(WITHIN):
        await safe._notices.is_listening.wait()

    careful.stop()
    safe.listen(Topic.TRIGGERS, looked.set)
    async with asyncio.timeout(WITHIN):
        await looked.wait()
    careful.start()

    async with asyncio.timeout(WITHIN):
        await safe._notices.is_listening.wait()


def test_nodes_that_start_at_once_migrate_once(postgres: Postgres) -> None:
    name = postgres.create()
    address = Address.of(postgres.url(name))

    async def start() -> None:
        await asyncio.gather(*(asyncio.to_thread(bring_up, address) for _ in range(4)))

    asyncio.run(start())

    assert tables_of(postgres.url(name)) == ALL_TABLES
    postgres.drop(name)


def test_migrations_can_go_back(postgres: Postgres) -> None:
    name = postgres.create(TEMPLATE)
    engine = Address.of(postgres.url(name)).engine(isolation="READ COMMITTED")

    migrate.downgrade_on(engine, to="base")
    left = tables_of(postgres.url(name))
    migrate.upgrade_on(engine)
    engine.dispose()

    assert left == {"alembic_version"}
    assert tables_of(postgres.url(name)) == ALL_TABLES
    postgres.drop(name)


def test_without_slots_counters_keep_their_sums(postgres: Postgres) -> None:
    name = postgres.create(TEMPLATE)
    url = postgres.url(name)
    engine = Address.of(url).engine(isolation="READ COMMITTED")
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO counters (name, hour, trigger_id, slot, value) "
            "VALUES ('a', 1, 1, 0, 3), ('a', 1, 1, 2, 4), ('a', 2, 1, 2, 5)"
        )

    migrate.downgrade_on(engine, to="0004")
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT name, hour, value FROM counters ORDER BY hour"
        ).fetchall()
    engine.dispose()

    assert found == [("a", 1, 7), ("a", 2, 5)]
    postgres.drop(name)


async def test_statements_are_planned_anew_as_the_tables_grow(
    store: PostgresStore,
) -> None:
    [lane] = store._lanes[:1]

    planned = [n for n in range(1, 1_000) if lane._is_time_to_plan()]

    assert planned == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 768]


ALL_TABLES = {*metadata.tables, *postgres_only.tables, "alembic_version"}


def tables_of(url: str) -> set[str]:
    with psycopg.connect(**Address.of(url).parameters) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
            "AND relnamespace = 'public'::regnamespace AND NOT relispartition"
        )
        return {name for (name,) in rows}


async def test_closing_makes_the_changes_that_wait(
    store: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    waiting = [
        asyncio.ensure_future(store.accept(a_new_execution(trigger))) for _ in range(5)
    ]
    await asyncio.wait(waiting, timeout=0)

    await store.close()
    await store.close()

    assert None not in [await task for task in waiting]
    with pytest.raises(StoreBusyError):
        await store.accept(a_new_execution(trigger))
    with pytest.raises(StoreBusyError):
        await store.read(executions.count, ExecutionFilter())
