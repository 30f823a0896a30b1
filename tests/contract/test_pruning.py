"""What every database promises about the age at which things go."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from recado.errors import NotFoundError
from recado.execution import prune as pruning_module
from recado.execution.prune import EVERY, FIRST_AFTER, PAUSE, Pruner, Sleep
from recado.model.ids import ExecutionId, WorkerId
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signal, Signals
from recado.store import executions, replays
from recado.store.audit import Actor
from recado.store.protocol import Store
from tests.helpers.builders import a_new_execution, a_settlement, a_stored_trigger
from tests.helpers.clock import FakeClock

ANA = WorkerId("ana")
OPERATOR = Actor(name="key:ops")
MONTH = timedelta(days=30)


@pytest.fixture
async def trigger(store: Store) -> Trigger:
    return await a_stored_trigger(store)


async def an_execution(
    store: Store,
    trigger: Trigger,
    status: Status,
    *,
    at: datetime,
    key: str | None = None,
    dedupe_until: datetime | None = None,
) -> ExecutionId:
    stored = await store.accept(
        a_new_execution(
            trigger, received_at=at, idempotency_key=key, dedupe_until=dedupe_until
        )
    )
    assert stored is not None
    if status is not Status.PENDING:
        await _end(store, status, at=at)
    return stored


async def _end(store: Store, status: Status, *, at: datetime) -> None:
    [claimed] = await store.claim(
        ANA, limit=1, lease=timedelta(seconds=60), room={}, caps={}
    )
    await store.settle(a_settlement(claimed, status, at=at))


async def prune(store: Store, clock: FakeClock) -> list[Signal]:
    told: list[Signal] = []
    await a_pruner(store, clock, told, sleep=_no_sleep).prune()
    return told


def a_pruner(
    store: Store, clock: FakeClock, told: list[Signal], *, sleep: Sleep
) -> Pruner:
    signals = Signals(lambda error: pytest.fail(str(error)))
    signals.listen(told.append)
    return Pruner(store, retention=MONTH, clock=clock, signals=signals, sleep=sleep)


async def _no_sleep(_: float) -> None:
    await asyncio.sleep(0)


async def kept_of(store: Store, ids: Iterable[ExecutionId]) -> list[ExecutionId]:
    kept = []
    for number in ids:
        try:
            await store.read(executions.get, number)
        except NotFoundError:
            continue
        kept.append(number)
    return kept


async def test_it_lets_a_start_pass_and_then_prunes_every_hour(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    old = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    clock.advance(MONTH + timedelta(seconds=1))
    slept: list[tuple[float, bool]] = []

    async def sleep(seconds: float) -> None:
        if seconds != PAUSE:
            slept.append((seconds, await kept_of(store, [old]) == [old]))
        if len(slept) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await a_pruner(store, clock, [], sleep=sleep).prune_for_ever()

    hour = EVERY.total_seconds()
    assert slept == [(FIRST_AFTER.total_seconds(), True), (hour, False), (hour, False)]


async def test_what_is_resolved_and_old_goes_and_the_rest_stays(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    then = clock.now()
    completed = await an_execution(store, trigger, Status.COMPLETED, at=then)
    dead = await an_execution(store, trigger, Status.FAILED, at=then)
    waiting = await an_execution(store, trigger, Status.RETRYING, at=then)
    clock.advance(MONTH)
    young = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    newest = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    clock.advance(timedelta(seconds=1))

    [told] = await prune(store, clock)

    everything = (completed, dead, waiting, young, newest)
    assert await kept_of(store, everything) == [dead, waiting, young, newest]
    assert told.name is Name.EXECUTIONS_PRUNED
    assert told.facts == {"executions": 1, "payloads": 1}


async def test_a_dead_letter_goes_once_it_is_resolved(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    then = clock.now()
    dead = await an_execution(store, trigger, Status.FAILED, at=then)
    await an_execution(store, trigger, Status.COMPLETED, at=then)
    await store.write(replays.discard, dead, actor=OPERATOR, now=then)
    clock.advance(MONTH + timedelta(seconds=1))

    await prune(store, clock)

    assert await kept_of(store, [dead]) == []


async def test_a_key_that_still_blocks_outlives_its_payload(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    then = clock.now()
    until = then + timedelta(days=60)
    stored = await an_execution(
        store, trigger, Status.COMPLETED, at=then, key="k", dedupe_until=until
    )
    await an_execution(store, trigger, Status.COMPLETED, at=then)
    clock.advance(MONTH + timedelta(seconds=1))

    await prune(store, clock)
    again = await store.accept(
        a_new_execution(
            trigger, idempotency_key="k", dedupe_until=until, received_at=clock.now()
        )
    )

    assert again is None
    kept = await store.read(executions.get, stored)
    assert kept.event_data is None


async def test_what_a_replay_was_made_of_stays_until_the_replay_goes(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    then = clock.now()
    dead = await an_execution(store, trigger, Status.FAILED, at=then)
    replay = await store.write(replays.replay, dead, actor=OPERATOR, now=then)
    clock.advance(MONTH + timedelta(seconds=1))

    await prune(store, clock)
    while_it_waits = await store.read(executions.get, replay)
    await _end(store, Status.COMPLETED, at=clock.now())
    await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    clock.advance(MONTH + timedelta(seconds=1))
    await prune(store, clock)
    await prune(store, clock)

    assert while_it_waits.event_data == b'{"event_type":"Message"}'
    assert await kept_of(store, [dead, replay]) == []


async def test_an_id_never_comes_again(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    last = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())
    clock.advance(MONTH + timedelta(seconds=1))

    await prune(store, clock)
    new = await an_execution(store, trigger, Status.COMPLETED, at=clock.now())

    assert new > last


async def test_many_go_in_steps(
    store: Store,
    trigger: Trigger,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pruning_module, "AT_ONCE", 2)
    then = clock.now()
    dead = [await an_execution(store, trigger, Status.FAILED, at=then)]
    for _ in range(5):
        await an_execution(store, trigger, Status.COMPLETED, at=then)
    newest = await an_execution(store, trigger, Status.COMPLETED, at=then)
    clock.advance(MONTH + timedelta(seconds=1))

    [told] = await prune(store, clock)

    assert told.facts == {"executions": 5, "payloads": 5}
    everything = [ExecutionId(number) for number in range(1, newest + 1)]
    assert await kept_of(store, everything) == [*dead, newest]
