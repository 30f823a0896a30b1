"""The webhooks of the gateway, as it would write them.

What the gateway passes through a generic map has sorted keys; the rest keeps the
order of its structs. So do these.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from recado.simulator.instances import Instance
from recado.simulator.message_content import (
    ALICE,
    Said,
    context_info,
    picture,
    request_id,
)
from recado.simulator.message_head import UNSET_TIME, head, to_nanosecond, to_second

_ALICE_HIDDEN = "100000000000001@lid"

RECEIPT_TYPES = {"Delivered": "", "Read": "read", "ReadSelf": "read-self"}
"""What ``state`` says, and what ``data.Type`` says for the same."""


def message(
    instance: Instance, said: Said, *, from_me: bool = False, retry_count: int = 0
) -> dict[str, Any]:
    """Return the event of a plain text, by default one that came in."""
    meta = {"DestinationJID": said.chat, "Phash": ""} if from_me else None
    info = head(
        id=said.id,
        chat=said.chat,
        sender=instance.jid if from_me else said.author,
        sender_alt="" if from_me else _ALICE_HIDDEN,
        at=to_second(said.at),
        type="text",
        from_me=from_me,
        push_name=instance.push_name if from_me else said.push_name,
        sent_meta=meta,
    )
    if from_me:
        info["RecipientAlt"] = _ALICE_HIDDEN
    content = {"conversation": said.text, "messageContextInfo": context_info(said)}
    data = message_data(info, content) | {"RetryCount": retry_count}
    return envelope(instance, "Message", as_map(data))


def image(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the event of a picture that came in; the text is its caption."""
    info = incoming_head(said, type="media", media_type="image")
    return envelope(instance, "Message", as_map(message_data(info, picture(said))))


def view_once_unavailable(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the announcement of a view-once message, without its content."""
    data = {
        "Info": incoming_head(said, type="media"),
        "IsUnavailable": True,
        "UnavailableType": "view_once",
        "DecryptFailMode": "",
    }
    return envelope(instance, "Message", data)


def view_once_resent(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the same view-once message, resent by the phone with its content."""
    info = incoming_head(said, type="") | {"SenderAlt": ""}
    content = picture(said)
    content["imageMessage"]["viewOnce"] = True
    source = {
        "key": {"ID": said.id, "fromMe": False, "remoteJID": said.chat},
        "messageTimestamp": int(said.at.timestamp()),
    }
    data = message_data(info, content) | {
        "IsViewOnce": True,
        "IsViewOnceV2": True,
        "SourceWebMsg": source,
        "UnavailableRequestID": request_id(said),
    }
    return envelope(instance, "Message", as_map(data))


def send_message(
    instance: Instance, said: Said, *, data: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the event of a successful send; ``data`` is what the route answered."""
    told = sent_text(instance, said) if data is None else data
    return envelope(
        instance, "SendMessage", told | {"Message": as_map(told["Message"])}
    )


def sent_text(
    instance: Instance,
    said: Said,
    *,
    quoted: Mapping[str, str] | None = None,
    mentioned: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the ``data`` that a successful ``POST /send/text`` answers with."""
    content = {
        "extendedTextMessage": {
            "text": said.text,
            "contextInfo": context_of(quoted, mentioned),
        }
    }
    return sent(
        instance, said, type="ExtendedTextMessage", message=content, quoted=quoted
    )


def sent(
    instance: Instance,
    said: Said,
    *,
    type: str,  # noqa: A002 -- the gateway's own word
    message: dict[str, Any],
    quoted: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the ``data`` that a successful send answers with."""
    return {
        "Info": head(
            id=said.id,
            chat=said.chat,
            sender=instance.device_jid,
            at=to_nanosecond(said.at),
            type=type,
            from_me=True,
        ),
        "Message": message,
        "MessageContextInfo": _reference(quoted),
    }


def context_of(
    quoted: Mapping[str, str] | None, mentioned: Sequence[str]
) -> dict[str, Any]:
    """Return what a message says of the one it replies to and of whom it names."""
    context = _reference(quoted) if quoted else {}
    if mentioned:
        context["mentionedJID"] = list(mentioned)
    return context


def _reference(quoted: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "stanzaID": (quoted or {}).get("messageId", ""),
        "participant": (quoted or {}).get("participant", ""),
        "quotedMessage": {"conversation": ""},
    }


def receipt(
    instance: Instance,
    ids: Sequence[str],
    *,
    at: datetime,
    state: str = "Delivered",
    chat: str = ALICE,
) -> dict[str, Any]:
    """Return the event of messages that were delivered or read.

    ``state`` is a key of ``RECEIPT_TYPES``.
    """
    own = state == "ReadSelf"
    data = {
        "Chat": chat,
        "Sender": instance.jid if own else chat,
        "IsFromMe": own,
        "IsGroup": chat.endswith("@g.us"),
        "AddressingMode": "",
        "SenderAlt": "",
        "RecipientAlt": "",
        "BroadcastListOwner": "",
        "BroadcastRecipients": None,
        "MessageIDs": list(ids),
        "Timestamp": to_second(at),
        "Type": RECEIPT_TYPES[state],
        "MessageSender": "",
    }
    return envelope(instance, "Receipt", data) | {"state": state}


def connected(instance: Instance) -> dict[str, Any]:
    """Return the event of a session that is up."""
    data = {
        "jid": instance.device_jid,
        "pushName": instance.push_name,
        "status": "open",
    }
    return envelope(instance, "Connected", data)


def disconnected(instance: Instance) -> dict[str, Any]:
    """Return the event of a session that WhatsApp closed."""
    return envelope(instance, "Disconnected", {})


def logged_out(instance: Instance) -> dict[str, Any]:
    """Return the event of a device that its owner unlinked."""
    reason = "401: logged out from another device"
    data = {"OnConnect": True, "Reason": 401, "reason": reason}
    return envelope(instance, "LoggedOut", data)


def presence(
    instance: Instance, *, online: bool = True, chat: str = ALICE
) -> dict[str, Any]:
    """Return the event of a contact that comes or goes."""
    data = {"From": chat, "Unavailable": not online, "LastSeen": UNSET_TIME}
    state = "online" if online else "offline"
    return envelope(instance, "Presence", data) | {"state": state}


def envelope(instance: Instance, event: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return what every event is wrapped in; it carries the instance's token."""
    return {
        "data": data,
        "event": event,
        "instanceId": instance.id,
        "instanceName": instance.name,
        "instanceToken": instance.token,
    }


def incoming_head(
    said: Said,
    *,
    type: str,  # noqa: A002 -- the gateway's own word
    media_type: str = "",
) -> dict[str, Any]:
    """Return the head of a message that came in."""
    return head(
        id=said.id,
        chat=said.chat,
        sender=said.author,
        sender_alt=_ALICE_HIDDEN,
        at=to_second(said.at),
        type=type,
        push_name=said.push_name,
        media_type=media_type,
    )


def message_data(info: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Return the ``data`` of a message, from its head and its content."""
    return {
        "Info": info,
        "IsBotInvoke": False,
        "IsDocumentWithCaption": False,
        "IsEdit": False,
        "IsEphemeral": False,
        "IsLottieSticker": False,
        "IsViewOnce": False,
        "IsViewOnceV2": False,
        "IsViewOnceV2Extension": False,
        "Message": content,
        "NewsletterMeta": None,
        "RetryCount": 0,
        "SourceWebMsg": None,
        "UnavailableRequestID": "",
    }


def as_map(value: Any) -> Any:
    """Return the value with all keys sorted, as after the gateway's generic map."""
    if isinstance(value, dict):
        return {key: as_map(value[key]) for key in sorted(value)}
    return value
