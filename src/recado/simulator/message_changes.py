"""The webhooks of messages about other messages: reaction, edit, deletion, vote."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from recado.simulator.envelopes import as_map, envelope, incoming_head, message_data
from recado.simulator.instances import Instance
from recado.simulator.message_content import Said, context_info

_EDIT, _REVOKE = "1", "7"
_EDITED, _REVOKED = 14, 0


def reaction(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the event of a reaction to a message of ours; no text takes it away."""
    content = {
        "reactionMessage": {
            "key": _own_key(said, instance.jid),
            "senderTimestampMS": _milliseconds(said),
            "text": said.text,
        }
    }
    return _event(instance, message_data(incoming_head(said, type="reaction"), content))


def edit(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the event of somebody who changed a text of their own."""
    content = {
        "messageContextInfo": context_info(said),
        "protocolMessage": {
            "editedMessage": {"conversation": said.text},
            "key": _own_key(said, instance.jid),
            "timestampMS": _milliseconds(said),
            "type": _EDITED,
        },
    }
    info = incoming_head(said, type="text") | {"Edit": _EDIT}
    return _event(instance, message_data(info, content) | {"IsEdit": True})


def revoke(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the event of somebody who deleted a message of their own."""
    content = {
        "protocolMessage": {"key": _own_key(said, instance.jid), "type": _REVOKED}
    }
    info = incoming_head(said, type="text") | {"Edit": _REVOKE}
    return _event(instance, message_data(info, content))


def poll_vote(instance: Instance, said: Said) -> dict[str, Any]:
    """Return the event of a vote in a poll of ours, which is encrypted."""
    vote = sha256(f"{said.about}:{said.author}:{said.text}".encode()).digest()
    content = {
        "pollUpdateMessage": {
            "pollCreationMessageKey": _own_key(said, said.chat),
            "senderTimestampMS": _milliseconds(said),
            "vote": {
                "encIV": b64encode(vote[:12]).decode(),
                "encPayload": b64encode(vote).decode(),
            },
        }
    }
    return _event(instance, message_data(incoming_head(said, type="poll"), content))


def _own_key(said: Said, chat: str) -> dict[str, Any]:
    return {"ID": said.about, "fromMe": True, "remoteJID": chat}


def _milliseconds(said: Said) -> int:
    return int(said.at.timestamp() * 1000)


def _event(instance: Instance, data: dict[str, Any]) -> dict[str, Any]:
    return envelope(instance, "Message", as_map(data))
