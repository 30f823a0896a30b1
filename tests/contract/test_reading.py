"""What every database tells about the executions it holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recado.model.category import Category
from recado.model.ids import ExecutionId, WorkerId
from recado.model.status import DEAD_LETTERS, Status
from recado.model.trigger import Trigger
from recado.store import bulks, counters, executions, replays
from recado.store.audit import Actor
from recado.store.bulks import BulkKind
from recado.store.executions import ExecutionFilter
from recado.store.protocol import Store
from tests.helpers.builders import (
    NOON,
    a_new_execution,
    a_settlement,
    a_stored_trigger,
)
from tests.helpers.clock import FakeClock

ANA = WorkerId("ana")
LEASE = timedelta(seconds=60)
OPS = Actor(name="key:ops")
ENDS = (
    Status.FAILED,
    Status.COMPLETED,
    Status.HELD,
    Status.FAILED_RETRYABLE,
    Status.FAILED,
    Status.RETRYING,
)


@pytest.fixture
async def trigger(store: Store) -> Trigger:
    return await a_stored_trigger(store)


@pytest.fixture
async def ended(store: Store, trigger: Trigger) -> dict[ExecutionId, Status]:
    """One execution for each of ``ENDS``, one that runs, and one that waits."""
    for n in range(len(ENDS) + 2):
        await store.accept(a_new_execution(trigger, idempotency_key=f"key-{n}"))
    claimed = await store.claim(ANA, limit=len(ENDS) + 1, lease=LEASE, room={}, caps={})
    for one, status in zip(claimed, ENDS, strict=False):
        failed = status is not Status.COMPLETED
        await store.settle(
            a_settlement(
                one,
                status,
                due_at=NOON + LEASE if status is Status.RETRYING else None,
                held_for="instance:a" if status is Status.HELD else None,
                error="HTTP 503" if failed else None,
                error_category=Category.TRANSIENT if failed else None,
                error_fingerprint="f1" if failed else None,
            )
        )
    found = await store.read(executions.page, ExecutionFilter(), limit=50)
    return {one.id: one.status for one in found}


async def listed(
    store: Store, wanted: ExecutionFilter, *, limit: int = 2
) -> list[ExecutionId]:
    """Return the ids of all pages."""
    seen: list[ExecutionId] = []
    before = None
    while page := await store.read(executions.page, wanted, limit=limit, before=before):
        seen += [one.id for one in page]
        before = page[-1].id
    return seen


@pytest.mark.parametrize(
    "statuses",
    [
        *((status,) for status in Status),
        (Status.FAILED, Status.FAILED_RETRYABLE),
        (Status.HELD, Status.PENDING, Status.RUNNING),
        (Status.COMPLETED, Status.FAILED, Status.FAILED),
        tuple(Status),
    ],
)
async def test_statuses_are_merged_newest_first_and_met_once(
    store: Store, ended: dict[ExecutionId, Status], statuses: tuple[Status, ...]
) -> None:
    wanted = ExecutionFilter(statuses=statuses)

    seen = await listed(store, wanted)

    expected = [number for number, status in ended.items() if status in statuses]
    assert seen == sorted(expected, reverse=True)
    assert await store.read(executions.count, wanted) == len(expected)


@pytest.mark.parametrize(
    "wanted",
    [
        ExecutionFilter(category=Category.TRANSIENT),
        ExecutionFilter(fingerprint="f1"),
        ExecutionFilter(fingerprint="f1", category=Category.TRANSIENT),
        ExecutionFilter(q="503"),
    ],
)
async def test_what_failed_is_found_by_its_cause_whatever_its_status(
    store: Store, ended: dict[ExecutionId, Status], wanted: ExecutionFilter
) -> None:
    unhurt = {Status.COMPLETED, Status.PENDING, Status.RUNNING}
    dead = wanted.only_dead_letters()

    seen = await listed(store, wanted)
    seen_dead = await listed(store, dead)

    assert seen == [number for number, status in ended.items() if status not in unhurt]
    assert seen_dead == [n for n, status in ended.items() if status in DEAD_LETTERS]


async def test_ids_can_be_restricted_to_dead_letters(
    store: Store, ended: dict[ExecutionId, Status]
) -> None:
    wanted = ExecutionFilter(ids=tuple(ended))

    seen = await listed(store, wanted.only_dead_letters())

    assert seen == [n for n, status in ended.items() if status in DEAD_LETTERS]


@pytest.mark.parametrize("status", sorted(set(Status) - DEAD_LETTERS))
async def test_no_dead_letter_has_another_status(
    store: Store, ended: dict[ExecutionId, Status], status: Status
) -> None:
    wanted = ExecutionFilter(statuses=(status,)).only_dead_letters()

    assert await listed(store, wanted) == []
    assert await store.read(bulks.count_matching, wanted) == 0


async def test_a_text_is_looked_for_in_so_many_below_the_cursor(
    store: Store,
    ended: dict[ExecutionId, Status],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executions, "SEARCHED", 3)
    newest, *_, oldest = ended

    async def found(part: str, before: ExecutionId | None = None) -> list[int]:
        wanted = ExecutionFilter(q=part)
        page = await store.read(executions.page, wanted, limit=9, before=before)
        return [one.id for one in page]

    assert await found("key-") == [newest, newest - 1, newest - 2]
    assert await found("key-", before=ExecutionId(newest - 2)) == [
        newest - 3,
        newest - 4,
        newest - 5,
    ]
    assert await found("key-0") == []
    assert await found("key-0", before=ExecutionId(oldest + 3)) == [oldest]


async def test_the_bound_of_a_text_counts_only_what_matches_the_rest(
    store: Store,
    ended: dict[ExecutionId, Status],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executions, "SEARCHED", 3)
    dead = [n for n, status in ended.items() if status in DEAD_LETTERS]

    wanted = replace(ExecutionFilter().only_dead_letters(), q="key-")
    page = await store.read(executions.page, wanted, limit=9)

    assert [one.id for one in page] == dead
    assert len(dead) == 3


async def test_the_oldest_dead_letter_is_of_either_kind(
    store: Store, trigger: Trigger, clock: FakeClock
) -> None:
    none = await store.read(executions.oldest_dead_letter_at)
    for minutes in range(2):
        at = NOON + timedelta(minutes=minutes)
        await store.accept(a_new_execution(trigger, received_at=at))
    old, new = await store.claim(ANA, limit=2, lease=LEASE, room={}, caps={})
    await store.settle(a_settlement(old, Status.FAILED_RETRYABLE))
    await store.settle(a_settlement(new, Status.FAILED))

    first = await store.read(executions.oldest_dead_letter_at)
    await store.write(replays.discard, old.id, actor=OPS, now=clock.now())
    second = await store.read(executions.oldest_dead_letter_at)

    assert (none, first, second) == (None, NOON, NOON + timedelta(minutes=1))


async def test_groups_put_the_triggers_of_one_cause_together(
    store: Store, trigger: Trigger
) -> None:
    other = await a_stored_trigger(store)
    causes = [(trigger, "f1"), (other, "f1"), (other, "f2"), (other, None)]
    for of, _ in [*causes, (trigger, "f1")]:
        await store.accept(a_new_execution(of))
    claimed = await store.claim(ANA, limit=9, lease=LEASE, room={}, caps={})
    for one, (_, cause) in zip(claimed, [*causes, (trigger, "f1")], strict=True):
        await store.settle(
            a_settlement(
                one,
                Status.FAILED,
                error=f"error of {one.id}",
                error_category=Category.PERMANENT,
                error_fingerprint=cause,
                may_have_acted=of_first(one.id),
            )
        )

    groups = await store.read(executions.dead_letter_groups)
    of_other = await store.read(executions.dead_letter_groups, trigger_id=other.id)
    largest = await store.read(executions.dead_letter_groups, limit=1)

    assert {(one.fingerprint, one.count, one.trigger_ids) for one in groups} == {
        ("f1", 3, (trigger.id, other.id)),
        ("f2", 1, (other.id,)),
        (None, 1, (other.id,)),
    }
    assert groups[0].error == "error of 5"
    assert groups[0].newest_id == 5
    assert groups[0].may_have_acted == 1
    assert {(one.fingerprint, one.count) for one in of_other} == {
        ("f1", 1),
        ("f2", 1),
        (None, 1),
    }
    assert largest == groups[:1]


def of_first(number: ExecutionId) -> bool:
    return number == 1


async def test_numbers_of_all_time_are_not_forgotten_with_the_window(
    store: Store, ended: dict[ExecutionId, Status], clock: FakeClock
) -> None:
    later = clock.now() + timedelta(days=400)

    totals = await store.read(counters.totals, now=later, window=timedelta(days=1))

    waiting = {Status.PENDING, Status.HELD, Status.RETRYING}
    assert totals.waiting == sum(status in waiting for status in ended.values())
    assert totals.dead_letters == 3
    assert sum(totals.by_status.values()) == 0


async def test_numbers_of_all_time_follow_every_move(
    store: Store, ended: dict[ExecutionId, Status], clock: FakeClock
) -> None:
    newest, middle, _ = (n for n, status in ended.items() if status in DEAD_LETTERS)
    await store.write(replays.discard, newest, actor=OPS, now=clock.now())
    await store.write(replays.replay, middle, actor=OPS, now=clock.now())
    await store.rescue(everything=True)
    await store.release_held(held_for="instance:a")

    totals = await store.read(
        counters.totals, now=clock.now(), window=timedelta(days=1)
    )

    found = await store.read(executions.page, ExecutionFilter(), limit=50)
    statuses = [one.status for one in found]
    assert totals.dead_letters == sum(one in DEAD_LETTERS for one in statuses) == 1
    assert totals.waiting == sum(
        one in {Status.PENDING, Status.RETRYING, Status.HELD} for one in statuses
    )
    assert totals.by_status == {one.value: statuses.count(one) for one in Status}


async def test_a_bulk_keeps_the_number_that_was_counted_before(
    store: Store, ended: dict[ExecutionId, Status], clock: FakeClock
) -> None:
    wanted = ExecutionFilter()
    counted = await store.read(bulks.count_matching, wanted)

    bulk = await store.write(
        bulks.create,
        kind=BulkKind.REPLAY,
        described={},
        actor=OPS.name,
        now=clock.now(),
        total=counted + 4,
    )

    assert counted == 3
    assert bulk.total == 7


async def test_an_instance_and_a_sent_message_are_found(
    store: Store, trigger: Trigger
) -> None:
    for chat in ("sales|5511", "sales2|5511", "support|5522"):
        await store.accept(a_new_execution(trigger, ordering_key=chat))
    for one in await store.claim(ANA, limit=3, lease=LEASE, room={}, caps={}):
        await store.settle(
            a_settlement(one, Status.COMPLETED, result_summary=f"sent as 3EB0{one.id}")
        )

    of_sales = await listed(store, ExecutionFilter(instance="sales"))
    sent = await listed(store, ExecutionFilter(q="3EB02"))
    in_lower_case = await listed(store, ExecutionFilter(q="3eb02"))

    assert of_sales == [1]
    assert sent == in_lower_case == [2]


async def test_dead_letters_without_a_cause_are_a_group(
    store: Store, trigger: Trigger
) -> None:
    for n, cause in enumerate((None, "f1", None)):
        await store.accept(a_new_execution(trigger, idempotency_key=f"key-{n}"))
        [one] = await store.claim(ANA, limit=1, lease=LEASE, room={}, caps={})
        await store.settle(
            a_settlement(
                one,
                Status.FAILED,
                error="gone" if cause is None else "HTTP 503",
                error_fingerprint=cause,
            )
        )

    [group] = await store.read(executions.dead_letter_groups, fingerprint="")
    nameless = ExecutionFilter(fingerprint="").only_dead_letters()

    assert (group.fingerprint, group.count) == (None, 2)
    assert await listed(store, nameless) == [3, 1]
    assert await store.read(executions.count, nameless) == 2
