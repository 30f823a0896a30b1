"""The worker on a real database: limits, time limits, holds, stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from recado.errors import StoreBusyError, StoreIntegrityError
from recado.execution.hold import Circuits, release_forgotten
from recado.execution.settle import BROKEN_OFF, held
from recado.execution.worker import LEASE, Worker, WorkerParts
from recado.model.category import Category
from recado.model.execution import Claimed, Execution
from recado.model.ids import ExecutionId, WorkerId
from recado.model.outcome import Failure, Outcome, Success
from recado.model.status import Status
from recado.model.trigger import ActionType, Trigger, TriggerSettings
from recado.observe.signals import Name, Signal, Signals
from recado.store import executions, triggers
from recado.store.known_triggers import KnownTriggers
from recado.store.protocol import Settlement, Store
from tests.helpers.builders import (
    CIPHER,
    a_new_execution,
    a_stored_trigger,
    trigger_fields,
)
from tests.helpers.clock import FakeClock

WITHIN = 30.0


class Acting:
    """An action that does what the test says, and tells who runs."""

    def __init__(self) -> None:
        self.does: Callable[[Claimed], Awaitable[Outcome]] = self.succeed
        self.running = 0
        self.most_running = 0
        self.ran: list[ExecutionId] = []
        self.calls: str | None = None
        self.started = asyncio.Event()

    def problems(self, payload: object) -> list[str]:
        return []

    def destination(self, trigger: Trigger) -> str | None:
        return self.calls

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.ran.append(claimed.id)
        self.started.set()
        try:
            return await self.does(claimed)
        finally:
            self.running -= 1

    async def succeed(self, claimed: Claimed) -> Outcome:
        await asyncio.sleep(0)
        return Success(summary="done")


class Bench:
    """A worker, its store, and the signals it emitted."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.action = Acting()
        self.seen: list[Signal] = []
        self.changed = asyncio.Event()
        self.signals = Signals(self._broken)
        self.signals.listen(self._take)
        self.triggers = KnownTriggers(store, cipher=CIPHER, clock=clock)
        self.circuits = Circuits(store, clock=clock, signals=self.signals)
        self.beat = asyncio.Event()
        self.sleeps = 0
        self.worker = self.make_worker()

    def make_worker(self, **changes: Any) -> Worker:
        parts: dict[str, Any] = {
            "store": self.store,
            "triggers": self.triggers,
            "actions": dict.fromkeys(ActionType, self.action),
            "circuits": self.circuits,
            "clock": self.clock,
            "signals": self.signals,
            "draw": lambda: 0.0,
            "sleep": self._sleep,
            "concurrency": 8,
            "processes": 2,
        }
        return Worker(WorkerId("ana"), WorkerParts(**parts | changes))

    async def _sleep(self, seconds: float) -> None:
        self.beat.clear()
        self.sleeps += 1
        self.changed.set()
        await self.beat.wait()

    async def until_asleep(self, *, times: int) -> None:
        """Wait until the worker has gone to sleep so often: its leases are kept."""
        async with asyncio.timeout(WITHIN):
            while self.sleeps < times:
                self.changed.clear()
                await self.changed.wait()

    def _broken(self, error: BaseException) -> None:
        raise error

    def _take(self, signal: Signal) -> None:
        self.seen.append(signal)
        self.changed.set()

    async def until(self, name: Name, *, times: int = 1) -> list[Signal]:
        async with asyncio.timeout(WITHIN):
            while True:
                self.changed.clear()
                found = [signal for signal in self.seen if signal.name is name]
                if len(found) >= times:
                    return found
                await self.changed.wait()

    async def a_trigger(self, **changes: Any) -> Trigger:
        trigger = await a_stored_trigger(self.store, **changes)
        await self.triggers.load()
        return trigger

    async def accept(self, trigger: Trigger, **changes: Any) -> ExecutionId:
        new = a_new_execution(trigger, received_at=self.clock.now(), **changes)
        stored = await self.store.accept(new)
        assert stored is not None
        self.worker.wake()
        return stored

    async def get(self, execution_id: ExecutionId) -> Execution:
        return await self.store.read(executions.get, execution_id)


@pytest.fixture
async def bench(store: Store, clock: FakeClock) -> AsyncIterator[Bench]:
    made = Bench(store, clock)
    yield made
    if made.worker.is_running:
        await made.worker.stop(grace=1)


def script(**settings: Any) -> dict[str, Any]:
    return {"settings": TriggerSettings(**settings)}


SILENCE = Failure(
    error="no answer", category=Category.TRANSIENT, destination="host:x:80"
)
HTTP = {"action_type": ActionType.HTTP}


async def test_what_is_accepted_runs_and_ends_completed(bench: Bench) -> None:
    trigger = await bench.a_trigger()
    bench.worker.start()

    stored = await bench.accept(trigger)
    await bench.until(Name.TRIGGER_EXECUTE)

    execution = await bench.get(stored)
    assert execution.status is Status.COMPLETED
    assert execution.result_summary == "done"
    assert [attempt.outcome for attempt in execution.attempts] == ["completed"]


async def test_a_trigger_runs_no_more_side_by_side_than_it_may(bench: Bench) -> None:
    trigger = await bench.a_trigger(**HTTP, **script(concurrency=3))
    for _ in range(12):
        await bench.accept(trigger)

    bench.worker.start()
    await bench.until(Name.TRIGGER_EXECUTE, times=12)

    assert bench.action.most_running == 3


async def test_programs_are_limited_over_all_triggers(bench: Bench) -> None:
    first, second = await bench.a_trigger(), await bench.a_trigger()
    for trigger in (first, second) * 5:
        await bench.accept(trigger)

    bench.worker.start()
    await bench.until(Name.TRIGGER_EXECUTE, times=10)

    assert bench.action.most_running == 2


async def test_all_triggers_together_run_no_more_than_the_worker_may(
    bench: Bench,
) -> None:
    trigger = await bench.a_trigger(**HTTP)
    for _ in range(30):
        await bench.accept(trigger)

    bench.worker.start()
    await bench.until(Name.TRIGGER_EXECUTE, times=30)

    assert bench.action.most_running == 8
    assert bench.action.ran == sorted(bench.action.ran)


async def test_the_time_limit_ends_an_attempt_and_it_is_tried_again(
    bench: Bench,
) -> None:
    async def hang(claimed: Claimed) -> Outcome:
        await asyncio.Event().wait()
        return Success()

    bench.action.does = hang
    trigger = await bench.a_trigger(**HTTP, **script(timeout=0.02))
    bench.worker.start()

    stored = await bench.accept(trigger)
    await bench.until(Name.TRIGGER_EXECUTE)

    execution = await bench.get(stored)
    assert execution.status is Status.RETRYING
    assert execution.error_category is Category.TRANSIENT
    assert execution.may_have_acted
    assert execution.next_attempt_at == bench.clock.now() + timedelta(seconds=5)


async def test_what_nobody_foresaw_is_kept_in_full_and_tried_once_more(
    bench: Bench,
) -> None:
    async def break_down(claimed: Claimed) -> Outcome:
        raise ZeroDivisionError("a bug")

    bench.action.does = break_down
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()

    stored = await bench.accept(trigger)
    await bench.until(Name.TRIGGER_EXECUTE)
    bench.clock.advance(timedelta(minutes=1))
    bench.worker.wake()
    await bench.until(Name.TRIGGER_DEAD_LETTER)

    execution = await bench.get(stored)
    assert execution.status is Status.FAILED_RETRYABLE
    assert execution.error_category is Category.UNKNOWN
    assert execution.error == "ZeroDivisionError: a bug"
    assert len(execution.attempts) == 2
    assert "Traceback" in str(execution.attempts[0].output)


async def test_stopping_lets_an_attempt_end_in_its_grace(bench: Bench) -> None:
    may_end = asyncio.Event()

    async def finish_later(claimed: Claimed) -> Outcome:
        await may_end.wait()
        return Success()

    bench.action.does = finish_later
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.action.started.wait()

    stopping = asyncio.create_task(bench.worker.stop(grace=WITHIN))
    await asyncio.sleep(0)
    may_end.set()
    await stopping

    assert (await bench.get(stored)).status is Status.COMPLETED


async def test_stopping_gives_the_rest_back_and_spends_no_attempt(
    bench: Bench,
) -> None:
    async def hang(claimed: Claimed) -> Outcome:
        await asyncio.Event().wait()
        return Success()

    bench.action.does = hang
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.action.started.wait()

    await bench.worker.stop(grace=0)

    execution = await bench.get(stored)
    assert execution.status is Status.PENDING
    [attempt] = execution.attempts
    assert (attempt.outcome, attempt.error) == ("released", BROKEN_OFF)
    assert execution.may_have_acted
    [signal] = await bench.until(Name.TRIGGER_EXECUTE)
    assert signal.facts["reason"] == BROKEN_OFF
    [again] = await bench.store.claim(
        WorkerId("bia"), limit=1, lease=LEASE, room={}, caps={}
    )
    assert (again.id, again.failures) == (stored, 0)


async def test_a_trigger_that_another_node_just_made_is_looked_up(
    bench: Bench,
) -> None:
    trigger = await a_stored_trigger(bench.store, **HTTP)  # and nobody told of it
    bench.worker.start()
    stored = await bench.accept(trigger)

    await bench.until(Name.TRIGGER_EXECUTE)

    assert (await bench.get(stored)).status is Status.COMPLETED


async def test_what_is_of_a_trigger_that_cannot_be_looked_up_is_given_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, refusals = bench.store.read, iter(range(2))

    async def refuse_at_first(query: Any, *args: Any, **kwargs: Any) -> Any:
        if query is triggers.every and next(refusals, None) is not None:
            raise StoreBusyError("the database is away")
        return await read(query, *args, **kwargs)

    trigger = await a_stored_trigger(bench.store, **HTTP)
    monkeypatch.setattr(bench.store, "read", refuse_at_first)
    bench.worker.start()
    stored = await bench.accept(trigger)

    await bench.until(Name.TRIGGER_EXECUTE)

    execution = await bench.get(stored)
    assert execution.status is Status.COMPLETED
    assert [one.outcome for one in execution.attempts] == ["completed"]
    assert bench.action.ran == [stored]


async def test_what_a_deleted_trigger_accepted_becomes_a_dead_letter(
    bench: Bench,
) -> None:
    trigger = await bench.a_trigger(**HTTP)
    stored = await bench.accept(trigger)
    await bench.store.write(triggers.delete, trigger.id, now=bench.clock.now())
    await bench.triggers.load()

    bench.worker.start()
    await bench.until(Name.TRIGGER_DEAD_LETTER)

    execution = await bench.get(stored)
    assert execution.status is Status.FAILED
    assert execution.error == "its trigger was deleted"


async def test_a_paused_trigger_holds_what_it_accepted(bench: Bench) -> None:
    trigger = await bench.a_trigger(**HTTP)
    fields = trigger_fields(**HTTP, enabled=False)
    await bench.store.write(
        triggers.change, trigger.id, fields, cipher=CIPHER, now=bench.clock.now()
    )
    await bench.triggers.load()
    bench.worker.start()

    stored = await bench.accept(trigger)
    [signal] = await bench.until(Name.TRIGGER_HELD)

    assert signal.facts["held_for"] == f"trigger:{trigger.id}"
    assert (await bench.get(stored)).status is Status.HELD
    assert bench.action.ran == []


async def test_one_probe_at_a_time_reaches_an_offline_destination(
    bench: Bench,
) -> None:
    async def offline(claimed: Claimed) -> Outcome:
        await asyncio.sleep(0)
        return Failure(
            error="client disconnected",
            category=Category.OFFLINE,
            destination="instance:x",
        )

    bench.action.calls = "instance:x"
    bench.action.does = offline
    trigger = await bench.a_trigger(**HTTP, **script(concurrency=1))
    for _ in range(6):
        await bench.accept(trigger)
    bench.worker.start()

    await bench.until(Name.TRIGGER_HELD, times=5)
    bench.clock.advance(timedelta(seconds=10))
    bench.worker.wake()
    await bench.until(Name.TRIGGER_EXECUTE, times=2)
    bench.action.does = bench.action.succeed
    bench.clock.advance(timedelta(minutes=20))
    bench.worker.wake()
    await bench.until(Name.TRIGGER_EXECUTE, times=8)

    assert len(bench.action.ran) == 8
    page = await bench.store.read(
        executions.page, executions.ExecutionFilter(), limit=10
    )
    assert {execution.status for execution in page} == {Status.COMPLETED}
    changes = [
        signal.facts["state"]
        for signal in bench.seen
        if signal.name is Name.CIRCUIT_CHANGED
    ]
    assert changes == ["open", "open", "closed"]


async def test_after_a_day_offline_an_execution_is_a_dead_letter(
    bench: Bench,
) -> None:
    async def offline(claimed: Claimed) -> Outcome:
        return Failure(
            error="client disconnected",
            category=Category.OFFLINE,
            destination="instance:x",
        )

    bench.action.calls = "instance:x"
    bench.action.does = offline
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.until(Name.TRIGGER_EXECUTE)

    bench.clock.advance(timedelta(hours=24))
    bench.worker.wake()
    await bench.until(Name.TRIGGER_DEAD_LETTER)

    execution = await bench.get(stored)
    assert execution.status is Status.FAILED_RETRYABLE
    assert execution.error_category is Category.OFFLINE


async def test_what_was_held_for_a_day_and_never_tried_says_why_it_is_dead(
    bench: Bench,
) -> None:
    offline = Failure(error="off", category=Category.OFFLINE, destination="instance:x")
    bench.action.calls = "instance:x"
    await bench.circuits.learn("instance:x", offline, Category.OFFLINE)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.until(Name.TRIGGER_HELD)

    bench.clock.advance(timedelta(hours=24))
    await bench.circuits.blocked_until("instance:x")  # another one is the probe
    bench.worker.wake()
    await bench.until(Name.TRIGGER_DEAD_LETTER)

    execution = await bench.get(stored)
    assert execution.status is Status.FAILED_RETRYABLE
    assert execution.error == "instance:x could not be reached for 24 hours"
    assert execution.error_category is Category.OFFLINE
    assert execution.error_fingerprint is not None


async def test_circuits_outlive_the_process(bench: Bench) -> None:
    failure = Failure(error="off", category=Category.OFFLINE, destination="instance:x")
    await bench.circuits.learn("instance:x", failure, Category.OFFLINE)

    after = Circuits(bench.store, clock=bench.clock, signals=bench.signals)
    await after.load()
    blocked_until = await after.blocked_until("instance:x")
    bench.clock.advance(timedelta(seconds=10))

    assert blocked_until == bench.clock.now()
    assert await after.blocked_until("instance:x") is None


async def test_calls_without_an_answer_open_a_circuit_after_five(
    bench: Bench,
) -> None:
    for _ in range(4):
        await bench.circuits.learn("host:x:80", SILENCE, Category.TRANSIENT)
    before = await bench.circuits.blocked_until("host:x:80")
    await bench.circuits.learn("host:x:80", SILENCE, Category.TRANSIENT)

    assert before is None
    assert await bench.circuits.blocked_until("host:x:80") is not None


async def test_a_refusal_shows_that_the_destination_is_there(bench: Bench) -> None:
    refusal = Failure(error="HTTP 404", http_status=404)

    for _ in range(10):
        await bench.circuits.learn("host:x:80", SILENCE, Category.TRANSIENT)
        await bench.circuits.learn("host:x:80", refusal, Category.PERMANENT)

    assert await bench.circuits.blocked_until("host:x:80") is None


async def test_leases_are_extended_while_an_attempt_runs(bench: Bench) -> None:
    may_end = asyncio.Event()

    async def take_long(claimed: Claimed) -> Outcome:
        await may_end.wait()
        return Success()

    bench.action.does = take_long
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.action.started.wait()

    for beats in range(6):
        await bench.until_asleep(times=1 + beats)
        bench.clock.advance(LEASE / 3)
        bench.beat.set()
    await bench.until_asleep(times=7)
    may_end.set()
    await bench.until(Name.TRIGGER_EXECUTE)

    assert (await bench.get(stored)).status is Status.COMPLETED
    assert bench.action.ran == [stored]


async def test_what_another_worker_has_by_now_is_not_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the network kept the answer to a claim for longer than the lease."""
    claim, waits = bench.store.claim, iter([LEASE])

    async def answer_late(worker: WorkerId, **how: Any) -> list[Claimed]:
        claimed = await claim(worker, **how)
        if claimed and (wait := next(waits, None)) is not None:
            bench.clock.advance(wait)
            assert await bench.store.rescue() == 1
        return claimed

    monkeypatch.setattr(bench.store, "claim", answer_late)
    trigger = await bench.a_trigger()
    stored = await bench.accept(trigger)
    bench.worker.start()

    await bench.until(Name.TRIGGER_EXECUTE)

    [late] = await bench.until(Name.CLAIM_LATE)
    assert late.facts == {"count": 1, "duration_seconds": 60.0}
    assert bench.action.ran == [stored]
    attempts = (await bench.get(stored)).attempts
    assert [one.outcome for one in attempts] == ["abandoned", "completed"]


async def test_a_late_answer_that_lends_nothing_is_not_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, waits = bench.store.claim, iter([LEASE])
    has_answered = asyncio.Event()

    async def answer_late(worker: WorkerId, **how: Any) -> list[Claimed]:
        claimed = await claim(worker, **how)
        bench.clock.advance(next(waits, timedelta(0)))
        has_answered.set()
        return claimed

    monkeypatch.setattr(bench.store, "claim", answer_late)
    trigger = await bench.a_trigger()
    bench.worker.start()
    await has_answered.wait()
    await bench.accept(trigger)

    await bench.until(Name.TRIGGER_EXECUTE)

    assert Name.CLAIM_LATE not in [one.name for one in bench.seen]


async def test_a_result_is_kept_until_it_can_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, refusals = bench.store.settle, iter(range(3))

    async def refuse_at_first(settlement: Settlement) -> None:
        if next(refusals, None) is not None:
            raise StoreBusyError("the disk is full")
        await settle(settlement)

    monkeypatch.setattr(bench.store, "settle", refuse_at_first)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)

    for times in (1, 2, 3):
        await bench.until(Name.STORE_UNAVAILABLE, times=times)
        bench.beat.set()
    await bench.until(Name.TRIGGER_EXECUTE)

    assert (await bench.get(stored)).status is Status.COMPLETED
    assert bench.action.ran == [stored]


async def test_a_failure_that_called_nobody_tells_nothing_about_the_destination(
    bench: Bench,
) -> None:
    unrenderable = Failure(error="no such field", category=Category.PERMANENT)

    for _ in range(10):
        await bench.circuits.learn("host:x:80", unrenderable, Category.PERMANENT)

    assert await bench.circuits.blocked_until("host:x:80") is None


async def test_an_execution_that_kills_its_workers_ends_as_a_dead_letter(
    bench: Bench,
) -> None:
    trigger = await bench.a_trigger(**HTTP, **script(max_attempts=2))
    stored = await bench.accept(trigger)
    for worker in ("w1", "w2"):
        await bench.store.claim(
            WorkerId(worker), limit=1, lease=LEASE, room={}, caps={}
        )
        await bench.store.rescue(everything=True)

    bench.worker.start()
    await bench.until(Name.TRIGGER_DEAD_LETTER)

    execution = await bench.get(stored)
    assert execution.status is Status.FAILED_RETRYABLE
    assert execution.may_have_acted
    assert execution.error == "the worker vanished during this attempt"
    assert bench.action.ran == []


async def test_everything_held_for_an_instance_ends_after_a_day(bench: Bench) -> None:
    async def offline(claimed: Claimed) -> Outcome:
        return Failure(
            error="client disconnected",
            category=Category.OFFLINE,
            destination="instance:x",
        )

    bench.action.calls = "instance:x"
    bench.action.does = offline
    trigger = await bench.a_trigger(**HTTP)
    for _ in range(20):
        await bench.accept(trigger)
    bench.worker = bench.make_worker(concurrency=1)
    bench.worker.start()
    await bench.until(Name.TRIGGER_HELD, times=19)

    bench.clock.advance(timedelta(hours=30))
    bench.worker.wake()
    await bench.until(Name.TRIGGER_DEAD_LETTER, times=20)


async def test_time_behind_a_paused_trigger_is_no_time_offline(
    bench: Bench,
) -> None:
    trigger = await bench.a_trigger(**HTTP)
    stored = await bench.accept(trigger)
    [claimed] = await bench.store.claim(
        WorkerId("w"), limit=1, lease=LEASE, room={}, caps={}
    )
    paused = held(
        claimed,
        held_for=f"trigger:{trigger.id}",
        now=bench.clock.now(),
        until=None,
    )
    await bench.store.settle(paused)
    bench.clock.advance(timedelta(hours=25))

    released = await release_forgotten(bench.store, paused=[])
    [again] = await bench.store.claim(
        WorkerId("w"), limit=1, lease=LEASE, room={}, caps={}
    )

    assert (released, again.id, again.held_since) == (1, stored, None)


async def test_a_paused_trigger_keeps_what_is_held_for_it(bench: Bench) -> None:
    trigger = await bench.a_trigger(**HTTP)
    await bench.accept(trigger)
    [claimed] = await bench.store.claim(
        WorkerId("w"), limit=1, lease=LEASE, room={}, caps={}
    )
    name = f"trigger:{trigger.id}"
    await bench.store.settle(
        held(claimed, held_for=name, now=bench.clock.now(), until=None)
    )

    assert await release_forgotten(bench.store, paused=[trigger.id]) == 0


async def test_a_stop_does_not_forget_what_an_action_has_done(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, refused = bench.store.settle, asyncio.Event()
    may_write = asyncio.Event()

    async def refuse_until_later(settlement: Settlement) -> None:
        if not may_write.is_set():
            refused.set()
            raise StoreBusyError("the disk is full")
        await settle(settlement)

    monkeypatch.setattr(bench.store, "settle", refuse_until_later)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await refused.wait()

    stopping = asyncio.create_task(bench.worker.stop(grace=0))
    await asyncio.sleep(0.02)
    may_write.set()
    bench.beat.set()
    await stopping

    assert (await bench.get(stored)).status is Status.COMPLETED


async def test_a_stop_does_not_forget_what_has_closed_a_circuit(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, closing = bench.store.release_held, asyncio.Event()
    may_close = asyncio.Event()

    async def release_later(**held: Any) -> int:
        closing.set()
        await may_close.wait()
        return await release(**held)

    bench.action.calls = "host:x:80"
    for _ in range(5):
        await bench.circuits.learn("host:x:80", SILENCE, Category.TRANSIENT)
    bench.clock.advance(timedelta(seconds=10))
    monkeypatch.setattr(bench.store, "release_held", release_later)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await closing.wait()

    stopping = asyncio.create_task(bench.worker.stop(grace=0))
    await asyncio.sleep(0.02)
    may_close.set()
    await stopping

    assert (await bench.get(stored)).status is Status.COMPLETED


async def test_a_store_that_stays_busy_does_not_keep_the_server_from_ending(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(settlement: Settlement) -> None:
        raise StoreBusyError("the disk is full")

    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0.001)

    monkeypatch.setattr(bench.store, "settle", refuse)
    bench.worker = bench.make_worker(sleep=at_once)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    await bench.accept(trigger)
    await bench.until(Name.STORE_UNAVAILABLE)

    await bench.worker.stop(grace=0)

    assert bench.worker.running_count == 0


async def test_a_bug_in_the_store_does_not_end_the_worker(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, broken = bench.store.claim, iter(range(1))

    async def break_once(*args: Any, **kwargs: Any) -> Any:
        if next(broken, None) is not None:
            raise RuntimeError("a bug")
        return await claim(*args, **kwargs)

    monkeypatch.setattr(bench.store, "claim", break_once)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.until(Name.STORE_UNAVAILABLE)
    bench.beat.set()
    await bench.until(Name.TRIGGER_EXECUTE)

    assert (await bench.get(stored)).status is Status.COMPLETED


async def _hang(claimed: Claimed) -> Outcome:
    await asyncio.Event().wait()
    return Success()


async def test_the_grace_of_a_stop_can_be_ended_at_once(bench: Bench) -> None:
    bench.action.does = _hang
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    await bench.action.started.wait()

    stopping = asyncio.create_task(bench.worker.stop(grace=3_600))
    await asyncio.sleep(0)
    bench.worker.end_grace()
    await asyncio.wait_for(stopping, WITHIN)

    execution = await bench.get(stored)
    assert execution.status is Status.PENDING
    assert [attempt.outcome for attempt in execution.attempts] == ["released"]


async def test_a_worker_that_claims_no_more_still_ends_what_it_has(
    bench: Bench,
) -> None:
    may_end = asyncio.Event()

    async def finish_later(claimed: Claimed) -> Outcome:
        await may_end.wait()
        return Success()

    bench.action.does = finish_later
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    first = await bench.accept(trigger)
    await bench.action.started.wait()

    bench.worker.stop_claiming()
    async with asyncio.timeout(WITHIN):
        while bench.worker.is_running:  # a claim may be on its way
            await asyncio.sleep(0.001)
    second = await bench.accept(trigger)
    may_end.set()
    await bench.until(Name.TRIGGER_EXECUTE)

    assert (await bench.get(first)).status is Status.COMPLETED
    assert (await bench.get(second)).status is Status.PENDING
    assert bench.action.ran == [first]


async def test_what_only_waited_for_a_program_slot_has_not_acted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.action.does = _hang
    trigger = await bench.a_trigger()
    # Room is counted by what triggers are; one that became a program meanwhile can
    # fill the slots of those that were lent already.
    monkeypatch.setattr(bench.worker, "_room", dict)
    stored = [await bench.accept(trigger) for _ in range(3)]
    bench.worker.start()
    async with asyncio.timeout(WITHIN):
        while bench.action.running < 2 or bench.worker.running_count < 3:
            await asyncio.sleep(0.001)

    await bench.worker.stop(grace=0)

    ended = [await bench.get(one) for one in stored]
    assert [one.may_have_acted for one in ended] == [True, True, False]
    assert [len(one.attempts) for one in ended] == [1, 1, 0]
    assert {one.status for one in ended} == {Status.PENDING}


@pytest.mark.parametrize(
    "error",
    [
        StoreIntegrityError("CHECK constraint failed"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
)
async def test_an_outcome_that_cannot_be_stored_is_a_dead_letter_and_not_repeated(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    settle, broken = bench.store.settle, iter(range(1))

    async def refuse_once(settlement: Settlement) -> None:
        if next(broken, None) is not None:
            raise error
        await settle(settlement)

    monkeypatch.setattr(bench.store, "settle", refuse_once)
    trigger = await bench.a_trigger(**HTTP)
    bench.worker.start()
    stored = await bench.accept(trigger)
    [signal] = await bench.until(Name.TRIGGER_DEAD_LETTER)

    execution = await bench.get(stored)
    assert execution.status is Status.FAILED_RETRYABLE
    assert execution.may_have_acted
    assert type(error).__name__ in str(execution.error)
    assert [attempt.outcome for attempt in execution.attempts] == ["failed"]
    assert bench.action.ran == [stored]
    assert signal.facts["trigger"] == trigger.name
