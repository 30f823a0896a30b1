"""From a proven, parsed event to what is stored of it: wanted, and as what?"""

from datetime import datetime, timedelta
from functools import lru_cache

from recado import wire
from recado.intake.condition import holds
from recado.intake.delivery import Delivery
from recado.intake.filter import unmatched_field
from recado.intake.identify import identify
from recado.intake.sources.source import Source
from recado.model.event import Event
from recado.model.trigger import Trigger, TriggerType
from recado.store.protocol import NewExecution

CONDITION = "condition"


def takes_webhooks(trigger: Trigger) -> bool:
    """Tell whether a trigger takes deliveries at all."""
    return trigger.enabled and trigger.type is TriggerType.WEBHOOK


def unwanted_by(trigger: Trigger, event: Event) -> str | None:
    """Return what does not want an event, None when all of it does.

    That is the name of a field of the filter, or ``CONDITION``.

    Raises:
        UndecidedError: The condition has no answer for this event.
    """
    field = unmatched_field(trigger.event_filter, event)
    if field is None and trigger.condition is not None:
        is_wanted = holds(trigger.condition, event)
        return None if is_wanted else CONDITION
    return field


def as_execution(
    trigger: Trigger,
    source: Source,
    delivery: Delivery,
    *,
    event: Event,
    accepted_at: datetime | None = None,
) -> NewExecution:
    """Return what is stored of an event that is wanted.

    ``accepted_at`` is given when that is later than the delivery came: its key is
    judged at the time it came all the same.
    """
    identity = identify(trigger, source, event)
    came = delivery.received_at
    key = identity.idempotency_key
    window = identity.window or _days(trigger.settings.dedupe_days)
    return NewExecution(
        trigger_id=trigger.id,
        document=wire.encode(event.document(identity, came)),
        idempotency_key=key,
        dedupe_until=None if key is None else came + window,
        ordering_key=identity.ordering_key,
        received_at=came if accepted_at is None else accepted_at,
        came_at=None if accepted_at is None else came,
    )


@lru_cache(maxsize=64)
def _days(count: float) -> timedelta:
    # to make one of a float costs as much as to encode the event
    return timedelta(days=count)
