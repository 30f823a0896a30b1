"""What people ask of a WhatsApp event first, whichever gateway tells of it."""

from collections.abc import Callable, Mapping
from typing import Any

from recado.intake.fields import part_at, text_at
from recado.model.event import Event

STATUS_CHAT = "status@broadcast"
_GROUP = "@g.us"

FOUND = ("from_me", "is_group", "is_status")
"""Found out about events: own ones, those of a group, and status posts."""


def found(event: Event, name: str) -> bool | None:
    """Return the answer to one of ``FOUND``; None where the source is no WhatsApp.

    An event without a chat, such as that an instance is up, is none of them.
    """
    is_own = _FROM_ME.get(event.source)
    if is_own is None:
        return None
    match name:
        case "from_me":
            return is_own(event)
        case "is_group":
            return event.chat.endswith(_GROUP) or bool(_meta_group(event))
        case _:
            return event.chat == STATUS_CHAT


def _whatsmeow(part: dict[str, Any]) -> bool:
    """Return what the library under both gateways says; receipts have no ``Info``."""
    return (part_at(part, "Info") or part).get("IsFromMe") is True


def _evolution_go(event: Event) -> bool:
    return event.event_type == "SendMessage" or _whatsmeow(event.data)


def _evolution_api(event: Event) -> bool:
    data = event.data
    is_own = (part_at(data, "key") or data).get("fromMe") is True
    return is_own or event.event_type == "send.message"


def _meta_group(event: Event) -> str:
    return next((text_at(one, "group_id") for one in _meta_messages(event)), "")


def _meta_messages(event: Event) -> list[dict[str, Any]]:
    return [
        message
        for entry in _objects(event.body, "entry")
        for change in _objects(entry, "changes")
        for message in _objects(part_at(change, "value"), "messages")
    ]


def _objects(part: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = part.get(name)
    if not isinstance(items, list):
        return []
    return [item for item in items if isinstance(item, dict)]


_FROM_ME: Mapping[str, Callable[[Event], bool]] = {
    "evolution_go": _evolution_go,
    "evolution_api": _evolution_api,
    "waha": lambda event: part_at(event.body, "payload").get("fromMe") is True,
    "wuzapi": lambda event: _whatsmeow(part_at(event.body, "event")),
    # what the business's own app sends comes under a name of its own
    "meta": lambda event: event.event_type == "smb_message_echoes",
}
