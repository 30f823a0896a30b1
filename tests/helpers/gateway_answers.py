"""What the gateway answers on each route: the shapes of the contract, with values."""

from base64 import b64encode
from typing import Any

from tests.helpers.evolution_facts import route
from tests.helpers.gateway_examples import GROUP, JID, MESSAGE, NEWSLETTER, URL, UUID

PNG = b"\x89PNG"
TOKEN = "instance-token-hush"
ZERO_TIME = "0001-01-01 00:00:00 +0000 UTC"

_DONE: dict[str, Any] = {"message": "success"}

INSTANCE: dict[str, Any] = {
    "id": UUID,
    "name": "shop",
    "token": TOKEN,
    "webhook": "https://example.com/hooks/x",
    "rabbitmqEnable": "enabled",
    "websocketEnable": "true",
    "natsEnable": "",
    "jid": "5511999990000:12@s.whatsapp.net",
    "qrcode": "data:image/png;base64,AA==|2@code-hush",
    "connected": True,
    "expiration": 0,
    "disconnect_reason": "",
    "events": "MESSAGE,READ_RECEIPT",
    "os_name": "Linux",
    "proxy": '{"host":"proxy.example","password":"proxy-hush"}',
    "client_name": "recado",
    "createdAt": "2026-03-01T10:00:00-03:00",
    "alwaysOnline": True,
    "rejectCall": False,
    "msgRejectCall": "",
    "readMessages": False,
    "ignoreGroups": False,
    "ignoreStatus": True,
}
SWITCHES: dict[str, Any] = {
    "alwaysOnline": True,
    "rejectCall": True,
    "msgRejectCall": "No",
    "readMessages": False,
    "ignoreGroups": False,
    "ignoreStatus": False,
}
PRIVACY: dict[str, Any] = {
    "GroupAdd": "all",
    "LastSeen": "contacts",
    "Status": "none",
    "Profile": "all",
    "ReadReceipts": "all",
    "CallAdd": "known",
    "Online": "all",
    "Messages": "all",
    "Defense": "",
    "Stickers": "",
}
BLOCKED: dict[str, Any] = {"DHash": "abc", "JIDs": [JID]}
THE_GROUP: dict[str, Any] = {
    "JID": GROUP,
    "OwnerJID": JID,
    "OwnerPN": "",
    "Name": "Friends",
    "Topic": "Only good news",
    "IsLocked": False,
    "IsAnnounce": True,
    "IsEphemeral": False,
    "IsParent": False,
    "LinkedParentJID": "",
    "AddressingMode": "lid",
    "GroupCreated": "2025-01-01T00:00:00Z",
    "Participants": [
        {
            "JID": "123@lid",
            "PhoneNumber": JID,
            "LID": "123@lid",
            "IsAdmin": True,
            "IsSuperAdmin": False,
            "DisplayName": "",
            "Error": 0,
            "AddRequest": None,
        }
    ],
    "ParticipantCount": 1,
}
CHANNEL: dict[str, Any] = {
    "id": NEWSLETTER,
    "state": {"type": "active"},
    "thread_metadata": {
        "creation_time": "1700000000",
        "invite": "AbC",
        "name": {"text": "News"},
        "description": {"text": "Of the town"},
        "subscribers_count": "42",
        "verification": "unverified",
    },
    "viewer_metadata": {"mute": "off", "role": "owner"},
}
POLL: dict[str, Any] = {
    "pollMessageId": MESSAGE,
    "pollChatJid": GROUP,
    "totalVotes": 1,
    "votes": [],
    # the SHA-256 of "a"
    "optionCounts": {
        "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB": 1
    },
    "voters": [
        {
            "jid": JID,
            "phone": "5511999990001",
            "name": "Ana",
            "selectedOptions": [
                "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
            ],
            "votedAt": "2026-03-25T20:50:00Z",
        }
    ],
}


def _data(value: Any) -> dict[str, Any]:
    return {"message": "success", "data": value}


_SENT = route("POST", "/send/text")["success"]["example"]

ANSWERS: dict[str, Any] = {
    "GET /server/ok": {"status": "ok"},
    "GET /license/status": {"status": "active", "instance_id": "x", "api_key": "ab***"},
    "GET /license/register": {"status": "pending", "register_url": "https://l.example"},
    "GET /license/activate": {"status": "active", "message": "done"},
    "POST /instance/create": _data(INSTANCE),
    "GET /instance/all": _data([INSTANCE]),
    "GET /instance/info/:instanceId": _data(INSTANCE),
    "POST /instance/proxy/:instanceId": _data(
        {"host": "proxy.example", "port": "3128", "hasAuth": True}
    ),
    "GET /instance/logs/:instanceId": [
        {
            "timestamp": "2026-03-25T20:50:00Z",
            "level": "ERROR",
            "instance_id": UUID,
            "message": "lost",
        }
    ],
    "POST /instance/connect": _data(
        {"jid": JID, "webhookUrl": URL, "eventString": "MESSAGE,CALL"}
    ),
    "GET /instance/status": _data({"Connected": True, "LoggedIn": True, "Name": "x"}),
    "GET /instance/qr": _data(
        {
            "Qrcode": f"data:image/png;base64,{b64encode(PNG).decode()}",
            "Code": "2@code",
        }
    ),
    "POST /instance/pair": _data({"PairingCode": "ABCD-1234"}),
    "GET /instance/:instanceId/advanced-settings": SWITCHES,
    "PUT /instance/:instanceId/advanced-settings": {
        "message": "Advanced settings updated successfully",
        "settings": SWITCHES,
    },
    "POST /user/info": _data(
        {
            "Users": {
                JID: {
                    "VerifiedName": None,
                    "Status": "Hi",
                    "PictureID": "1",
                    "Devices": [JID],
                    "LID": None,
                }
            }
        }
    ),
    "POST /user/check": _data(
        {
            "Users": [
                {
                    "Query": "5511999990001",
                    "IsInWhatsapp": True,
                    "JID": "+5511999990001@s.whatsapp.net",
                    "RemoteJID": JID,
                    "LID": "123@lid",
                    "VerifiedName": "",
                }
            ]
        }
    ),
    "POST /user/avatar": _data(
        {"url": URL, "id": "1", "type": "image", "direct_path": "/x", "hash": None}
    ),
    "GET /user/contacts": _data(
        [
            {
                "Jid": JID,
                "Found": True,
                "FirstName": "Ana",
                "FullName": "Ana Sé",
                "PushName": "ana",
                "BusinessName": "",
            }
        ]
    ),
    "GET /user/privacy": _data(PRIVACY),
    "POST /user/privacy": _data(PRIVACY),
    "POST /user/block": _data(BLOCKED),
    "POST /user/unblock": _data(BLOCKED),
    "GET /user/blocklist": _data(BLOCKED),
    "POST /user/profilePicture": _data({"image": URL}),
    "POST /user/profileName": _data({"name": "Shop"}),
    "POST /user/profileStatus": _data({"status": "Open"}),
    "POST /message/react": route("POST", "/message/react")["success"]["example"],
    "POST /message/presence": _data({"timestamp": ZERO_TIME}),
    "POST /message/markread": _data({"timestamp": ZERO_TIME}),
    "POST /message/downloadmedia": _data(
        {"base64": f"data:image/png;base64,{b64encode(PNG).decode()}"}
    ),
    "POST /message/status": _data(
        {
            "result": {
                "id": "1",
                "message_id": MESSAGE,
                "timestamp": "2026-03-25T20:50:00Z",
                "status": "Read",
                "source": "x",
            },
            "timestamp": ZERO_TIME,
        }
    ),
    "POST /message/delete": _data({"messageId": "3EB0DD", "timestamp": ZERO_TIME}),
    "POST /message/edit": _data({"messageId": "3EB0EE", "timestamp": ZERO_TIME}),
    "POST /chat/history-sync": _data(
        {"Timestamp": "2026-03-25T20:50:00Z", "ID": "3EB0FF", "Sender": JID}
    ),
    "GET /group/list": _data([THE_GROUP]),
    "GET /group/myall": _data(None),
    "POST /group/info": _data(THE_GROUP),
    "POST /group/invitelink": _data("https://chat.whatsapp.com/AbC"),
    "POST /group/photo": _data("1234"),
    "POST /group/create": _data(
        {
            "jid": GROUP,
            "name": "Friends",
            "owner": JID,
            "added": [JID],
            "failed": None,
        }
    ),
    "POST /community/create": _data(THE_GROUP | {"IsParent": True}),
    "POST /community/add": _data({"success": [GROUP], "failed": []}),
    "POST /community/remove": _data({"success": None, "failed": None}),
    "GET /label/list": [
        {
            "id": "1",
            "instance_id": UUID,
            "label_id": "7",
            "label_name": "Paid",
            "label_color": 3,
            "predefined_id": None,
        }
    ],
    "POST /newsletter/create": _data(CHANNEL),
    "GET /newsletter/list": _data([CHANNEL]),
    "POST /newsletter/info": _data(CHANNEL),
    "POST /newsletter/link": _data(CHANNEL | {"viewer_metadata": None}),
    "POST /newsletter/messages": _data(
        [
            {
                "MessageServerID": 100,
                "MessageID": MESSAGE,
                "Type": "text",
                "Timestamp": "2026-03-25T20:50:00Z",
                "ViewsCount": 5,
                "ReactionCounts": {"👍": 2},
                "Message": {},
            }
        ]
    ),
    "GET /polls/:pollMessageId/results": POLL,
}
"""By route; the sends all answer as ``/send/text`` does, the rest with no data."""


def answer_of(method: str, path: str) -> Any:
    """What the gateway answers to a good call."""
    if path.startswith("/send/"):
        return _SENT
    return ANSWERS.get(f"{method} {path}", _DONE)
