"""Standard Webhooks: v1 and v1a, under the names of the standard and those of Svix."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.fields import text_at
from recado.intake.identify import as_key
from recado.intake.parse import read_masked
from recado.intake.signature import (
    ED25519_BYTES,
    find_hmac,
    from_base64,
    is_ed25519,
    mismatch,
)
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

_NAMES = ("webhook", "svix")
_PARTS = ("id", "timestamp", "signature")
_SHARED, _PUBLIC = "whsec_", "whpk_"
_MAX_SIGNATURES = 20


class Standard(Source):
    """Any sender that keeps to standardwebhooks.com, such as those behind Svix.

    A secret is what the sender shows: ``whsec_…`` for v1, ``whpk_…`` for v1a.
    """

    name: ClassVar[str] = "standard"
    headers: ClassVar[tuple[str, ...]] = tuple(
        f"{name}-{part}" for name in _NAMES for part in ("id", "timestamp", "signature")
    )
    longest_retry: ClassVar[timedelta] = timedelta(days=4)

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: one of several signatures of id, time and body."""
        name = _name_in(delivery)
        id_ = get_header(delivery, f"{name}-id", holds="the id of the message")
        sent = get_header(delivery, f"{name}-timestamp", holds="when it was sent")
        header = f"{name}-signature"
        text = get_header(delivery, header, holds="v1,… or v1a,…")
        content = f"{id_}.{sent}.".encode(errors="replace") + delivery.body
        secret = _find(text, content, usable(trigger.secrets))
        if secret is None:
            count = len(text.split())
            found = f"header {header} had {count} signature{'' if count == 1 else 's'}"
            raise mismatch(delivery, trigger.secrets, found=found)
        where = f"header {name}-timestamp"
        moment = read_seconds(sent, name=where)
        check_fresh(moment, delivery, tolerance=TOLERANCE, name=where)
        return secret

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        return Event(
            source=self.name,
            event_type=text_at(body, "type") or text_at(body, "eventType"),
            body=body,
            delivery_id=delivery.headers.get(f"{_name_in(delivery)}-id", ""),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the message's id, the same however often it is sent."""
        return Identity(idempotency_key=as_key(event.delivery_id))

    def secret_problem(self, secret: str) -> str | None:
        """See the protocol."""
        if secret.startswith(_PUBLIC):
            key = from_base64(secret.removeprefix(_PUBLIC)) or b""
            if len(key) == ED25519_BYTES:
                return None
            return "is no public key: whpk_ must be followed by 32 bytes in base64"
        if from_base64(secret.removeprefix(_SHARED)):
            return None
        return "must be whsec_ or whpk_ followed by base64, as the sender shows it"


def _name_in(delivery: Delivery) -> str:
    is_svix = any(f"svix-{part}" in delivery.headers for part in _PARTS)
    return "svix" if is_svix and "webhook-id" not in delivery.headers else "webhook"


def _find(text: str, content: bytes, secrets: Sequence[Secret]) -> Secret | None:
    parts = [part.partition(",") for part in text.split()[:_MAX_SIGNATURES]]
    shared = [secret for secret in secrets if not _is_public(secret)]
    given = [from_base64(value) or b"" for kind, _, value in parts if kind == "v1"]
    found = find_hmac(given, content, shared, key=_shared_key)
    if found is not None:
        return found
    signed = [from_base64(value) or b"" for kind, _, value in parts if kind == "v1a"]
    for secret in secrets:
        if _is_public(secret) and _is_signed_by(secret, content, signed):
            return secret
    return None


def _is_public(secret: Secret) -> bool:
    return secret.reveal().startswith(_PUBLIC)


def _is_signed_by(secret: Secret, content: bytes, signatures: Sequence[bytes]) -> bool:
    key = _decoded(secret, _PUBLIC)
    return any(is_ed25519(one, content, public_key=key) for one in signatures)


def _shared_key(secret: Secret) -> bytes:
    return _decoded(secret, _SHARED)


def _decoded(secret: Secret, prefix: str) -> bytes:
    key = from_base64(secret.reveal().removeprefix(prefix))
    if not key:
        raise BadProofError(
            "the trigger's secret is not of the form whsec_… or whpk_…, in base64; "
            "give it the one that the sender shows"
        )
    return key
