"""What can only fail is refused before anything is sent, and says what to do."""

from collections.abc import Callable
from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest

from recado.evolution.commands.calls import RejectCall
from recado.evolution.commands.chats import HistorySync, PinChat
from recado.evolution.commands.communities import AddToCommunity, CreateCommunity
from recado.evolution.commands.groups import (
    CreateGroup,
    GroupInfo,
    JoinGroup,
    SetGroupName,
    SetGroupPhoto,
    UpdateGroupParticipants,
)
from recado.evolution.commands.instances import (
    CreateInstance,
    DeleteInstance,
    ForceReconnect,
    InstanceLogs,
    Proxy,
    SetProxy,
)
from recado.evolution.commands.interactive import (
    Button,
    ListRow,
    ListSection,
    SendButtons,
    SendList,
)
from recado.evolution.commands.labels import EditLabel, LabelChat, LabelMessage
from recado.evolution.commands.media import SendMedia
from recado.evolution.commands.messages import (
    DeleteMessage,
    DownloadMedia,
    EditMessage,
    MarkRead,
    MessageStatus,
    React,
    SetPresence,
)
from recado.evolution.commands.newsletters import (
    CreateNewsletter,
    NewsletterByLink,
    NewsletterInfo,
    NewsletterMessages,
)
from recado.evolution.commands.polls import PollResults
from recado.evolution.commands.profile import (
    SetPrivacy,
    SetProfileName,
    SetProfilePicture,
    SetProfileStatus,
)
from recado.evolution.commands.sending import Quoted
from recado.evolution.commands.sends import (
    SendContact,
    SendLink,
    SendLocation,
    SendPoll,
    SendSticker,
    SendText,
)
from recado.evolution.commands.server import LicenseActivate
from recado.evolution.commands.session import Connect, Pair
from recado.evolution.commands.users import Block, CheckNumbers, UserInfo
from recado.evolution.upload import Upload

N = "5511999990001"
G = "120363041234567890@g.us"
PRIVACY = {
    "group_add": "all",
    "last_seen": "all",
    "status": "all",
    "profile": "all",
    "read_receipts": "all",
    "call_add": "all",
    "online": "all",
}
FILE = Upload(content=b"x", filename="x")
YES = Button(type="reply", display_text="Yes")
PIX = Button(type="pix", name="Ana", key_type="cpf", key="1")
URL = Button(type="url", display_text="Open", url="https://x")


def buttons(*several: Button) -> dict[str, Any]:
    return {
        "number": N,
        "title": "t",
        "description": "d",
        "footer": "f",
        "buttons": several,
    }


REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (SendText, {"number": N, "text": ""}, "text must not be empty"),
    (SendText, {"number": N, "text": "oi", "mentioned_jid": ["ana"]}, "ana"),
    (Quoted, {"message_id": "", "participant": N}, "message_id is empty"),
    (Quoted, {"message_id": "A", "participant": "ana"}, "ana"),
    (SendLink, {"number": N, "text": "look"}, "there is no link: give url"),
    (SendLink, {"number": N, "url": "example.com"}, "url must be an http"),
    (SendPoll, {"number": N, "question": "", "options": ["a", "b"]}, "question must"),
    (SendPoll, {"number": N, "question": "?", "options": ["a"]}, "two texts or more"),
    (SendPoll, {"number": N, "question": "?", "options": "ab"}, "must be a list"),
    (SendPoll, {"number": N, "question": "?", "options": ["a", ""]}, "none empty"),
    (SendPoll, {"number": N, "question": "?", "options": ["a", "a"]}, "must differ"),
    (
        SendPoll,
        {"number": N, "question": "?", "options": ["a", "b"], "max_answer": 3},
        "max_answer is 3; it must be from 0",
    ),
    (SendSticker, {"number": N, "sticker": "data:x"}, "sticker must be an http"),
    (SendLocation, {"number": N, "latitude": 91, "longitude": 0}, "latitude is 91"),
    (SendLocation, {"number": N, "latitude": 0, "longitude": nan}, "longitude is nan"),
    (SendLocation, {"number": N, "latitude": -inf, "longitude": 0}, "latitude is -inf"),
    (SendContact, {"number": N, "full_name": "", "phone": N}, "full_name must not"),
    (SendContact, {"number": N, "full_name": "Ana", "phone": "ana"}, "ana"),
    (SendContact, {"number": N, "full_name": "Ana", "phone": G}, "not a phone number"),
    (SendContact, {"number": N, "full_name": "A\nB", "phone": N}, "must be one line"),
    (
        SendContact,
        {"number": N, "full_name": "A", "phone": N, "organization": "B\rC"},
        "organization must be one line",
    ),
    (
        SendContact,
        {"number": "ana", "full_name": "A", "phone": N, "format_jid": False},
        "ana",
    ),
    (SendMedia, {"number": N, "type": "gif", "url": "https://x"}, "type is 'gif'"),
    (SendMedia, {"number": N, "type": "image"}, "either url or file"),
    (
        SendMedia,
        {"number": N, "type": "image", "url": "https://x", "file": FILE},
        "either url or file",
    ),
    (SendMedia, {"number": N, "type": "image", "url": "x"}, "url must be an http"),
    (SendMedia, {"number": N, "type": "ptv", "file": FILE}, "give its url"),
    (
        SendMedia,
        {"number": N, "type": "image", "file": FILE, "mention_all": True},
        "mention_all cannot be given with file",
    ),
    (
        SendMedia,
        {"number": N, "type": "image", "file": FILE, "format_jid": False},
        "format_jid cannot be given with file",
    ),
    (
        SendMedia,
        {
            "number": G,
            "type": "document",
            "url": "https://x",
            "caption": "c",
            "mentioned_jid": [N],
        },
        "Send the mention as a text",
    ),
    (Button, {"type": "link"}, "one of reply, copy"),
    (Button, {"type": "url", "display_text": "Open"}, "a url button needs url"),
    (Button, {"type": "pix", "name": "A", "key_type": "x", "key": "1"}, "key_type is"),
    (Button, {"type": "reply", "display_text": 'say "yes"'}, "display_text must not"),
    (Button, {"type": "reply", "display_text": "a\nb"}, "line breaks"),
    (SendButtons, buttons(), "buttons must not be empty"),
    (SendButtons, buttons(PIX, PIX), "pix button must be the only one"),
    (SendButtons, buttons(YES, YES, YES, YES), "there may be 3 reply buttons"),
    (SendButtons, buttons(YES, URL), "no others beside them"),
    (ListRow, {"title": "", "row_id": "1"}, "title must not be empty"),
    (ListSection, {"title": "t", "rows": []}, "rows must not be empty"),
    (
        SendList,
        {
            "number": N,
            "title": "t",
            "description": "d",
            "footer_text": "f",
            "button_text": "b",
            "sections": [],
        },
        "sections must not be empty",
    ),
    (CreateInstance, {"name": ""}, "name must not be empty"),
    (
        Proxy,
        {"host": "h", "port": 1, "username": "", "password": "p"},
        "username must not be empty",
    ),
    (SetProxy, {"instance_id": "i", "host": "h", "port": ""}, "port must not be empty"),
    (DeleteInstance, {"instance_id": ""}, "instanceId must not be ''"),
    (DeleteInstance, {"instance_id": ".."}, "part of the path"),
    (ForceReconnect, {"instance_id": "i", "number": "%"}, "digits only"),
    (ForceReconnect, {"instance_id": "", "number": "1"}, "instanceId"),
    (InstanceLogs, {"instance_id": "i", "levels": ["LOUD"]}, "'LOUD'; there are INFO"),
    (InstanceLogs, {"instance_id": "i", "limit": 0}, "limit is 0"),
    (Connect, {"webhook_url": "", "subscribe": ["message"]}, "drop silently"),
    (Connect, {"webhook_url": "", "subscribe": "ALL"}, "must be a list"),
    (Connect, {"webhook_url": "localhost"}, "webhook_url must be an http"),
    (Pair, {"phone": G}, "not a phone number"),
    (UserInfo, {"numbers": []}, "numbers must be a list of one or more"),
    (UserInfo, {"numbers": N}, "numbers must be a list"),
    (CheckNumbers, {"numbers": ["ana"]}, "ana"),
    (Block, {"number": "ana"}, "ana"),
    (SetPrivacy, {**PRIVACY, "online": "none"}, "online is 'none'; it must be one of"),
    (SetProfilePicture, {"image": "a.jpg"}, "image must be an http"),
    (SetProfileName, {"name": ""}, "name must not be empty"),
    (SetProfileStatus, {"status": ""}, "status must not be empty"),
    (React, {"number": N, "id": "", "reaction": "👍"}, "id must not be empty"),
    (React, {"number": G, "id": "A", "reaction": "👍"}, "message's author"),
    (
        React,
        {"number": G, "id": "A", "reaction": "👍", "participant": "ana"},
        "ana",
    ),
    (SetPresence, {"number": N, "state": "typing"}, "one of composing, recording"),
    (MarkRead, {"number": N, "ids": []}, "ids must be a list"),
    (DownloadMedia, {"message": {"conversation": "oi"}}, "message holds no file"),
    (MessageStatus, {"id": ""}, "id must not be empty"),
    (DeleteMessage, {"chat": N, "message_id": ""}, "message_id must not be empty"),
    (
        EditMessage,
        {"chat": N, "message_id": "A", "message": ""},
        "message must not be empty",
    ),
    (PinChat, {"chat": "ana"}, "ana"),
    (
        HistorySync,
        {"chat": N, "message_id": "A", "timestamp": datetime(2026, 1, 1)},  # noqa: DTZ001
        "time zone",
    ),
    (
        HistorySync,
        {
            "chat": N,
            "message_id": "A",
            "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
            "count": 0,
        },
        "count is 0",
    ),
    (RejectCall, {"call_creator": N, "call_id": ""}, "call_id must not be empty"),
    (GroupInfo, {"group_jid": N}, "is not a group: give its JID"),
    (GroupInfo, {"group_jid": f"{N}@s.whatsapp.net"}, "is not a group"),
    (GroupInfo, {"group_jid": "x@y"}, "is not a JID"),
    (SetGroupName, {"group_jid": G, "name": ""}, "name must not be empty"),
    (SetGroupPhoto, {"group_jid": G, "image": "data:image/gif;"}, "image must be"),
    (CreateGroup, {"group_name": "", "participants": [N]}, "group_name must not"),
    (CreateGroup, {"group_name": "g", "participants": N}, "must be a list"),
    (
        UpdateGroupParticipants,
        {"group_jid": G, "participants": [N], "action": "kick"},
        "one of add, remove",
    ),
    (JoinGroup, {"code": ""}, "code must not be empty"),
    (CreateCommunity, {"community_name": ""}, "community_name must not"),
    (AddToCommunity, {"community_jid": G, "group_jids": []}, "group_jids must be"),
    (LabelChat, {"jid": N, "label_id": ""}, "label_id must not be empty"),
    (
        LabelMessage,
        {"jid": N, "label_id": "1", "message_id": ""},
        "message_id must not be empty",
    ),
    (EditLabel, {"label_id": "1", "name": ""}, "name must not be empty"),
    (CreateNewsletter, {"name": ""}, "name must not be empty"),
    (NewsletterInfo, {"jid": N}, "is not a newsletter"),
    (NewsletterByLink, {"key": ""}, "key must not be empty"),
    (NewsletterMessages, {"jid": "1" * 18, "count": 0}, "count is 0"),
    (PollResults, {"poll_message_id": "."}, "pollMessageId must not be '.'"),
    (LicenseActivate, {"code": ""}, "code must not be empty"),
    (Upload, {"content": b"x"}, "filename must be given"),
]


@pytest.mark.parametrize(("kind", "fields", "hint"), REFUSED)
def test_nonsense_is_refused(
    kind: Callable[..., Any], fields: dict[str, Any], hint: str
) -> None:
    with pytest.raises(ValueError, match=hint):
        kind(**fields)
