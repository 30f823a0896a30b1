"""Find a value in a JSON document by its name, and read it as text."""

from typing import Any, Final

from recado import wire

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


def text_at(part: dict[str, Any], name: str) -> str:
    """Return the text under a name, "" where there is none or it is no text."""
    value = part.get(name)
    return value if isinstance(value, str) else ""


def part_at(part: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object under a name, an empty one where there is none."""
    value = part.get(name)
    return value if isinstance(value, dict) else {}
