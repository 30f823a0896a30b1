"""Enabling or deleting a trigger releases what it held, in the same transaction."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from recado.errors import StoreBusyError
from recado.model.ids import WorkerId
from recado.model.redact import Secret
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.store import counters, executions, held, triggers
from recado.store.protocol import Store
from tests.helpers.builders import (
    CIPHER,
    NOON,
    SECRET,
    a_new_execution,
    a_settlement,
    a_stored_trigger,
    trigger_fields,
)
from tests.helpers.clock import FakeClock
from tests.helpers.databases import ONLY_SQLITE

HOUR = timedelta(hours=1)


async def _held(store: Store, trigger: Trigger, *, hours: list[int]) -> None:
    for hour in hours:
        at = NOON + hour * HOUR
        await store.accept(a_new_execution(trigger, received_at=at))
    for claimed in await store.claim(
        WorkerId("ana"), limit=9, lease=timedelta(minutes=1), room={}, caps={}
    ):
        held_for = f"trigger:{trigger.id}"
        settlement = a_settlement(
            claimed, Status.HELD, held_for=held_for, attempt=None, at=NOON
        )
        await store.settle(settlement)


async def _waiting(store: Store, *, since: timedelta, clock: FakeClock) -> Any:
    window = clock.now() - NOON - since
    totals = await store.read(counters.totals, now=clock.now(), window=window)
    by_status = totals.by_status
    return by_status[Status.PENDING], by_status[Status.HELD], totals.waiting


def _enable(trigger: Trigger, *, enabled: bool, clock: FakeClock) -> Any:
    return partial(
        triggers.change,
        trigger_id=trigger.id,
        fields=trigger_fields(enabled=enabled),
        cipher=CIPHER,
        now=clock.now(),
    )


async def test_enabling_releases_and_counts_by_the_hour_of_acceptance(
    store: Store, clock: FakeClock
) -> None:
    other = await a_stored_trigger(store, enabled=False)
    trigger = await store.write(
        partial(
            triggers.create,
            fields=trigger_fields(enabled=False),
            secret=SECRET,
            hook_token=Secret("other"),
            cipher=CIPHER,
            now=NOON,
        )
    )
    await _held(store, other, hours=[0])
    await _held(store, trigger, hours=[0, 1, 1])

    await store.write(_enable(trigger, enabled=True, clock=clock))

    assert await _waiting(store, since=timedelta(), clock=clock) == (3, 1, 4)
    assert await _waiting(store, since=HOUR, clock=clock) == (2, 0, 4)
    lent = await store.claim(WorkerId("ana"), limit=9, lease=HOUR, room={}, caps={})
    assert [one.trigger_id for one in lent] == [trigger.id] * 3
    shown = await store.read(executions.get, lent[0].id)
    assert shown.status is Status.RUNNING


async def test_a_change_that_does_not_enable_releases_nothing(
    store: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store, enabled=False)
    await _held(store, trigger, hours=[0])

    await store.write(_enable(trigger, enabled=False, clock=clock))

    assert await _waiting(store, since=timedelta(), clock=clock) == (0, 1, 1)


async def test_deleting_releases(store: Store, clock: FakeClock) -> None:
    trigger = await a_stored_trigger(store, enabled=False)
    await _held(store, trigger, hours=[0])

    await store.write(triggers.delete, trigger.id, now=clock.now())

    assert await _waiting(store, since=timedelta(), clock=clock) == (1, 0, 1)


@pytest.mark.parametrize("enabled", [True, False])
async def test_a_change_that_fails_releases_nothing(
    store: Store, clock: FakeClock, *, enabled: bool
) -> None:
    trigger = await a_stored_trigger(store, enabled=False)
    await _held(store, trigger, hours=[0])

    def failing(conn: Any) -> None:
        if enabled:
            _enable(trigger, enabled=True, clock=clock)(conn)
        else:
            triggers.delete(conn, trigger.id, now=clock.now())
        raise StoreBusyError("killed before the commit")

    with pytest.raises(StoreBusyError):
        await store.write(failing)

    assert await _waiting(store, since=timedelta(), clock=clock) == (0, 1, 1)


@ONLY_SQLITE
async def test_a_release_reads_only_what_is_held(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    trigger = await a_stored_trigger(store, enabled=False)
    await _held(store, trigger, hours=[0])
    said: list[tuple[str, Any]] = []

    def release(conn: Connection) -> None:
        @event.listens_for(conn, "before_cursor_execute")
        def note(*call: Any) -> None:
            said.append((call[2], call[3]))

        held.release_of_trigger(conn, trigger.id, now=clock.now())
        event.remove(conn, "before_cursor_execute", note)

    await store.write(release)

    with closing(sqlite3.connect(tmp_path / "recado.db")) as reader:
        plans = [
            str(reader.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
            for sql, values in said
            if "held_for" in sql
        ]
    assert len(plans) == 2
    assert all("ix_executions_held" in plan for plan in plans), plans
