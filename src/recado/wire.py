"""JSON between bytes and values: the one module that knows the JSON library."""

from typing import Any

import orjson

from recado.errors import NotJsonError

_SHORT = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
_PRETTY = _SHORT | orjson.OPT_INDENT_2


def decode(text: bytes | str) -> Any:
    """Return the value that a JSON text holds.

    Raises:
        NotJsonError: The text is not JSON (RFC 8259), or not UTF-8.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotJsonError(str(error)) from error


def encode(value: object) -> bytes:
    """Return the shortest JSON text of a value, as UTF-8.

    Aware moments become ISO 8601 in UTC with a ``Z``; a value that JSON has no
    form for becomes its ``str``.
    """
    return orjson.dumps(value, str, _SHORT)


def encode_pretty(value: object) -> bytes:
    """Return a JSON text for people: indented by two spaces, as UTF-8."""
    return orjson.dumps(value, str, _PRETTY)


def encode_canonical(value: object) -> bytes:
    """Return the JSON text with sorted keys, so that equal values give equal bytes."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)


def text_at(part: dict[str, Any], name: str) -> str:
    """Return the text under a name, "" where there is none or it is no text."""
    value = part.get(name)
    return value if isinstance(value, str) else ""


def part_at(part: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object under a name, an empty one where there is none."""
    value = part.get(name)
    return value if isinstance(value, dict) else {}
