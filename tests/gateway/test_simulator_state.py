"""What was done is there afterwards, and only there."""

from typing import Any

import pytest

from recado import wire
from recado.simulator.emission import Emission
from recado.simulator.instances import Instance
from recado.simulator.phone import ShownMessage
from recado.simulator.simulation import ADMIN_KEY, Behaviour, Receipts
from tests.helpers.evolution_facts import facts
from tests.helpers.simulated import HELP, SALES, TOKEN, Told, simulated

ALICE = "5511990000001"
ALICE_JID = f"{ALICE}@s.whatsapp.net"
BOB_JID = "5511990000002@s.whatsapp.net"
GROUP = "120363000000000001@g.us"
NOBODY = "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10"
HOOK = "http://127.0.0.1:1/"
HEARING = Instance(name="sales", token=TOKEN, webhook=HOOK)


def shown(told: Told) -> ShownMessage:
    [message] = told.simulation.phone.shown()
    return message


# --- messages

SENDS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("text", {"text": "hi"}, "text", "hi", "ExtendedTextMessage"),
    ("link", {"text": "see http://x.y/z"}, "link", "see http://x.y/z", ""),
    (
        "media",
        {"url": "http://x/a.jpg", "type": "image", "caption": "c"},
        "image",
        "c",
        "ImageMessage",
    ),
    ("media", {"url": "http://x/a", "type": "ptv"}, "ptv", "", "PtvMessage"),
    ("media", {"url": "http://x/a", "type": "audio"}, "audio", "", "AudioMessage"),
    (
        "media",
        {"url": "http://x/a.pdf", "type": "document", "filename": "a.pdf"},
        "document",
        "a.pdf",
        "DocumentMessage",
    ),
    (
        "poll",
        {"question": "q", "options": ["a", "b"]},
        "poll",
        "q",
        "PollCreationMessage",
    ),
    ("sticker", {"sticker": "http://x/a.webp"}, "sticker", "", "StickerMessage"),
    (
        "location",
        {"latitude": 1.5, "longitude": 2, "name": "n", "address": "a"},
        "location",
        "n",
        "LocationMessage",
    ),
    (
        "contact",
        {"vcard": {"fullName": "Bob", "phone": "+55 11"}},
        "contact",
        "Bob",
        "ContactMessage",
    ),
]


@pytest.mark.parametrize(("path", "body", "kind", "text", "type_name"), SENDS)
async def test_a_send_of_any_kind_is_shown_once_under_its_id_and_announced(
    path: str, body: dict[str, Any], kind: str, text: str, type_name: str
) -> None:
    told = simulated(HEARING, webhook=HOOK)
    named = {"number": ALICE, "id": "3EB0A1"} | body

    first = await told.data(f"POST /send/{path}", named)
    await told.data(f"POST /send/{path}", named)

    message = shown(told)
    assert (message.kind, message.text, message.received) == (kind, text, 2)
    assert message.content == first["Message"]
    assert first["Info"]["ID"] == "3EB0A1"
    assert first["Info"]["Type"] == (type_name or "ExtendedTextMessage")
    assert told.names() == ["SendMessage", "SendMessage"]
    assert told.events[0]["data"]["Info"] == first["Info"]
    assert ("base64" in told.events[0]["data"]["Message"]) == (
        path in ("media", "sticker")
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("button", {"title": "t", "description": "d", "footer": "f"}),
        (
            "list",
            {"title": "t", "description": "d", "footerText": "f", "buttonText": "b"},
        ),
    ],
)
async def test_menus_take_no_id_and_are_not_announced(
    path: str, body: dict[str, Any]
) -> None:
    told = simulated(HEARING, webhook=HOOK)

    for _ in range(2):
        await told.data(f"POST /send/{path}", {"number": ALICE, "id": "3EB0A1"} | body)

    assert len(told.simulation.phone.shown()) == 2
    assert told.events == []


@pytest.mark.parametrize(
    ("types", "error"),
    [
        (["reply"] * 3, None),
        (["url", "call"], None),
        (["pix"], None),
        (["reply"] * 4, "máximo de 3 botões do tipo 'reply' permitidos"),
        (
            ["reply", "url"],
            "botões do tipo 'reply' não podem ser misturados com outros tipos",
        ),
        (
            ["pix", "url"],
            "botão do tipo 'pix' não pode ser combinado com outros botões",
        ),
    ],
)
async def test_buttons_that_do_not_go_together_are_refused(
    types: list[str], error: str | None
) -> None:
    told = simulated()
    body = {"number": ALICE, "title": "t", "description": "d", "footer": "f"}

    answer = await told.ask(
        "POST /send/button", body | {"buttons": [{"type": each} for each in types]}
    )

    assert (answer.status == 200) == (error is None)
    if error is not None:
        assert wire.decode(answer.body) == {"error": error}
        assert told.simulation.phone.shown() == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"type": "gif", "url": "http://x"}, "invalid media type"),
        (
            {"type": "image", "url": "ftp://x/y"},
            'Get "ftp://x/y": unsupported protocol scheme "ftp"',
        ),
        (
            {"type": "document", "url": "http://x", "number": "1@newsletter"},
            (
                "documentos não são suportados em canais do WhatsApp. "
                "Use imagem, vídeo, áudio ou enquete"
            ),
        ),
    ],
)
async def test_a_file_that_cannot_be_sent_is_an_error(
    body: dict[str, Any], error: str
) -> None:
    told = simulated()

    refused = await told.error("POST /send/media", {"number": ALICE} | body)

    assert refused == (500, error)
    assert told.simulation.phone.shown() == []


async def test_mentions_with_a_captioned_document_crash_the_request() -> None:
    told = simulated()
    body = {"number": ALICE, "url": "http://x", "type": "document", "caption": "c"}

    answer = await told.ask("POST /send/media", body | {"mentionAll": True})

    assert (answer.status, answer.body) == (500, b"")
    assert told.simulation.phone.shown() == []


@pytest.mark.parametrize(("number", "mentions"), [(GROUP, ["1@lid"]), (ALICE, None)])
async def test_mentions_are_for_groups_only(number: str, mentions: Any) -> None:
    body = {"number": number, "text": "x", "mentionedJid": ["1@lid"]}

    data = await simulated().data("POST /send/text", body)

    context = data["Message"]["extendedTextMessage"]["contextInfo"]
    assert context.get("mentionedJID") == mentions


async def test_an_edit_a_reaction_and_a_deletion_change_what_is_shown() -> None:
    told = simulated()
    await told.data("POST /send/text", {"number": ALICE, "text": "a", "id": "3EB0A1"})
    target = {"chat": ALICE_JID, "messageId": "3EB0A1"}
    react = {"number": ALICE_JID, "id": "3EB0A1", "fromMe": True}

    edited = await told.data("POST /message/edit", target | {"message": "b"})
    await told.data("POST /message/react", react | {"reaction": "👍"})
    after_edit = shown(told)
    await told.data("POST /message/react", react | {"reaction": "remove"})
    await told.data("POST /message/delete", target)
    after_delete = shown(told)

    assert edited["messageId"] != "3EB0A1"
    assert (after_edit.text, after_edit.edited) == ("b", True)
    assert after_edit.reactions == {SALES.jid: "👍"}
    assert (after_delete.text, after_delete.deleted) == ("", True)
    assert after_delete.reactions == {}


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("POST /message/edit", {"chat": ALICE_JID, "messageId": "x", "message": "b"}),
        ("POST /message/edit", {"chat": ALICE, "messageId": "3EB0A1", "message": "b"}),
        ("POST /message/delete", {"chat": BOB_JID, "messageId": "3EB0A1"}),
        (
            "POST /message/react",
            {"number": ALICE, "id": "3EB0A1", "fromMe": True, "reaction": "x"},
        ),
        (
            "POST /message/react",
            {"number": ALICE_JID, "id": "3EB0A1", "reaction": "x"},
        ),
    ],
)
async def test_what_names_no_own_message_is_a_success_that_changes_nothing(
    route: str, body: dict[str, Any]
) -> None:
    told = simulated()
    await told.data("POST /send/text", {"number": ALICE, "text": "a", "id": "3EB0A1"})
    before = shown(told)

    await told.data(route, body)
    await told.data(route, body, key=HELP.token)

    assert shown(told) == before


async def test_a_reaction_to_a_message_that_came_in_is_kept_apart() -> None:
    told = simulated()
    body = {"number": ALICE_JID, "id": "3A1", "reaction": "👍"}

    await told.data("POST /message/react", body)
    there = told.simulation.phone.reactions()
    await told.data("POST /message/react", body | {"reaction": "remove"})

    assert there == [(("sales", ALICE_JID, "3A1"), "👍")]
    assert told.simulation.phone.reactions() == []


async def test_a_reaction_to_nothing_is_the_gateways_500() -> None:
    refused = await simulated().error(
        "POST /message/react", {"number": ALICE_JID, "reaction": "x"}
    )

    assert refused == (500, "missing id in payload")


async def test_files_that_were_sent_can_be_fetched() -> None:
    told = simulated()
    sent = await told.data(
        "POST /send/media", {"number": ALICE, "url": "http://x/a.png", "type": "image"}
    )

    fetched = await told.data(
        "POST /message/downloadmedia", {"message": sent["Message"]}
    )
    nowhere = await told.error(
        "POST /message/downloadmedia", {"message": {"imageMessage": {}}}
    )
    nothing = await told.error("POST /message/downloadmedia", {"message": {}})

    assert fetched["base64"].startswith("data:image/png;base64,")
    assert nowhere == (500, "Failed to download image no url present")
    assert nothing == (500, "invalid media type")


# --- receipts


@pytest.mark.parametrize(
    ("receipts", "states", "status"),
    [
        ("none", [], None),
        ("delivered", ["Delivered"], "Delivered"),
        ("read", ["Delivered", "Read"], "Read"),
    ],
)
async def test_messages_get_as_far_as_they_are_told_to(
    receipts: Receipts, states: list[str], status: str | None
) -> None:
    told = simulated(HEARING, behaviour=Behaviour(receipts=receipts), webhook=HOOK)

    await told.data("POST /send/text", {"number": ALICE, "text": "a", "id": "3EB0A1"})

    assert [event.get("state") for event in told.events[1:]] == states
    result = (await told.data("POST /message/status", {"id": "3EB0A1"}))["result"]
    assert (result and result["status"]) == status
    assert shown(told).state == (states[-1].lower() if states else "sent")


async def test_a_server_that_saves_no_messages_knows_no_status() -> None:
    behaviour = Behaviour(receipts="read", saves_messages=False)
    told = simulated(behaviour=behaviour)
    await told.data("POST /send/text", {"number": ALICE, "text": "a", "id": "3EB0A1"})

    answer = await told.data("POST /message/status", {"id": "3EB0A1"})

    assert answer["result"] is None


# --- instances


async def test_an_instance_is_made_connected_paired_and_deleted() -> None:
    told = simulated(webhook=HOOK)
    made = await told.data(
        "POST /instance/create", {"name": "new", "token": "t"}, key=ADMIN_KEY
    )
    fresh = await told.error("GET /instance/status", key="t")
    connected = await told.data(
        "POST /instance/connect", {"webhookUrl": HOOK, "subscribe": ["ALL"]}, key="t"
    )
    code = await told.data("GET /instance/qr", key="t")
    pairing = await told.data("POST /instance/pair", {"phone": "+55 11 9"}, key="t")
    waiting = await told.data("GET /instance/status", key="t")
    instance = told.simulation.named("new")
    told.simulation.change(instance, logged_in=True)
    paired = await told.data("GET /instance/status", key="t")
    again = await told.error("GET /instance/qr", key="t")
    listed = await told.data("GET /instance/all", key=ADMIN_KEY)
    await told.data(f"DELETE /instance/delete/{made['id']}", key=ADMIN_KEY)
    gone = await told.error(f"GET /instance/info/{made['id']}", key=ADMIN_KEY)

    assert fresh == (400, "no active session found")
    assert connected["webhookUrl"] == HOOK
    assert code["Code"] in told.events[0]["data"]["code"]
    assert len(pairing["PairingCode"]) == 9
    assert (waiting["LoggedIn"], paired["LoggedIn"]) == (False, True)
    assert again == (400, "session already logged in")
    assert [each["name"] for each in listed] == ["sales", "help", "new"]
    assert [each["connected"] for each in listed] == [True, True, True]
    assert gone == (500, "record not found")
    assert told.names() == ["QRCode", "PairSuccess", "Connected", *["LoggedOut"] * 3]


async def test_a_phone_that_took_a_pairing_code_has_the_number_it_was_asked_for() -> (
    None
):
    told = simulated()
    told.simulation.change(SALES, logged_in=False)
    await told.data("POST /instance/pair", {"phone": "+55 21 99999-0001"})

    told.simulation.change(told.simulation.named("sales"), logged_in=True)

    assert told.simulation.named("sales").number == "5521999990001"


async def test_a_phone_that_is_paired_brings_its_session_up() -> None:
    told = simulated()
    body = {"name": "new", "token": "t"}
    await told.data("POST /instance/create", body, key=ADMIN_KEY)

    told.simulation.change(told.simulation.named("new"), logged_in=True)

    status = await told.data("GET /instance/status", key="t")
    assert (status["Connected"], status["LoggedIn"]) == (True, True)


@pytest.mark.parametrize("phone", ["x", ALICE])
async def test_a_pairing_that_fails_is_an_empty_code(phone: str) -> None:
    data = await simulated().data("POST /instance/pair", {"phone": phone})

    assert data == {"PairingCode": ""}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": "sales", "token": "t"}, "instance already exists"),
        (
            {"name": "new", "token": TOKEN},
            (
                "ERROR: duplicate key value violates unique constraint "
                '"uni_instances_token" (SQLSTATE 23505)'
            ),
        ),
        (
            {"name": "new", "token": "t", "instanceId": "abc"},
            "invalid UUID format: invalid UUID length: 3",
        ),
    ],
)
async def test_an_instance_that_cannot_be_is_refused(
    body: dict[str, Any], error: str
) -> None:
    refused = await simulated().error("POST /instance/create", body, key=ADMIN_KEY)

    assert refused == (500, error)


async def test_connecting_overwrites_what_it_does_not_name() -> None:
    told = simulated(HEARING, webhook=HOOK)

    data = await told.data("POST /instance/connect", {"subscribe": ["message", "CALL"]})

    assert (data["webhookUrl"], data["eventString"]) == ("", "CALL")
    assert told.simulation.named("sales").webhook is None


async def test_a_webhook_hears_what_it_subscribed_to() -> None:
    told = simulated(webhook=HOOK)
    body = {"webhookUrl": HOOK, "subscribe": ["CONNECTION"]}
    await told.data("POST /instance/connect", body)

    await told.data("POST /send/text", {"number": ALICE, "text": "a"})
    told.simulation.change(told.simulation.named("sales"), online=False)

    assert told.names() == ["Disconnected"]


async def test_a_session_that_is_down_comes_back_by_force_only() -> None:
    told = simulated(HEARING, webhook=HOOK)
    told.simulation.change(HEARING, online=False)
    force = f"POST /instance/forcereconnect/{SALES.id}"

    await told.data(
        "POST /instance/connect", {"webhookUrl": HOOK, "subscribe": ["ALL"]}
    )
    still_down = await told.error("GET /instance/status")
    await told.data(force, {"number": "55"}, key=ADMIN_KEY)
    up = await told.data("GET /instance/status")
    twice = await told.error(force, {"number": "55"}, key=ADMIN_KEY)

    assert still_down == (400, "client disconnected")
    assert up["Connected"]
    assert twice == (500, "client already connected")
    assert told.names() == ["Disconnected", "Connected"]


async def test_a_disconnect_restarts_the_session_and_ends_its_events() -> None:
    told = simulated(HEARING, webhook=HOOK)

    await told.data("POST /instance/disconnect")
    await told.data("POST /send/text", {"number": ALICE, "text": "a"})

    assert told.names() == ["LoggedOut"]


async def test_a_logout_unlinks_the_phone() -> None:
    told = simulated(HEARING, webhook=HOOK)

    await told.data("DELETE /instance/logout")

    assert told.names() == ["LoggedOut"] * 3
    refused = await told.error("POST /send/text", {"number": ALICE, "text": "a"})
    assert refused == (500, "no active session found")


async def test_settings_are_overwritten_as_a_whole_and_read_by_any_token() -> None:
    told, path = simulated(), f"/instance/{SALES.id}/advanced-settings"

    await told.ask(f"PUT {path}", {"rejectCall": True, "msgRejectCall": "no"})
    await told.ask(f"PUT {path}", {"alwaysOnline": True}, key=HELP.token)
    read = wire.decode((await told.ask(f"GET {path}")).body)
    unknown = await told.ask(f"PUT {path.replace(SALES.id, NOBODY)}", {})
    nonsense = await told.error(f"PUT {path.replace(SALES.id, 'x')}", {})

    assert (read["alwaysOnline"], read["rejectCall"]) == (True, False)
    assert read["msgRejectCall"] == ""
    assert unknown.status == 200
    assert nonsense == (500, "invalid UUID format: invalid UUID length: 1")


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        ("", 200),
        ("limit=a", 400),
        ("limit=99999999999999999999", 400),
        ("level=warn,INFO", 200),
        ("level=LOUD", 500),
        ("start_date=2026-03-25&end_date=2026-03-24", 500),
        ("start_date=nonsense", 200),
    ],
)
async def test_logs_are_chosen_by_date_and_level(query: str, answered: int) -> None:
    answer = await simulated().ask(
        f"GET /instance/logs/{SALES.id}", key=ADMIN_KEY, query=query
    )

    assert answer.status == answered


async def test_a_proxy_restarts_the_session() -> None:
    told = simulated(HEARING, webhook=HOOK)

    data = await told.data(
        f"POST /instance/proxy/{SALES.id}",
        {"host": "h", "port": "1", "username": "u", "password": "p"},
        key=ADMIN_KEY,
    )

    assert data == {"hasAuth": True, "host": "h", "port": "1"}
    assert told.names() == ["Disconnected", "Connected"]


# --- the licence


async def test_a_licence_is_activated_with_a_code() -> None:
    told = simulated(behaviour=Behaviour(licensed=False))

    before = await told.ask("GET /instance/status")
    told_how = wire.decode((await told.ask("GET /license/register")).body)
    without = await told.error("GET /license/activate")
    await told.ask("GET /license/activate", query="code=any")
    after = await told.ask("GET /instance/status")

    assert (before.status, after.status) == (503, 200)
    assert told_how["status"] == "pending"
    assert without == (400, "Missing code parameter")


# --- people


async def test_blocking_privacy_and_profile_are_kept() -> None:
    told = simulated()
    privacy = {
        **dict.fromkeys(("groupAdd", "lastSeen", "status", "profile"), "contacts"),
        **dict.fromkeys(("readReceipts", "callAdd", "online"), "all"),
    }

    await told.data("POST /user/block", {"number": ALICE})
    blocked = await told.data("POST /user/block", {"number": "5511990000002"})
    await told.data("POST /user/privacy", privacy)
    refused = await told.error("POST /user/privacy", privacy | {"lastSeen": "some"})
    await told.data("POST /user/profileName", {"name": "Shop"})
    unblocked = await told.data("POST /user/unblock", {"number": ALICE})

    assert blocked["JIDs"] == [ALICE_JID, BOB_JID]
    assert unblocked["JIDs"] == [BOB_JID]
    assert unblocked["DHash"] != blocked["DHash"]
    assert (await told.data("GET /user/blocklist"))["JIDs"] == [BOB_JID]
    assert (await told.data("GET /user/privacy"))["GroupAdd"] == "contacts"
    assert refused == (500, "info query returned status 400: bad-request")
    assert (await told.data("GET /instance/status"))["Name"] == "Shop"
    other = await told.data("GET /user/blocklist", key=HELP.token)
    assert other["JIDs"] == []


async def test_people_who_are_not_on_whatsapp_are_told_apart() -> None:
    told, nobody = simulated(), "5511990000000"

    checked = await told.data("POST /user/check", {"number": [ALICE, nobody]})
    known = await told.data("POST /user/info", {"number": [ALICE, nobody]})
    picture = await told.error("POST /user/avatar", {"number": nobody})

    assert [each["IsInWhatsapp"] for each in checked["Users"]] == [True, False]
    assert checked["Users"][0]["RemoteJID"] == ALICE_JID
    assert known["Users"].keys() == {ALICE_JID}
    assert picture == (500, "that user or group does not have a profile picture")


async def test_whom_one_wrote_to_is_a_contact() -> None:
    told = simulated()

    await told.data("POST /send/text", {"number": ALICE, "text": "a"})

    contacts = await told.data("GET /user/contacts")
    assert [each["Jid"] for each in contacts] == [ALICE_JID]


# --- chats and labels


async def test_chats_and_labels_are_kept_per_instance() -> None:
    told = simulated()
    for verb in ("pin", "mute", "archive", "unarchive"):
        await told.data(f"POST /chat/{verb}", {"chat": ALICE_JID})
    for id_ in ("1", "2"):
        await told.data("POST /label/edit", {"labelId": id_, "name": "l", "color": 3})
    await told.data("POST /label/edit", {"labelId": "1", "name": "l", "deleted": True})
    on_message = {"jid": ALICE_JID, "labelId": "2", "messageId": "m"}
    await told.data("POST /label/chat", {"jid": ALICE_JID, "labelId": "2"})
    await told.data("POST /label/message", on_message)
    await told.data("POST /message/presence", {"number": ALICE_JID, "state": "paused"})
    await told.data("POST /message/markread", {"number": ALICE_JID, "id": ["3A1"]})
    await told.data("POST /call/reject", {"callId": "c"})

    account = told.simulation.account(SALES)
    chat = account.chats[ALICE_JID]
    assert (chat.pinned, chat.muted, chat.archived) == (True, True, False)
    listed = wire.decode((await told.ask("GET /label/list")).body)
    assert [(each["label_id"], each["label_color"]) for each in listed] == [("2", "3")]
    assert account.chat_labels == {(ALICE_JID, "2")}
    assert account.message_labels == {(ALICE_JID, "m", "2")}
    assert [one.state for one in account.typing] == ["paused"]
    assert list(account.read) == [(ALICE_JID, "3A1")]
    assert list(account.rejected_calls) == ["c"]
    assert told.simulation.account(HELP).chats == {}

    await told.data("POST /unlabel/chat", {"jid": ALICE_JID, "labelId": "2"})
    await told.data("POST /unlabel/message", on_message)
    assert (account.chat_labels, account.message_labels) == (set(), set())


@pytest.mark.parametrize(
    ("route", "body", "error"),
    [
        ("POST /chat/pin", {"chat": "x"}, "invalid phone number"),
        (
            "POST /message/edit",
            {"chat": "x", "messageId": "m", "message": "n"},
            "invalid phone number",
        ),
        (
            "POST /message/delete",
            {"chat": "x", "messageId": "m"},
            "invalid phone number",
        ),
        ("POST /label/chat", {"jid": "x", "labelId": "1"}, "error parse community jid"),
        (
            "POST /label/message",
            {"jid": "x", "labelId": "1", "messageId": "m"},
            "error parse community jid",
        ),
        ("POST /group/info", {"groupJid": "x"}, "invalid group jid"),
        (
            "POST /community/add",
            {"communityJid": "x", "groupJid": ["1@g.us"]},
            "error parse community jid",
        ),
    ],
)
async def test_what_names_no_chat_is_an_error(
    route: str, body: dict[str, Any], error: str
) -> None:
    assert await simulated().error(route, body) == (500, error)


async def test_older_messages_come_as_an_event() -> None:
    told = simulated(HEARING, webhook=HOOK)
    for id_ in ("1", "2", "3"):
        await told.data("POST /send/text", {"number": ALICE, "text": "a", "id": id_})

    await told.data(
        "POST /chat/history-sync", {"messageInfo": {"Chat": ALICE_JID}, "count": 2}
    )
    crashed = await told.ask("POST /chat/history-sync", {"count": 2})

    [conversation] = told.events[-1]["data"]["Data"]["conversations"]
    ids = [each["message"]["key"]["ID"] for each in conversation["messages"]]
    assert ids == ["2", "3"]
    assert (crashed.status, crashed.body) == (500, b"")


# --- groups and communities


async def test_a_group_is_made_changed_joined_and_left() -> None:
    told = simulated()
    made = await told.data(
        "POST /group/create",
        {"groupName": "crew", "participants": [ALICE_JID, "5511990000000"]},
    )
    jid = {"groupJid": made["jid"]}
    await told.data("POST /group/name", jid | {"name": "new"})
    await told.data("POST /group/description", jid | {"description": "d"})
    await told.data("POST /group/photo", jid | {"image": "http://x"})
    no_photo = await told.error("POST /group/photo", jid | {"image": "x"})
    outside = await told.error("POST /group/info", jid, key=HELP.token)
    link = await told.data("POST /group/invitelink", jid)
    await told.data("POST /group/join", {"code": link}, key=HELP.token)
    for action, who in (("add", BOB_JID), ("promote", BOB_JID), ("remove", ALICE_JID)):
        await told.data(
            "POST /group/participant",
            jid | {"action": action, "participants": [who]},
            content_type="text/plain",
        )
    info = await told.data("POST /group/info", jid)
    other_link = await told.data("POST /group/invitelink", jid | {"reset": True})
    old = await told.error("POST /group/join", {"code": link}, key=HELP.token)
    own = await told.data("GET /group/myall", key=HELP.token)
    await told.data("POST /group/leave", jid)
    left = await told.error("POST /send/text", {"number": made["jid"], "text": "a"})

    assert (made["added"], made["failed"]) == (
        [SALES.jid, ALICE_JID],
        ["5511990000000@s.whatsapp.net"],
    )
    assert (info["Name"], info["Topic"]) == ("new", "d")
    admins = {each["JID"]: each["IsAdmin"] for each in info["Participants"]}
    assert admins == {SALES.jid: True, HELP.jid: False, BOB_JID: True}
    assert no_photo[0] == 500
    assert outside == (500, "you're not participating in that group")
    assert other_link != link
    assert old == (500, "that group invite link is not valid")
    assert own is None
    assert left == (
        500,
        "failed to get group members: you're not participating in that group",
    )
    assert await told.data("GET /group/list") == []


async def test_everybody_in_a_group_can_be_mentioned() -> None:
    told = simulated()
    made = await told.data(
        "POST /group/create", {"groupName": "crew", "participants": [ALICE_JID]}
    )

    data = await told.data(
        "POST /send/text", {"number": made["jid"], "text": "a", "mentionAll": True}
    )

    context = data["Message"]["extendedTextMessage"]["contextInfo"]
    assert context["mentionedJID"] == [SALES.jid, ALICE_JID]


async def test_a_group_that_nobody_made_is_not_there() -> None:
    refused = await simulated().error("POST /group/info", {"groupJid": GROUP})

    assert refused == (500, "that group does not exist")


async def test_a_community_tells_what_failed_in_a_success() -> None:
    told = simulated()
    body = {"groupName": "crew", "participants": [ALICE_JID]}
    group = (await told.data("POST /group/create", body))["jid"]
    parent = (await told.data("POST /community/create", {"communityName": "c"}))["JID"]
    link = {"communityJid": parent, "groupJid": ["9@g.us", group]}

    data = await told.data("POST /community/add", link)
    linked = await told.data("POST /group/info", {"groupJid": group})
    await told.data("POST /community/remove", link | {"groupJid": [group]})
    apart = await told.data("POST /group/info", {"groupJid": group})

    assert data == {"failed": ["9@g.us"], "success": ["9@g.us", group]}
    assert (linked["LinkedParentJID"], apart["LinkedParentJID"]) == (parent, "")


async def test_a_message_makes_a_group_that_nobody_made() -> None:
    told = simulated(HEARING, webhook=HOOK)
    [said] = told.simulation.bodies(Emission(chat=GROUP, sender=BOB_JID), HEARING)

    info = await told.data("POST /group/info", {"groupJid": GROUP})
    await told.data("POST /send/text", {"number": "9@g.us", "text": "a"})
    made = await told.data(
        "POST /group/create", {"groupName": "g", "participants": [ALICE_JID]}
    )

    sample = facts("events/message_group_text.json")
    assert shape(said.envelope) == shape(sample)
    assert shape(info) == shape(sample["data"]["groupData"])
    head = said.envelope["data"]["Info"]
    assert (head["Chat"], head["Sender"], head["IsGroup"]) == (GROUP, BOB_JID, True)
    members = {each["JID"] for each in info["Participants"]}
    assert members == {ALICE_JID, SALES.jid, BOB_JID}
    listed = await told.data("GET /group/list")
    assert [each["JID"] for each in listed] == [GROUP, "9@g.us", made["jid"]]
    assert made["jid"] != GROUP


# --- newsletters and polls


async def test_what_is_sent_to_a_newsletter_is_in_it() -> None:
    told = simulated()
    made = await told.data("POST /newsletter/create", {"name": "n"})
    jid = {"jid": made["id"]}
    for id_ in ("1", "2", "2"):
        await told.data(
            "POST /send/text", {"number": made["id"], "text": "a", "id": id_}
        )

    sent = await told.data("POST /send/text", {"number": made["id"], "text": "a"})
    newest = await told.data("POST /newsletter/messages", jid | {"count": 1})
    older = await told.data("POST /newsletter/messages", jid | {"before_id": 3})
    invite = made["thread_metadata"]["invite"]
    by_link = await told.data(
        "POST /newsletter/link",
        {"key": f"https://whatsapp.com/channel/{invite}"},
        key=HELP.token,
    )
    await told.data("POST /newsletter/subscribe", jid, key=HELP.token)
    seen = await told.data("POST /newsletter/info", jid, key=HELP.token)
    unknown = await told.error("POST /newsletter/info", {"jid": "1@newsletter"})

    assert sent["Info"]["ServerID"] == 3
    assert [each["MessageServerID"] for each in newest] == [3]
    assert [each["MessageID"] for each in older] == ["1", "2"]
    assert (by_link["id"], by_link["viewer_metadata"]) == (made["id"], None)
    assert seen["viewer_metadata"]["role"] == "guest"
    assert seen["thread_metadata"]["subscribers_count"] == "1"
    assert unknown == (500, "graphql error: 404 Not Found (CRITICAL)")
    assert await told.data("GET /newsletter/list", key=HELP.token) == []


async def test_a_poll_without_votes_is_not_found() -> None:
    refused = await simulated().error("GET /polls/3EB0/results")

    assert refused == (404, "No votes found for this poll")


# --- the samples of events, key for key and in their order


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    return type(value).__name__


async def test_a_file_is_announced_as_the_real_one_is() -> None:
    told = simulated(HEARING, webhook=HOOK)
    body = {"number": ALICE, "url": "http://x/a.jpg", "type": "image", "caption": "c"}

    await told.data("POST /send/media", body)

    assert shape(told.events[0]) == shape(facts("events/send_message_image.json"))


async def test_groups_and_newsletters_have_the_make_of_the_real_ones() -> None:
    told = simulated()
    body = {"groupName": "g", "participants": [ALICE_JID]}
    group = await told.data("POST /group/create", body)

    info = await told.data("POST /group/info", {"groupJid": group["jid"]})
    made = await told.data("POST /newsletter/create", {"name": "n"})

    joined = facts("events/joined_group.json")["data"]
    of_the_event = ("Reason", "Type", "CreateKey", "Sender", "SenderPN", "Notify")
    assert shape(info) == shape(
        {key: value for key, value in joined.items() if key not in of_the_event}
    )
    assert shape(info["Participants"][0]) == shape(joined["Participants"][0])
    assert shape(made) == shape(facts("events/newsletter_join.json")["data"])
