"""Has the sender proved itself? Compared in constant time, on the exact bytes."""

import hmac
from collections.abc import Sequence
from typing import Any

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.model.redact import Secret

WEBHOOK_HEADERS = ("X-Webhook-Signature", "X-Signature")
"""Where senders without a scheme of their own put an HMAC; the first one counts."""

_DIGEST_BYTES = 32
_HEX_DIGITS = 64


def is_signed(delivery: Delivery, headers: Sequence[str]) -> bool:
    """Tell whether there is a signature to check, right or wrong."""
    return any(delivery.headers.get(name.lower()) for name in headers)


def verify_signature(
    delivery: Delivery, secrets: Sequence[Secret], headers: Sequence[str]
) -> None:
    """Return when the body carries an HMAC-SHA256 of one of the secrets.

    The HMAC is in hex, with or without ``sha256=`` before it, over the exact bytes.
    Each secret is accepted, so that an old one is good until its overlap ends.

    Raises:
        BadProofError: It does not; the text says what was looked at.
    """
    name, text = _find_signature(delivery, headers)
    given = _from_hex(name, text)
    keys = [secret.reveal().encode() for secret in secrets if secret]
    if not keys:
        raise BadProofError(
            "the trigger has no secret to check the signature with; give it a new one"
        )
    for key in keys:
        if hmac.compare_digest(hmac.digest(key, delivery.body, "sha256"), given):
            return
    raise BadProofError(
        f"signature does not match: computed over {len(delivery.body):,} bytes; "
        f"header {name} had {_HEX_DIGITS} hex digits. The secret differs, or the "
        "body was changed on its way"
    )


def _find_signature(delivery: Delivery, headers: Sequence[str]) -> tuple[str, str]:
    for name in headers:
        text = delivery.headers.get(name.lower())
        if text:
            return name, text
    raise BadProofError(
        "there is no signature: an HMAC-SHA256 of the body, in hex, is expected in "
        f"header {' or '.join(headers)}"
    )


def _from_hex(name: str, text: str) -> bytes:
    digits = text.strip().removeprefix("sha256=")
    try:
        given = bytes.fromhex(digits)
    except ValueError:
        given = b""
    # fromhex passes over blanks, so the number of digits has to be right as well
    if len(given) != _DIGEST_BYTES or len(digits) != _HEX_DIGITS:
        raise BadProofError(
            f"header {name} is not an HMAC-SHA256 in hex: it has {len(digits)} "
            f"characters, and {_HEX_DIGITS} hex digits are expected"
        )
    return given


def is_token(given: Any, expected: Secret) -> bool:
    """Tell, in constant time, whether a value of the body is the expected token."""
    return (
        isinstance(given, str)
        and bool(expected)
        and hmac.compare_digest(given.encode(), expected.reveal().encode())
    )
