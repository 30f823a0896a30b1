"""Bytes to event: what the sources have in common."""

from typing import Any
from urllib.parse import parse_qsl

from recado.errors import MalformedError
from recado.intake.delivery import Delivery
from recado.model.redact import MASK, masked_body

FORM = "application/x-www-form-urlencoded"

MAX_DEPTH = 100
"""Levels of a body. The JSON library reads more of them than it can write."""

_MAX_FORM_FIELDS = 100


def read_object(delivery: Delivery) -> dict[str, Any]:
    """Return the body as it came: one JSON object.

    Raises:
        MalformedError: It is not JSON, not an object, or nested too deeply.
    """
    body = delivery.json()
    if not isinstance(body, dict):
        raise MalformedError(_why_no_object(body))
    if _has_many_brackets(delivery.body) and _is_too_deep(body):
        raise MalformedError(f"the body is nested deeper than {MAX_DEPTH} levels")
    return body


def read_masked(delivery: Delivery) -> dict[str, Any]:
    """Return the body as one JSON object, with its secrets masked.

    Raises:
        MalformedError: It is not JSON, not an object, or nested too deeply.
    """
    return masked_body(read_object(delivery))


def read_form(delivery: Delivery) -> dict[str, str]:
    """Return the fields of a body that is a form; of repeated ones the last.

    Raises:
        MalformedError: It has too many.
    """
    try:
        return dict(
            parse_qsl(
                delivery.body.decode(errors="replace"),
                keep_blank_values=True,
                max_num_fields=_MAX_FORM_FIELDS,
            )
        )
    except ValueError as error:
        raise MalformedError(
            f"the body is a form with more than {_MAX_FORM_FIELDS} fields"
        ) from error


def is_form(delivery: Delivery) -> bool:
    """Tell whether the sender says that the body is a form."""
    kind = delivery.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == FORM


def _why_no_object(body: Any) -> str:
    if isinstance(body, list):
        return (
            f"the body is a list of {len(body)} items; one event per delivery is "
            "taken, so send each item, a JSON object, by itself"
        )
    kind = {str: "a text", bool: "true or false", type(None): "null"}
    return f"the body must be a JSON object; it is {kind.get(type(body), 'a number')}"


def _has_many_brackets(raw: bytes) -> bool:
    # fewer than levels are allowed in most bodies, which then need no walk. count()
    # would look at each byte in turn; replace() leaps from hit to hit
    few = len(raw) - MAX_DEPTH // 2
    return (
        len(raw.replace(b"{", b"", MAX_DEPTH // 2)) == few
        or len(raw.replace(b"[", b"", MAX_DEPTH // 2)) == few
    )


def _is_too_deep(body: dict[str, Any]) -> bool:
    level: list[Any] = [body]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _containers(item)]
        if not level:
            return False
    return True


def _containers(item: Any) -> list[Any]:
    values = item.values() if isinstance(item, dict) else item
    return [value for value in values if isinstance(value, dict | list)]


def with_masked(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the body with one more of its own fields masked, if it has a value."""
    return {**body, name: MASK} if body.get(name) else body
