"""Secret, and what to mask in a payload."""

import re
from collections.abc import Iterable
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

SECRET_PARTS = (
    *("token", "secret", "password", "signature", "hmac"),
    *("apikey", "api-key", "api_key", "authorization", "cookie"),
)
"""What names of headers and of an address's parameters hold, if they are secret.

Not names in bodies: an event's field called ``token`` must reach the action.
"""

_SECRET_WORDS = frozenset(
    {"auth", "credential", "credentials", "key", "pass", "passphrase", "pwd"}
)
"""Of which a header's name is made, if it is secret; as parts they are in others."""

_KEY_OF_A_REPEAT = "idempotency"  # and an operator has to see it

_SECRET_PARAMETERS = frozenset({"key", "sig", "auth", "code"})

_LOGIN = re.compile(r"^(https?://)[^/?#]+@", re.IGNORECASE)
_PARAMETER = re.compile(r"([?&;])([^=?&;#]+)=([^&;#]+)")
# a proxy tells in a header of its own which address was asked for
_DELIVERY_ADDRESS = re.compile(r"((?:/|%2F)hooks(?:/|%2F))[^/?#&%,;\s]+", re.IGNORECASE)
_IS_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)


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


def masked_body(body: dict[str, Any]) -> dict[str, Any]:
    """Return what ``masked`` returns for an object, sooner.

    Most bodies hold no secret below their own fields, so what is not masked is not
    copied.
    """
    if _may_hold_secrets(list(body.values())):
        return masked(body)  # type: ignore[no-any-return]  # an object stays one
    if SECRET_FIELDS.isdisjoint(map(str.lower, body)):
        return body
    own = [name for name in body if _is_secret(name) and body[name]]
    return body | dict.fromkeys(own, MASK)


def _may_hold_secrets(values: list[Any]) -> bool:
    """Tell whether a secret field may stand inside JSON values; never too seldom."""
    containers: list[Any] = [values]
    for container in containers:  # it grows meanwhile
        items: Iterable[Any] = container
        if type(container) is dict:
            if not SECRET_FIELDS.isdisjoint(map(str.lower, container)):
                return True
            items = container.values()
        for item in items:
            if type(item) is dict or type(item) is list:
                containers.append(item)  # noqa: PERF401 (a third slower by list)
    return False


def masked_headers(headers: dict[str, str], *, proof: str = "") -> dict[str, str]:
    """Return the headers without what proves the sender, or is enough of an address.

    ``proof`` is a header, in lower case, whose name does not say that it is a proof.
    """
    return {
        name: MASK
        if name == proof or _is_secret_header(name)
        else _DELIVERY_ADDRESS.sub(rf"\1{MASK}", value)
        for name, value in headers.items()
    }


def masked_payload(payload: Any) -> Any:
    """Return what may be shown of a trigger's ``action_payload``.

    In a request the headers and the address can hold secrets too.
    """
    if isinstance(payload, str):
        return _masked_address(payload)
    shown = masked(payload)
    if isinstance(shown, dict):
        if isinstance(url := shown.get("url"), str):
            shown["url"] = _masked_address(url)
        if isinstance(headers := shown.get("headers"), dict):
            shown["headers"] = {
                name: MASK if value and _is_secret_header(name) else value
                for name, value in headers.items()
            }
    return shown


def _is_secret_header(name: str) -> bool:
    if _speaks_of_secrets(name):
        return True
    words = name.lower().replace("_", "-").split("-")
    return not _SECRET_WORDS.isdisjoint(words) and _KEY_OF_A_REPEAT not in words


def _speaks_of_secrets(name: str) -> bool:
    lowered = name.lower()
    return any(part in lowered for part in SECRET_PARTS)


def _masked_address(text: str) -> str:
    if not _IS_ADDRESS.match(text):
        return text
    return _PARAMETER.sub(_masked_parameter, _LOGIN.sub(rf"\1{MASK}@", text))


def _masked_parameter(found: re.Match[str]) -> str:
    from urllib.parse import unquote  # noqa: PLC0415 -- most programs never need it

    before, name, _ = found.groups()
    plain = unquote(name).lower()
    if plain in _SECRET_PARAMETERS or _speaks_of_secrets(plain):
        return f"{before}{name}={MASK}"
    return found[0]
