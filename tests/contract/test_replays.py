"""What every database promises about replaying and discarding dead letters."""

import asyncio
from datetime import timedelta

import pytest

from recado.errors import NotFoundError, NotReplayableError, RateLimitedError
from recado.model.ids import ExecutionId, WorkerId
from recado.model.status import DEAD_LETTERS, Status
from recado.model.trigger import Trigger
from recado.store import audit, executions, replays
from recado.store.audit import Actor
from recado.store.protocol import Store
from tests.helpers.builders import a_new_execution, a_settlement, a_stored_trigger
from tests.helpers.clock import FakeClock

ANA = WorkerId("ana")
OPERATOR = Actor(name="key:ops")
LEASE = timedelta(seconds=60)


@pytest.fixture
async def trigger(store: Store) -> Trigger:
    return await a_stored_trigger(store)


async def an_execution(
    store: Store, trigger: Trigger, status: Status, *, key: str | None = "k"
) -> ExecutionId:
    stored = await store.accept(
        a_new_execution(trigger, idempotency_key=key, ordering_key="chat")
    )
    assert stored is not None
    if status is Status.PENDING:
        return stored
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    if status is not Status.RUNNING:
        await store.settle(a_settlement(claimed, status))
    return stored


async def test_a_replay_runs_again_although_its_event_has_a_key(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED)

    new_id = await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    assert claimed.id == new_id
    assert claimed.root_id == dead
    assert claimed.idempotency_key == "k"
    assert claimed.event == b'{"event_type":"Message"}'
    old = await store.read(executions.get, dead)
    assert old.status is Status.REPLAYED
    assert old.replayed_by == new_id
    new = await store.read(executions.get, new_id)
    assert new.replay_of == dead


async def test_a_replay_of_a_replay_keeps_the_first_root(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED)
    second = await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    await store.settle(a_settlement(claimed, Status.FAILED))

    await store.write(replays.replay, second, actor=OPERATOR, now=clock.now())
    [again] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    assert again.root_id == dead


async def test_a_duplicate_of_a_replayed_event_is_still_a_duplicate(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED)
    await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())

    again = await store.accept(a_new_execution(trigger, idempotency_key="k"))

    assert again is None


async def test_two_presses_at_once_make_one_replay(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED)

    results = await asyncio.gather(
        *(
            store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())
            for _ in range(2)
        ),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [int, RateLimitedError]


async def test_the_second_press_is_told_how_long_to_wait(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED)
    await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())

    clock.advance(timedelta(seconds=17.5))
    with pytest.raises(RateLimitedError) as caught:
        await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())
    clock.advance(timedelta(seconds=42.5))
    with pytest.raises(NotReplayableError) as later:
        await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())

    assert caught.value.retry_after_seconds == 43
    assert later.value.current_status == "replayed"


@pytest.mark.parametrize(
    "status", [Status.PENDING, Status.RUNNING, Status.COMPLETED, Status.HELD]
)
async def test_only_a_dead_letter_can_be_replayed_or_discarded(
    store: Store, trigger: Trigger, clock: FakeClock, status: Status
) -> None:
    alive = await an_execution(store, trigger, status)

    with pytest.raises(NotReplayableError) as caught:
        await store.write(replays.replay, alive, actor=OPERATOR, now=clock.now())
    with pytest.raises(NotReplayableError):
        await store.write(replays.discard, alive, actor=OPERATOR, now=clock.now())

    assert caught.value.current_status == status


@pytest.mark.parametrize("status", sorted(DEAD_LETTERS))
async def test_a_dead_letter_can_be_discarded(
    store: Store, trigger: Trigger, clock: FakeClock, status: Status
) -> None:
    dead = await an_execution(store, trigger, status)

    await store.write(replays.discard, dead, actor=OPERATOR, now=clock.now())

    execution = await store.read(executions.get, dead)
    assert execution.status is Status.DISCARDED


async def test_what_is_not_there_is_not_found(store: Store, clock: FakeClock) -> None:
    nobody = ExecutionId(404)

    with pytest.raises(NotFoundError):
        await store.write(replays.replay, nobody, actor=OPERATOR, now=clock.now())
    with pytest.raises(NotFoundError):
        await store.write(replays.discard, nobody, actor=OPERATOR, now=clock.now())


async def test_a_replay_waits_for_what_is_before_it_in_its_order(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    dead = await an_execution(store, trigger, Status.FAILED)
    newer = await an_execution(store, trigger, Status.RUNNING, key="k2")

    new_id = await store.write(replays.replay, dead, actor=OPERATOR, now=clock.now())
    meanwhile = await store.claim(ANA, limit=5, lease=LEASE, room={}, caps={})
    await store.rescue(everything=True)
    [first] = await store.claim(ANA, limit=5, lease=LEASE, room={}, caps={})
    await store.settle(a_settlement(first, Status.COMPLETED))
    [second] = await store.claim(ANA, limit=5, lease=LEASE, room={}, caps={})

    assert meanwhile == []
    assert (first.id, second.id) == (newer, new_id)


async def test_replays_and_discards_are_audited(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    first = await an_execution(store, trigger, Status.FAILED)
    second = await an_execution(store, trigger, Status.FAILED, key="k2")
    await store.write(replays.replay, first, actor=OPERATOR, now=clock.now())
    await store.write(replays.discard, second, actor=OPERATOR, now=clock.now())

    entries = await store.read(audit.newest, limit=10)

    assert [(entry.action, entry.target, entry.actor) for entry in entries] == [
        ("execution.discard", f"execution:{second}", "key:ops"),
        ("execution.replay", f"execution:{first}", "key:ops"),
    ]
