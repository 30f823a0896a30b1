"""A running installation moves to another database, from each to the other."""

import asyncio
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, LargeBinary, Table, select, text, update

from recado.errors import StoreBusyError, StoreError, StoreIntegrityError
from recado.model.ids import ExecutionId, WorkerId
from recado.model.redact import Secret
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.store import counters, executions, keys, migrate, replays, triggers
from recado.store.audit import Actor
from recado.store.cipher import Cipher
from recado.store.columns import Json, Moment
from recado.store.copying import Tell, copy
from recado.store.open import open_source, open_store, open_target
from recado.store.postgres import copying
from recado.store.postgres.store import PostgresStore
from recado.store.protocol import Store
from recado.store.tables import (
    events,
    execution_attempts,
    metadata,
    sessions,
    trigger_executions,
    users,
)
from tests.helpers.builders import (
    CIPHER,
    NOON,
    SECRET,
    a_new_execution,
    a_settlement,
    a_stored_trigger,
)
from tests.helpers.clock import FakeClock
from tests.helpers.commands import Commands
from tests.helpers.databases import ONLY_SQLITE
from tests.helpers.postgres import PASSWORD

ANA = WorkerId("ana")
LEASE = timedelta(seconds=60)
OTHER = Cipher(Secret("OTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTBmZWRjYmE="))
CANARY = "nobody may read this"


def say_nothing(_: str, __: int, ___: int) -> None: ...


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a connection takes long to vanish."""
    monkeypatch.setattr(copying, "LOOKS", 300)


@pytest.fixture
async def store(store: Store) -> Store:
    return await until_it_is_up(store)


async def until_it_is_up(store: Store) -> Store:
    """Return a store that is not still connecting.

    What is closed before leaves a connection behind for as long as the process lasts.
    """
    if isinstance(store, PostgresStore):
        await store._notices.is_listening.wait()
    return store


class Moving:
    def __init__(self, source: str, target: str, folder: Path) -> None:
        self.source, self.target, self.folder = source, target, folder
        self._clock = FakeClock(NOON)

    def copy(self, *, cipher: Cipher = CIPHER, tell: Tell = say_nothing) -> int:
        at = {"folder": self.folder, "clock": self._clock}
        with (
            open_source(self.source, **at) as reading,  # type: ignore[arg-type]  # both are what they are
            open_target(self.target, **at) as writing,  # type: ignore[arg-type]
        ):
            rows = copy(reading, writing, cipher=cipher, now=NOON, tell=tell)
            return sum(rows.values())

    async def open(self, url: str) -> Store:
        return await until_it_is_up(
            await open_store(
                url, folder=self.folder, clock=self._clock, sleep=asyncio.sleep
            )
        )

    async def content(self, url: str) -> dict[str, list[Any]]:
        store = await self.open(url)
        found = await store.read(everything)
        await store.close()
        return found


@pytest.fixture
def moving(database_url: str, target: str, tmp_path: Path) -> Moving:
    return Moving(database_url, target, tmp_path)


def everything(conn: Connection) -> dict[str, list[Any]]:
    """All rows, without the entry that says that they are a copy."""
    found = {
        table.name: [
            tuple(row)
            for row in conn.execute(select(table).order_by(*table.primary_key))
        ]
        for table in metadata.sorted_tables
    }
    found["audit"] = [row for row in found["audit"] if row[3] != "copy_database"]
    return found


# where a constraint knows which values there are
KNOWN: dict[str, dict[str, Any]] = {
    "trigger_executions": {"status": "running"},
    "users": {"role": "admin"},
}


def a_row(table: Table) -> dict[str, Any]:
    """A row with a value in each column, but none of an end in what runs."""
    return {
        column.name: _a_value(column.type)
        for column in table.columns
        if column.name != "completed_at"
    } | KNOWN.get(table.name, {})


def _a_value(kind: Any) -> Any:
    if isinstance(kind, Moment):
        return NOON
    if isinstance(kind, Json):
        return {"é": [1, None, "\N{PILE OF POO}"]}
    if isinstance(kind, LargeBinary):
        return b"\x00\xff\\"
    return {int: 1, bool: True, str: "tab\tline\\N"}[kind.python_type]


def add_every_kind_of_row(conn: Connection) -> None:
    for table in metadata.sorted_tables:
        row = a_row(table)
        if table.name == "triggers":
            row["hook_token"] = CIPHER.encrypt(SECRET)
        conn.execute(table.insert().values(row))


async def fill(store: Store) -> Trigger:
    """Store a dead letter, one that is completed, one that runs and one behind it."""
    trigger = await a_stored_trigger(store)
    await store.write(
        keys.create, name="a", role="admin", key_hash="h", prefix="p", now=NOON
    )
    for status in (Status.FAILED, Status.COMPLETED):
        await store.accept(a_new_execution(trigger, idempotency_key=status))
        [one] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
        await store.settle(a_settlement(one, status, error="gone"))
    for key in ("first", "second"):
        await store.accept(
            a_new_execution(trigger, idempotency_key=key, ordering_key="chat")
        )
    return trigger


async def test_every_row_of_every_table_arrives(store: Store, moving: Moving) -> None:
    await store.write(add_every_kind_of_row)
    await store.close()
    told: list[tuple[str, int, int]] = []

    rows = await asyncio.to_thread(moving.copy, tell=lambda *said: told.append(said))

    there = await moving.content(moving.target)
    assert there == await moving.content(moving.source)
    assert {len(of_table) for of_table in there.values()} == {1}
    assert rows == len(there)
    assert told[:2] == [(metadata.sorted_tables[0].name, n, 1) for n in (0, 1)]


async def test_the_work_goes_on_where_it_was(store: Store, moving: Moving) -> None:
    trigger = await fill(store)
    before = await store.read(counters.totals, now=NOON, window=LEASE)
    await store.close()

    await asyncio.to_thread(moving.copy)

    there = await moving.open(moving.target)
    accept = partial(a_new_execution, trigger)
    duplicates = [
        await there.accept(accept(idempotency_key=key))
        for key in ("completed", "first")
    ]
    after = await there.read(counters.totals, now=NOON, window=LEASE)
    [first] = await there.claim(ANA, limit=9, lease=LEASE, room={}, caps={})
    await there.settle(a_settlement(first, Status.COMPLETED))
    [second] = await there.claim(ANA, limit=9, lease=LEASE, room={}, caps={})
    replay = await there.write(
        replays.replay, ExecutionId(1), actor=Actor(name="ana"), now=NOON
    )
    [replayed] = await there.claim(ANA, limit=9, lease=LEASE, room={}, caps={})
    again = await there.read(triggers.get, trigger.id, cipher=CIPHER, now=NOON)
    await there.close()
    assert duplicates == [None, None]
    assert after.by_status == before.by_status
    assert (after.waiting, after.dead_letters) == (2, 1)
    assert (first.idempotency_key, second.idempotency_key) == ("first", "second")
    assert (replay, replayed.id, replayed.root_id) == (5, 5, 1)
    assert again.secrets == (SECRET,)


async def test_a_second_time_brings_over_what_has_changed(
    store: Store, moving: Moving
) -> None:
    await fill(store)
    await store.write(add_people)
    await store.close()
    await asyncio.to_thread(moving.copy)
    source = await moving.open(moving.source)
    [one] = await source.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    await source.settle(a_settlement(one, Status.COMPLETED))
    await source.accept(a_new_execution(one.trigger_id, idempotency_key="new"))
    await source.write(sign_out_and_take_the_name)
    await source.close()

    await asyncio.to_thread(moving.copy)

    there = await moving.content(moving.target)
    assert there == await moving.content(moving.source)
    assert (len(there["trigger_executions"]), there["sessions"]) == (5, [])


def add_people(conn: Connection) -> None:
    for table in (users, sessions):
        conn.execute(table.insert().values(a_row(table)))


def sign_out_and_take_the_name(conn: Connection) -> None:
    conn.execute(sessions.delete())
    conn.execute(users.delete())
    conn.execute(users.insert().values(a_row(users) | {"id": 2}))


async def test_what_breaks_off_has_changed_nothing(
    store: Store, moving: Moving
) -> None:
    await fill(store)
    await store.close()
    await asyncio.to_thread(moving.copy)
    source = await moving.open(moving.source)
    before = await source.read(everything)
    await source.accept(a_new_execution(await a_stored_trigger(source)))
    await source.close()

    def break_off(table: str, done: int, _: int) -> None:
        if table == trigger_executions.name and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.copy(tell=break_off)

    assert await moving.content(moving.target) == before
    await asyncio.to_thread(moving.copy)
    assert await moving.content(moving.target) == await moving.content(moving.source)


async def test_a_copy_that_was_used_is_left_alone(store: Store, moving: Moving) -> None:
    await fill(store)
    await store.close()
    await asyncio.to_thread(moving.copy)
    there = await moving.open(moving.target)
    [one] = await there.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    await there.settle(a_settlement(one, Status.COMPLETED))
    await there.close()

    with pytest.raises(StoreError, match="was used after it was copied"):
        await asyncio.to_thread(moving.copy)

    assert len((await moving.content(moving.target))[execution_attempts.name]) == 3


async def test_another_installation_is_left_alone(store: Store, moving: Moving) -> None:
    await store.close()
    there = await moving.open(moving.target)
    await fill(there)
    await there.close()

    with pytest.raises(StoreError, match="no copy of this source"):
        await asyncio.to_thread(moving.copy)

    assert len((await moving.content(moving.target))["trigger_executions"]) == 4


async def test_the_copy_of_another_source_is_left_alone(
    store: Store, moving: Moving
) -> None:
    await fill(store)
    await store.close()
    await asyncio.to_thread(moving.copy)
    other = Moving("sqlite:///other.db", moving.target, moving.folder)
    opened = await other.open(other.source)
    await fill(opened)
    await opened.write(_give_it_a_key_of_its_own)
    await opened.close()

    with pytest.raises(StoreError, match="no copy of this source"):
        await asyncio.to_thread(other.copy)


def _give_it_a_key_of_its_own(conn: Connection) -> None:
    conn.execute(update(metadata.tables["api_keys"]).values(key_hash="another"))


@pytest.mark.parametrize("end", ["source", "target"])
async def test_what_another_key_encrypted_is_refused(
    end: str, store: Store, moving: Moving
) -> None:
    if end == "target":
        await store.close()
        store = await moving.open(moving.target)
    await fill(store)
    await store.close()

    with pytest.raises(StoreError, match=f"the {end} .* RECADO_SECRET_KEY"):
        await asyncio.to_thread(moving.copy, cipher=OTHER)


@pytest.mark.parametrize("end", ["source", "target"])
async def test_a_database_in_use_is_left_alone(
    end: str, store: Store, moving: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "LOOKS", 1)
    await store.close()
    opened = await moving.open(getattr(moving, end))

    with pytest.raises(StoreError, match="in use"):
        await asyncio.to_thread(moving.copy)

    await opened.close()


async def test_a_database_is_not_copied_to_itself(
    store: Store, moving: Moving, database_url: str
) -> None:
    await store.close()
    moving.target = database_url

    with pytest.raises(StoreError, match="in use"):
        await asyncio.to_thread(moving.copy)


@ONLY_SQLITE
async def test_an_older_schema_is_brought_up_first(
    store: Store, moving: Moving
) -> None:
    await fill(store)
    await store.close()
    migrate.downgrade(moving.folder / "recado.db", to="0004")

    await asyncio.to_thread(moving.copy)

    assert await moving.content(moving.target) == await moving.content(moving.source)


@ONLY_SQLITE
async def test_what_no_text_may_hold_arrives_all_the_same(
    store: Store, moving: Moving
) -> None:
    await fill(store)
    await store.write(lambda conn: _set_error(conn, "x\0y"))
    await store.close()

    await asyncio.to_thread(moving.copy)

    there = await moving.open(moving.target)
    one = await there.read(executions.get, ExecutionId(1))
    await there.close()
    assert one.error == "x\N{REPLACEMENT CHARACTER}y"


@ONLY_SQLITE
async def test_what_has_high_ids_has_its_place(store: Store, moving: Moving) -> None:
    await fill(store)
    await store.write(_set_ids_far_apart)
    await store.close()

    await asyncio.to_thread(moving.copy)

    there = await moving.open(moving.target)
    in_rest = text(
        "SELECT (SELECT count(*) FROM trigger_executions_rest)"
        " + (SELECT count(*) FROM events_rest)"
        " + (SELECT count(*) FROM execution_attempts_rest)"
    )
    count = await there.read(lambda conn: conn.execute(in_rest).scalar_one())
    await there.close()
    assert count == 0
    assert await moving.content(moving.target) == await moving.content(moving.source)


def _set_ids_far_apart(conn: Connection) -> None:
    for table in (trigger_executions, events):
        conn.execute(update(table).values(id=table.c.id * 1_000_000))
    attempts = execution_attempts.c.execution_id
    conn.execute(update(execution_attempts).values(execution_id=attempts * 1_000_000))


def _set_error(conn: Connection, error: str) -> None:
    conn.execute(update(trigger_executions).values(error=error))


@ONLY_SQLITE
async def test_what_the_target_does_not_take_is_not_told(
    store: Store, moving: Moving
) -> None:
    await fill(store)
    await store.write(
        lambda conn: conn.execute(
            update(trigger_executions).values(error_category=CANARY)
        )
    )
    await store.close()

    with pytest.raises(StoreIntegrityError) as caught:
        await asyncio.to_thread(moving.copy)

    assert CANARY not in str(caught.value)


@ONLY_SQLITE
async def test_a_target_that_is_not_there_tells_no_password(
    store: Store, moving: Moving
) -> None:
    await store.close()
    moving.target = f"postgresql://ana:{PASSWORD}@127.0.0.1:1/nowhere"

    with pytest.raises(StoreError, match="cannot open the database") as caught:
        await asyncio.to_thread(moving.copy)

    assert PASSWORD not in str(caught.value)
    assert not isinstance(caught.value, StoreBusyError)


@pytest.mark.parametrize("on_a_terminal", [True, False])
async def test_the_command_says_what_to_set_and_shows_no_password(
    on_a_terminal: bool,
    moving: Moving,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = await moving.open(moving.source)
    await store.write(
        keys.create, name="a", role="admin", key_hash="h", prefix="p", now=NOON
    )
    await store.close()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: on_a_terminal)
    words = ("db", "copy", "--from", moving.source, "--to", moving.target)

    ended = await asyncio.to_thread(
        Commands(capsys).done, *words, "--data-dir", str(moving.folder)
    )

    assert ended.out.startswith("1 rows are copied.")
    assert str(moving.folder / "secret.key") in ended.out
    assert ("api_keys: 1\n" in ended.err) is not on_a_terminal
    assert "api_keys" in ended.err
    assert PASSWORD not in ended.out + ended.err


@pytest.mark.parametrize(
    ("source", "said"),
    [("sqlite:///none.db", "there is no file"), ("sqlite:///b.db", "the same")],
)
def test_the_command_says_why_it_does_not_begin(
    source: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("db", "copy", "--from", source, "--to", "sqlite:///b.db")

    ended = Commands(capsys).run(*words, "--data-dir", str(tmp_path))

    assert ended.code == 1
    assert said in ended.err
