"""The head that each message carries as ``Info``."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

UNSET_TIME = "0001-01-01T00:00:00Z"

_BOT = {"EditType": "", "EditTargetID": "", "EditSenderTimestampMS": UNSET_TIME}
_META = {
    "TargetID": "",
    "TargetSender": "",
    "TargetChat": "",
    "DeprecatedLIDSession": None,
    "ThreadMessageID": "",
    "ThreadMessageSenderJID": "",
}


def head(  # noqa: PLR0913 -- the fields of one struct
    *,
    id: str,  # noqa: A002 -- the gateway's own word
    chat: str,
    sender: str,
    at: str,
    type: str,  # noqa: A002 -- the gateway's own word
    from_me: bool = False,
    push_name: str = "",
    media_type: str = "",
    sender_alt: str = "",
    sent_meta: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the head in the field order of the gateway's own struct."""
    return {
        "Chat": chat,
        "Sender": sender,
        "IsFromMe": from_me,
        "IsGroup": chat.endswith("@g.us"),
        "AddressingMode": "",
        "SenderAlt": sender_alt,
        "RecipientAlt": "",
        "BroadcastListOwner": "",
        "BroadcastRecipients": None,
        "ID": id,
        "ServerID": 0,
        "Type": type,
        "PushName": push_name,
        "Timestamp": at,
        "Category": "",
        "Multicast": False,
        "MediaType": media_type,
        "Edit": "",
        "MsgBotInfo": _BOT,
        "MsgMetaInfo": _META,
        "VerifiedName": None,
        "DeviceSentMeta": sent_meta,
    }


def to_second(moment: datetime) -> str:
    """Return a moment of WhatsApp's clock, which knows whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_nanosecond(moment: datetime) -> str:
    """Return a moment of the gateway's own clock: nanoseconds, no zeros at the end."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat("T", "microseconds")
    return text.rstrip("0").rstrip(".") + "Z" if moment.microsecond else text[:19] + "Z"


def days_before(moment: datetime, days: int) -> int:
    """Return seconds since 1970 of a moment some days earlier."""
    return int((moment - timedelta(days=days)).timestamp())
