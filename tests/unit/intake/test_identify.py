from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import wire
from recado.intake.identify import identify, join_key
from recado.intake.sources.registry import SOURCES
from recado.model.trigger import Ordering
from tests.unit.intake.builders import (
    EVENTS,
    a_trigger,
    identified,
    parsed,
    sample,
)

THREE_MINUTES = timedelta(minutes=3)
OWN = sorted(path.name for path in EVENTS.glob("*.json"))
STABLE = (
    "message_",
    "send_message_",
    "receipt_",
    "call_",
    "label_",
    "contact",
    "push_name",
    "qrcode",
)
INSTANCE = "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10"
ALICE = "5511990000001@s.whatsapp.net"
MESSAGE = "3A5F0C1D2E3B4A596877"
SENT = "3EB0C0FFEE00112233AA55"
RECEIVED_AT = "2026-03-25T20:30:01Z"


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return value


@pytest.mark.parametrize("name", OWN)
def test_each_event_of_the_gateway_has_an_identity(name: str) -> None:
    body = sample(name)

    identity = identified("evolution_go", body)

    assert identity.idempotency_key is not None
    assert INSTANCE in identity.idempotency_key or "sha256:" in identity.idempotency_key
    assert identity.window == (None if name.startswith(STABLE) else THREE_MINUTES)
    assert identity.ordering_key is not None
    assert identity == identified("evolution_go", reordered(body))
    assert identity == identified("evolution_go", body | {"instanceToken": "renewed"})


def test_no_two_samples_are_the_same_event() -> None:
    keys = [identified("evolution_go", sample(name)).idempotency_key for name in OWN]

    assert len(set(keys)) == len(OWN)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("message_text.json", f"msg|{ALICE}|{ALICE}|3A5F0C1D2E3B4A596877|content"),
        (
            "message_view_once_unavailable.json",
            f"msg|{ALICE}|{ALICE}|3AE00B1C2D3E4F506188|unavailable",
        ),
        (
            "message_view_once_resent.json",
            f"msg|{ALICE}|{ALICE}|3AE00B1C2D3E4F506188|content",
        ),
        ("send_message_text.json", "sent|3EB0C0FFEE00112233AA55"),
        (
            "receipt_delivered.json",
            f"rcpt|Delivered|{ALICE}|5511990000001:3@s.whatsapp.net|{SENT}|{RECEIVED_AT}",
        ),
        ("call_offer.json", "CallOffer|A1B2C3D4E5F60718293A4B5C6D7E8F90"),
        ("label_edit.json", "LabelEdit|6|2026-03-25T21:10:00Z"),
        (
            "label_association_message.json",
            f"LabelAssociationMessage|{ALICE}|6|{MESSAGE}|2026-03-25T21:12:00Z",
        ),
        ("contact.json", f"Contact|{ALICE}|2026-03-25T21:13:00Z"),
        ("push_name.json", f"PushName|{ALICE}|Alice Example|3A5F0C1D2E3B4A596877"),
    ],
)
def test_the_key_names_what_makes_the_event(name: str, key: str) -> None:
    identity = identified("evolution_go", sample(name))

    assert identity.idempotency_key == f"evogo|{INSTANCE}|{key}"


@pytest.mark.parametrize("state", ["Delivered", "Read", "ReadSelf"])
def test_each_state_of_a_receipt_is_its_own_event(state: str) -> None:
    body = sample("receipt_delivered.json")
    others = {"Delivered", "Read", "ReadSelf"} - {state}
    key = identified("evolution_go", body | {"state": state}).idempotency_key

    for other in others:
        assert (
            key != identified("evolution_go", body | {"state": other}).idempotency_key
        )


@given(st.lists(st.text("AB,|", min_size=1), min_size=1, unique=True), st.randoms())
def test_the_order_of_message_ids_does_not_matter(ids: list[str], dice: Any) -> None:
    body = sample("receipt_read.json")
    shuffled = list(ids)
    dice.shuffle(shuffled)

    one, other = (
        identified("evolution_go", body | {"data": body["data"] | {"MessageIDs": some}})
        for some in (ids, shuffled)
    )

    assert one == other
    assert one.window is None


@given(
    st.lists(st.text("a|:1", max_size=4), min_size=2, max_size=4),
    st.lists(st.text("a|:1", max_size=4), min_size=2, max_size=4),
)
def test_other_parts_never_give_the_same_key(one: list[str], other: list[str]) -> None:
    assert (join_key(*one) == join_key(*other)) is (one == other)


def without(body: dict[str, Any], path: str) -> dict[str, Any]:
    copy: dict[str, Any] = wire.decode(wire.encode(body))
    *parents, name = path.split(".")
    part = copy
    for parent in parents:
        part = part[parent]
    del part[name]
    return copy


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("message_text.json", "instanceId"),
        ("message_text.json", "data"),
        ("message_text.json", "data.Info"),
        ("message_text.json", "data.Info.ID"),
        ("message_text.json", "data.Info.Sender"),
        ("send_message_text.json", "data.Info.ID"),
        ("receipt_read.json", "state"),
        ("receipt_read.json", "data.MessageIDs"),
        ("call_offer.json", "data.CallID"),
        ("call_relay_latency.json", "data.CallID"),
        ("qrcode.json", "data.code"),
        ("label_edit.json", "data.Timestamp"),
        ("contact.json", "data.JID"),
        ("push_name.json", "data.JID"),
        ("message_text.json", "event"),
    ],
)
def test_an_odd_event_is_known_by_its_body(name: str, path: str) -> None:
    body = without(sample(name), path)

    identity = identified("evolution_go", body)

    assert identity.window == THREE_MINUTES
    assert identity == identified("evolution_go", reordered(body))
    other = identified("evolution_go", body | {"more": 1})
    assert identity.idempotency_key != other.idempotency_key


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("receipt_read.json", {"MessageIDs": ["3EB0", 7]}),
        ("contact.json", {"Timestamp": "0001-01-01T00:00:00Z"}),
    ],
)
def test_a_field_that_says_nothing_is_no_identity(
    name: str, change: dict[str, Any]
) -> None:
    body = sample(name)

    identity = identified("evolution_go", body | {"data": body["data"] | change})

    assert identity.window == THREE_MINUTES


def test_a_relay_latency_of_the_same_call_with_other_content_is_another() -> None:
    body = sample("call_relay_latency.json")
    other = body | {"data": body["data"] | {"Timestamp": "2026-03-25T20:40:01Z"}}

    first, second = (identified("evolution_go", one) for one in (body, other))

    assert first.idempotency_key != second.idempotency_key


def test_a_message_without_content_is_not_taken_for_its_content() -> None:
    body = without(sample("message_text.json"), "data.Message")

    key = identified("evolution_go", body).idempotency_key

    assert key is not None
    assert key.endswith("|unavailable")


V2 = "other/evolution_v2_"


@pytest.mark.parametrize(
    ("name", "key", "window"),
    [
        ("messages_upsert_text", f"msg|{ALICE}||3A7B1C2D3E4F50617284", None),
        (
            "messages_upsert_group",
            "msg|120363000000000001@g.us|100000000000002@lid|3A7B1C2D3E4F50617287",
            None,
        ),
        ("send_message", f"sent|{ALICE}||3EB0C0FFEE00112233AA55", None),
        ("messages_delete", f"del|{ALICE}||3A7B1C2D3E4F50617284", None),
        ("messages_update_read", "upd|3EB0C0FFEE00112233AA55||READ", None),
        (
            "messages_update_delivery_ack",
            "upd|3EB0C0FFEE00112233AA55||DELIVERY_ACK",
            None,
        ),
        ("messages_edited", "messages.edited|", THREE_MINUTES),
        ("connection_update", "connection.update|", THREE_MINUTES),
    ],
)
def test_identities_of_the_sisters_events(
    name: str, key: str, window: timedelta | None
) -> None:
    identity = identified("evolution_api", sample(f"{V2}{name}.json"))

    assert identity.idempotency_key is not None
    assert identity.idempotency_key.startswith(f"evov2|sales|{key}")
    assert identity.window == window


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("messages_upsert_text", "data.key.id"),
        ("messages_update_read", "data.status"),
        ("messages_upsert_text", "instance"),
    ],
)
def test_an_odd_event_of_the_sister_is_known_by_its_body(name: str, path: str) -> None:
    identity = identified("evolution_api", without(sample(f"{V2}{name}.json"), path))

    assert identity.window == THREE_MINUTES


def test_the_same_event_posted_later_to_a_second_url_is_one() -> None:
    body = sample(f"{V2}messages_edited.json")
    again = body | {
        "date_time": "2026-03-25T17:17:11.120Z",
        "destination": "https://other.example",
        "apikey": "shown now",
    }

    assert identified("evolution_api", body) == identified("evolution_api", again)


def test_github_names_each_delivery() -> None:
    known = identified("github", {}, {"x-github-delivery": "72d3162e"})

    assert known.idempotency_key == "72d3162e"
    assert known.ordering_key is None
    assert identified("github", {}).idempotency_key is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("n8n_idempotency_key.json", "order-10442-shipped"),
        ("n8n_message_id.json", "3A5F0C1D2E3B4A596877"),
        ("n8n_wrapped_evolution_go.json", None),
    ],
)
def test_a_flow_is_known_by_its_own_key(name: str, key: str | None) -> None:
    identity = identified("custom", sample(f"other/{name}"))

    assert identity.idempotency_key == key


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"idempotency_key": "a", "messageId": "b"}, "a"),
        ({"messageId": "b", "data": {"messageId": "c"}}, "b"),
        ({"data": {"messageId": "c"}}, "c"),
        ({"idempotency_key": "", "messageId": None, "data": {"messageId": 7}}, "7"),
        ({"messageId": True}, "true"),
        ({"messageId": 1.5}, "1.5"),
        ({"messageId": " "}, "header"),
        ({"messageId": ["x"], "idempotency_key": {"x": 1}}, "header"),
    ],
)
def test_the_first_key_that_is_there_counts(body: dict[str, Any], key: str) -> None:
    identity = identified("custom", body, {"idempotency-key": "header"})

    assert (identity.idempotency_key, identity.window) == (key, None)


def test_a_sender_key_wins_over_the_identity_of_the_source() -> None:
    body = sample("disconnected.json") | {"idempotency_key": "mine"}

    identity = identified("evolution_go", body)

    assert (identity.idempotency_key, identity.window) == ("mine", None)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("data.Info.ID", "3A5F0C1D2E3B4A596877"),
        ("data.Info.IsGroup", "false"),
        ("data.Info.Absent", None),
        ("data.Info", None),
        ("data.Info.Edit", None),
        ("instanceToken", None),
    ],
)
def test_the_path_of_a_trigger_decides_alone(path: str, key: str | None) -> None:
    trigger = a_trigger("evolution_go", idempotency_path=path)

    body = sample("message_text.json") | {"idempotency_key": "not asked for"}
    identity = identified("evolution_go", body, trigger=trigger)

    assert (identity.idempotency_key, identity.window) == (key, None)


@pytest.mark.parametrize("key", ["x" * 201, "line\nbreak", "null\x00"])
def test_an_unwieldy_key_is_known_by_its_hash(key: str) -> None:
    first = identified("custom", {"messageId": key}).idempotency_key
    other = identified("custom", {"messageId": f"{key}x"}).idempotency_key

    assert first is not None
    assert first.startswith("sha256:")
    assert len(first) == 71
    assert first != other
    assert identified("custom", {"messageId": "x" * 200}).idempotency_key == "x" * 200


@pytest.mark.parametrize(
    ("name", "chat"),
    [
        ("message_text.json", ALICE),
        ("message_from_me_lid_chat.json", ALICE),
        ("call_terminate.json", ALICE),
        ("message_group_text.json", "120363000000000001@g.us"),
        ("connected.json", ""),
    ],
)
def test_events_of_one_chat_keep_their_order(name: str, chat: str) -> None:
    identity = identified("evolution_go", sample(name))

    assert identity.ordering_key == f"{INSTANCE}|{chat}"


def test_an_event_of_nowhere_waits_for_nobody() -> None:
    assert identified("evolution_go", {"event": "Odd"}).ordering_key is None


def test_a_trigger_can_order_by_a_path_or_not_at_all() -> None:
    body = sample("message_text.json")
    by_path = a_trigger("evolution_go", ordering_path="instanceName")
    absent = a_trigger("evolution_go", ordering_path="absent")
    off = a_trigger("evolution_go", ordering=Ordering.NONE, ordering_path="event")
    event, source = parsed("evolution_go", body), SOURCES["evolution_go"]

    assert identify(by_path, source, event).ordering_key == "sales"
    assert identify(absent, source, event).ordering_key is None
    assert identify(off, source, event).ordering_key is None


def test_only_whatsapp_is_ordered_by_default() -> None:
    ordered = {name for name, s in SOURCES.items() if s.default_ordering == "key"}

    assert ordered == {"evolution_go", "evolution_api", "meta", "waha", "wuzapi"}


def test_equal_bodies_without_a_key_are_one_event_when_that_is_asked_for() -> None:
    plain = a_trigger("custom")
    asking = replace(plain, settings=replace(plain.settings, body_hash_minutes=2.0))

    first = identified("custom", {"a": 1, "b": 2}, trigger=asking)
    same = identified("custom", {"b": 2, "a": 1}, trigger=asking)
    other = identified("custom", {"a": 2}, trigger=asking)
    keyed = identified("custom", {"a": 1}, {"idempotency-key": "k"}, trigger=asking)

    assert identified("custom", {"a": 1}, trigger=plain).idempotency_key is None
    assert first == same
    assert first.idempotency_key != other.idempotency_key
    assert first.window == timedelta(minutes=2)
    assert (keyed.idempotency_key, keyed.window) == ("k", None)
