"""Linear: signs the body, which holds the time it was sent."""

from datetime import timedelta
from typing import ClassVar

from recado.errors import BadProofError, MalformedError
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import as_key, join_key
from recado.intake.parse import read_masked, read_object
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.intake.verify import check_fresh
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_SCHEME = HmacScheme(headers=("Linear-Signature",))
_TOLERANCE = 60.0  # seconds, as Linear asks for


class Linear(Source):
    """What changed in a workspace: ``{"type", "action", "data"}``."""

    name: ClassVar[str] = "linear"
    headers: ClassVar[tuple[str, ...]] = (*_SCHEME.headers, "Linear-Delivery")
    longest_retry: ClassVar[timedelta] = timedelta(hours=8)  # 1 minute, 1 and 6 hours

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA256 of a body that was just sent."""
        secret = verify_hmac(delivery, trigger.secrets, _SCHEME)
        try:
            sent = read_object(delivery).get("webhookTimestamp")
        except MalformedError:
            return secret  # proven all the same; parsing says what is wrong
        if isinstance(sent, bool) or not isinstance(sent, int | float):
            raise BadProofError(
                "the body has no webhookTimestamp, in milliseconds since 1970"
            )
        check_fresh(
            sent / 1_000, delivery, tolerance=_TOLERANCE, name="webhookTimestamp"
        )
        return secret

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        data = part_at(body, "data")
        return Event(
            source=self.name,
            event_type=text_at(body, "type"),
            body=body,
            instance=text_at(body, "organizationId"),
            sender=text_at(part_at(body, "actor"), "id"),
            text=text_at(data, "body") or text_at(data, "title"),
            delivery_id=delivery.headers.get("linear-delivery", ""),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: Linear's id of the delivery, else what was done and when.

        The order is that of the thing, which for a comment is its issue.
        """
        body, data = event.body, event.data
        thing = text_at(data, "id")
        own = as_key(event.delivery_id)
        if own is None:
            parts = (event.event_type, text_at(body, "action"), thing)
            moment = text_at(body, "createdAt")
            own = join_key(*parts, moment) if all(parts) and moment else None
        order = text_at(data, "issueId") or thing
        return Identity(idempotency_key=own, ordering_key=order or None)
