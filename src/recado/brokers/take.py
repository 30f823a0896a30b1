"""The spine: one message of a broker, from bytes to acknowledged.

address ── receive, for each addressee (commit) ── acknowledge

It is the way of a webhook, but for two things: a broker's event has no URL, so its
token says whom it is for; and nobody waits for an answer, so what cannot be stored now
is tried again here, while the broker keeps the message.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from recado.brokers.addressees import Addressees, find_addressees, instance_name
from recado.brokers.broker import wait_or_timeout
from recado.brokers.line import Line
from recado.brokers.message import Message
from recado.brokers.pace import LONGEST, pause_after
from recado.clock import Clock
from recado.errors import (
    LimitedError,
    MalformedError,
    StoreBusyError,
    StoreError,
    StoreIntegrityError,
)
from recado.intake.delivery import Delivery
from recado.intake.receive import Arrival, Intake
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store import counters
from recado.store.known_triggers import KnownTriggers

MAX_TRIES = 5
"""How often what nobody foresaw is tried: as often as the gateway posts a webhook."""

NOBODY = TriggerId(0)
"""Under this id is counted what belongs to no trigger."""

_NOT_TAKEN = frozenset({Arrival.LIMITED, Arrival.UNDECIDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerParts:
    """What messages are taken with. ``max_body`` is bytes; ``draw`` is in [0, 1)."""

    intake: Intake
    triggers: KnownTriggers
    signals: Signals
    clock: Clock
    max_body: int
    draw: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class _Errand:
    """A message on its way to one trigger, and how often that failed."""

    message: Message
    trigger_id: TriggerId
    delivery: Delivery
    proven: bool
    counted: bool = False
    refused: int = 0
    failed: int = 0
    unstored: int = 0


class Taker:
    """Takes messages. Safe to use concurrently."""

    def __init__(self, parts: TakerParts) -> None:
        self._parts = parts
        self._instances: dict[TriggerId, str] = {}
        self._lines: defaultdict[TriggerId, Line] = defaultdict(Line)

    async def take(self, message: Message) -> None:
        """Store what becomes of a message, then acknowledge it.

        Returns when that is done, however long the database is away.
        """
        delivery = self._as_delivery(message)
        body = _decoded(delivery)
        addressees = self._addressees_of(body)
        if not addressees.proven:
            # another node may have made its trigger just now
            await self._until_stored(message, self._parts.triggers.look_again)
            addressees = self._addressees_of(body)
        if not addressees.triggers:
            await self._until_stored(message, lambda: self._count(message, body))
        if addressees.proven:
            name = instance_name(body)
            self._instances.update((one.id, name) for one in addressees.triggers)
        errands = [
            _Errand(
                message=message,
                trigger_id=one.id,
                delivery=delivery,
                proven=addressees.proven,
            )
            for one in addressees.triggers
        ]
        if len(errands) == 1:
            await self._run(errands[0])
        else:
            await asyncio.gather(*(self._run(one) for one in errands))
        await message.acknowledge()

    def _addressees_of(self, body: Any) -> Addressees:
        return find_addressees(
            body, self._parts.triggers.every(), instances=self._instances
        )

    def _as_delivery(self, message: Message) -> Delivery:
        return Delivery(
            # for people who look at a rejection; no header of a message proves a thing
            headers={f"{message.broker}-origin": message.origin},
            body=message.body,
            received_at=self._parts.clock.now(),
        )

    async def _run(self, errand: _Errand) -> None:
        """Return when a trigger has taken a message, or refused it for good."""
        parts = self._parts
        # looked up each time: while it waits, a trigger may be changed or deleted
        while (trigger := parts.triggers.find(errand.trigger_id)) is not None:
            try:
                pause = await self._try(trigger, errand)
            except Exception as error:  # noqa: BLE001 (a door of STYLE §7: one message)
                pause = self._after(error, errand)
            if pause is None:
                return
            await errand.message.extend()
            await parts.sleep(pause)
            errand.delivery = replace(errand.delivery, received_at=parts.clock.now())

    async def _try(self, trigger: Trigger, errand: _Errand) -> float | None:
        """Return None when it is settled, else the seconds until the next try."""
        parts, delivery = self._parts, errand.delivery
        if errand.failed >= MAX_TRIES:
            reason = "it could not be stored; the log says why (request_failed)"
            await parts.intake.quarantine.reject(
                trigger, delivery, reason=reason, keep=True
            )
            return None
        if len(delivery.body) > parts.max_body:
            reason = f"the body is larger than {parts.max_body:,} bytes"
            await parts.intake.refuse_unread(trigger, delivery, reason=reason)
            return None
        taker: Trigger | None = trigger
        if errand.proven and trigger.settings.rate_limit is not None:
            taker = await self._when_counted(errand)
        if taker is None:
            return None
        received = await parts.intake.receive(
            taker, errand.delivery, is_counted=errand.counted
        )
        if received.arrival not in _NOT_TAKEN or received.is_kept:
            return None
        errand.refused += 1  # nobody has it but the broker
        if errand.refused >= MAX_TRIES:
            return None
        return pause_after(errand.refused, draw=parts.draw())

    async def _when_counted(self, errand: _Errand) -> Trigger | None:
        """Return the trigger when its limit has room; None when it is deleted.

        A queue can wait, so a limit holds it back instead of refusing it. Who came
        first is counted first: what is of one chat stays in order.
        """
        parts = self._parts
        with self._lines[errand.trigger_id].place() as first:
            while not (errand.counted or first.is_set()):
                await wait_or_timeout(first, seconds=LONGEST)
                await errand.message.extend()
            while True:
                trigger, now = parts.triggers.find(errand.trigger_id), parts.clock.now()
                if errand.counted or trigger is None:
                    return trigger
                try:
                    await parts.intake.count(trigger, at=now)
                except (LimitedError, StoreBusyError) as error:
                    await errand.message.extend()
                    await parts.sleep(self._after(error, errand))
                else:
                    errand.counted = True
                    errand.delivery = replace(errand.delivery, received_at=now)

    def _after(self, error: Exception, errand: _Errand) -> float:
        parts = self._parts
        if isinstance(error, LimitedError):
            return min(float(error.retry_after), LONGEST)
        if _may_pass(error):
            errand.unstored += 1
            name, failures = Name.STORE_UNAVAILABLE, errand.unstored
        else:
            errand.failed += 1
            name, failures = Name.REQUEST_FAILED, errand.failed
        parts.signals.emit(name, raised=error, trigger_id=errand.trigger_id)
        return pause_after(failures, draw=parts.draw())

    async def _until_stored(
        self, message: Message, store: Callable[[], Awaitable[None]]
    ) -> None:
        failures = 0
        while True:
            try:
                return await store()
            except StoreError as error:
                failures += 1
                self._parts.signals.emit(Name.STORE_UNAVAILABLE, raised=error)
            await message.extend()
            await self._parts.sleep(pause_after(failures, draw=self._parts.draw()))

    async def _count(self, message: Message, body: Any) -> None:
        """Note that an event is for nobody: it is not kept."""
        parts = self._parts
        await parts.intake.quarantine.notes.write(
            counters.UNMATCHED, NOBODY, at=parts.clock.now()
        )
        parts.signals.emit(
            Name.BROKER_UNMATCHED,
            broker=message.broker,
            origin=message.origin,
            instance=instance_name(body),
            reason="no trigger of evolution_go has its token in settings.instance_token"
            if body is not None
            else "it is not JSON, and no trigger has an instance_token",
        )


def _decoded(delivery: Delivery) -> Any:
    try:
        return delivery.json()
    except MalformedError:
        return None


def _may_pass(error: Exception) -> bool:
    return isinstance(error, StoreError) and not isinstance(error, StoreIntegrityError)
