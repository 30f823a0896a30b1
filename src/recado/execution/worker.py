"""The spine: claim, run, classify, settle; and how to stop.

claim ── hold? ── run ── settle ─┬─ completed
  ▲        │                     ├─ retrying, held ── due again ──┐
  │        └─ held               └─ dead letter                   │
  └───────────────────────────────────────────────────────────────┘
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from recado.clock import Clock
from recado.errors import LeaseLostError, StoreBusyError, StoreError
from recado.execution.actions.action import Action
from recado.execution.announce import announce
from recado.execution.hold import Circuits
from recado.execution.room import caps_of, room_of
from recado.execution.run import run
from recado.execution.settle import (
    Draw,
    Tried,
    given_back,
    held,
    held_too_long,
    is_held_too_long,
    released,
    settlement_of,
    spent,
    unstorable,
)
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.outcome import Failure
from recado.model.status import Status
from recado.model.trigger import PROCESS_ACTIONS, ActionType, Trigger, TriggerSettings
from recado.observe.signals import Name, Signals
from recado.store.held import of_trigger
from recado.store.known_triggers import KnownTriggers
from recado.store.protocol import Settlement, Store

LEASE = timedelta(seconds=60)
BEATS_PER_LEASE = 3
MAX_CLAIM = 128
AFTER_A_BUSY_STORE = 1.0  # seconds
SHORTEST_WAIT = 0.001  # seconds; what is due, but was not when we asked
TRIES_TO_SETTLE_AT_THE_END = 5

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker works with.

    ``concurrency`` executions run side by side, of these at most ``processes`` with a
    program of their own.
    """

    store: Store
    triggers: KnownTriggers
    actions: Mapping[ActionType, Action]
    circuits: Circuits
    clock: Clock
    signals: Signals
    draw: Draw
    sleep: Sleep
    concurrency: int
    processes: int


class Worker:
    """Runs due executions until it is stopped. One per process."""

    def __init__(self, worker_id: WorkerId, parts: WorkerParts) -> None:
        self.id = worker_id
        self._parts = parts
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._acting: set[ExecutionId] = set()
        self._settling: set[ExecutionId] = set()
        self._busy: Counter[TriggerId] = Counter()
        self._programs = asyncio.Semaphore(parts.processes)
        self._awake = asyncio.Event()
        self._is_stopping = False
        self._is_grace_over = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to claim."""
        self._loops = [
            asyncio.create_task(self._claim_for_ever(), name="recado-claim"),
            asyncio.create_task(self._keep_leases(), name="recado-leases"),
        ]

    @property
    def is_running(self) -> bool:
        """Whether it claims: started, not stopped, and not broken."""
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    @property
    def running_count(self) -> int:
        """How many executions it has in hand."""
        return len(self._running)

    def wake(self) -> None:
        """Tell it that something may be due. Callable from the event loop only."""
        self._awake.set()

    def stop_claiming(self) -> None:
        """Take nothing more in hand; what it has runs on until ``stop``."""
        self._is_stopping = True
        self._awake.set()

    def end_grace(self) -> None:
        """Let ``stop`` wait for no attempt any longer."""
        self._is_grace_over.set()

    async def stop(self, *, grace: float) -> None:
        """Stop claiming, let attempts end for ``grace`` seconds, give the rest back."""
        self.stop_claiming()
        claiming, leases = self._loops
        await asyncio.gather(claiming, return_exceptions=True)
        await self._let_attempts_end(grace)
        for task, claimed in self._running.items():
            if claimed.id not in self._settling:
                task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        leases.cancel()
        await asyncio.gather(leases, return_exceptions=True)
        self._loops = []

    async def _let_attempts_end(self, grace: float) -> None:
        over = asyncio.create_task(self._is_grace_over.wait())
        ending = asyncio.gather(*self._running, return_exceptions=True)
        either: set[asyncio.Future[Any]] = {over, ending}
        await asyncio.wait(either, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()

    async def _claim_for_ever(self) -> None:
        while not self._is_stopping:
            self._awake.clear()
            try:
                claimed = await self._claim()
                if not claimed and not self._is_stopping:
                    await self._wait_for_work()
            except Exception as error:  # noqa: BLE001 (or nothing would ever run again)
                self._parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
                await self._parts.sleep(AFTER_A_BUSY_STORE)

    async def _claim(self) -> int:
        free = self._parts.concurrency - len(self._running)
        if free <= 0:
            return 0
        asked_at = self._parts.clock.now()
        claimed = await self._parts.store.claim(
            self.id,
            limit=min(free, MAX_CLAIM),
            lease=LEASE,
            room=self._room(),
            caps=caps_of(self._parts.triggers.every()),
        )
        waited = self._parts.clock.now() - asked_at
        if claimed and waited >= LEASE:  # others may have them by now
            self._parts.signals.emit(
                Name.CLAIM_LATE,
                count=len(claimed),
                duration_seconds=waited.total_seconds(),
            )
            return len(claimed)
        for one in claimed:
            self._busy[one.trigger_id] += 1
            task = asyncio.create_task(self._process(one))
            self._running[task] = one
            task.add_done_callback(self._ended)
        return len(claimed)

    def _room(self) -> dict[TriggerId, int]:
        parts = self._parts
        triggers = parts.triggers.every()
        return room_of(triggers, busy=self._busy, processes=parts.processes)

    def _ended(self, task: asyncio.Task[None]) -> None:
        claimed = self._running.pop(task)
        self._acting.discard(claimed.id)
        self._settling.discard(claimed.id)
        self._busy[claimed.trigger_id] -= 1
        if not task.cancelled() and (error := task.exception()) is not None:
            # Not settled: nobody extends the lease, and the execution is taken back.
            self._parts.signals.emit(
                Name.REQUEST_FAILED, raised=error, execution_id=claimed.id
            )
        self._awake.set()

    async def _wait_for_work(self) -> None:
        # What ends makes room, and wakes us: then only free room waits for time.
        full = [trigger_id for trigger_id, room in self._room().items() if room <= 0]
        caps = caps_of(self._parts.triggers.every())
        due_at = await self._parts.store.next_due_at(leave_out=full, caps=caps)
        wait = None
        if due_at is not None and len(self._running) < self._parts.concurrency:
            ahead = (due_at - self._parts.clock.now()).total_seconds()
            wait = max(ahead, SHORTEST_WAIT)
        try:
            async with asyncio.timeout(wait):
                await self._awake.wait()
        except TimeoutError:
            return

    async def _keep_leases(self) -> None:
        parts = self._parts
        while True:
            await parts.sleep(LEASE.total_seconds() / BEATS_PER_LEASE)
            try:
                ids = [claimed.id for claimed in self._running.values()]
                await parts.store.extend(self.id, ids, lease=LEASE)
                rescued = await parts.store.rescue()
            except Exception as error:  # noqa: BLE001 (or every lease would end)
                parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
                continue
            if rescued:
                parts.signals.emit(Name.EXECUTIONS_RESCUED, count=rescued)
            self.wake()

    async def _process(self, claimed: Claimed) -> None:
        started_at = self._parts.clock.now()
        try:
            settlement = await self._outcome_of(claimed)
        except asyncio.CancelledError:
            now = self._parts.clock.now()
            if claimed.id in self._acting:
                settlement = released(claimed, started_at=started_at, now=now)
            else:
                settlement = given_back(claimed, now=now)
        self._settling.add(claimed.id)
        await self._settle(claimed, settlement)

    async def _outcome_of(self, claimed: Claimed) -> Settlement:
        try:
            trigger = await self._trigger_of(claimed)
        except StoreError as error:
            self._parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
            return given_back(claimed, now=self._parts.clock.now())
        if trigger is None:
            return self._buried(claimed, "its trigger was deleted", Category.CONFIG)
        if claimed.failures >= trigger.settings.max_attempts:
            return spent(claimed, now=self._parts.clock.now())
        waiting = await self._must_wait(claimed, trigger)
        if waiting is not None:
            return waiting
        return await self._run(claimed, trigger)

    async def _trigger_of(self, claimed: Claimed) -> Trigger | None:
        """Find its trigger; one that another node just made may be news to this one."""
        triggers = self._parts.triggers
        if triggers.find(claimed.trigger_id) is None:
            await triggers.load()
        return triggers.find(claimed.trigger_id)

    async def _must_wait(self, claimed: Claimed, trigger: Trigger) -> Settlement | None:
        now = self._parts.clock.now()
        if not trigger.enabled:
            return held(claimed, held_for=of_trigger(trigger.id), now=now, until=None)
        destination = self._parts.actions[trigger.action_type].destination(trigger)
        if destination is None:
            return None
        until = await self._parts.circuits.blocked_until(destination)
        if until is None:
            return None
        if is_held_too_long(claimed, now=now):
            return held_too_long(claimed, destination=destination, now=now)
        return held(claimed, held_for=destination, now=now, until=until)

    async def _run(self, claimed: Claimed, trigger: Trigger) -> Settlement:
        action = self._parts.actions[trigger.action_type]
        destination = action.destination(trigger)
        try:
            async with self._turn(trigger):
                self._acting.add(claimed.id)
                tried = await run(action, claimed, trigger, clock=self._parts.clock)
        except asyncio.CancelledError:
            if destination is not None:
                self._parts.circuits.abandoned(destination)
            raise
        # What the action did cannot be undone: a stop must not lose what came of it.
        self._settling.add(claimed.id)
        return await self._decide(tried, trigger, destination)

    def _turn(self, trigger: Trigger) -> AbstractAsyncContextManager[None]:
        is_program = trigger.action_type in PROCESS_ACTIONS
        return self._programs if is_program else nullcontext()

    async def _decide(
        self, tried: Tried, trigger: Trigger, destination: str | None
    ) -> Settlement:
        settings, draw = trigger.settings, self._parts.draw
        chosen = settlement_of(tried, settings, draw=draw)
        if destination is None:
            return chosen
        circuits = self._parts.circuits
        await circuits.learn(destination, tried.outcome, chosen.error_category)
        if chosen.status is not Status.HELD:
            return chosen
        probe_at = circuits.retry_at(destination)
        return settlement_of(tried, settings, draw=draw, probe_at=probe_at)

    def _buried(self, claimed: Claimed, why: str, category: Category) -> Settlement:
        now = self._parts.clock.now()
        gone = Failure(error=why, category=category)
        tried = Tried(claimed=claimed, outcome=gone, started_at=now, finished_at=now)
        return settlement_of(tried, TriggerSettings(), draw=self._parts.draw)

    async def _settle(self, claimed: Claimed, settlement: Settlement) -> None:
        try:
            is_settled = await self._store_patiently(settlement)
        except Exception as error:  # noqa: BLE001 (or it would run again for ever)
            # The action is over, but what came of it cannot be written: a dead letter
            # can, and it repeats nothing.
            now = self._parts.clock.now()
            settlement = unstorable(settlement, error, now=now)
            is_settled = await self._store_patiently(settlement)
        if is_settled:
            trigger = self._parts.triggers.find(claimed.trigger_id)
            announce(settlement, signals=self._parts.signals, trigger=trigger)
            await self._release_if_late(claimed, settlement)

    async def _store_patiently(self, settlement: Settlement) -> bool:
        """Settle as soon as the store can; False when the lease was lost meanwhile."""
        signals, execution_id = self._parts.signals, settlement.claimed.id
        tries_at_the_end = 0
        while tries_at_the_end < TRIES_TO_SETTLE_AT_THE_END:
            try:
                await self._parts.store.settle(settlement)
            except StoreBusyError as error:
                # Keep what came of it until it can be written, rather than run it
                # again; when the server ends, not for ever.
                tries_at_the_end += self._is_stopping
                signals.emit(
                    Name.STORE_UNAVAILABLE, raised=error, execution_id=execution_id
                )
                await self._parts.sleep(AFTER_A_BUSY_STORE)
            except LeaseLostError as error:
                signals.emit(Name.LEASE_LOST, raised=error, execution_id=execution_id)
                return False
            else:
                return True
        return False

    async def _release_if_late(self, claimed: Claimed, settlement: Settlement) -> None:
        """Release what was held for a trigger that was enabled or deleted meanwhile."""
        if settlement.held_for != of_trigger(claimed.trigger_id):
            return
        trigger = self._parts.triggers.find(claimed.trigger_id)
        if trigger is None or trigger.enabled:
            await self._parts.store.release_held(held_for=settlement.held_for)
            self.wake()
