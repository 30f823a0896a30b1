"""Any sender that signs with an HMAC: a flow in n8n, a script, a shop."""

from datetime import timedelta
from typing import Any, ClassVar

from recado.intake.delivery import Delivery
from recado.intake.fields import text_at
from recado.intake.identify import KEY_PATHS, as_key
from recado.intake.parse import read_masked
from recado.intake.verify import WEBHOOK_HEADERS, verify_signature
from recado.model.event import Event, Identity
from recado.model.trigger import Ordering, Trigger


class Custom:
    """A sender without a form of its own; usual names are looked for."""

    name: ClassVar[str] = "custom"
    longest_retry: ClassVar[timedelta] = timedelta(0)  # who knows
    default_ordering: ClassVar[Ordering] = Ordering.NONE
    key_paths: ClassVar[tuple[str, ...]] = KEY_PATHS

    def verify(self, delivery: Delivery, trigger: Trigger) -> None:
        """See the protocol: an HMAC-SHA256 with the trigger's secret."""
        verify_signature(delivery, trigger.secrets, WEBHOOK_HEADERS)

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        return Event(
            source=self.name,
            event_type=_first(body, "event", "event_type", "type"),
            body=body,
            instance=_first(body, "instance", "instanceId"),
            chat=_first(body, "chat"),
            sender=_first(body, "sender", "from"),
            text=_first(body, "text"),
            delivery_id=delivery.headers.get("idempotency-key", ""),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the ``Idempotency-Key`` header, else no check."""
        return Identity(idempotency_key=as_key(event.delivery_id))


def _first(body: dict[str, Any], *names: str) -> str:
    for name in names:
        text = text_at(body, name)
        if text:
            return text
    return ""
