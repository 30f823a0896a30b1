"""Each command of the client with as little, and with as much, as it takes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from recado.evolution.commands import (
    calls,
    chats,
    communities,
    groups,
    instances,
    interactive,
    labels,
    media,
    messages,
    newsletters,
    polls,
    profile,
    sends,
    server,
    session,
    users,
)
from recado.evolution.commands.base import Command
from recado.evolution.commands.sending import MAX_DELAY_MS, Quoted
from recado.evolution.replies.instances import AdvancedOptions
from recado.evolution.upload import Upload

NUMBER = "+55 11 99999-0001"
JID = "5511999990001@s.whatsapp.net"
GROUP = "120363041234567890@g.us"
NEWSLETTER = "120363041234567890@newsletter"
UUID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
URL = "https://example.com/a.jpg"
MESSAGE = "3EB0C0FFEE00112233AA55"
MOMENT = datetime(2026, 3, 25, 20, 50, tzinfo=UTC)

PLAIN_OPTIONS: dict[str, Any] = {
    "delay": MAX_DELAY_MS,
    "format_jid": True,
    "quoted": Quoted(message_id="A", participant=NUMBER),
}
OPTIONS: dict[str, Any] = {
    **PLAIN_OPTIONS,
    "id": MESSAGE,
    "mentioned_jid": [JID, "5511999990002"],
    "mention_all": False,
}
SWITCHES: dict[str, Any] = {
    "always_online": True,
    "reject_call": True,
    "msg_reject_call": "No calls, please",
    "read_messages": False,
    "ignore_groups": True,
    "ignore_status": False,
}
PRIVACY: dict[str, Any] = {
    "group_add": "contacts",
    "last_seen": "contact_blacklist",
    "status": "all",
    "profile": "none",
    "read_receipts": "all",
    "call_add": "known",
    "online": "match_last_seen",
}
PROXY: dict[str, Any] = {
    "host": "proxy.example",
    "port": 3128,
    "username": "user",
    "password": "hush",
}
REPLY = interactive.Button(type="reply", display_text="Yes", id="yes")
ROW = interactive.ListRow(title="Red", row_id="red", description="like fire")


@dataclass(frozen=True)
class Example:
    """A command, and how the two are named in a test's title."""

    command: Command[Any]
    full: bool = False

    def __str__(self) -> str:
        kind = type(self.command).__name__
        return f"{kind}-full" if self.full else kind


def _sends() -> list[Command[Any]]:
    return [
        sends.SendText(number=NUMBER, text="oi"),
        sends.SendText(number=GROUP, text="oi", **OPTIONS),
        sends.SendText(number="x", text="oi", format_jid=False),
        sends.SendLink(number=NUMBER, url="https://example.com"),
        sends.SendLink(
            number=GROUP,
            text="look",
            url="https://example.com",
            title="A title",
            description="A description",
            img_url=URL,
            **OPTIONS,
        ),
        sends.SendPoll(number=NUMBER, question="?", options=["a", "b"]),
        sends.SendPoll(
            number=GROUP, question="?", options=["a", "b, c"], max_answer=0, **OPTIONS
        ),
        sends.SendSticker(number=NUMBER, sticker=URL),
        sends.SendSticker(number=GROUP, sticker=URL, **OPTIONS),
        sends.SendLocation(number=NUMBER, latitude=0, longitude=0.0),
        sends.SendLocation(
            number=GROUP,
            latitude=-23.55,
            longitude=-46.63,
            name="Sé",
            address="Praça da Sé",
            **OPTIONS,
        ),
        sends.SendContact(number=NUMBER, full_name="Ana", phone=NUMBER),
        sends.SendContact(
            number=GROUP, full_name="Ana", phone=NUMBER, organization="Sé", **OPTIONS
        ),
        media.SendMedia(number=NUMBER, type="ptv", url=URL),
        media.SendMedia(
            number=GROUP,
            type="image",
            url=URL,
            caption="A caption",
            filename="a.jpg",
            **OPTIONS,
        ),
        media.SendMedia(
            number=NUMBER,
            type="document",
            file=Upload(content=b"%PDF", filename="a.pdf"),
        ),
        media.SendMedia(
            number=GROUP,
            type="image",
            file=Upload(content=b"\xff\xd8", filename="a.jpg"),
            caption="A caption",
            filename="b.jpg",
            id=MESSAGE,
            delay=1500,
        ),
        interactive.SendButtons(
            number=NUMBER, title="t", description="d", footer="f", buttons=[REPLY]
        ),
        interactive.SendButtons(
            number=GROUP,
            title="t",
            description="d",
            footer="f",
            buttons=[
                interactive.Button(type="copy", display_text="Copy", copy_code="A1"),
                interactive.Button(type="url", display_text="Open", url=URL),
                interactive.Button(
                    type="call", display_text="Call", phone_number="+5511999990001"
                ),
            ],
            **PLAIN_OPTIONS,
        ),
        interactive.SendButtons(
            number=NUMBER,
            title="t",
            description="d",
            footer="f",
            buttons=[
                interactive.Button(
                    type="pix", name="Ana", key_type="email", key="a@b", currency="BRL"
                )
            ],
        ),
        interactive.SendList(
            number=NUMBER,
            title="t",
            description="d",
            footer_text="f",
            button_text="b",
            sections=[interactive.ListSection(title="", rows=[ROW])],
        ),
        interactive.SendList(
            number=GROUP,
            title="t",
            description="d",
            footer_text="f",
            button_text="b",
            sections=[interactive.ListSection(title="Colours", rows=[ROW, ROW])],
            **PLAIN_OPTIONS,
        ),
    ]


def _instances() -> list[Command[Any]]:
    return [
        instances.ListInstances(),
        instances.CreateInstance(name="shop", token="token-hush"),
        instances.CreateInstance(
            name="shop",
            token="token-hush",
            instance_id=UUID,
            proxy=instances.Proxy(**PROXY),
            advanced_settings=AdvancedOptions(**SWITCHES),
        ),
        instances.InstanceInfo(instance_id=UUID),
        instances.DeleteInstance(instance_id=UUID),
        instances.SetProxy(instance_id=UUID, host="proxy.example", port="3128"),
        instances.SetProxy(instance_id=UUID, **PROXY),
        instances.DeleteProxy(instance_id=UUID),
        instances.ForceReconnect(instance_id=UUID, number="5511999990001"),
        instances.InstanceLogs(instance_id=UUID),
        instances.InstanceLogs(
            instance_id=UUID,
            start_date=date(2026, 3, 1),
            end_date=date(2026, 3, 25),
            levels=["ERROR", "WARN"],
            limit=10,
        ),
        session.Connect(webhook_url=""),
        session.Connect(
            webhook_url="https://example.com/hooks/x",
            subscribe=["MESSAGE", "READ_RECEIPT"],
            rabbitmq=True,
            nats=True,
            websocket=True,
        ),
        session.InstanceStatus(),
        session.Qr(),
        session.Pair(phone=NUMBER),
        session.Disconnect(),
        session.Reconnect(),
        session.Logout(),
        session.AdvancedSettings(instance_id=UUID),
        session.SetAdvancedSettings(instance_id=UUID, **SWITCHES),
    ]


def _people() -> list[Command[Any]]:
    return [
        users.UserInfo(numbers=[NUMBER, JID]),
        users.CheckNumbers(numbers=[NUMBER]),
        users.CheckNumbers(numbers=["as it stands"], format_jid=False),
        users.UserAvatar(number=NUMBER),
        users.UserAvatar(number=NUMBER, preview=True),
        users.Contacts(),
        users.Block(number=NUMBER),
        users.Unblock(number=NUMBER),
        users.Blocklist(),
        profile.Privacy(),
        profile.SetPrivacy(**PRIVACY),
        profile.SetProfilePicture(image=URL),
        profile.SetProfileName(name="Shop"),
        profile.SetProfileStatus(status="Open"),
    ]


def _messages() -> list[Command[Any]]:
    return [
        messages.React(number=NUMBER, id=MESSAGE, reaction="👍"),
        messages.React(
            number=GROUP, id=MESSAGE, reaction="", from_me=False, participant=NUMBER
        ),
        messages.SetPresence(number=NUMBER, state="paused"),
        messages.SetPresence(number=NUMBER, state="recording"),
        messages.SetPresence(number=NUMBER, state="composing", is_audio=True),
        messages.MarkRead(number=NUMBER, ids=[MESSAGE]),
        messages.DownloadMedia(message={"imageMessage": {"URL": URL}}),
        messages.MessageStatus(id=MESSAGE),
        messages.DeleteMessage(chat=NUMBER, message_id=MESSAGE),
        messages.EditMessage(chat=NUMBER, message_id=MESSAGE, message="oi!"),
        chats.PinChat(chat=NUMBER),
        chats.UnpinChat(chat=NUMBER),
        chats.ArchiveChat(chat=NUMBER),
        chats.UnarchiveChat(chat=NUMBER),
        chats.MuteChat(chat=NUMBER),
        chats.UnmuteChat(chat=NUMBER),
        chats.HistorySync(chat=NUMBER, message_id=MESSAGE, timestamp=MOMENT),
        chats.HistorySync(
            chat=GROUP,
            message_id=MESSAGE,
            timestamp=MOMENT,
            from_me=True,
            sender=NUMBER,
            count=10,
        ),
        calls.RejectCall(call_creator=JID, call_id="CALL"),
    ]


def _groups() -> list[Command[Any]]:
    bare = "120363041234567890"
    return [
        groups.ListGroups(),
        groups.MyGroups(),
        groups.GroupInfo(group_jid=bare),
        groups.GroupInviteLink(group_jid=GROUP),
        groups.GroupInviteLink(group_jid=GROUP, reset=True),
        groups.SetGroupPhoto(group_jid=GROUP, image="data:image/png;base64,AA=="),
        groups.SetGroupName(group_jid=GROUP, name="Friends"),
        groups.SetGroupDescription(group_jid=GROUP, description=""),
        groups.CreateGroup(group_name="Friends", participants=[NUMBER]),
        groups.UpdateGroupParticipants(
            group_jid=GROUP, participants=[NUMBER, JID], action="promote"
        ),
        groups.JoinGroup(code="https://chat.whatsapp.com/AbC"),
        groups.LeaveGroup(group_jid="5511999990001-1600000000"),
        communities.CreateCommunity(community_name="Town"),
        communities.AddToCommunity(community_jid=GROUP, group_jids=[bare]),
        communities.RemoveFromCommunity(community_jid=GROUP, group_jids=[GROUP]),
        labels.LabelChat(jid=NUMBER, label_id="1"),
        labels.UnlabelChat(jid=NUMBER, label_id="1"),
        labels.LabelMessage(jid=NUMBER, label_id="1", message_id=MESSAGE),
        labels.UnlabelMessage(jid=NUMBER, label_id="1", message_id=MESSAGE),
        labels.EditLabel(label_id="1", name="Paid"),
        labels.EditLabel(label_id="1", name="Paid", color=3, deleted=False),
        labels.ListLabels(),
    ]


def _others() -> list[Command[Any]]:
    return [
        newsletters.CreateNewsletter(name="News"),
        newsletters.CreateNewsletter(name="News", description="Of the town"),
        newsletters.ListNewsletters(),
        newsletters.NewsletterInfo(jid="120363041234567890"),
        newsletters.NewsletterByLink(key="https://whatsapp.com/channel/AbC"),
        newsletters.SubscribeNewsletter(jid=NEWSLETTER),
        newsletters.NewsletterMessages(jid=NEWSLETTER),
        newsletters.NewsletterMessages(jid=NEWSLETTER, count=10, before_id=100),
        polls.PollResults(poll_message_id=MESSAGE),
        server.ServerOk(),
        server.LicenseStatus(),
        server.LicenseRegister(),
        server.LicenseRegister(redirect_uri="https://example.com/back?a=1"),
        server.LicenseActivate(code="a/b"),
    ]


def _examples() -> list[Example]:
    made = [
        *_sends(),
        *_instances(),
        *_people(),
        *_messages(),
        *_groups(),
        *_others(),
    ]
    seen: set[type] = set()
    examples = []
    for command in made:
        examples.append(Example(command, full=type(command) in seen))
        seen.add(type(command))
    return examples


EXAMPLES = _examples()
