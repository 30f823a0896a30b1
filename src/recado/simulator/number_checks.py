"""The check of numbers that stands in front of many routes, and what it rewrites.

It looks at bodies that say they are JSON, and knows fields by their exact spelling
only. Each check rewrites the body in place and returns what it complains of.
"""

from collections.abc import Callable
from typing import Any

from recado.simulator.recipient import clean

Check = Callable[[dict[str, Any]], str | None]

_SHAPE = "number must be a string or array of strings"
_NO_NUMBER = "invalid number format"


def number_unless_as_is(body: dict[str, Any]) -> str | None:
    """Check ``number``, unless ``formatJid`` is false."""
    return None if body.get("formatJid") is False else number_always(body)


def number_always(body: dict[str, Any]) -> str | None:
    """Check ``number``, if it is there: a text or an array of texts."""
    if "number" not in body:
        return None
    value = body["number"]
    if isinstance(value, list):
        return _check_items(body, value)
    if not isinstance(value, str):
        return _SHAPE
    return _check_text(body, "number")


def number_and_card(body: dict[str, Any]) -> str | None:
    """Check ``number`` and the phone of ``vcard``, which stays as it is written."""
    found = number_always(body)
    card = body.get("vcard")
    if found is not None or not isinstance(card, dict):
        return found
    phone = card.get("phone")
    if isinstance(phone, str) and phone and clean(phone) is None:
        return f"Invalid vcard phone format: {_NO_NUMBER}"
    return None


def named(*names: str) -> Check:
    """Return the check of fields that, if they are there, must be a number each."""

    def check(body: dict[str, Any]) -> str | None:
        found = (_check_text(body, name) for name in names if name in body)
        return next((complaint for complaint in found if complaint), None)

    return check


def each_of(name: str) -> Check:
    """Return the check of an array's texts; what is no text or empty passes it."""

    def check(body: dict[str, Any]) -> str | None:
        items = body.get(name)
        if not isinstance(items, list):
            return None
        for place, item in enumerate(items):
            if isinstance(item, str) and item:
                cleaned = clean(item)
                if cleaned is None:
                    return f"Invalid {name}[{place}] format: {_NO_NUMBER}"
                items[place] = cleaned
        return None

    return check


def _check_text(body: dict[str, Any], name: str) -> str | None:
    value = body[name]
    if not isinstance(value, str) or not value:
        return f"{name} is required and cannot be empty"
    cleaned = clean(value)
    if cleaned is None:
        return f"Invalid {name} format: {_NO_NUMBER}"
    body[name] = cleaned
    return None


def _check_items(body: dict[str, Any], items: list[Any]) -> str | None:
    if not items:
        return "number array cannot be empty"
    cleaned: list[str | None] = []
    for place, item in enumerate(items):
        if not isinstance(item, str):
            return _SHAPE
        if not item:
            return f"number[{place}] cannot be empty"
        cleaned.append(clean(item))
        if cleaned[-1] is None:
            return f"Invalid number[{place}] format: {_NO_NUMBER}"
    body["number"] = cleaned
    return None
