"""Secret, and what to mask in a payload."""

from dataclasses import dataclass
from typing import Any

MASK = "[redacted]"

SECRET_FIELDS = frozenset(
    {
        "instancetoken",
        "apikey",
        "api_key",
        "x-api-key",
        "authorization",
        "proxy-authorization",
    }
)
"""Names, in lower case, whose values are never stored, logged or shown."""

_SHORT_BODY = 65_536
"""Bytes; a longer body is mostly text inside few fields, so a walk costs less."""

SECRET_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "apikey",
        "x-api-key",
        "x-telegram-bot-api-secret-token",
        "proxy-authorization",
    }
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that cannot be printed by accident; ``reveal`` is on purpose."""

    _value: str

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)


def _is_secret(name: Any) -> bool:
    # ASCII only: else a letter that becomes one of ours in lower case would pass here
    # and be overlooked in the bytes
    return isinstance(name, str) and name.isascii() and name.lower() in SECRET_FIELDS


def masked(value: Any) -> Any:
    """Return a copy of a JSON value with every secret field's value masked."""
    if isinstance(value, dict):
        return {
            name: MASK if item and _is_secret(name) else masked(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def masked_body(raw: bytes, body: dict[str, Any]) -> dict[str, Any]:
    """Return what ``masked`` returns for the object that ``raw`` was decoded to.

    Most bodies hold no secret below their own fields, which the bytes show sooner
    than a walk. What is not masked is not copied.
    """
    # a name can hide in \u escapes; looking for the one character first is quicker
    hides = b"\\" in raw and b"\\u" in raw
    own = [name for name in body if name.lower() in SECRET_FIELDS and name.isascii()]
    if hides or len(raw) > _SHORT_BODY or _count_secrets(raw) != len(own):
        return masked(body)  # type: ignore[no-any-return]  # an object stays one
    return body | {name: MASK for name in own if body[name]} if own else body


def _count_secrets(raw: bytes) -> int:
    """Return how often a secret field's name may be in there, or more, never less."""
    lowered = raw.lower()
    # what the names end with, each counted once
    count = lowered.count(b'instancetoken"') + lowered.count(b'authorization"')
    if b'key"' in lowered:
        for mark in (b'apikey"', b'api_key"', b'api-key"'):
            count += lowered.count(mark)
    return count


def masked_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers (names in lower case) without what proves the sender."""
    return {
        name: MASK if name in SECRET_HEADERS or "signature" in name else value
        for name, value in headers.items()
    }
