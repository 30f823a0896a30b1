"""Typed events, from the envelopes of the real gateway."""

import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import wire
from recado.errors import MalformedError
from recado.evolution import events, parse_event
from recado.evolution.events import UnknownEvent
from recado.evolution.events.parse import KINDS
from recado.intake.delivery import Delivery
from recado.intake.sources.evolution_go import EvolutionGo
from recado.model.redact import Secret
from tests.helpers.shared import EVENTS, event_files

FOLDER = EVENTS
FILES = event_files()
TOKEN = "example-instance-token"
ALICE, BOB = "5511990000001@s.whatsapp.net", "5521990000002@s.whatsapp.net"
GROUP = "120363000000000001@g.us"
ME = "5511990000000:12@s.whatsapp.net"


def read(name: str) -> Any:
    return parse_event((FOLDER / f"{name}.json").read_bytes())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_real_event_is_typed(path: Path) -> None:
    event = parse_event(path.read_bytes())

    assert type(event) is KINDS[event.event_type]
    assert event.instance_name == "sales"
    assert event.instance_id == "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10"


def test_every_kind_is_there_and_public() -> None:
    assert len(FILES) > 50
    assert {parse_event(path.read_bytes()).event_type for path in FILES} == set(KINDS)
    assert {kind.__name__ for kind in KINDS.values()} <= set(events.__all__)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_event_shows_its_token(path: Path) -> None:
    event = parse_event(path.read_text("utf-8"))

    assert event.instance_token.reveal() == TOKEN
    assert TOKEN not in repr(event) + str(event) + str(event.data)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_server_sees_the_same_people_and_text(path: Path) -> None:
    raw = path.read_bytes()
    delivery = Delivery(
        headers={}, body=raw, received_at=datetime(2026, 1, 1, tzinfo=UTC)
    )

    ours: Any = parse_event(raw)
    stored = EvolutionGo().parse(delivery)

    assert getattr(ours, "chat", stored.chat) == stored.chat
    assert getattr(ours, "text", stored.text) == stored.text
    if isinstance(ours, events.Message | events.Receipt | events.GroupInfo):
        assert ours.sender == stored.sender
    assert ours.data == stored.data


def test_a_message_says_who_wrote_what_where_and_when() -> None:
    message = read("message_text")

    assert (message.id, message.chat, message.sender) == (
        "3A5F0C1D2E3B4A596877",
        ALICE,
        ALICE,
    )
    assert message.text == "Hello, is the shop open?"
    assert message.push_name == "Alice Example"
    assert message.timestamp == datetime(2026, 3, 25, 20, 16, 40, tzinfo=UTC)
    assert (message.is_from_me, message.is_group, message.is_unavailable) == (
        False,
        False,
        False,
    )
    assert (message.media, message.edits, message.revokes, message.reacts_to) == (
        None,
        "",
        "",
        "",
    )


def test_a_group_message_names_the_group_and_its_author() -> None:
    message = read("message_group_mention")

    assert message.is_group
    assert (message.chat, message.sender) == (GROUP, ALICE)
    assert message.mentioned == ("100000000000009@lid",)


def test_an_own_message_is_told_apart_and_shows_the_number() -> None:
    message = read("message_from_me_lid_chat")

    assert message.is_from_me
    assert message.chat == ALICE


def test_a_reply_names_what_it_replies_to() -> None:
    assert read("message_extended_text").quoted_id == "3EB0C0FFEE00112233AA55"


def test_an_edit_and_a_revoke_name_their_message() -> None:
    edit, revoke = read("message_edit"), read("message_revoke")

    assert (edit.edits, edit.revokes) == ("3A5F0C1D2E3B4A596877", "")
    assert edit.text == "Hello, is the shop open today?"
    assert (revoke.edits, revoke.revokes) == ("", "3A5F0C1D2E3B4A596877")


def test_a_reaction_names_its_message() -> None:
    message = read("message_reaction")

    assert (message.reacts_to, message.reaction) == ("3EB0C0FFEE00112233AA55", "👍")


@pytest.mark.parametrize(
    ("name", "kind", "mimetype"),
    [
        ("message_image", "image", "image/jpeg"),
        ("message_audio", "audio", "audio/ogg; codecs=opus"),
        ("message_video", "video", "video/mp4"),
        ("message_document", "document", "application/pdf"),
    ],
)
def test_a_file_comes_inside_the_event(name: str, kind: str, mimetype: str) -> None:
    media = read(name).media

    assert (media.kind, media.mimetype) == (kind, mimetype)
    assert media.base64
    assert media.size > 0
    assert media.url == ""
    assert list(media.content) == [f"{kind}Message"]


def test_a_file_in_a_store_comes_as_its_address() -> None:
    media = read("message_image_minio").media

    assert media.url.startswith("https://minio.example/")
    assert media.base64 == ""


def test_a_message_inside_a_wrapper_is_looked_into() -> None:
    envelope = wire.decode((FOLDER / "message_image.json").read_bytes())
    content = envelope["data"]["Message"]
    content["viewOnceMessageV2"] = {
        "message": {"imageMessage": content.pop("imageMessage")}
    }

    message: Any = parse_event(envelope)

    assert message.media.kind == "image"
    assert message.text == "Receipt photo"


def test_wrappers_without_end_are_not_followed() -> None:
    envelope = wire.decode((FOLDER / "message_image.json").read_bytes())
    content = envelope["data"]["Message"]
    for _ in range(9):
        content = {"viewOnceMessageV2": {"message": content}}
    envelope["data"]["Message"] = content

    message: Any = parse_event(envelope)

    assert message.text == ""


def test_a_message_to_be_seen_once_is_announced_without_content() -> None:
    assert read("message_view_once_unavailable").is_unavailable
    assert not read("message_view_once_resent").is_unavailable


def test_a_change_of_the_timer_is_no_edit() -> None:
    envelope = wire.decode((FOLDER / "message_revoke.json").read_bytes())
    envelope["data"]["Message"]["protocolMessage"]["type"] = 3

    message: Any = parse_event(envelope)

    assert (message.edits, message.revokes) == ("", "")


def test_a_send_is_told_with_its_id() -> None:
    event = read("send_message_text")

    assert (event.id, event.chat) == ("3EB0C0FFEE00112233AA55", ALICE)
    assert event.text == "Your order has shipped"
    assert event.timestamp is not None


def test_a_receipt_names_all_its_messages() -> None:
    receipt = read("receipt_read")

    assert receipt.state == "Read"
    assert receipt.message_ids == ("3EB0C0FFEE00112233AA55", "3EB0C0FFEE00112233AA66")
    assert (receipt.chat, receipt.is_from_me, receipt.is_group) == (ALICE, False, False)
    assert receipt.timestamp == datetime(2026, 3, 25, 20, 31, tzinfo=UTC)


def test_a_presence_has_a_last_time_only_when_it_is_told() -> None:
    online, offline = read("presence_online"), read("presence_offline")

    assert (online.jid, online.is_online, online.last_seen) == (ALICE, True, None)
    assert not offline.is_online
    assert offline.last_seen == datetime(2026, 3, 25, 21, 9, tzinfo=UTC)


def test_writing_is_told() -> None:
    event = read("chat_presence")

    assert (event.chat, event.activity, event.is_recording) == (
        ALICE,
        "composing",
        False,
    )


def test_the_connections_events_say_who_and_why() -> None:
    connected, paired = read("connected"), read("pair_success")

    assert (connected.jid, connected.push_name) == (ME, "Sales Example")
    assert (paired.jid, paired.platform) == (ME, "android")
    assert paired.lid == "100000000000000:12@lid"
    assert isinstance(read("disconnected"), events.Disconnected)
    assert (read("logged_out").code, read("logged_out_after_kill").code) == (401, 0)
    assert read("logged_out_after_kill").reason == "Logged out"
    assert read("connect_failure").code == 409
    assert read("offline_sync_completed").count == 17


def test_a_ban_says_how_long() -> None:
    ban = read("temporary_ban")

    assert (ban.code, ban.expires_in) == (101, timedelta(days=1))
    assert ban.reason.startswith("101: you sent too many messages")


def test_a_code_to_scan_is_not_printed() -> None:
    event = read("qrcode")

    assert event.code.startswith("2@exampleRef")
    assert event.image.startswith("data:image/png;base64,")
    assert (event.count, event.max_count) == (1, 5)
    assert "exampleRef" not in repr(event)


def test_the_end_of_codes_is_told() -> None:
    assert not read("qr_timeout").ends_series
    assert read("qr_timeout_limit").ends_series
    assert read("qr_timeout_limit").reason == "Maximum QR code count (5) reached"


def test_a_call_shows_the_callers_number() -> None:
    offer, notice, end = (
        read("call_offer"),
        read("call_offer_notice"),
        read("call_terminate"),
    )

    assert (offer.caller, offer.group) == (ALICE, "")
    assert offer.call_id == "A1B2C3D4E5F60718293A4B5C6D7E8F90"
    assert (notice.group, notice.media) == (GROUP, "audio")
    assert end.reason == "timeout"


def test_labels_say_what_they_are_on() -> None:
    edit, on_message = read("label_edit"), read("label_association_message")

    assert (edit.label_id, edit.name, edit.color, edit.is_deleted) == (
        "6",
        "VIP",
        3,
        False,
    )
    assert (on_message.chat, on_message.is_labeled) == (ALICE, True)
    assert on_message.message_id == "3A5F0C1D2E3B4A596877"
    assert read("label_association_chat").message_id == ""


def test_people_change_their_names() -> None:
    contact, name = read("contact"), read("push_name")

    assert (contact.jid, contact.full_name) == (ALICE, "Alice Example")
    assert name.jid == ALICE
    assert name.message_id == "3A5F0C1D2E3B4A596877"


def test_a_group_says_only_what_changed() -> None:
    joined, named = read("group_info_join"), read("group_info_name")

    assert (joined.group, joined.sender) == (GROUP, BOB)
    assert (joined.name, joined.joined) == (None, ("100000000000003@lid",))
    assert (named.name, named.topic, named.joined) == ("Support crew BR", None, ())


def test_a_new_group_says_who_is_in_it() -> None:
    group = read("joined_group")

    assert (group.group, group.name, group.sender) == (GROUP, "Support crew", BOB)
    assert "100000000000002@lid" in group.participants


def test_channels_come_and_go() -> None:
    joined, left = read("newsletter_join"), read("newsletter_leave")

    assert (joined.newsletter, joined.name) == (
        "120363000000000099@newsletter",
        "Shop news",
    )
    assert (left.newsletter, left.role) == ("120363000000000099@newsletter", "guest")


def test_the_past_comes_in_pieces() -> None:
    piece = read("history_sync")

    assert (piece.sync_type, piece.chunk_order, piece.progress) == (3, 1, 40)
    assert piece.conversations[0]["ID"] == ALICE


@pytest.mark.parametrize("body", [b"{}", '{"event": "Novelty", "data": {"a": 1}}'])
def test_what_is_not_known_is_still_an_event(body: bytes | str) -> None:
    event = parse_event(body)

    assert type(event) is UnknownEvent
    assert event.data in ({}, {"a": 1})
    assert event.instance_token == Secret("")


@pytest.mark.parametrize("body", [b"", b"{", "[]", b"7"])
def test_what_is_no_object_is_malformed(body: bytes | str) -> None:
    with pytest.raises(MalformedError):
        parse_event(body)


def test_a_body_that_was_decoded_before_is_left_as_it_was() -> None:
    envelope = wire.decode((FOLDER / "message_text.json").read_bytes())
    before = copy.deepcopy(envelope)

    parse_event(envelope)

    assert envelope == before


NAMES = (
    *("Info", "Message", "Data", "Action", "key", "type", "contextInfo", "Name"),
    *("protocolMessage", "imageMessage", "Participants", "Timestamp"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(kind=st.sampled_from(sorted(KINDS)), data=JSON)
def test_nothing_is_too_odd_to_be_read(kind: str, data: Any) -> None:
    event = parse_event({"event": kind, "data": data, "instanceToken": 7})

    assert type(event) is KINDS[kind]
