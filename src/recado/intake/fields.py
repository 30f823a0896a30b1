"""Find a value in a JSON document by its name, and read it as text."""

from typing import Any, Final

from recado import wire
from recado.wire import part_at, text_at

__all__ = ["ABSENT", "as_text", "find_value", "part_at", "text_at"]

ABSENT: Final = object()
"""What is found where there is nothing; JSON's null is a value."""

_MAX_INDEX_DIGITS = 9  # no list is longer, and int() refuses very long texts


def find_value(document: Any, path: str) -> Any:
    """Return what stands at a dotted path, ``ABSENT`` where there is nothing.

    A part in digits picks an item of a list, counted from 0. A key that holds dots
    itself is found by its full name, at the top of the document.
    """
    if isinstance(document, dict):
        if path in document:
            return document[path]
        if "." not in path:
            return ABSENT
    value = document
    for part in path.split("."):
        value = _step(value, part)
        if value is ABSENT:
            return ABSENT
    return value


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, ABSENT)
    if (
        isinstance(value, list)
        and part.isdecimal()
        and len(part) <= _MAX_INDEX_DIGITS
        and int(part) < len(value)
    ):
        return value[int(part)]
    return ABSENT


def as_text(value: Any) -> str:
    """Return a JSON value as text: ``true``, ``1``, "" for null.

    A list or an object becomes its shortest JSON text.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return wire.encode(value).decode()
