"""A running installation moves from SQLite to PostgreSQL."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from recado.errors import StoreError
from recado.model.ids import WorkerId
from recado.model.status import Status
from recado.store import keys
from recado.store.copying import copy_database
from recado.store.open import open_store
from recado.store.protocol import Store
from recado.store.tables import metadata
from tests.helpers.builders import NOON, a_new_execution, a_settlement, a_stored_trigger
from tests.helpers.clock import FakeClock
from tests.helpers.commands import Commands
from tests.helpers.postgres import PASSWORD, Postgres

LEASE = timedelta(seconds=60)


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def target(postgres: Postgres) -> Iterator[str]:
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def moved(target: str, tmp_path: Path, clock: FakeClock) -> "Moving":
    return Moving(tmp_path, target, clock)


class Moving:
    def __init__(self, folder: Path, target: str, clock: FakeClock) -> None:
        self._folder, self.target, self._clock = folder, target, clock
        self.told: list[tuple[str, int, int]] = []

    async def copy(self) -> int:
        return await asyncio.to_thread(
            copy_database,
            self._folder / "recado.db",
            self.target,
            clock=self._clock,
            tell=lambda *said: self.told.append(said),
        )

    async def open(self, url: str) -> Store:
        return await open_store(
            url, folder=self._folder, clock=self._clock, sleep=asyncio.sleep
        )

    async def content(self, url: str) -> dict[str, Any]:
        store = await self.open(url)
        found = await store.read(everything)
        await store.close()
        return found


def everything(conn: Connection) -> dict[str, Any]:
    return {
        table.name: [
            tuple(row)
            for row in conn.execute(select(table).order_by(*table.primary_key))
        ]
        for table in metadata.sorted_tables
    }


async def fill(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    await store.write(
        keys.create, name="a", role="admin", key_hash="h", prefix="p", now=NOON
    )
    for n in range(5):
        await store.accept(
            a_new_execution(trigger, idempotency_key=f"k{n}", ordering_key="chat")
        )
    [one] = await store.claim(WorkerId("ana"), limit=1, lease=LEASE, room={}, caps={})
    await store.settle(a_settlement(one, Status.FAILED, error="gone"))


async def test_all_of_it_is_there_and_goes_on(store: Store, moved: Moving) -> None:
    await fill(store)
    await store.close()

    rows = await moved.copy()

    there = await moved.content(moved.target)
    assert there == await moved.content("sqlite:///recado.db")
    assert rows == sum(map(len, there.values()))
    assert ("trigger_executions", 5, 5) in moved.told
    opened = await moved.open(moved.target)
    trigger = await a_stored_trigger(opened)
    number = await opened.accept(a_new_execution(trigger))
    await opened.close()
    assert (trigger.id, number) == (2, 6)


async def test_a_second_time_brings_over_what_has_changed(
    store: Store, moved: Moving
) -> None:
    await fill(store)
    await store.close()
    await moved.copy()
    again = await moved.open("sqlite:///recado.db")
    [one] = await again.claim(WorkerId("bia"), limit=1, lease=LEASE, room={}, caps={})
    await again.settle(a_settlement(one, Status.COMPLETED))
    await again.accept(a_new_execution(one.trigger_id, idempotency_key="new"))
    await again.close()

    await moved.copy()

    assert await moved.content(moved.target) == await moved.content(
        "sqlite:///recado.db"
    )


async def test_a_file_in_use_is_not_copied(store: Store, moved: Moving) -> None:
    with pytest.raises(StoreError, match="in use"):
        await moved.copy()


async def test_a_target_in_use_is_left_alone(store: Store, moved: Moving) -> None:
    await store.close()
    opened = await moved.open(moved.target)

    with pytest.raises(StoreError, match="in use"):
        await moved.copy()

    await opened.close()


async def test_a_target_with_executions_of_its_own_is_left_alone(
    store: Store, moved: Moving
) -> None:
    await store.close()
    opened = await moved.open(moved.target)
    await fill(opened)
    await opened.close()

    with pytest.raises(StoreError, match="up to 5"):
        await moved.copy()


async def test_the_command_says_what_to_set_and_shows_no_password(
    store: Store, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(store)
    await store.close()
    words = ("db", "copy", "--from", "sqlite:///recado.db", "--to", target)

    ended = await asyncio.to_thread(
        Commands(capsys).done, *words, "--data-dir", str(tmp_path)
    )

    assert "rows are copied" in ended.out
    assert str(tmp_path / "secret.key") in ended.out
    assert "trigger_executions" in ended.err
    assert PASSWORD not in ended.out + ended.err
