"""Any sender that signs with an HMAC: a flow in n8n, a script, a shop."""

from datetime import timedelta
from typing import Any, ClassVar

from recado.intake.delivery import Delivery
from recado.intake.identify import KEY_PATHS, as_key
from recado.intake.parse import read_masked
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.intake.verify import (
    WEBHOOK_HEADERS,
    check_fresh,
    get_header,
    read_seconds,
)
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import SignatureSettings, Trigger

_USUAL = HmacScheme(headers=WEBHOOK_HEADERS)
_MILLISECONDS = 10**11
"""A larger time is in milliseconds: in seconds it would be after the year 5000."""


class Custom(Source):
    """A sender without a form of its own; usual names are looked for."""

    name: ClassVar[str] = "custom"
    headers: ClassVar[tuple[str, ...]] = (*WEBHOOK_HEADERS, "Idempotency-Key")
    longest_retry: ClassVar[timedelta] = timedelta(0)  # who knows
    key_paths: ClassVar[tuple[str, ...]] = KEY_PATHS

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC with the trigger's secret.

        Of the body, with SHA-256, in hex, in one of the usual headers, unless
        ``settings.signature`` says otherwise.
        """
        wanted = trigger.settings.signature
        if wanted is None:
            return verify_hmac(delivery, trigger.secrets, _USUAL)
        return _verify_as(wanted, delivery, trigger)

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


def _verify_as(
    wanted: SignatureSettings, delivery: Delivery, trigger: Trigger
) -> Secret:
    scheme = HmacScheme(
        headers=(wanted.header,) if wanted.header else WEBHOOK_HEADERS,
        algorithm=wanted.algorithm,
        encoding=wanted.encoding,
        prefix=wanted.prefix or f"{wanted.algorithm}=",
    )
    sent = ""
    if wanted.timestamp_header:
        sent = get_header(
            delivery, wanted.timestamp_header, holds="when it was sent, since 1970"
        )
    content = _content(wanted.content, sent, delivery.body)
    secret = verify_hmac(delivery, trigger.secrets, scheme, content=content)
    if wanted.timestamp_header:
        name = f"header {wanted.timestamp_header}"
        moment: float = read_seconds(sent, name=name)
        if moment > _MILLISECONDS:
            moment /= 1_000
        check_fresh(moment, delivery, tolerance=wanted.tolerance, name=name)
    return secret


def _content(form: str, sent: str, body: bytes) -> bytes:
    before, _, after = form.partition("{body}")
    return b"".join(
        (
            before.replace("{timestamp}", sent).encode(errors="surrogatepass"),
            body,
            after.replace("{timestamp}", sent).encode(errors="surrogatepass"),
        )
    )


def _first(body: dict[str, Any], *names: str) -> str:
    for name in names:
        value = body.get(name)
        if value and isinstance(value, str):
            return value
    return ""
