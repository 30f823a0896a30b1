import pytest

from recado import wire
from recado.errors import MalformedError
from recado.evolution.events.content import text_of
from recado.intake.identify import identify
from recado.intake.parse import MAX_DEPTH
from recado.intake.sources.registry import SOURCES
from recado.model.event import Identity
from tests.unit.intake.builders import (
    EVENTS,
    NOW,
    a_delivery,
    a_trigger,
    parsed,
    sample,
)

OWN = sorted(path.name for path in EVENTS.glob("*.json"))
SISTER = sorted(path.name for path in EVENTS.glob("other/evolution_v2_*.json"))
FLOWS = [
    "n8n_idempotency_key.json",
    "n8n_message_id.json",
    "n8n_wrapped_evolution_go.json",
]
ALL = [
    *(("evolution_go", name) for name in OWN),
    *(("evolution_api", f"other/{path.split('/')[-1]}") for path in SISTER),
    *(("custom", f"other/{name}") for name in FLOWS),
]


@pytest.mark.parametrize(("source", "name"), ALL)
def test_no_sample_keeps_a_secret(source: str, name: str) -> None:
    event = parsed(source, (EVENTS / name).read_bytes())

    text = repr(event) + wire.encode(event.document(Identity(), NOW)).decode()

    assert "example-instance-token" not in text
    assert "EXAMPLE-V2-INSTANCE-KEY" not in text
    assert "hooks.example" not in text


@pytest.mark.parametrize(("source", "name"), ALL)
def test_a_document_holds_the_whole_event_once(source: str, name: str) -> None:
    event = parsed(source, (EVENTS / name).read_bytes())

    document = event.document(Identity(), NOW)

    data, envelope = document["data"], document["envelope"]
    if "data" in event.body:
        assert {**envelope, "data": data} == event.body
    else:
        assert (data, envelope) == (event.body, {})


def test_a_document_names_what_an_action_needs() -> None:
    trigger = a_trigger("evolution_go")
    source = SOURCES["evolution_go"]
    event = source.parse(a_delivery(sample("receipt_read.json")))

    identity = identify(trigger, source, event)
    document = wire.decode(wire.encode(event.document(identity, NOW)))

    del document["data"]
    assert document == {
        "source": "evolution_go",
        "event_type": "Receipt",
        "instance": "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10",
        "chat": "5511990000001@s.whatsapp.net",
        "sender": event.data["Sender"],
        "text": "",
        "idempotency_key": document["idempotency_key"],
        "ordering_key": (
            "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10|5511990000001@s.whatsapp.net"
        ),
        "received_at": "2026-03-25T20:16:40Z",
        "envelope": {
            "event": "Receipt",
            "instanceId": "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10",
            "instanceName": "sales",
            "instanceToken": "[redacted]",
            "state": "Read",
        },
    }


ALICE = "5511990000001@s.whatsapp.net"
GROUP = "120363000000000001@g.us"


@pytest.mark.parametrize(
    ("name", "chat", "sender", "text"),
    [
        ("message_text.json", ALICE, ALICE, "Hello, is the shop open?"),
        ("message_edit.json", ALICE, ALICE, "Hello, is the shop open today?"),
        ("message_image.json", ALICE, ALICE, "Receipt photo"),
        ("message_reaction.json", ALICE, ALICE, ""),
        ("message_view_once_unavailable.json", ALICE, ALICE, ""),
        ("message_from_me_lid_chat.json", ALICE, "5511990000000@s.whatsapp.net", None),
        ("message_group_text.json", GROUP, ALICE, None),
        ("call_offer.json", ALICE, ALICE, ""),
        ("presence_online.json", ALICE, ALICE, ""),
        ("push_name.json", ALICE, "", ""),
        ("group_info_join.json", GROUP, "5521990000002@s.whatsapp.net", ""),
        ("newsletter_leave.json", "120363000000000099@newsletter", "", ""),
        ("connected.json", "", "", ""),
        ("disconnected.json", "", "", ""),
    ],
)
def test_chat_sender_and_text_of_the_gateways_events(
    name: str, chat: str, sender: str, text: str | None
) -> None:
    event = parsed("evolution_go", sample(name))

    assert (event.chat, event.sender) == (chat, sender)
    assert event.instance == "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10"
    assert text is None or event.text == text


@pytest.mark.parametrize("name", [n for n in OWN if n.startswith("send_message")])
def test_an_announced_send_has_its_text(name: str) -> None:
    assert parsed("evolution_go", sample(name)).text


@pytest.mark.parametrize(
    ("name", "chat", "sender", "text"),
    [
        ("upsert_text", ALICE, ALICE, "Hello, is the shop open?"),
        ("upsert_lid", ALICE, ALICE, "Hi from a hidden number"),
        ("upsert_group", GROUP, "5521990000002@s.whatsapp.net", "Good morning all"),
        ("upsert_image_s3", ALICE, ALICE, "Receipt photo"),
        ("upsert_from_me", ALICE, "5511990000000@s.whatsapp.net", "We open at nine."),
        ("edited", ALICE, ALICE, "Hello, is the shop open today?"),
        ("delete", ALICE, ALICE, ""),
        ("update_read", ALICE, "5511990000000@s.whatsapp.net", ""),
    ],
)
def test_chat_sender_and_text_of_the_sisters_events(
    name: str, chat: str, sender: str, text: str
) -> None:
    event = parsed("evolution_api", sample(f"other/evolution_v2_messages_{name}.json"))

    assert (event.instance, event.chat, event.sender) == ("sales", chat, sender)
    assert event.text == text


def test_an_event_without_people_has_no_chat() -> None:
    event = parsed("evolution_api", sample("other/evolution_v2_connection_update.json"))

    assert (event.event_type, event.chat, event.sender) == ("connection.update", "", "")


def test_a_list_of_one_item_is_unwrapped() -> None:
    body = sample("other/evolution_v2_messages_upsert_text.json")
    plain = parsed("evolution_api", body)

    assert parsed("evolution_api", body | {"data": [body["data"]]}) == plain


def test_a_list_of_several_items_stays() -> None:
    event = parsed("evolution_api", {"event": "chats.upsert", "data": [{}, {}]})

    assert event.data == event.body == {"event": "chats.upsert", "data": [{}, {}]}


def test_usual_names_of_a_flow_are_found() -> None:
    event = parsed("custom", sample("other/n8n_message_id.json"))

    assert (event.event_type, event.instance) == ("text", "sales")
    assert (event.chat, event.sender) == (ALICE, ALICE)
    assert event.text == "Hello, is the shop open?"


def test_github_names_the_event_in_a_header() -> None:
    event = parsed("github", {"ref": "main"}, {"x-github-event": "push"})

    assert (event.source, event.event_type) == ("github", "push")


def test_a_form_of_github_is_told_to_be_json() -> None:
    with pytest.raises(MalformedError, match="choose the content type application"):
        parsed("github", b"payload=%7B%7D")


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1,2]", "list of 2 items; one event per delivery"),
        (b'"text"', "it is a text"),
        (b"true", "it is true or false"),
        (b"null", "it is null"),
        (b"17", "it is a number"),
        (b"", "the body is not JSON"),
        (b'{"a":NaN}', "the body is not JSON"),
        (b'{"a":"\xff"}', "the body is not JSON"),
    ],
)
def test_what_is_no_object_is_refused_in_words(
    source: str, body: bytes, reason: str
) -> None:
    with pytest.raises(MalformedError, match=reason):
        parsed(source, body)


def test_a_body_may_be_deep_but_not_too_deep() -> None:
    deepest = b'{"a":' * (MAX_DEPTH - 1) + b"[]" + b"}" * (MAX_DEPTH - 1)
    too_deep = b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}"

    assert wire.encode(parsed("custom", deepest).document(Identity(), NOW))
    with pytest.raises(MalformedError, match="deeper than 100 levels"):
        parsed("custom", too_deep)


def test_a_body_may_be_wide() -> None:
    assert parsed("custom", {"a": [[1]] * 200}).body == {"a": [[1]] * 200}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({}, ""),
        ({"conversation": "hi"}, "hi"),
        ({"conversation": 1}, ""),
        ({"conversation": "", "extendedTextMessage": {"text": "long"}}, "long"),
        ({"documentMessage": {"caption": "paper"}}, "paper"),
        ({"audioMessage": {}}, ""),
        ({"ephemeralMessage": {"message": {"conversation": "brief"}}}, "brief"),
        (
            {
                "editedMessage": {
                    "message": {
                        "protocolMessage": {"editedMessage": {"conversation": "new"}}
                    }
                }
            },
            "new",
        ),
        ({"ephemeralMessage": 1}, ""),
    ],
)
def test_the_text_of_a_message(message: dict[str, object], text: str) -> None:
    assert text_of(message) == text


def test_endless_wrappers_have_no_text() -> None:
    message: dict[str, object] = {"conversation": "deep"}
    for _ in range(10):
        message = {"ephemeralMessage": {"message": message}}

    assert text_of(message) == ""
