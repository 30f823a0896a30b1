"""What stands on a command line to the value that it means."""

import json
import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from recado.cli.evo import argument as kinds

if TYPE_CHECKING:  # loaded by the few commands that know dates
    from datetime import date, datetime

HIGHEST = 2**53
"""What numbers in JSON can hold without loss."""


def text(word: str) -> str:
    """Return the word, if it is text."""
    try:
        word.encode()
    except UnicodeEncodeError:
        raise ArgumentTypeError("is not text in UTF-8") from None
    return word


def integer(word: str) -> int:
    """Return a whole number."""
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(HIGHEST)):
        raise ArgumentTypeError(f"{word!r} is not a whole number")
    return int(word)


def count(word: str) -> int:
    """Return a whole number from 1 on."""
    number = integer(word)
    if number < 1:
        raise ArgumentTypeError(f"{word!r} is less than 1")
    return number


def decimal(word: str) -> float:
    """Return a number with a decimal point."""
    try:
        return float(word)
    except ValueError:
        raise ArgumentTypeError(f"{word!r} is not a number") from None


def boolean(word: str) -> bool:
    """Return what ``true`` and ``false`` say."""
    if word.lower() not in {"true", "false"}:
        raise ArgumentTypeError(f"{word!r} is neither true nor false")
    return word.lower() == "true"


def json_value(word: str) -> Any:
    """Return the value of a JSON text."""
    try:
        return json.loads(text(word), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ArgumentTypeError(f"is not JSON: {error}") from None


def json_object(word: str) -> dict[str, Any]:
    """Return a JSON object."""
    value = json_value(word)
    if not isinstance(value, dict):
        raise ArgumentTypeError("is not a JSON object")
    return value


def json_array(word: str) -> list[Any]:
    """Return a JSON array."""
    value = json_value(word)
    if not isinstance(value, list):
        raise ArgumentTypeError("is not a JSON array")
    return value


def items(word: str) -> list[str]:
    """Return the texts of ``a,b``, or of a JSON array of texts."""
    if not word.lstrip().startswith("["):
        return [item for each in text(word).split(",") if (item := each.strip())]
    value = json_array(word)
    if not all(isinstance(one, str) for one in value):
        raise ArgumentTypeError("is not a JSON array of texts")
    return value


def address(word: str) -> str:
    """Return an http(s) address."""
    if not word.startswith(("http://", "https://")):
        raise ArgumentTypeError(f"{word!r} does not begin with http:// or https://")
    return text(word)


def file(word: str) -> str:
    """Return the path of a file that is there and can be read."""
    if not os.path.isfile(word) or not os.access(word, os.R_OK):  # noqa: PTH113 -- pathlib takes 5 ms to load
        raise ArgumentTypeError(f"{word!r} is not a file that can be read")
    return text(word)


def day(word: str) -> "date":
    """Return a date."""
    from datetime import date  # noqa: PLC0415 -- see above

    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ArgumentTypeError(f"{word!r} is not a date: write 2026-03-25") from None


def moment(word: str) -> "datetime":
    """Return a moment with its zone."""
    from datetime import datetime  # noqa: PLC0415 -- see above

    try:
        return datetime.fromisoformat(word)
    except ValueError:
        raise ArgumentTypeError(
            f"{word!r} is not a moment: write 2026-03-25T20:00:00Z"
        ) from None


CONVERTERS: dict[str, Callable[[str], Any]] = {
    kinds.TEXT: text,
    kinds.NUMBER: text,
    kinds.NUMBERS: items,
    kinds.ADDRESS: address,
    kinds.INTEGER: integer,
    kinds.COUNT: count,
    kinds.DECIMAL: decimal,
    kinds.BOOLEAN: boolean,
    kinds.LIST: items,
    kinds.OBJECT: json_object,
    kinds.ARRAY: json_array,
    kinds.FILE: file,
    kinds.DATE: day,
    kinds.MOMENT: moment,
}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
