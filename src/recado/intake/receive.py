"""The spine: one delivery from bytes to a committed execution.

receive ── verify ── parse ── filter ── identify ── store (commit)
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from recado import wire
from recado.errors import BadProofError, MalformedError
from recado.intake.delivery import Delivery
from recado.intake.filter import unmatched_field
from recado.intake.identify import identify
from recado.intake.sources.evolution_go import EvolutionGo
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.ids import ExecutionId
from recado.model.redact import Secret, masked_headers
from recado.model.trigger import Trigger, TriggerType
from recado.observe.signals import Name, Signals
from recado.store import counters, rejections
from recado.store.protocol import NewExecution, Store
from recado.store.rejections import Rejection

CONNECTED = "Connected"
"""The gateway's event for an instance that is up; what is held for it may go on."""

OnConnected = Callable[[Secret], Awaitable[None]]
"""Takes the token of an instance that is up."""


class Arrival(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    FILTERED = "filtered"
    UNPROVEN = "unproven"
    MALFORMED = "malformed"
    DISABLED = "disabled"
    TOO_LARGE = "too_large"


class Received(NamedTuple):
    """The end of a delivery's way in. ``reason`` is for the operator."""

    arrival: Arrival
    execution_id: ExecutionId | None = None
    reason: str = ""


class Intake:
    """Takes deliveries. Safe to use concurrently."""

    def __init__(
        self,
        store: Store,
        *,
        sources: Mapping[str, Source],
        signals: Signals,
        wake: Callable[[], None],
        on_connected: OnConnected,
    ) -> None:
        self._store = store
        self._sources = sources
        self._signals = signals
        self._wake = wake
        self._on_connected = on_connected

    async def receive(self, trigger: Trigger, delivery: Delivery) -> Received:
        """Take one delivery; ``ACCEPTED`` means that it is on the disk.

        Raises:
            StoreBusyError: It could not be stored, so the sender must try again.
            StoreIntegrityError: A constraint failed that is not the duplicate check.
        """
        if not trigger.enabled or trigger.type is not TriggerType.WEBHOOK:
            reason = "the trigger is disabled or takes no webhooks"
            return await self._reject(
                trigger, delivery, Arrival.DISABLED, reason=reason
            )
        source = self._sources[trigger.source]
        try:
            source.verify(delivery, trigger)
            event = source.parse(delivery)
        except BadProofError as error:
            return await self._reject(
                trigger, delivery, Arrival.UNPROVEN, reason=str(error)
            )
        except MalformedError as error:
            return await self._reject(
                trigger, delivery, Arrival.MALFORMED, reason=str(error)
            )
        if event.event_type == CONNECTED and trigger.source == EvolutionGo.name:
            await self._tell_connected(delivery)
        field = unmatched_field(trigger.event_filter, event)
        if field is not None:
            return await self._filter_out(trigger, delivery, event=event, field=field)
        identity = identify(trigger, source, event)
        return await self._keep(trigger, delivery, event=event, identity=identity)

    async def refuse_large(
        self, trigger: Trigger, delivery: Delivery, *, limit: int
    ) -> Received:
        """Note a delivery whose body, over ``limit`` bytes, was not even read."""
        reason = f"the body is larger than {limit:,} bytes"
        return await self._reject(trigger, delivery, Arrival.TOO_LARGE, reason=reason)

    async def _tell_connected(self, delivery: Delivery) -> None:
        token = delivery.json().get("instanceToken")
        if isinstance(token, str) and token:
            await self._on_connected(Secret(token))

    async def _keep(
        self, trigger: Trigger, delivery: Delivery, *, event: Event, identity: Identity
    ) -> Received:
        window = identity.window or timedelta(days=trigger.settings.dedupe_days)
        at = delivery.received_at
        key = identity.idempotency_key
        execution_id = await self._store.accept(
            NewExecution(
                trigger_id=trigger.id,
                document=wire.encode(event.document(identity, at)),
                idempotency_key=key,
                dedupe_until=None if key is None else at + window,
                ordering_key=identity.ordering_key,
                received_at=at,
            )
        )
        facts: dict[str, Any] = {
            "trigger_id": trigger.id,
            "event_type": event.event_type,
            "idempotency_key": key,
        }
        if execution_id is None:
            self._signals.emit(Name.IDEMPOTENT_REPLAY, **facts)
            return Received(Arrival.DUPLICATE)
        self._wake()
        self._signals.emit(Name.TRIGGER_WEBHOOK, **facts, execution_id=execution_id)
        return Received(Arrival.ACCEPTED, execution_id)

    async def _filter_out(
        self, trigger: Trigger, delivery: Delivery, *, event: Event, field: str
    ) -> Received:
        await self._store.write(
            rejections.count, counters.FILTERED, trigger.id, now=delivery.received_at
        )
        # Not what the field holds: that may be what a person wrote.
        self._signals.emit(
            Name.TRIGGER_FILTERED,
            trigger_id=trigger.id,
            event_type=event.event_type,
            field=field,
        )
        return Received(Arrival.FILTERED)

    async def _reject(
        self, trigger: Trigger, delivery: Delivery, arrival: Arrival, *, reason: str
    ) -> Received:
        await self._store.write(
            rejections.note,
            Rejection(
                trigger_id=trigger.id,
                received_at=delivery.received_at,
                reason=reason,
                source_ip=delivery.source_ip,
                headers=masked_headers(delivery.headers),
                size=len(delivery.body),
            ),
        )
        self._signals.emit(
            Name.TRIGGER_REJECTED,
            trigger_id=trigger.id,
            arrival=arrival,
            reason=reason,
            source_ip=delivery.source_ip,
        )
        return Received(arrival, reason=reason)
