"""The spine: one delivery from bytes to a committed execution.

receive ── verify ── parse ── filter ── identify ── store (commit)
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from recado.errors import BadProofError, MalformedError, UndecidedError
from recado.intake.admit import CONDITION, as_execution, unwanted_by
from recado.intake.delivery import Delivery
from recado.intake.quarantine import Quarantine
from recado.intake.recent import NotStored, RecentDeliveries
from recado.intake.sources.evolution_go import EvolutionGo
from recado.intake.sources.source import Source
from recado.model.event import Event
from recado.model.ids import ExecutionId
from recado.model.redact import Secret
from recado.model.trigger import Trigger, TriggerType
from recado.observe.signals import Name, Signals
from recado.store import counters
from recado.store.protocol import Store

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
    UNDECIDED = "undecided"
    DISABLED = "disabled"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Received:
    """The end of a delivery's way in. ``reason`` is for the operator.

    ``is_kept`` tells that it is in quarantine.
    """

    arrival: Arrival
    execution_id: ExecutionId | None = None
    reason: str = ""
    is_kept: bool = False


QUARANTINED = frozenset({Arrival.UNPROVEN, Arrival.MALFORMED, Arrival.UNDECIDED})
"""What may pass later: after a repair of the secret, the source or the condition."""


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
            if event.event_type == CONNECTED and trigger.source == EvolutionGo.name:
                await self._tell_connected(delivery)
            unwanted = unwanted_by(trigger, event)
        except BadProofError as error:
            return await self._reject(
                trigger, delivery, Arrival.UNPROVEN, reason=str(error)
            )
        except MalformedError as error:
            return await self._reject(
                trigger, delivery, Arrival.MALFORMED, reason=str(error)
            )
        except UndecidedError as error:
            return await self._reject(
                trigger, delivery, Arrival.UNDECIDED, reason=str(error)
            )
        if unwanted is not None:
            return await self._filter_out(
                trigger, delivery, event=event, field=unwanted
            )
        return await self._keep(trigger, delivery, event=event, source=source)

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
        self, trigger: Trigger, delivery: Delivery, *, event: Event, source: Source
    ) -> Received:
        new = as_execution(trigger, source, delivery, event=event)
        execution_id = await self._store.accept(new)
        facts: dict[str, Any] = {
            "trigger_id": trigger.id,
            "event_type": event.event_type,
            "idempotency_key": new.idempotency_key,
        }
        if execution_id is None:
            self._signals.emit(Name.IDEMPOTENT_REPLAY, **facts)
            reason = f"an event with the key {new.idempotency_key} was stored before"
            self.recent.add(
                trigger.id,
                NotStored(
                    delivery.received_at, Arrival.DUPLICATE, event.event_type, reason
                ),
            )
            return Received(Arrival.DUPLICATE)
        self._wake()
        self._signals.emit(Name.TRIGGER_WEBHOOK, **facts, execution_id=execution_id)
        return Received(Arrival.ACCEPTED, execution_id)

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
        reason = field if field == CONDITION else f"event_filter: {field}"
        self.recent.add(
            trigger.id,
            NotStored(delivery.received_at, Arrival.FILTERED, event.event_type, reason),
        )
        return Received(Arrival.FILTERED)

    async def _reject(
        self, trigger: Trigger, delivery: Delivery, arrival: Arrival, *, reason: str
    ) -> Received:
        is_kept = await self.quarantine.reject(
            trigger, delivery, reason=reason, keep=arrival in QUARANTINED
        )
        self._signals.emit(
            Name.TRIGGER_REJECTED,
            trigger_id=trigger.id,
            arrival=arrival,
            reason=reason,
            source_ip=delivery.source_ip,
        )
        return Received(arrival, reason=reason, is_kept=is_kept)
