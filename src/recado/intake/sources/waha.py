"""WAHA: signs with HMAC-SHA512 when a session has an ``hmac`` key."""

from datetime import timedelta
from typing import Any, ClassVar

from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import BODY_HASH_WINDOW, body_hash, chat_order, join_key
from recado.intake.parse import read_masked
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Ordering, Trigger

_SCHEME = HmacScheme(headers=("X-Webhook-Hmac",), algorithm="sha512", prefix="sha512=")
_MESSAGES = frozenset({"message", "message.any"})


class Waha(Source):
    """WhatsApp HTTP API: ``{"event", "session", "payload"}``."""

    name: ClassVar[str] = "waha"
    headers: ClassVar[tuple[str, ...]] = _SCHEME.headers
    longest_retry: ClassVar[timedelta] = timedelta(hours=1)  # as it is set there
    default_ordering: ClassVar[Ordering] = Ordering.KEY

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA512 with the trigger's secret."""
        return verify_hmac(delivery, trigger.secrets, _SCHEME)

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        payload = part_at(body, "payload")
        chat, sender = _people(body, payload)
        return Event(
            source=self.name,
            event_type=text_at(body, "event"),
            body=body,
            instance=text_at(body, "session"),
            chat=chat,
            sender=sender,
            text=text_at(payload, "body"),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the message, else WAHA's own id, else the body a while.

        A message comes again under a new id of the event when WhatsApp sends it again.
        """
        order = chat_order(event)
        message = text_at(part_at(event.body, "payload"), "id")
        own = text_at(event.body, "id")
        if event.event_type in _MESSAGES and event.instance and message:
            key = join_key("waha", event.instance, event.event_type, message)
            return Identity(idempotency_key=key, ordering_key=order)
        if own:
            return Identity(idempotency_key=join_key("waha", own), ordering_key=order)
        return Identity(
            idempotency_key=join_key("waha", body_hash(event.body, without=())),
            ordering_key=order,
            window=BODY_HASH_WINDOW,
        )


def _people(body: dict[str, Any], payload: dict[str, Any]) -> tuple[str, str]:
    author = text_at(payload, "from")
    if payload.get("fromMe"):
        return text_at(payload, "to"), text_at(part_at(body, "me"), "id") or author
    return author, text_at(payload, "participant") or author
