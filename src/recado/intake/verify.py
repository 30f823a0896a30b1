"""Has the sender proved itself? What the proofs of all senders have in common.

Everything secret is compared in constant time, and every signature is computed on the
exact bytes. The clock is ``delivery.received_at``.
"""

import hmac
from collections.abc import Sequence
from typing import Any

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.model.redact import Secret

WEBHOOK_HEADERS = ("X-Webhook-Signature", "X-Signature")
"""Where senders without a scheme of their own put an HMAC; the first one counts."""

TOLERANCE = 300.0
"""Seconds a signed delivery may be old, as most senders have it."""

_MAX_TIME_DIGITS = 15


def is_signed(delivery: Delivery, headers: Sequence[str]) -> bool:
    """Tell whether there is a signature to check, right or wrong."""
    return any(delivery.headers.get(name.lower()) for name in headers)


def get_header(delivery: Delivery, name: str, *, holds: str) -> str:
    """Return a header that has to be there; ``holds`` says what it is.

    Raises:
        BadProofError: It is missing or empty.
    """
    text = delivery.headers.get(name.lower())
    if not text:
        raise BadProofError(f"header {name} is missing; it must hold {holds}")
    return text


def usable(secrets: Sequence[Secret]) -> list[Secret]:
    """Return the secrets that can prove something.

    Raises:
        BadProofError: There is none.
    """
    found = [secret for secret in secrets if secret]
    if not found:
        raise BadProofError(
            "the trigger has no secret to check the signature with; give it a new one"
        )
    return found


def which_secrets(secrets: Sequence[Secret]) -> str:
    """Return in words which secrets were tried."""
    older = len(secrets) - 1
    if older < 1:
        return "the current secret"
    return f"the current secret and {older} older"


def is_token(given: Any, expected: Secret) -> bool:
    """Tell, in constant time, whether a value is the expected token."""
    return (
        isinstance(given, str)
        and bool(expected)
        and hmac.compare_digest(
            given.encode(errors="surrogatepass"), expected.reveal().encode()
        )
    )


def find_token(given: str, secrets: Sequence[Secret]) -> Secret | None:
    """Return the secret that a text is, None if it is none of them."""
    return next((one for one in secrets if is_token(given, one)), None)


def read_seconds(text: str, *, name: str) -> int:
    """Return a moment that a sender gives in whole seconds since 1970.

    Raises:
        BadProofError: It is not such a number.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_TIME_DIGITS):
        raise BadProofError(
            f"{name} is not a time: whole seconds since 1970 are expected"
        )
    return int(text)


def check_fresh(
    sent_at: float, delivery: Delivery, *, tolerance: float, name: str
) -> None:
    """Return when a delivery was sent about when it came.

    ``sent_at`` is in seconds since 1970, ``tolerance`` in seconds; ``name`` is where
    the time stands.

    Raises:
        BadProofError: It is older, or its time has yet to come.
    """
    age = delivery.received_at.timestamp() - sent_at
    if abs(age) <= tolerance:
        return
    where = "before" if age > 0 else "after"
    raise BadProofError(
        f"the delivery is stale: {name} is {abs(age):,.0f} seconds {where} it came, "
        f"and {tolerance:g} are allowed. A clock is wrong, or an old delivery was "
        "sent again"
    )
