"""What several processes on one PostgreSQL promise together."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from recado.errors import NotReplayableError, RateLimitedError
from recado.execution.hold import Circuits
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, WorkerId
from recado.model.outcome import Failure
from recado.model.status import Status
from recado.observe.signals import Signals
from recado.store import counters, executions, replays
from recado.store.audit import Actor
from recado.store.executions import ExecutionFilter
from recado.store.open import open_store
from recado.store.postgres.store import PostgresStore
from recado.store.protocol import Store, Topic
from tests.helpers.builders import a_new_execution, a_settlement, a_stored_trigger
from tests.helpers.clock import FakeClock

ANA, BIA = WorkerId("ana"), WorkerId("bia")
LEASE = timedelta(seconds=60)
WITHIN = 30.0
OPERATOR = Actor(name="ops")


@pytest.fixture
def database() -> str:
    return "postgres"


@pytest.fixture
async def other(
    database_url: str, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Store]:
    """Another node on the same database."""
    opened = await open_store(
        database_url, folder=tmp_path, clock=clock, sleep=asyncio.sleep
    )
    yield opened
    await opened.close()


async def claim(store: Store, worker: WorkerId, limit: int = 10) -> list[Claimed]:
    return await store.claim(worker, limit=limit, lease=LEASE, room={}, caps={})


async def test_identical_posts_through_two_nodes_make_one_execution(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    until = clock.now() + timedelta(days=1)
    news = [
        a_new_execution(trigger, idempotency_key=f"k{n % 20}", dedupe_until=until)
        for n in range(200)
    ]

    ids = await asyncio.gather(
        *(node.accept(new) for new in news for node in (store, other))
    )

    assert len([number for number in ids if number is not None]) == 20
    assert await store.read(executions.count, ExecutionFilter()) == 20


async def test_what_one_node_lends_no_other_node_lends(
    store: Store, other: Store
) -> None:
    trigger = await a_stored_trigger(store)
    await asyncio.gather(*(store.accept(a_new_execution(trigger)) for _ in range(200)))

    claims = await asyncio.gather(
        *(
            claim(node, WorkerId(f"w{n}"), 7)
            for n in range(20)
            for node in (store, other)
        )
    )

    lent = Counter(one.id for claimed in claims for one in claimed)
    assert len(lent) == 200
    assert set(lent.values()) == {1}


async def test_an_order_holds_over_nodes_that_accept_and_settle_at_once(
    store: Store, other: Store
) -> None:
    trigger = await a_stored_trigger(store)
    ended: defaultdict[str, list[ExecutionId]] = defaultdict(list)
    accepted: list[ExecutionId | None] = []
    running: Counter[str] = Counter()

    async def accept(node: Store) -> None:
        for n in range(60):
            new = a_new_execution(trigger, ordering_key=f"chat{n % 3}")
            accepted.append(await node.accept(new))

    async def work(node: Store, worker: WorkerId) -> None:
        while sum(map(len, ended.values())) < 120:
            for one in await claim(node, worker, 5):
                chat = str(one.ordering_key)
                running[chat] += 1
                assert running[chat] == 1
                ended[chat].append(one.id)
                running[chat] -= 1
                await node.settle(a_settlement(one, Status.COMPLETED))

    async with asyncio.timeout(90):
        await asyncio.gather(
            *(accept(node) for node in (store, other)),
            *(work(node, worker) for node, worker in ((store, ANA), (other, BIA))),
        )

    assert sorted(number for ids in ended.values() for number in ids) == sorted(
        number for number in accepted if number is not None
    )
    assert all(ids == sorted(ids) for ids in ended.values())


async def test_a_trigger_runs_no_more_than_it_may_over_all_nodes(
    store: Store, other: Store
) -> None:
    trigger = await a_stored_trigger(store)
    free = await a_stored_trigger(store)
    for _ in range(20):
        await store.accept(a_new_execution(trigger))
        await store.accept(a_new_execution(free))

    claims = await asyncio.gather(
        *(
            node.claim(
                WorkerId(f"w{n}"), limit=4, lease=LEASE, room={}, caps={trigger.id: 3}
            )
            for n in range(8)
            for node in (store, other)
        )
    )

    lent = Counter(one.trigger_id for claimed in claims for one in claimed)
    assert lent[trigger.id] == 3
    assert lent[free.id] == 20


async def test_a_trigger_that_is_full_elsewhere_waits_for_no_time(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    for _ in range(2):
        await store.accept(a_new_execution(trigger))
    caps = {trigger.id: 1}
    [one] = await store.claim(ANA, limit=5, lease=LEASE, room={}, caps=caps)

    while_full = await other.next_due_at(caps=caps)
    await store.settle(a_settlement(one, Status.COMPLETED))

    assert while_full is None
    assert await other.next_due_at(caps=caps) is not None


async def test_two_operators_on_two_nodes_make_one_replay(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    await store.accept(a_new_execution(trigger))
    [one] = await claim(store, ANA)
    await store.settle(a_settlement(one, Status.FAILED))

    results = await asyncio.gather(
        *(
            node.write(replays.replay, one.id, actor=OPERATOR, now=clock.now())
            for node in (store, other, store, other)
        ),
        return_exceptions=True,
    )

    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 3
    assert {type(error) for error in refused} <= {RateLimitedError, NotReplayableError}
    assert await store.read(executions.count, ExecutionFilter()) == 2


async def test_another_node_takes_back_what_a_vanished_worker_had(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    await store.accept(a_new_execution(trigger))
    [one] = await claim(store, ANA)
    await store.close()

    too_early = await other.rescue()
    clock.advance(LEASE)
    rescued = await other.rescue()
    [again] = await claim(other, BIA)

    assert (too_early, rescued) == (0, 1)
    assert (again.id, again.attempt, again.failures) == (one.id, 2, 1)


async def test_an_expired_lease_is_taken_back_once(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    for _ in range(50):
        await store.accept(a_new_execution(trigger))
    await claim(store, ANA, 50)
    clock.advance(LEASE)

    rescued = await asyncio.gather(
        *(node.rescue() for node in (store, other, store, other))
    )

    assert sum(rescued) == 50
    totals = await store.read(
        counters.totals, now=clock.now(), window=timedelta(days=1)
    )
    assert totals.waiting == 50


async def test_a_node_is_told_what_another_one_stored(
    store: Store, other: Store
) -> None:
    told = asyncio.Event()
    async with asyncio.timeout(WITHIN):
        await other._notices.is_listening.wait()  # type: ignore[attr-defined]
    other.listen(Topic.TRIGGERS, told.set)  # which nobody looks for by himself

    store.tell(Topic.TRIGGERS)

    async with asyncio.timeout(WITHIN):
        await told.wait()


async def test_a_duty_is_one_nodes_until_it_lets_go_or_ends(
    store: Store, other: Store
) -> None:
    mine = await store.take("prune"), await store.take("prune")
    others = await other.take("prune")
    await store.take("bulk:1")
    await store.let_go("prune")
    after = await other.take("prune")
    still = await other.take("bulk:1")
    await store.close()

    assert mine == (True, True)
    assert (others, after, still) == (False, True, False)
    async with asyncio.timeout(WITHIN):  # until the server has seen that it ended
        while not await other.take("bulk:1"):
            pass


async def test_a_duty_is_free_before_the_server_sees_a_connection_end(
    store: PostgresStore, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.take("bulk:1")
    connection = store._duties._connection
    assert connection is not None
    close = connection.close

    async def unseen() -> None: ...

    monkeypatch.setattr(connection, "close", unseen)
    await store.let_go("bulk:1")

    assert await other.take("bulk:1")
    await close()


async def test_each_connection_counts_in_a_slot_of_its_own(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)
    for node in (store, other):
        for _ in range(3):
            await node.accept(a_new_execution(trigger, received_at=clock.now()))

    totals = await store.read(
        counters.totals, now=clock.now(), window=timedelta(days=1)
    )

    assert store._lanes[0]._slot != other._lanes[0]._slot  # type: ignore[attr-defined]
    assert totals.by_status["pending"] == 6
    assert totals.waiting == 6


async def test_a_rate_limit_holds_over_all_nodes(
    store: Store, other: Store, clock: FakeClock
) -> None:
    trigger = await a_stored_trigger(store)

    async def count(node: Store) -> float:
        return await node.count_delivery(trigger.id, per_minute=6, at=clock.now())

    waits = await asyncio.gather(
        *(count(node) for node in (store, other) for _ in range(5))
    )
    clock.advance(timedelta(seconds=10))
    later = [await count(other), await count(store)]

    assert sorted(waits) == [0.0] * 6 + [10.0] * 4
    assert later == [0.0, 10.0]


async def test_what_one_node_opens_or_closes_of_a_circuit_another_one_knows(
    store: Store, other: Store, clock: FakeClock
) -> None:
    signals = Signals(lambda error: None)
    mine, others = (
        Circuits(node, clock=clock, signals=signals) for node in (store, other)
    )
    failed = Failure(error="gone", destination="instance:x", category=Category.OFFLINE)
    await mine.learn("instance:x", failed, Category.OFFLINE)
    await others.load()
    blocked = await others.blocked_until("instance:x")

    clock.advance(timedelta(seconds=10))
    probes = [await one.blocked_until("instance:x") for one in (mine, others)]
    await mine.closed("instance:x")
    await others.load()

    assert blocked == clock.now()
    assert probes[0] is None
    assert probes[1] == clock.now() + timedelta(minutes=1)
    assert others.retry_at("instance:x") is None
