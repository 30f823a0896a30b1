"""Reading one field of an answer, whatever its type turns out to be."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

_ZERO_YEAR = 1
"""The year of Go's zero time, which stands for "none"."""


def an_object(value: Any) -> dict[str, Any]:
    """Return the value, which must be an object.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, dict):
        raise TypeError(f"an object is expected, not {type(value).__name__}")
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the items of a list of objects; null is an empty one, as Go writes it.

    Raises:
        TypeError: It is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"a list is expected, not {type(value).__name__}")
    return [an_object(item) for item in value]


def text(data: dict[str, Any], name: str) -> str:
    """Return a text; "" when it is missing or something else."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def inner_text(data: dict[str, Any], name: str) -> str:
    """Return the text of ``{name: {"text": …}}``."""
    inner = data.get(name)
    return text(inner, "text") if isinstance(inner, dict) else ""


def truth(data: dict[str, Any], name: str) -> bool:
    """Return whether it is true; anything else is False."""
    return data.get(name) is True


def integer(data: dict[str, Any], name: str) -> int:
    """Return a whole number, also one written as text; 0 when there is none."""
    value = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return a list's texts, in order; empty when there is no list."""
    value = data.get(name)
    items: Iterable[Any] = value if isinstance(value, list) else ()
    return tuple(item for item in items if isinstance(item, str))


def moment(data: dict[str, Any], name: str) -> datetime | None:
    """Return an RFC 3339 time, aware, in UTC; None for none and for Go's zero time."""
    try:
        found = datetime.fromisoformat(text(data, name))
    except ValueError:
        return None
    if found.year <= _ZERO_YEAR:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
