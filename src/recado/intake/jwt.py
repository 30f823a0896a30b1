"""JSON Web Tokens with HS256, as Evolution API sends them (RFC 7519, RFC 7515)."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from recado import wire
from recado.errors import BadProofError, NotJsonError
from recado.intake.verify import usable, which_secrets
from recado.model.redact import Secret

LEEWAY = 60.0
"""Seconds by which the clocks of two machines may differ."""

_PARTS = 3


def is_jwt(token: str) -> bool:
    """Tell whether a text has the form of a JSON Web Token."""
    return token.count(".") == _PARTS - 1 and token.startswith("eyJ")


def verify_jwt(
    token: str, secrets: Sequence[Secret], *, received_at: datetime
) -> Secret:
    """Return the secret that signed a token which is valid now.

    Only HS256 is taken: a token must not choose how it is checked.

    Raises:
        BadProofError: None did, or it is not valid now; the text says which.
    """
    head, payload, signature = [*token.split("."), "", ""][:_PARTS]
    if _object(head).get("alg") != "HS256":
        raise BadProofError("the JWT is not signed with HS256, which is expected")
    signed, given = f"{head}.{payload}".encode("ascii", "replace"), _bytes(signature)
    known = usable(secrets)
    for secret in known:
        right = hmac.digest(secret.reveal().encode(), signed, "sha256")
        if hmac.compare_digest(right, given):
            _check_times(_object(payload), received_at.timestamp())
            return secret
    raise BadProofError(
        f"the JWT is not signed with {which_secrets(known)} of the trigger; give the "
        "sender that secret as its jwt_key"
    )


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires = _time(claims.get("exp"))
    begins = _time(claims.get("nbf", claims.get("iat", 0)))
    if expires + LEEWAY < now:
        raise BadProofError(
            f"the JWT is stale: it expired {now - expires:,.0f} seconds before it came"
        )
    if begins - LEEWAY > now:
        raise BadProofError(
            f"the JWT is not valid before {begins - now:,.0f} seconds from now; a "
            "clock is wrong"
        )


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadProofError("the JWT does not say in numbers until when it is valid")
    return value


def _object(part: str) -> dict[str, Any]:
    try:
        value = wire.decode(_bytes(part))
    except NotJsonError:
        value = None
    return value if isinstance(value, dict) else {}


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""
