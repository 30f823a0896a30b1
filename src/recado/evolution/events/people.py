"""Whose event it is: the chat and the sender."""

from typing import Any

from recado.wire import text_at


def people(data: dict[str, Any]) -> tuple[str, str]:
    """Return the JIDs of an event's chat and sender, "" where it has none.

    The number behind a hidden one (a LID) comes first where the event tells it.
    """
    info = data.get("Info")
    if isinstance(info, dict):
        chat = text_at(info, "Chat")
        if info.get("IsFromMe"):
            # of own messages the gateway leaves the number hidden
            chat = phone_first(chat, text_at(info, "RecipientAlt"))
        return chat, text_at(info, "Sender")
    if "CallID" in data:
        creator = text_at(data, "CallCreator") or text_at(data, "From")
        caller = phone_first(creator, text_at(data, "CallCreatorAlt"))
        return caller, caller
    chat = _first_jid(data, "Chat", "JID", "From", "id")
    return chat, _first_jid(data, "SenderPN", "Sender", "From")


def phone_first(jid: str, other: str) -> str:
    """Return ``other`` where it is the phone number behind a hidden one (a LID)."""
    if jid.endswith("@lid") and other.endswith("@s.whatsapp.net"):
        return other
    return jid


def _first_jid(data: dict[str, Any], *names: str) -> str:
    return next((jid for name in names if "@" in (jid := text_at(data, name))), "")
