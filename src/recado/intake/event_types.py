"""Which events a source has, and which of them are many and seldom wanted."""

import difflib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from recado import wire
from recado.evolution.events.parse import KINDS
from recado.intake.fields import as_text

KNOWN: Mapping[str, tuple[str, ...]] = {
    "evolution_go": (
        *KINDS,
        *("Archive", "QRSuccess"),  # the gateway names them, and sends neither
    ),
}
"""Event types by source, where all of them are known."""

NOISY: Mapping[str, tuple[str, ...]] = {
    "evolution_go": ("Presence", "ChatPresence", "HistorySync"),
    "evolution_api": ("presence.update", "messages.set", "contacts.set", "chats.set"),
    "waha": ("presence.update",),
    "wuzapi": ("Presence", "ChatPresence", "HistorySync"),
}
"""Who is typing or online, and the past that a new instance is told."""

_NAMES = ("event", "event_type")


def quiet_fields(source: str) -> dict[str, Any] | None:
    """Return a trigger's fields that leave the noisy kinds out, None if there are none.

    Where all event types are known it is a filter, else a condition.
    """
    noisy = NOISY.get(source)
    if noisy is None:
        return None
    if source in KNOWN:
        return {"event_filter": {"event": [e for e in KNOWN[source] if e not in noisy]}}
    return {"condition": f"!(event.event_type in {wire.encode(noisy).decode()})"}


def filter_warnings(source: str, event_filter: Mapping[str, Any]) -> list[str]:
    """Return in words which wanted event types a source does not have."""
    known = KNOWN.get(source)
    if known is None:
        return []
    return [
        f"event_filter.{name}: {source} has no event type {wanted}"
        f"{_nearest(wanted, known)}"
        for name in _NAMES
        for wanted in _wanted(event_filter.get(name, []))
        if not any(fnmatchcase(one, _as_glob(wanted)) for one in known)
    ]


def _wanted(value: Any) -> Iterable[str]:
    return [as_text(one) for one in (value if isinstance(value, list) else [value])]


def _as_glob(wanted: str) -> str:
    # of its signs only * means something in a filter
    return wanted.replace("[", "[[]").replace("?", "[?]")


def _nearest(wanted: str, known: tuple[str, ...]) -> str:
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(wanted.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""
