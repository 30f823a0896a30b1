"""Who must wait: destinations whose circuit is open, and triggers that are paused."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from recado.clock import Clock
from recado.errors import StoreError
from recado.model.category import Category
from recado.model.ids import TriggerId
from recado.model.outcome import Failure, Outcome, Success
from recado.observe.signals import Name, Signals
from recado.retry.circuit import Circuit, State
from recado.store import circuits
from recado.store.held import of_trigger
from recado.store.protocol import Store, Topic

FAILURES_TO_OPEN = 5
"""Calls in a row without an answer that open a circuit; one ``offline`` does too.

Each process counts those that it made itself.
"""

PROBED_FOR = timedelta(minutes=1)
"""How long other processes wait for what comes of one's probe."""


class Circuits:
    """The circuit of every destination, kept in memory and, when open, on disk."""

    def __init__(self, store: Store, *, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._circuits: dict[str, Circuit] = {}
        self._kept: dict[str, dict[str, Any]] = {}
        self._failures: dict[str, int] = {}

    async def load(self) -> None:
        """Take up where the process before stopped, or what another one changed."""
        kept = await self._store.read(circuits.every)
        unchanged = {
            name: self._circuits[name]
            for name, state in kept.items()
            if name in self._circuits and self._kept.get(name) == state
        }
        read = {name: _from_json(state) for name, state in kept.items()}
        self._circuits, self._kept = read | unchanged, kept

    async def blocked_until(self, destination: str) -> datetime | None:
        """Return when to ask again, or None: go on, and tell what came of it.

        When the circuit is open and its wait is over, the caller is its one probe, of
        all processes that share the database.
        """
        circuit = self._circuits.get(destination)
        if circuit is None:
            return None
        now = self._clock.now()
        if not circuit.allows(now):
            return circuit.retry_at
        self._circuits[destination] = circuit.probing(now)
        if self._store.is_shared and not await self._may_probe(destination, circuit):
            await self.load()
            return self.retry_at(destination)
        return None

    async def _may_probe(self, destination: str, circuit: Circuit) -> bool:
        """Tell whether no other process was quicker; the others wait from then on."""
        now = self._clock.now()
        probed = {**_to_json(circuit), "retry_at": (now + PROBED_FOR).isoformat()}
        is_first = await self._store.write(
            circuits.replace,
            destination,
            old=self._kept.get(destination, {}),
            new=probed,
            now=now,
        )
        if is_first:
            self._kept[destination] = probed
            self._store.tell(Topic.CIRCUITS)
        return is_first

    async def learn(self, destination: str, outcome: Outcome, category: Any) -> None:
        """Take in what came of a call: opens, closes, or leaves the circuit."""
        if _was_reached(outcome, category):
            await self.closed(destination)
            return
        if isinstance(outcome, Failure) and not _was_called(outcome):
            self.abandoned(destination)
            return
        self._failures[destination] = self._failures.get(destination, 0) + 1
        is_enough = (
            category is Category.OFFLINE
            or self._failures[destination] >= FAILURES_TO_OPEN
        )
        if destination in self._circuits or is_enough:
            old = self._circuits.get(destination, Circuit())
            await self._keep(destination, old, old.failed(self._clock.now()))

    def abandoned(self, destination: str) -> None:
        """Take in that a call was broken off: the next one may probe at once."""
        circuit = self._circuits.get(destination)
        if circuit is not None:
            self._circuits[destination] = circuit.abandoned(self._clock.now())

    async def closed(self, destination: str) -> None:
        """Close a circuit and release what was held for its destination."""
        self._failures.pop(destination, None)
        self._kept.pop(destination, None)
        old = self._circuits.pop(destination, None)
        if old is None:
            return
        released = 0
        try:
            await self._store.write(
                circuits.save, destination, None, now=self._clock.now()
            )
            self._store.tell(Topic.CIRCUITS)
            released = await self._store.release_held(held_for=destination)
        except StoreError as error:
            # What is held comes up by itself at the end of the circuit's wait.
            self._signals.emit(Name.STORE_UNAVAILABLE, raised=error)
        self._signals.emit(
            Name.CIRCUIT_CHANGED,
            destination=destination,
            state=State.CLOSED,
            released=released,
        )

    async def instance_is_up(self, mark: str) -> None:
        """Close the circuits of the instance whose destination ends in this mark."""
        for destination in list(self._circuits):
            if destination.endswith(f"#{mark}"):
                await self.closed(destination)

    def retry_at(self, destination: str) -> datetime | None:
        """Return when the destination may be tried again; None when it is closed."""
        circuit = self._circuits.get(destination)
        return None if circuit is None else circuit.retry_at

    async def _keep(self, destination: str, old: Circuit, new: Circuit) -> None:
        self._circuits[destination] = new
        if new == old:
            return
        try:
            state = _to_json(new)
            await self._store.write(
                circuits.save, destination, state, now=self._clock.now()
            )
            self._kept[destination] = state
            self._store.tell(Topic.CIRCUITS)
        except StoreError as error:
            # It holds in memory; only a restart would forget it.
            self._signals.emit(Name.STORE_UNAVAILABLE, raised=error)
        self._signals.emit(
            Name.CIRCUIT_CHANGED,
            destination=destination,
            state=new.state,
            retry_at=new.retry_at,
        )


def _was_called(failure: Failure) -> bool:
    """Tell whether the destination was tried at all: a broken template tries nobody."""
    return failure.destination is not None or failure.timed_out


def _was_reached(outcome: Outcome, category: Any) -> bool:
    """Tell whether the destination answered, if only to refuse."""
    if isinstance(outcome, Success):
        return True
    return category is not Category.OFFLINE and _has_answer(outcome)


def _has_answer(failure: Failure) -> bool:
    return failure.http_status is not None


def _to_json(circuit: Circuit) -> dict[str, Any]:
    retry_at = circuit.retry_at
    return {
        "retry_at": None if retry_at is None else retry_at.isoformat(),
        "wait_seconds": circuit.wait.total_seconds(),
    }


def _from_json(state: dict[str, Any]) -> Circuit:
    # A probe that was on its way is lost with its process: open, whatever it was.
    retry_at = state["retry_at"]
    return Circuit(
        state=State.OPEN,
        retry_at=None if retry_at is None else datetime.fromisoformat(retry_at),
        wait=timedelta(seconds=state["wait_seconds"]),
    )


async def release_forgotten(store: Store, *, paused: Collection[TriggerId]) -> int:
    """Release what is held for triggers that are not paused, or gone; returns how many.

    For what was held by an answer that came after its trigger was enabled again.
    """
    still = {of_trigger(trigger_id) for trigger_id in paused}
    forgotten = [
        held_for
        for held_for in await store.read(circuits.held_for_triggers)
        if held_for not in still
    ]
    return sum([await store.release_held(held_for=name) for name in forgotten])
