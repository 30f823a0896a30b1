"""Prove to a receiver that a request is ours, by the Standard Webhooks rules."""

import base64
import binascii
import hmac
from hashlib import sha256

from recado.model.redact import Secret

_PREFIX = "whsec_"


def signature_headers(
    body: bytes, *, message: str, seconds: int, secret: Secret | None
) -> dict[str, str]:
    """Return the headers that name and sign a request.

    ``message`` is the same for every try of the same thing, ``seconds`` the time of
    this try since 1970. Without a secret there is no signature.
    """
    headers = {"webhook-id": message, "webhook-timestamp": str(seconds)}
    if secret is None:
        return headers
    signed = f"{message}.{seconds}.".encode() + body
    digest = hmac.digest(_key(secret.reveal()), signed, sha256)
    return headers | {"webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        encoded = secret.removeprefix(_PREFIX).rstrip("=")
        padding = "=" * (-len(encoded) % 4)
        try:
            return base64.b64decode(encoded + padding, validate=True)
        except (binascii.Error, ValueError):
            return secret.encode()  # it only looks like one
    return secret.encode()
