"""Stripe: signs time and body, with several signatures while a secret is rolled."""

from datetime import timedelta
from typing import ClassVar

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import as_key
from recado.intake.parse import read_masked
from recado.intake.signature import find_hmac, from_hex, mismatch
from recado.intake.sources.source import Source
from recado.intake.verify import (
    TOLERANCE,
    check_fresh,
    get_header,
    read_seconds,
    usable,
)
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_HEADER = "Stripe-Signature"


class Stripe(Source):
    """Events of an account or of connected ones, with their data or without."""

    name: ClassVar[str] = "stripe"
    headers: ClassVar[tuple[str, ...]] = (_HEADER,)
    longest_retry: ClassVar[timedelta] = timedelta(days=3)

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: one of the signatures v1, of time and body."""
        sent, given = _read(get_header(delivery, _HEADER, holds="t=… and v1=…"))
        content = f"{sent}.".encode(errors="replace") + delivery.body
        secret = find_hmac(given, content, usable(trigger.secrets))
        if secret is None:
            count = f"{len(given)} signature{'' if len(given) == 1 else 's'}"
            found = f"header {_HEADER} had {count} v1"
            raise mismatch(delivery, trigger.secrets, found=found)
        name = f"t of header {_HEADER}"
        moment = read_seconds(sent, name=name)
        check_fresh(moment, delivery, tolerance=TOLERANCE, name=name)
        return secret

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        return Event(
            source=self.name,
            event_type=text_at(body, "type"),
            body=body,
            instance=text_at(body, "account"),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: Stripe's id. The order is that of what it is about."""
        about = part_at(event.data, "object") or part_at(event.body, "related_object")
        order = text_at(about, "customer") or text_at(about, "id")
        return Identity(
            idempotency_key=as_key(event.body.get("id")), ordering_key=order or None
        )


def _read(header: str) -> tuple[str, list[bytes]]:
    """Return the time and the signatures; those of other schemes are not ours."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    sent = next((value for name, _, value in pairs if name == "t"), "")
    digests = [from_hex(value) for name, _, value in pairs if name == "v1"]
    given = [digest for digest in digests if digest]
    if not (sent and given):
        raise BadProofError(
            f"header {_HEADER} must hold t=… and at least one v1=…, in hex"
        )
    return sent, given
