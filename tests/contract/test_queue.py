"""What every database promises about executions as work."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from recado.errors import LeaseLostError, StoreIntegrityError
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.store import counters, executions
from recado.store.executions import ExecutionFilter
from recado.store.protocol import Store
from tests.helpers.builders import a_new_execution, a_settlement, a_stored_trigger
from tests.helpers.clock import FakeClock

ANA, BIA = WorkerId("ana"), WorkerId("bia")
LEASE = timedelta(seconds=60)


@pytest.fixture
async def trigger(store: Store) -> Trigger:
    return await a_stored_trigger(store)


async def test_of_many_identical_events_exactly_one_is_stored(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    new = a_new_execution(
        trigger,
        idempotency_key="k",
        dedupe_until=clock.now() + timedelta(days=7),
        received_at=clock.now(),
    )

    ids = await asyncio.gather(*(store.accept(new) for _ in range(64)))

    assert Counter(number is None for number in ids) == {True: 63, False: 1}
    totals = await store.read(
        counters.totals, now=clock.now(), window=timedelta(days=1)
    )
    assert totals.happened[counters.IDEMPOTENT_REPLAYS] == 63
    assert totals.by_status["pending"] == 1


async def test_a_duplicate_in_a_later_batch_is_found_too(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    until = clock.now() + timedelta(days=7)
    new = a_new_execution(trigger, idempotency_key="k", dedupe_until=until)
    await store.accept(new)

    again = await store.accept(new)

    assert again is None


async def test_what_arrives_together_is_numbered_by_arrival_and_keeps_what_is_its_own(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    until = clock.now() + timedelta(days=1)
    keys = [f"k{number % 40}" for number in range(50)]  # the last ten are repeated
    new = [
        a_new_execution(
            trigger,
            document=f'{{"n":{place}}}'.encode(),
            idempotency_key=key,
            dedupe_until=until,
            ordering_key=f"chat {place % 3}" if place % 2 else None,
        )
        for place, key in enumerate(keys)
    ]

    ids = await asyncio.gather(*(store.accept(one) for one in new))

    stored = [number for number in ids if number is not None]
    assert stored == sorted(set(stored))
    assert [number is None for number in ids] == [False] * 40 + [True] * 10
    lent = await store.claim(ANA, limit=100, lease=LEASE, room={}, caps={})
    assert {one.id: (one.idempotency_key, one.event) for one in lent} == {
        number: (one.idempotency_key, one.document)
        for place, (number, one) in enumerate(zip(ids, new, strict=True))
        if number is not None and (place % 2 == 0 or place in {1, 3, 5})
    }


@pytest.mark.parametrize("has_come_before", [False, True], ids=["new", "again"])
async def test_a_mixed_batch_keeps_one_of_each_key_and_the_order_of_each_chat(
    store: Store, trigger: Trigger, clock: FakeClock, has_come_before: bool
) -> None:
    """A key comes in two chats and in none; some came before, too long ago to block."""
    keys = [None if place % 7 == 6 else f"k{place % 20}" for place in range(60)]
    orders = [(None, "ana", "bia")[place % 3] for place in range(60)]
    ends = clock.now() + timedelta(days=1)
    if has_come_before:
        for key in {*keys[1:20:3]} - {None}:
            old = a_new_execution(trigger, idempotency_key=key, dedupe_until=ends)
            assert await store.accept(old) is not None
        assert len(await run_all(store)) == 6
    clock.advance(timedelta(days=2))

    ids = await asyncio.gather(
        *(
            store.accept(
                a_new_execution(
                    trigger,
                    document=f"[{place}]".encode(),
                    idempotency_key=key,
                    dedupe_until=clock.now() + timedelta(days=1),
                    ordering_key=order,
                )
            )
            for place, (key, order) in enumerate(zip(keys, orders, strict=True))
        )
    )
    ran = await run_all(store)

    stored = {place: number for place, number in enumerate(ids) if number is not None}
    assert Counter(keys[place] for place in stored) == Counter(
        {key: 1 for key in keys if key is not None} | {None: 8}
    )
    assert {one.id: one.event for one in ran} == {
        number: f"[{place}]".encode() for place, number in stored.items()
    }
    for chat in ("ana", "bia"):
        accepted = [number for place, number in stored.items() if orders[place] == chat]
        assert accepted == sorted(accepted)
        assert [one.id for one in ran if one.ordering_key == chat] == accepted


async def run_all(store: Store) -> list[Claimed]:
    """Claim and complete until there is nothing more; returns all in their order."""
    ran: list[Claimed] = []
    while some := await store.claim(ANA, limit=128, lease=LEASE, room={}, caps={}):
        ran += some
        for claimed in some:
            await store.settle(a_settlement(claimed, Status.COMPLETED))
    return ran


async def test_events_without_a_key_are_never_duplicates(
    store: Store, trigger: Trigger
) -> None:
    ids = [await store.accept(a_new_execution(trigger)) for _ in range(3)]

    assert None not in ids


async def test_a_key_blocks_only_its_own_trigger(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    other = await a_stored_trigger(store)
    until = clock.now() + timedelta(days=1)

    first = await store.accept(
        a_new_execution(trigger, idempotency_key="k", dedupe_until=until)
    )
    second = await store.accept(
        a_new_execution(other, idempotency_key="k", dedupe_until=until)
    )

    assert first is not None
    assert second is not None


async def test_a_key_past_its_window_does_not_block(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    until = clock.now() + timedelta(minutes=3)
    new = a_new_execution(trigger, idempotency_key="k", dedupe_until=until)
    first = await store.accept(new)
    assert first is not None

    clock.advance(timedelta(minutes=2, seconds=59))
    too_early = await store.accept(new)
    clock.advance(timedelta(seconds=1))
    released = await store.accept(new)

    assert too_early is None
    assert released is not None
    old = await store.read(executions.get, first)
    assert old.idempotency_key == "k"


async def test_another_integrity_error_is_not_taken_for_a_duplicate(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    nobody = TriggerId(999)
    until = clock.now() + timedelta(days=1)
    good = a_new_execution(trigger, idempotency_key="k", dedupe_until=until)
    bad = a_new_execution(nobody, idempotency_key="k", dedupe_until=until)

    results = await asyncio.gather(
        store.accept(good), store.accept(bad), return_exceptions=True
    )

    assert isinstance(results[1], StoreIntegrityError)
    assert isinstance(results[0], int)


async def test_what_is_claimed_is_lent_to_nobody_else(
    store: Store, trigger: Trigger
) -> None:
    for _ in range(100):
        await store.accept(a_new_execution(trigger))

    claims = await asyncio.gather(
        *(
            store.claim(WorkerId(f"w{n}"), limit=7, lease=LEASE, room={}, caps={})
            for n in range(20)
        )
    )

    lent = Counter(claimed.id for claim in claims for claimed in claim)
    assert len(lent) == 100
    assert set(lent.values()) == {1}


async def test_the_longest_due_is_lent_first(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    late = a_new_execution(trigger, received_at=clock.now())
    early = a_new_execution(trigger, received_at=clock.now() - timedelta(seconds=5))
    late_id, early_id = await store.accept(late), await store.accept(early)

    claimed = await store.claim(ANA, limit=2, lease=LEASE, room={}, caps={})

    assert [one.id for one in claimed] == [early_id, late_id]


async def test_what_is_not_due_yet_is_not_lent(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    due_at = clock.now() + timedelta(seconds=30)
    await store.accept(a_new_execution(trigger))
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    await store.settle(
        a_settlement(claimed, Status.RETRYING, due_at=due_at, counts=True)
    )

    too_early = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    next_due_at = await store.next_due_at()
    clock.advance(timedelta(seconds=30))
    [again] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    assert too_early == []
    assert next_due_at == due_at
    assert (again.attempt, again.failures) == (2, 1)


async def test_room_limits_one_trigger_and_not_the_others(
    store: Store, trigger: Trigger
) -> None:
    other = await a_stored_trigger(store)
    for _ in range(5):
        await store.accept(a_new_execution(trigger))
        await store.accept(a_new_execution(other))

    claimed = await store.claim(
        ANA, limit=10, lease=LEASE, room={trigger.id: 2}, caps={}
    )
    none_left = await store.claim(
        ANA, limit=10, lease=LEASE, room={trigger.id: 0}, caps={}
    )

    assert Counter(one.trigger_id for one in claimed) == {trigger.id: 2, other.id: 5}
    assert none_left == []


async def test_one_ordering_key_runs_one_at_a_time_in_order_of_arrival(
    store: Store, trigger: Trigger
) -> None:
    ids = await asyncio.gather(
        *(store.accept(a_new_execution(trigger, ordering_key="chat")) for _ in range(4))
    )
    free = await store.accept(a_new_execution(trigger, ordering_key="other"))

    lent = []
    for _ in range(4):
        claimed = await store.claim(ANA, limit=10, lease=LEASE, room={}, caps={})
        lent.append([one.id for one in claimed])
        for one in claimed:
            await store.settle(a_settlement(one, Status.COMPLETED))

    assert lent == [[ids[0], free], [ids[1]], [ids[2]], [ids[3]]]


async def test_a_retrying_execution_keeps_its_place_in_the_order(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    first = await store.accept(a_new_execution(trigger, ordering_key="chat"))
    second = await store.accept(a_new_execution(trigger, ordering_key="chat"))
    [claimed] = await store.claim(ANA, limit=10, lease=LEASE, room={}, caps={})
    due_at = clock.now() + timedelta(seconds=5)
    await store.settle(a_settlement(claimed, Status.RETRYING, due_at=due_at))

    meanwhile = await store.claim(ANA, limit=10, lease=LEASE, room={}, caps={})
    clock.advance(timedelta(seconds=5))
    [again] = await store.claim(ANA, limit=10, lease=LEASE, room={}, caps={})
    await store.settle(a_settlement(again, Status.FAILED))
    [after] = await store.claim(ANA, limit=10, lease=LEASE, room={}, caps={})

    assert meanwhile == []
    assert (again.id, after.id) == (first, second)


async def test_a_lease_that_was_taken_back_cannot_settle(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    await store.accept(a_new_execution(trigger))
    [first] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    clock.advance(LEASE)
    rescued = await store.rescue()
    [second] = await store.claim(BIA, limit=1, lease=LEASE, room={}, caps={})

    assert rescued == 1
    assert (second.id, second.attempt, second.failures) == (first.id, 2, 1)
    with pytest.raises(LeaseLostError):  # ana wakes up too late
        await store.settle(a_settlement(first, Status.COMPLETED))
    await store.settle(a_settlement(second, Status.COMPLETED))


async def test_an_abandoned_attempt_is_written_down(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    await store.accept(a_new_execution(trigger))
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    await store.rescue(everything=True)

    execution = await store.read(executions.get, claimed.id)
    assert [attempt.outcome for attempt in execution.attempts] == ["abandoned"]
    assert execution.may_have_acted
    assert execution.status is Status.PENDING


async def test_an_extended_lease_is_not_taken_back(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    for _ in range(2):
        await store.accept(a_new_execution(trigger))
    kept, forgotten = await store.claim(ANA, limit=2, lease=LEASE, room={}, caps={})

    held = await store.extend(ANA, [kept.id], lease=2 * LEASE)
    clock.advance(LEASE)
    rescued = await store.rescue()

    assert (held, rescued) == (1, 1)
    assert (await store.read(executions.get, kept.id)).status is Status.RUNNING
    assert (await store.read(executions.get, forgotten.id)).status is Status.PENDING


async def test_the_next_due_moment_leaves_out_triggers_without_room(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    other = await a_stored_trigger(store)
    sooner, later = clock.now() + LEASE, clock.now() + 2 * LEASE
    await store.accept(a_new_execution(trigger, received_at=sooner))
    await store.accept(a_new_execution(other, received_at=later))

    assert await store.next_due_at() == sooner
    assert await store.next_due_at(leave_out=[trigger.id]) == later
    assert await store.next_due_at(leave_out=[trigger.id, other.id]) is None


async def test_what_is_held_waits_for_its_release_and_spends_no_attempt(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    await store.accept(a_new_execution(trigger))
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    await store.settle(
        a_settlement(claimed, Status.HELD, attempt=None, held_for="instance:a")
    )
    clock.advance(timedelta(days=1))
    meanwhile = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    elsewhere = await store.release_held(held_for="instance:b")
    released = await store.release_held(held_for="instance:a")
    [again] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    assert meanwhile == []
    assert (elsewhere, released) == (0, 1)
    assert (again.attempt, again.failures) == (1, 0)
    assert again.held_since is not None


async def test_what_came_of_it_is_read_back(store: Store, trigger: Trigger) -> None:
    await store.accept(a_new_execution(trigger, idempotency_key="k"))
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    await store.settle(
        a_settlement(
            claimed,
            Status.FAILED,
            error="number is not on WhatsApp",
            error_category=Category.PERMANENT,
            error_fingerprint="f1",
            may_have_acted=True,
            counts=True,
        )
    )

    execution = await store.read(executions.get, claimed.id)
    assert execution.status is Status.FAILED
    assert execution.error == "number is not on WhatsApp"
    assert execution.error_category is Category.PERMANENT
    assert execution.may_have_acted
    assert execution.completed_at is not None
    assert execution.event_data == b'{"event_type":"Message"}'
    assert [attempt.number for attempt in execution.attempts] == [1]


async def test_a_success_forgets_the_error_of_the_attempt_before(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    await store.accept(a_new_execution(trigger))
    [claimed] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
    await store.settle(
        a_settlement(
            claimed,
            Status.RETRYING,
            due_at=clock.now(),
            error="HTTP 503",
            error_category=Category.TRANSIENT,
        )
    )
    [again] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})

    await store.settle(a_settlement(again, Status.COMPLETED, result_summary="sent"))

    execution = await store.read(executions.get, claimed.id)
    assert (execution.error, execution.error_category) == (None, None)
    assert execution.result_summary == "sent"


async def test_counters_say_how_many_executions_have_each_status(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    for _ in range(5):
        await store.accept(a_new_execution(trigger, received_at=clock.now()))
    claimed = await store.claim(ANA, limit=4, lease=LEASE, room={}, caps={})
    ends = (Status.COMPLETED, Status.FAILED, Status.RETRYING, Status.HELD)
    for one, status in zip(claimed, ends, strict=True):
        await store.settle(
            a_settlement(one, status, at=clock.now(), due_at=clock.now(), sent=2)
        )

    totals = await store.read(
        counters.totals, now=clock.now(), window=timedelta(days=1)
    )

    told = {name: value for name, value in totals.by_status.items() if value}
    assert told == {
        "pending": 1,
        "completed": 1,
        "failed": 1,
        "retrying": 1,
        "held": 1,
    }
    assert totals.dead_letters == 1
    assert totals.happened[counters.RETRIES] == 1
    assert totals.happened[counters.WPP_COMMANDS] == 8


async def test_pages_go_by_key_and_meet_every_execution_once(
    store: Store, trigger: Trigger
) -> None:
    ids = [await store.accept(a_new_execution(trigger)) for _ in range(7)]

    seen: list[ExecutionId] = []
    before = None
    while page := await store.read(
        executions.page, ExecutionFilter(), limit=3, before=before
    ):
        seen += [execution.id for execution in page]
        before = page[-1].id

    assert seen == list(reversed(ids))
