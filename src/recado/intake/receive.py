"""The spine: one delivery from bytes to a committed execution.

receive ── verify ── limit ── challenge ── parse ── filter ── identify ── store (commit)
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from recado.errors import (
    BadProofError,
    DeliveryError,
    LimitedError,
    MalformedError,
    UndecidedError,
)
from recado.intake.admit import (
    CONDITION,
    as_execution,
    takes_webhooks,
    unwanted_by,
)
from recado.intake.delivery import Delivery
from recado.intake.quarantine import Quarantine
from recado.intake.rate_limit import RateLimits, refuse
from recado.intake.recent import NotStored, RecentDeliveries
from recado.intake.reply import Reply
from recado.intake.sources.evolution_go import EvolutionGo
from recado.intake.sources.source import Source
from recado.model.event import Event
from recado.model.ids import ExecutionId, TriggerId
from recado.model.redact import Secret
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store import counters, triggers
from recado.store.protocol import Store

CONNECTED = "Connected"
"""The gateway's event for an instance that is up; what is held for it may go on."""

OLD_SECRET_NOTED_EVERY = timedelta(minutes=1)
"""How often it is written down that an older secret still lets deliveries in."""

OnConnected = Callable[[Secret], Awaitable[None]]
"""Takes the token of an instance that is up."""


class Arrival(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    UNPROVEN = "unproven"
    MALFORMED = "malformed"
    UNDECIDED = "undecided"
    DISABLED = "disabled"
    UNREAD = "unread"
    LIMITED = "limited"
    CHALLENGE = "challenge"


class Received(NamedTuple):
    """The end of a delivery's way in. ``reason`` is for the operator.

    ``reply`` is what the sender's protocol demands as the answer, ``retry_after`` in
    how many seconds it should try again; 0 leaves it to the sender. ``is_kept`` tells
    that it is in quarantine.
    """

    arrival: Arrival
    execution_id: ExecutionId | None = None
    reason: str = ""
    reply: Reply | None = None
    retry_after: int = 0
    is_kept: bool = False


_REFUSED: Mapping[type[DeliveryError], Arrival] = {
    BadProofError: Arrival.UNPROVEN,
    LimitedError: Arrival.LIMITED,
    MalformedError: Arrival.MALFORMED,
    UndecidedError: Arrival.UNDECIDED,
}


class Intake:
    """Takes deliveries. Safe to use concurrently."""

    def __init__(
        self,
        store: Store,
        *,
        sources: Mapping[str, Source],
        quarantine: Quarantine,
        signals: Signals,
        wake: Callable[[], None],
        on_connected: OnConnected,
    ) -> None:
        self._store = store
        self._sources = sources
        self._notes = quarantine.notes
        self.quarantine = quarantine
        self._signals = signals
        self._wake = wake
        self._on_connected = on_connected
        self.recent = RecentDeliveries()
        self.limits = RateLimits()
        self._old_secret_noted_at: dict[TriggerId, datetime] = {}

    async def receive(
        self, trigger: Trigger, delivery: Delivery, *, is_counted: bool = False
    ) -> Received:
        """Take one delivery; ``ACCEPTED`` means that it is on the disk.

        ``is_counted`` says that it has been counted against the trigger's limit.

        Raises:
            StoreBusyError: It could not be stored, so the sender must try again.
            StoreIntegrityError: A constraint failed that is not the duplicate check.
        """
        source = self._sources[trigger.source]
        if source.refusal is None and not takes_webhooks(trigger):
            return await self._reject(trigger, delivery, Arrival.DISABLED)
        try:
            proof = source.verify(delivery, trigger)
            if proof is not None and proof is not trigger.secrets[0]:
                await self._note_old_secret(trigger, at=delivery.received_at)
            if not is_counted and trigger.settings.rate_limit is not None:
                await self.count(trigger, at=delivery.received_at)
            challenge = source.challenge(delivery)
            if challenge is not None:
                return self._answer_challenge(trigger, challenge)
            event = source.parse(delivery)
        except DeliveryError as error:
            return await self._refuse(trigger, delivery, error)
        if source.refusal is not None and not takes_webhooks(trigger):
            return await self._reject(trigger, delivery, Arrival.DISABLED)
        if event.event_type == CONNECTED and trigger.source == EvolutionGo.name:
            await self._tell_connected(delivery)
        return await self._admit(trigger, delivery, event=event, source=source)

    async def handshake(
        self, trigger: Trigger, delivery: Delivery, *, query: Mapping[str, str]
    ) -> Received | None:
        """Answer a GET by which a sender tries the URL; None if it is of no sender.

        Raises:
            StoreBusyError: It is refused, and that could not be noted.
        """
        try:
            reply = self._sources[trigger.source].handshake(query, trigger)
        except BadProofError as error:
            # not kept: there is nothing in it to accept later
            return await self._reject(
                trigger, delivery, Arrival.UNPROVEN, reason=str(error)
            )
        return None if reply is None else self._answer_challenge(trigger, reply)

    async def refuse_unread(
        self, trigger: Trigger, delivery: Delivery, *, reason: str
    ) -> Received:
        """Note a delivery whose body was not read, or not to its end."""
        return await self._reject(trigger, delivery, Arrival.UNREAD, reason=reason)

    def _answer_challenge(self, trigger: Trigger, reply: Reply) -> Received:
        self._signals.emit(
            Name.TRIGGER_CHALLENGE, trigger_id=trigger.id, source=trigger.source
        )
        return Received(Arrival.CHALLENGE, reply=reply)

    async def _note_old_secret(self, trigger: Trigger, *, at: datetime) -> None:
        """Write down, not more often than needed, that an older secret is in use."""
        noted_at = self._old_secret_noted_at.get(trigger.id)
        if noted_at is None or at - noted_at >= OLD_SECRET_NOTED_EVERY:
            self._old_secret_noted_at[trigger.id] = at
            await self._store.write(triggers.note_old_secret, trigger.id, at=at)

    async def count(self, trigger: Trigger, *, at: datetime) -> None:
        """Count a delivery against the limit of its trigger, here and over all nodes.

        Here first, so that a flood is refused without asking the database.

        Raises:
            LimitedError: It is one too many; says in how many seconds there is room.
            StoreBusyError: The count of all nodes could not be asked for.
        """
        self.limits.count(trigger, at=at)
        limit = trigger.settings.rate_limit
        if limit is None or not self._store.is_shared:
            return
        wait = await self._store.count_delivery(trigger.id, per_minute=limit, at=at)
        if wait:
            refuse(limit, wait=wait)

    async def _tell_connected(self, delivery: Delivery) -> None:
        token = delivery.json().get("instanceToken")
        if isinstance(token, str) and token:
            await self._on_connected(Secret(token))

    async def _admit(
        self, trigger: Trigger, delivery: Delivery, *, event: Event, source: Source
    ) -> Received:
        """Store a proven event if it is wanted."""
        try:
            unwanted = unwanted_by(trigger, event)
        except UndecidedError as error:
            undecided = await self._refuse(trigger, delivery, error)
            return undecided._replace(reply=source.answer(event))
        if unwanted is not None:
            return await self._filter_out(
                trigger, delivery, event=event, field=unwanted
            )
        new = as_execution(trigger, source, delivery, event=event)
        execution_id = await self._store.accept(new)
        key = new.idempotency_key
        if execution_id is None:
            self._signals.emit(
                Name.IDEMPOTENT_REPLAY,
                trigger_id=trigger.id,
                event_type=event.event_type,
                idempotency_key=key,
            )
            why = f"an event with the key {key} was stored before"
            self._remember(trigger, delivery, Arrival.DUPLICATE, event=event, why=why)
            return Received(Arrival.DUPLICATE, reply=source.answer(event))
        self._wake()
        self._signals.emit(
            Name.TRIGGER_WEBHOOK,
            trigger_id=trigger.id,
            event_type=event.event_type,
            idempotency_key=key,
            execution_id=execution_id,
        )
        return Received(Arrival.ACCEPTED, execution_id, reply=source.answer(event))

    async def _filter_out(
        self, trigger: Trigger, delivery: Delivery, *, event: Event, field: str
    ) -> Received:
        await self._notes.write(counters.FILTERED, trigger.id, at=delivery.received_at)
        # Not what the field holds: that may be what a person wrote.
        self._signals.emit(
            Name.TRIGGER_FILTERED,
            trigger_id=trigger.id,
            event_type=event.event_type,
            field=field,
        )
        why = field if field == CONDITION else f"event_filter: {field}"
        self._remember(trigger, delivery, Arrival.FILTERED, event=event, why=why)
        reply = self._sources[trigger.source].answer(event)
        return Received(Arrival.FILTERED, reply=reply)

    def _remember(
        self,
        trigger: Trigger,
        delivery: Delivery,
        arrival: Arrival,
        *,
        event: Event,
        why: str,
    ) -> None:
        at = delivery.received_at
        self.recent.add(trigger.id, NotStored(at, arrival, event.event_type, why))

    async def _refuse(
        self, trigger: Trigger, delivery: Delivery, error: DeliveryError
    ) -> Received:
        arrival = _REFUSED[type(error)]
        received = await self._reject(
            trigger, delivery, arrival, reason=str(error), keep=True
        )
        if arrival is Arrival.UNPROVEN:
            return received._replace(reply=self._sources[trigger.source].refusal)
        if isinstance(error, LimitedError):
            return received._replace(retry_after=error.retry_after)
        return received

    async def _reject(
        self,
        trigger: Trigger,
        delivery: Delivery,
        arrival: Arrival,
        *,
        reason: str = "the trigger is disabled or takes no webhooks",
        keep: bool = False,
    ) -> Received:
        is_kept = await self.quarantine.reject(
            trigger, delivery, reason=reason, keep=keep
        )
        self._signals.emit(
            Name.TRIGGER_REJECTED,
            trigger_id=trigger.id,
            trigger=trigger.name,
            arrival=arrival,
            reason=reason,
            source_ip=delivery.source_ip,
            kept=is_kept,
        )
        return Received(arrival, reason=reason, is_kept=is_kept)
