"""What the SQLite store adds to the promises of every store."""

import asyncio
import contextlib
import sqlite3
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from recado.errors import (
    SettingsError,
    StoreBusyError,
    StoreError,
    StoreIntegrityError,
)
from recado.model.status import Status
from recado.store import executions, keys
from recado.store.executions import ExecutionFilter
from recado.store.known_triggers import KnownTriggers
from recado.store.open import open_store
from recado.store.protocol import Store
from recado.store.sqlite import checkpointer
from recado.store.sqlite.checkpointer import Checkpointer
from recado.store.sqlite.store import SqliteStore
from tests.helpers.builders import CIPHER, a_new_execution, a_stored_trigger
from tests.helpers.clock import FakeClock


@pytest.fixture
def database() -> str:
    return "sqlite"


WITHIN = 30.0
CANARY = "nobody may read this"  # by its name, since a trace shows lines of source


async def test_a_second_process_on_the_same_file_is_refused(
    store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    with pytest.raises(StoreError, match="in use by another recado process"):
        await open_store(
            "sqlite:///recado.db", folder=tmp_path, clock=clock, sleep=asyncio.sleep
        )


async def test_the_writer_syncs_every_commit(store: SqliteStore) -> None:
    settings = {
        name: store._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_a_full_disk_stores_nothing_and_says_so(store: SqliteStore) -> None:
    trigger = await a_stored_trigger(store)
    [pages] = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    big = a_new_execution(trigger, document=b"x" * 100_000)

    results = await asyncio.gather(
        *(store.accept(big) for _ in range(3)), return_exceptions=True
    )

    assert [type(result) for result in results] == [StoreBusyError] * 3
    assert await store.read(executions.count, ExecutionFilter()) == 0
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert await store.accept(big) is not None


async def test_a_lock_held_for_too_long_stores_nothing_and_says_so(
    store: SqliteStore, tmp_path: Path
) -> None:
    trigger = await a_stored_trigger(store)
    with contextlib.closing(
        sqlite3.connect(tmp_path / "recado.db", isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        store._writer._busy_timeout = 50

        with pytest.raises(StoreBusyError):
            await store.accept(a_new_execution(trigger))

        other.execute("ROLLBACK")
    assert await store.accept(a_new_execution(trigger)) is not None


async def test_a_refused_change_does_not_undo_its_neighbours(
    store: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)

    stored, refused = await asyncio.gather(
        store.accept(a_new_execution(trigger)),
        store.write(keys.revoke, 404, now=clock.now()),
        return_exceptions=True,
    )

    assert isinstance(refused, Exception)
    [execution] = await store.read(executions.page, ExecutionFilter(), limit=10)
    assert (execution.id, execution.status) == (stored, Status.PENDING)


async def test_an_error_of_the_database_tells_no_values(store: SqliteStore) -> None:
    def refused(conn: Connection) -> None:
        conn.execute(text("INSERT INTO audit (actor) VALUES (:a)"), {"a": CANARY})

    def unreadable(conn: Connection) -> None:
        conn.execute(text("SELECT :a FROM nowhere"), {"a": CANARY})

    errors = await asyncio.gather(
        store.write(refused), store.read(unreadable), return_exceptions=True
    )

    assert [type(error) for error in errors] == [StoreIntegrityError, StoreError]
    for error in errors:
        assert isinstance(error, Exception)
        assert CANARY not in "".join(traceback.format_exception(error))


async def test_closing_writes_what_waits_and_can_be_done_twice(
    store: Store, tmp_path: Path, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    waiting = [
        asyncio.ensure_future(store.accept(a_new_execution(trigger))) for _ in range(5)
    ]
    await asyncio.wait(waiting, timeout=0)

    await store.close()
    await store.close()

    assert None not in [await task for task in waiting]
    assert not (tmp_path / "recado.db-wal").exists()
    with pytest.raises(StoreBusyError):
        await store.accept(a_new_execution(trigger))


async def test_no_other_database_is_known(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(SettingsError, match="sqlite:///FILE"):
        await open_store(
            "mysql://u:secret@host/db",
            folder=tmp_path,
            clock=clock,
            sleep=asyncio.sleep,
        )


async def test_a_checkpoint_that_fails_stops_nothing(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    trigger = await a_stored_trigger(store)
    monkeypatch.setattr(checkpointer, "CHANGES_BETWEEN", 1)
    store._writer._checkpointer._connection.close()

    for _ in range(5):
        assert await store.accept(a_new_execution(trigger)) is not None
    await _until_checkpointed(store)

    assert "could not be moved" in caplog.text


async def test_the_writer_shortens_a_log_that_grows_too_long(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trigger = await a_stored_trigger(store)
    monkeypatch.setattr(checkpointer, "CHANGES_BETWEEN", 10)
    monkeypatch.setattr(Checkpointer, "_checkpoint", _find_a_long_log)
    big = a_new_execution(trigger, document=b"x" * 50_000)

    for _ in range(100):  # 5 MB of pages
        await store.accept(big)
        await _until_checkpointed(store)

    assert (tmp_path / "recado.db-wal").stat().st_size < 2_000_000


async def test_the_writer_waits_for_no_reader_to_shorten_a_log(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trigger = await a_stored_trigger(store)
    monkeypatch.setattr(checkpointer, "CHANGES_BETWEEN", 1)
    monkeypatch.setattr(Checkpointer, "_checkpoint", _find_a_long_log)
    store._writer._busy_timeout = 60_000
    await store.accept(a_new_execution(trigger))

    with contextlib.closing(sqlite3.connect(tmp_path / "recado.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        async with asyncio.timeout(30):
            for _ in range(5):
                await store.accept(a_new_execution(trigger))
                await _until_checkpointed(store)


def _find_a_long_log(_: Checkpointer) -> int:
    """Move nothing, as under a load that never lets the background one finish."""
    return checkpointer.LONG_LOG + 1


async def _until_checkpointed(store: SqliteStore) -> None:
    running = store._writer._checkpointer._running
    if running is not None:
        await running


async def test_nobody_waits_for_a_writer_that_has_ended(store: SqliteStore) -> None:
    trigger = await a_stored_trigger(store)
    waiting = store.accept(a_new_execution(trigger))

    store._writer._running.cancel()

    with pytest.raises(StoreBusyError):
        await waiting
    with pytest.raises(StoreBusyError):
        await store.accept(a_new_execution(trigger))
    with contextlib.suppress(asyncio.CancelledError):
        await store._writer._running


async def test_asking_for_the_next_due_moment_waits_for_no_commit(
    store: SqliteStore, tmp_path: Path
) -> None:
    store._writer._busy_timeout = 3_600_000  # only the rollback ends its wait
    with contextlib.closing(
        sqlite3.connect(tmp_path / "recado.db", isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        blocked = asyncio.ensure_future(store.rescue())
        await asyncio.sleep(0.01)

        async with asyncio.timeout(WITHIN):
            assert await store.next_due_at() is None

        assert not blocked.done()
        other.execute("ROLLBACK")
    await blocked


async def test_an_older_reading_of_the_triggers_never_replaces_a_newer_one(
    store: SqliteStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = KnownTriggers(store, cipher=CIPHER, clock=clock)
    read, has_read, may_end = store.read, asyncio.Event(), asyncio.Event()

    async def slow_once(*args: Any, **kwargs: Any) -> Any:
        found = await read(*args, **kwargs)
        has_read.set()
        if not found:
            await may_end.wait()
        return found

    monkeypatch.setattr(store, "read", slow_once)
    early = asyncio.create_task(known.load())
    await has_read.wait()
    trigger = await a_stored_trigger(store)
    late = asyncio.create_task(known.load())
    await asyncio.sleep(0.02)
    may_end.set()
    await asyncio.gather(early, late)

    assert known.find(trigger.id) is not None
