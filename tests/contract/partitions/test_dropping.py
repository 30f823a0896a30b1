"""Stretches of ids on PostgreSQL: dropped whole when they are old."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from recado.errors import StoreBusyError
from recado.model.ids import ExecutionId
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.observe.signals import Name
from recado.store import executions, replays
from recado.store.audit import Actor
from recado.store.open import open_store
from recado.store.postgres import dropping, partitions
from recado.store.postgres.partitions import Ages
from recado.store.postgres.store import PostgresStore
from tests.contract.partitions.conftest import (
    DAY,
    FIRST,
    SECOND,
    SIZE,
    add_every_kind,
    an_old_stretch,
    content,
    fill_a_stretch,
    partition_of,
    somebody_reads,
    stretches_of,
    until_somebody_waits,
)
from tests.contract.test_pruning import MONTH, an_execution, kept_of, prune
from tests.helpers.builders import a_new_execution, a_stored_trigger
from tests.helpers.clock import FakeClock
from tests.helpers.postgres import TEMPLATE, Postgres

OPERATOR = Actor(name="key:ops")
WAITING = """
SELECT pid, virtualtransaction FROM pg_locks
WHERE NOT granted AND relation IS NOT NULL
"""


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = text("SET LOCAL lock_timeout = '50ms'")
    monkeypatch.setattr(partitions, "_WAIT_BRIEFLY", at_once)
    monkeypatch.setattr(dropping, "BETWEEN_TRIES", 0.001)


def test_a_stretch_may_wait_for_an_eighth_of_the_time_that_all_is_kept() -> None:
    days = [dropping.left_for(kept * DAY) / DAY for kept in (1, 16, 30, 360)]

    assert days == [2, 2, 3.75, 45]


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
    await an_old_stretch(store, trigger, clock)
    async with somebody_reads(database_url):
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
    old_soon = await an_old_stretch(store, trigger, clock)
    async with somebody_reads(database_url, "triggers"):
        pruning = asyncio.create_task(prune(store, clock))
        async with asyncio.timeout(30):
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


@pytest.mark.usefixtures("_waits_for_hours")
async def test_what_somebody_else_cancels_is_put_off(
    store: PostgresStore, trigger: Trigger, clock: FakeClock, database_url: str
) -> None:
    await an_old_stretch(store, trigger, clock)
    async with somebody_reads(database_url) as other:
        pruning = asyncio.create_task(prune(store, clock))
        await until_somebody_waits(other)
        [first] = await (await other.execute(WAITING)).fetchall()
        await other.execute("SELECT pg_cancel_backend(%s)", first[:1])
        async with asyncio.timeout(30):
            while await (await other.execute(WAITING)).fetchall() in ([first], []):
                await asyncio.sleep(0.01)
        await other.rollback()
        told = await pruning
    put_off, _ = await stretches_of(store), await prune(store, clock)

    names = [signal.name for signal in told]
    assert names == [Name.STORE_UNAVAILABLE, Name.EXECUTIONS_PRUNED]
    assert len(put_off) == 1
    assert await stretches_of(store) == []


@pytest.mark.usefixtures("_waits_for_hours")
async def test_a_close_between_two_statements_breaks_off_the_next(
    store: PostgresStore,
    trigger: Trigger,
    clock: FakeClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await an_old_stretch(store, trigger, clock)
    judge, judged, may_go_on = dropping._judge, threading.Event(), threading.Event()

    def judge_and_pause(*judging: Any) -> dropping.Gone | None:
        gone = judge(*judging)
        judged.set()
        may_go_on.wait(30)
        return gone

    monkeypatch.setattr(dropping, "_judge", judge_and_pause)
    async with somebody_reads(database_url):
        pruning = asyncio.create_task(prune(store, clock))
        await asyncio.to_thread(judged.wait, 30)
        closing = asyncio.create_task(store.close())
        await asyncio.wait({closing}, timeout=0.3)  # its first cancel finds nothing
        may_go_on.set()

        async with asyncio.timeout(30):
            await closing

    with pytest.raises(StoreBusyError, match="user request"):
        await pruning


@pytest.mark.usefixtures("_waits_for_hours")
async def test_a_close_breaks_the_dropping_of_all_stretches_off(
    store: PostgresStore, trigger: Trigger, clock: FakeClock, database_url: str
) -> None:
    await an_old_stretch(store, trigger, clock)
    async with somebody_reads(database_url) as other:
        pruning = asyncio.create_task(prune(store, clock))
        await until_somebody_waits(other)

        async with asyncio.timeout(30):
            await store.close()

    with pytest.raises(StoreBusyError, match="user request"):
        await pruning
