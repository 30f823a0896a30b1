"""What every database tells about the executions over time."""

from datetime import timedelta

from recado.model.ids import WorkerId
from recado.model.status import Status
from recado.model.trigger import Trigger
from recado.store import activity
from recado.store.protocol import Store
from tests.helpers.builders import (
    NOON,
    a_new_execution,
    a_settlement,
    a_stored_trigger,
)
from tests.helpers.clock import FakeClock

ANA = WorkerId("ana")
HOUR = timedelta(hours=1)


async def settle_all(store: Store, *ends: Status) -> None:
    claimed = await store.claim(
        ANA, limit=len(ends), lease=timedelta(seconds=60), room={}, caps={}
    )
    for one, status in zip(claimed, ends, strict=True):
        await store.settle(a_settlement(one, status))


async def three_hours(store: Store, clock: FakeClock) -> Trigger:
    """Two at noon (one completed, one dead), one that waits two hours later."""
    trigger = await a_stored_trigger(store)
    for minutes in (0, 10, 120):
        at = NOON + timedelta(minutes=minutes)
        await store.accept(a_new_execution(trigger, received_at=at))
    await settle_all(store, Status.COMPLETED, Status.FAILED)
    return trigger


async def test_hours_tell_what_became_of_what_they_accepted(
    store: Store, clock: FakeClock
) -> None:
    await three_hours(store, clock)

    slots = await store.read(
        activity.by_hours, until=NOON + 2 * HOUR, slots=4, hours_each=1
    )

    assert [
        (one.since, one.resolved, one.unfinished, one.dead_letters) for one in slots
    ] == [
        (NOON - HOUR, 0, 0, 0),
        (NOON, 1, 0, 1),
        (NOON + HOUR, 0, 0, 0),
        (NOON + 2 * HOUR, 0, 1, 0),
    ]
    assert [one.accepted for one in slots] == [0, 2, 0, 1]


async def test_slots_of_several_hours_add_them_up(
    store: Store, clock: FakeClock
) -> None:
    await three_hours(store, clock)

    slots = await store.read(
        activity.by_hours, until=NOON + 2 * HOUR, slots=2, hours_each=3
    )

    assert [one.since for one in slots] == [NOON - 3 * HOUR, NOON]
    assert [one.accepted for one in slots] == [0, 3]


async def test_duplicates_are_counted_by_hour(store: Store, clock: FakeClock) -> None:
    trigger = await a_stored_trigger(store)
    new = a_new_execution(
        trigger, idempotency_key="k", dedupe_until=NOON + 24 * HOUR, received_at=NOON
    )
    for _ in range(3):
        await store.accept(new)

    [slot] = await store.read(activity.by_hours, until=NOON, slots=1, hours_each=1)

    assert (slot.accepted, slot.duplicates) == (1, 2)


async def test_minutes_tell_the_same(store: Store, clock: FakeClock) -> None:
    await three_hours(store, clock)
    bounds = [NOON + timedelta(minutes=minutes) for minutes in (-5, 5, 15, 125, 130)]

    slots = await store.read(activity.by_minutes, bounds)

    assert [
        (one.since, one.resolved, one.unfinished, one.dead_letters) for one in slots
    ] == [
        (bounds[0], 1, 0, 0),
        (bounds[1], 0, 0, 1),
        (bounds[2], 0, 1, 0),
        (bounds[3], 0, 0, 0),
    ]


async def test_no_execution_at_all_gives_empty_minutes(store: Store) -> None:
    slots = await store.read(activity.by_minutes, [NOON, NOON + HOUR])

    assert [one.accepted for one in slots] == [0]
