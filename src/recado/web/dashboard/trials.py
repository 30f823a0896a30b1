"""What a trigger would do with a pasted payload, said without doing it."""

from dataclasses import dataclass
from datetime import datetime

from recado import wire
from recado.errors import InvalidError, NotJsonError, Problem
from recado.execution.preview import Preview, preview
from recado.intake.delivery import Delivery
from recado.model.trigger import Trigger
from recado.web.api.inputs import validated
from recado.web.api.trigger_tests import TestInput, Tried, delivery_of, try_delivery

EXAMPLE = """{
  "event": "Message",
  "instanceId": "sales",
  "data": {
    "Info": {
      "ID": "3EB0C431C26A1D5E2A7F",
      "Chat": "5511988887777@s.whatsapp.net",
      "Sender": "5511988887777@s.whatsapp.net",
      "IsFromMe": false
    },
    "Message": {"conversation": "Oi!"}
  }
}"""
"""A message as Evolution Go posts it, for a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying. ``reason`` is "" when it would run."""

    reason: str
    event_type: str
    idempotency_key: str
    ordering_key: str
    preview: Preview | None


def read_payload(text: str, headers: str = "") -> TestInput:
    """Return a pasted payload and headers, one ``Name: value`` on each line.

    Raises:
        InvalidError: The payload is no JSON object, or a line is no header.
    """
    try:
        payload = wire.decode(text)
    except NotJsonError as error:
        raise InvalidError([Problem("payload", f"is not JSON: {error}")]) from error
    lines = [line.partition(":") for line in headers.splitlines() if line.strip()]
    named = {name.strip(): value.strip() for name, _, value in lines}
    return validated(TestInput, {"payload": payload, "headers": named})


def try_payload(trigger: Trigger, wanted: TestInput, *, now: datetime) -> Trial:
    """Return what the trigger would do with a payload. Pure."""
    delivery = delivery_of(wanted, now=now)
    return _shown(trigger, try_delivery(trigger, delivery), delivery)


def _shown(trigger: Trigger, tried: Tried, delivery: Delivery) -> Trial:
    event, identity = tried.event, tried.identity
    document = event and wire.encode(event.document(identity, delivery.received_at))
    return Trial(
        reason=tried.reason or "",
        event_type=event.event_type if event else "",
        idempotency_key=identity.idempotency_key or "",
        ordering_key=identity.ordering_key or "",
        preview=preview(trigger, document) if document else None,
    )
