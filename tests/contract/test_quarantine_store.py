"""What every store promises of the quarantine: bounds, order, and none twice."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from recado.errors import StoreIntegrityError
from recado.model.ids import TriggerId
from recado.store import quarantine, rejections
from recado.store.counters import Tally
from recado.store.protocol import KeptExecution, Store
from recado.store.quarantine import Bounds, KeptDelivery
from recado.store.rejections import Rejection
from recado.store.tables import trigger_executions
from tests.helpers.builders import NOON, a_new_execution, a_stored_trigger
from tests.helpers.clock import FakeClock
from tests.helpers.databases import ONLY_SQLITE

DAY = timedelta(days=1)


def a_rejection(trigger_id: TriggerId, **changes: Any) -> Rejection:
    values: dict[str, Any] = {
        "trigger_id": trigger_id,
        "received_at": NOON,
        "reason": "no proof",
        "source_ip": "192.0.2.1",
        "headers": {},
        "size": 2,
        "sealed": b"sealed",
    }
    return Rejection(**values | changes)


async def reject(
    store: Store,
    *noted: Rejection,
    bounds: Bounds = Bounds(),  # noqa: B008 (frozen)
) -> None:
    await store.write(rejections.note, noted, tally=Tally(), bounds=bounds)


async def kept_of(store: Store, trigger_id: TriggerId) -> list[KeptDelivery]:
    return await store.read(quarantine.oldest, trigger_id, after=0, limit=10_000)


def as_kept_execution(kept: KeptDelivery, **changes: Any) -> KeptExecution:
    new = a_new_execution(TriggerId(1), **changes)
    return KeptExecution(kept=kept, new=new)


async def test_the_newest_are_kept_up_to_a_count(store: Store) -> None:
    trigger = await a_stored_trigger(store)

    for number in range(5):
        sealed = b"%d" % number
        await reject(
            store, a_rejection(trigger.id, sealed=sealed), bounds=Bounds(count=3)
        )

    kept = await kept_of(store, trigger.id)
    notes = await store.read(rejections.newest, trigger.id, limit=10)
    assert [one.sealed for one in kept] == [b"2", b"3", b"4"]
    assert [one.quarantined for one in notes] == [True, True, True, False, False]


async def test_the_newest_are_kept_up_to_a_size(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    large = [a_rejection(trigger.id, sealed=bytes(40)) for _ in range(5)]

    await reject(store, *large, bounds=Bounds(size=100))

    assert len(await kept_of(store, trigger.id)) == 2


async def test_what_is_too_old_goes(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, a_rejection(trigger.id), a_rejection(trigger.id))
    await reject(store, a_rejection(trigger.id, received_at=NOON + DAY))

    pruned = await store.write(quarantine.prune, before=NOON + DAY)

    assert pruned == 2
    assert [one.id for one in await kept_of(store, trigger.id)] == [3]


async def test_one_trigger_does_not_push_out_what_another_keeps(store: Store) -> None:
    one, other = await a_stored_trigger(store), await a_stored_trigger(store)
    await reject(store, a_rejection(other.id))

    flood = [a_rejection(one.id) for _ in range(20)]
    await reject(store, *flood, bounds=Bounds(count=5))

    assert len(await kept_of(store, one.id)) == 5
    assert len(await kept_of(store, other.id)) == 1


async def test_a_stranger_does_not_push_out_what_came_to_the_hook_url(
    store: Store,
) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, a_rejection(trigger.id, by_hook_token=True, sealed=b"sender"))

    flood = [a_rejection(trigger.id, sealed=b"stranger") for _ in range(20)]
    await reject(store, *flood, bounds=Bounds(count=3))

    kept = [one.sealed for one in await kept_of(store, trigger.id)]
    assert kept == [b"sender", b"stranger", b"stranger"]


async def test_notes_of_what_is_not_kept_have_a_bound_of_their_own(
    store: Store,
) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, a_rejection(trigger.id))

    await reject(store, *(a_rejection(trigger.id, sealed=None) for _ in range(230)))

    notes = await store.read(rejections.newest, trigger.id, limit=1_000)
    only = await store.read(
        rejections.newest, trigger.id, limit=10, only_quarantined=True
    )
    assert len(notes) == rejections.KEPT_PER_TRIGGER + 1
    assert [one.id for one in only] == [1]


async def test_what_is_accepted_is_gone_in_the_same_moment(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, a_rejection(trigger.id), a_rejection(trigger.id))
    first, second = await kept_of(store, trigger.id)

    ids = await store.accept_kept([as_kept_execution(first)])

    assert ids == {first.id: 1}
    assert await kept_of(store, trigger.id) == [second]
    notes = await store.read(rejections.newest, trigger.id, limit=10)
    assert [one.id for one in notes] == [second.id]


async def test_of_simultaneous_calls_one_accepts_each(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, *(a_rejection(trigger.id) for _ in range(20)))
    items = [as_kept_execution(kept) for kept in await kept_of(store, trigger.id)]

    answers = await asyncio.gather(*(store.accept_kept(items) for _ in range(10)))

    assert sorted(len(ids) for ids in answers) == [0] * 9 + [20]
    assert len(await executions_of(store)) == 20


async def test_a_refused_one_leaves_all_where_they_were(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, a_rejection(trigger.id), a_rejection(trigger.id))
    kept = await kept_of(store, trigger.id)
    good = as_kept_execution(kept[0])
    wrong = KeptExecution(kept=kept[1], new=a_new_execution(TriggerId(99)))

    with pytest.raises(StoreIntegrityError):
        await store.accept_kept([good, wrong])

    assert await kept_of(store, trigger.id) == kept
    assert await executions_of(store) == []


@ONLY_SQLITE  # PostgreSQL gives no number twice
async def test_the_number_of_one_that_is_gone_means_no_other(store: Store) -> None:
    trigger = await a_stored_trigger(store)
    await reject(store, a_rejection(trigger.id))
    [gone] = await kept_of(store, trigger.id)
    await store.accept_kept([as_kept_execution(gone)])
    await reject(store, a_rejection(trigger.id, received_at=NOON + DAY))
    [later] = await kept_of(store, trigger.id)

    ids = await store.accept_kept([as_kept_execution(gone)])

    assert later.id == gone.id
    assert ids == {}
    assert await kept_of(store, trigger.id) == [later]


def came(at: datetime, *, now: datetime, minutes: int = 3) -> dict[str, Any]:
    return {
        "idempotency_key": "same",
        "received_at": now,
        "came_at": at,
        "dedupe_until": at + timedelta(minutes=minutes),
    }


async def test_repeats_are_known_by_when_they_came_however_late_they_are_accepted(
    store: Store, clock: FakeClock
) -> None:
    """All five tries of one delivery can be in quarantine, an hour old."""
    trigger = await a_stored_trigger(store)
    now = NOON + timedelta(hours=1)
    clock.advance(now - clock.now())
    tries = [NOON + timedelta(seconds=30 * number) for number in range(5)]
    await reject(store, *(a_rejection(trigger.id, received_at=at) for at in tries))
    items = [
        as_kept_execution(kept, **came(kept.received_at, now=now))
        for kept in await kept_of(store, trigger.id)
    ]

    ids = await store.accept_kept(items)

    assert list(ids.values()) == [1, None, None, None, None]


@pytest.mark.parametrize(
    ("later", "is_duplicate"),
    [(timedelta(minutes=2), True), (timedelta(minutes=10), False)],
)
async def test_one_that_came_long_before_is_no_duplicate_of_a_later_one(
    store: Store, clock: FakeClock, later: timedelta, *, is_duplicate: bool
) -> None:
    trigger = await a_stored_trigger(store)
    now = NOON + later
    clock.advance(now - clock.now())
    await store.accept(
        a_new_execution(
            trigger.id,
            idempotency_key="same",
            received_at=now,
            dedupe_until=now + timedelta(minutes=3),
        )
    )
    await reject(store, a_rejection(trigger.id))
    [kept] = await kept_of(store, trigger.id)

    ids = await store.accept_kept([as_kept_execution(kept, **came(NOON, now=now))])

    assert (ids[kept.id] is None) is is_duplicate


async def executions_of(store: Store) -> list[int]:
    return await store.read(_execution_ids)


def _execution_ids(conn: Connection) -> list[int]:
    return list(conn.execute(select(trigger_executions.c.id)).scalars())
