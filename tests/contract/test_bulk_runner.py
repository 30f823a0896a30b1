"""Bulks that are resumed while they end, and bulks that meet a bug."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from recado.execution.bulk import BulkRunner
from recado.observe.signals import Name, Signal, Signals
from recado.store import bulks
from recado.store.audit import Actor
from recado.store.bulks import BulkKind, BulkState
from recado.store.executions import ExecutionFilter
from recado.store.protocol import Store
from tests.helpers.clock import FakeClock

WITHIN = 30.0
ANA = Actor(name="ana")


def a_runner(
    store: Store,
    clock: FakeClock,
    take: Callable[[Signal], None],
    read_filter: Callable[[dict[str, Any]], ExecutionFilter],
) -> BulkRunner:
    def fail(error: BaseException) -> None:
        raise error

    signals = Signals(fail)
    signals.listen(take)
    return BulkRunner(
        store,
        clock=clock,
        signals=signals,
        wake=lambda: None,
        sleep=asyncio.sleep,
        read_filter=read_filter,
    )


async def until_it_is(store: Store, bulk_id: int, state: BulkState) -> None:
    async with asyncio.timeout(WITHIN):
        while (await store.read(bulks.get, bulk_id)).state is not state:
            await asyncio.sleep(0.001)


async def test_a_bulk_resumed_while_its_task_returns_goes_on(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = a_runner(store, clock, lambda _: None, lambda _: ExecutionFilter())
    do_some, has_read = runner._do_some, asyncio.Event()
    may_return = asyncio.Event()

    async def wait_before_returning(bulk_id: int) -> bool:
        await runner.change(bulk_id, BulkState.PAUSED)
        ended = await do_some(bulk_id)
        monkeypatch.setattr(runner, "_do_some", do_some)
        has_read.set()
        await may_return.wait()
        return ended

    monkeypatch.setattr(runner, "_do_some", wait_before_returning)
    bulk = await runner.begin(BulkKind.REPLAY, {}, actor=ANA)
    await has_read.wait()
    await runner.change(bulk.id, BulkState.RUNNING)
    may_return.set()

    await until_it_is(store, bulk.id, BulkState.COMPLETED)
    await runner.stop()


async def test_a_bulk_that_meets_a_bug_says_so_and_waits(
    store: Store, clock: FakeClock
) -> None:
    seen: list[Signal] = []
    readings = iter([ExecutionFilter()])

    def read_once(_: dict[str, Any]) -> ExecutionFilter:
        found = next(readings, None)
        if found is None:
            raise ZeroDivisionError("a bug")
        return found

    runner = a_runner(store, clock, seen.append, read_once)
    bulk = await runner.begin(BulkKind.REPLAY, {}, actor=ANA)
    await until_it_is(store, bulk.id, BulkState.PAUSED)

    [signal] = seen
    assert (signal.name, signal.facts) == (Name.REQUEST_FAILED, {"bulk_id": bulk.id})
    await runner.stop()
