"""The stand-in says what the real gateway says, word for word and key for key."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recado import wire
from recado.errors import InvalidError
from recado.simulator import envelopes, message_changes, pairing_events
from recado.simulator.answer import Answer, Asked
from recado.simulator.bind import Values, jid_complaint
from recado.simulator.body import read_body
from recado.simulator.emission import Emission, bodies_of, read_emission
from recado.simulator.error_texts import KNOWN_ERRORS, NAMES, answer_with_error
from recado.simulator.faults import Faults, read_rule
from recado.simulator.form import FormFile, read_form
from recado.simulator.instances import Instance, Instances
from recado.simulator.media import refusal_of
from recado.simulator.message_content import Said
from recado.simulator.phone import Phone
from recado.simulator.recipient import chat_of, clean
from recado.simulator.routing import find_route
from tests.helpers.evolution_facts import facts, route

SALES = Instance(name="sales", token="example-instance-token")
SAID = Said(
    id="3A00000000000000000A",
    at=datetime(2026, 3, 25, 20, 50, 0, 123456, tzinfo=UTC),
    text="Hello",
)
SCHEMA = Draft202012Validator(route("POST", "/send/text")["request_schema"])
ERRORS = {each["id"]: each for each in facts("errors.json")["errors"]}
HTTP_LAYER = {each["id"] for each in facts("errors.json")["http_layer"]}


def asked(body: object, *, content_type: str = "application/json") -> Asked:
    return Asked(
        method="POST",
        path="/send/text",
        content_type=content_type,
        apikey="",
        body=body if isinstance(body, bytes) else wire.encode(body),
    )


def read_send_text(given: Asked) -> Values | Answer:
    found = find_route("POST", "/send/text")
    assert found
    assert found[0].body
    return read_body(given, found[0].body)


def shape(value: Any) -> Any:
    """Keys in their order, and the kind of each value."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


# --- phone


def test_a_repeated_id_of_one_chat_is_shown_once_with_what_came_first() -> None:
    phone = Phone()

    phone.receive(instance="sales", chat="a@g.us", id="1", text="first")
    phone.receive(instance="sales", chat="a@g.us", id="1", text="second")

    [shown] = phone.shown()
    assert (shown.text, shown.received) == ("first", 2)
    assert shown.contents == ("first", "second")


def test_the_same_id_in_another_chat_or_from_another_sender_is_another_message() -> (
    None
):
    phone = Phone()

    for instance, chat in [("sales", "a"), ("sales", "b"), ("help", "a")]:
        phone.receive(instance=instance, chat=chat, id="1", text="x")

    assert len(phone.shown()) == 3


# --- instances


def test_an_instance_keeps_its_id_and_hides_its_token() -> None:
    again = Instance(name="sales", token="other")

    assert again.id == SALES.id
    assert "example-instance-token" not in repr(SALES)


@pytest.mark.parametrize("text", ["sales", ":token", "sales:", ""])
def test_an_instance_is_written_with_name_and_token(text: str) -> None:
    with pytest.raises(ValueError, match="NAME:TOKEN"):
        Instance.from_text(text)


def test_two_instances_cannot_share_a_token() -> None:
    with pytest.raises(ValueError, match="own token"):
        Instances([SALES, Instance(name="help", token=SALES.token)])


def test_two_instances_have_numbers_of_their_own() -> None:
    numbers = [
        one.number for one in Instances([SALES, Instance(name="help", token="x")])
    ]

    assert len(set(numbers)) == 2


# --- numbers


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("5511990000001", "+5511990000001@s.whatsapp.net"),
        ("+55 (11) 99000-0001", "+5511990000001@s.whatsapp.net"),
        ("5511990000001:12", "+5511990000001@s.whatsapp.net"),
        ("5215551234567", "+52551234567@s.whatsapp.net"),
        ("5491123456789", "+541123456789@s.whatsapp.net"),
        ("5531988888888", "+553188888888@s.whatsapp.net"),
        ("5511988888888", "+5511988888888@s.whatsapp.net"),
        ("5531688888888", "+5531688888888@s.whatsapp.net"),
        ("120363000000000001", "120363000000000001@g.us"),
        ("5511990000001-1400000000", "5511990000001-1400000000@g.us"),
        ("100000000000001@lid", "100000000000001@lid"),
        ("hello", None),
    ],
)
def test_a_number_is_rewritten_as_the_gateway_does_it(
    given: str, cleaned: str | None
) -> None:
    assert clean(given) == cleaned


def test_the_plus_sign_is_no_part_of_the_chat() -> None:
    assert chat_of("+5511990000001@s.whatsapp.net") == "5511990000001@s.whatsapp.net"


# --- POST /send/text

NUMBERS = st.one_of(
    st.text(max_size=25),
    st.from_regex(r"\A[0-9 +():-]{0,26}\Z"),
    st.sampled_from(["5511990000001", "1@g.us", "x@lid", "", "a:1"]),
)
TEXTS = st.one_of(st.text(max_size=3), st.none())
# our JSON library has no integers beyond 64 bits
INTEGERS = st.integers(-(2**63), 2**63 - 1)
WRONG = st.one_of(INTEGERS, st.booleans(), st.lists(TEXTS, max_size=2), st.none())
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "number": st.one_of(NUMBERS, WRONG),
    "text": st.one_of(TEXTS, WRONG),
    "id": st.one_of(TEXTS, WRONG),
    "delay": st.one_of(st.integers(-(2**33), 2**33), st.just(1.5), TEXTS, WRONG),
    "mentionedJid": st.one_of(st.lists(st.one_of(TEXTS, WRONG), max_size=2), TEXTS),
    "mentionAll": st.one_of(TEXTS, WRONG),
    "formatJid": st.one_of(TEXTS, WRONG),
    "quoted": st.one_of(
        st.dictionaries(st.sampled_from(["messageId", "participant", "x"]), WRONG),
        WRONG,
    ),
}


@given(st.fixed_dictionaries({}, optional=FIELDS))
@example({"number": "5511990000001", "text": "hi"})
@example({"number": "x", "text": "hi", "formatJid": False})
def test_a_body_is_refused_exactly_when_the_gateway_refuses_it(
    body: dict[str, Any],
) -> None:
    read = read_send_text(asked(body))

    assert isinstance(read, dict) == SCHEMA.is_valid(body)
    if isinstance(read, Answer):
        text = wire.decode(read.body)["error"]
        assert read.status == 400
        assert any(
            re.search(known["pattern"], text) and 400 in known["status"]
            for known in ERRORS.values()
        )


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": "hi"}, "phone number is required"),
        ({"number": "5511990000001"}, "message body is required"),
        ({"number": "", "text": "hi"}, "number is required and cannot be empty"),
        ({"number": [], "text": "hi"}, "number array cannot be empty"),
        ({"number": 5, "text": "hi"}, "number must be a string or array of strings"),
        ({"number": "x", "text": "hi"}, "Invalid number format: invalid number format"),
        (
            {"number": ["5511990000001"], "text": "hi"},
            (
                "json: cannot unmarshal array into Go struct field TextStruct.number "
                "of type string"
            ),
        ),
        (
            {"number": "5511990000001", "text": "hi", "delay": 99999999999},
            (
                "json: cannot unmarshal number 99999999999 into Go struct field "
                "TextStruct.delay of type int32"
            ),
        ),
        (b"", "Invalid JSON format"),
        (b"[]", "Invalid JSON format"),
    ],
)
def test_a_refusal_has_the_text_of_the_gateway(body: object, error: str) -> None:
    read = read_send_text(asked(body))

    assert isinstance(read, Answer)
    assert (read.status, wire.decode(read.body)) == (400, {"error": error})


def test_the_body_null_crashes_the_request_as_it_does_there() -> None:
    read = read_send_text(asked(b"null"))

    assert isinstance(read, Answer)
    assert (read.status, read.body) == (500, b"")


def test_without_its_content_type_a_body_is_read_but_its_number_is_not_cleaned() -> (
    None
):
    body = {"NUMBER": "+55 11 99000-0001", "Text": "hi"}

    read = read_send_text(asked(body, content_type="text/plain"))

    assert isinstance(read, dict)
    assert read["number"] == "+55 11 99000-0001"


# --- errors


@pytest.mark.parametrize("name", KNOWN_ERRORS)
def test_each_error_that_can_be_asked_for_is_one_of_the_gateway(name: str) -> None:
    known, recorded = KNOWN_ERRORS[name], ERRORS[name]

    assert known.text in [*recorded["examples"], "unexpected EOF"]
    assert sorted(known.statuses) == sorted(recorded["status"])
    assert re.search(recorded["pattern"], known.text)


def test_every_error_of_the_gateway_can_be_asked_for() -> None:
    assert ERRORS.keys() == KNOWN_ERRORS.keys()
    assert set(NAMES) - KNOWN_ERRORS.keys() <= HTTP_LAYER


def test_an_offline_session_is_a_400_on_status_and_a_500_on_send() -> None:
    status = answer_with_error("client_disconnected", "GET /instance/status")
    send = answer_with_error("client_disconnected", "POST /send/text")

    assert (status.status, send.status) == (400, 500)


# --- envelopes

SAMPLES = {
    "message_text": envelopes.message(SALES, SAID),
    "message_from_me": envelopes.message(SALES, SAID, from_me=True),
    "message_after_decrypt_retry": envelopes.message(SALES, SAID, retry_count=1),
    "message_image": envelopes.image(SALES, SAID),
    "message_view_once_unavailable": envelopes.view_once_unavailable(SALES, SAID),
    "message_view_once_resent": envelopes.view_once_resent(SALES, SAID),
    "send_message_text": envelopes.send_message(SALES, SAID),
    "receipt_delivered": envelopes.receipt(SALES, ["1"], at=SAID.at),
    "receipt_read": envelopes.receipt(SALES, ["1", "2"], at=SAID.at, state="Read"),
    "receipt_read_self": envelopes.receipt(SALES, ["1"], at=SAID.at, state="ReadSelf"),
    "connected": envelopes.connected(SALES),
    "disconnected": envelopes.disconnected(SALES),
    "logged_out": envelopes.logged_out(SALES),
    "presence_online": envelopes.presence(SALES),
    "presence_offline": envelopes.presence(SALES, online=False),
    "pair_success": pairing_events.pair_success(SALES),
    "qrcode": pairing_events.qr_code(SALES),
    "qr_timeout_limit": pairing_events.qr_timeout(SALES),
    "logged_out_after_kill": pairing_events.logged_out_by_clean_up(SALES),
    "connect_failure": pairing_events.connect_failure(SALES),
    "temporary_ban": pairing_events.temporary_ban(SALES),
    "message_reaction": message_changes.reaction(SALES, SAID),
    "message_edit": message_changes.edit(SALES, SAID),
    "message_revoke": message_changes.revoke(SALES, SAID),
    "message_poll_vote": message_changes.poll_vote(SALES, SAID),
}
TELLING = ("event", "state")
TELLING_DATA = ("Type", "IsFromMe", "status", "RetryCount", "IsUnavailable")


@pytest.mark.parametrize("name", SAMPLES)
def test_an_event_has_the_keys_of_the_real_one_in_their_order(name: str) -> None:
    sample, built = facts(f"events/{name}.json"), SAMPLES[name]

    assert shape(built) == shape(sample)
    assert [built.get(key) for key in TELLING] == [sample.get(key) for key in TELLING]
    for key in TELLING_DATA:
        assert built["data"].get(key) == sample["data"].get(key)
        assert built["data"].get("Info", {}).get(key) == sample["data"].get(
            "Info", {}
        ).get(key)


def test_a_successful_send_answers_as_the_contract_shows() -> None:
    example_body = route("POST", "/send/text")["success"]["example"]

    data = envelopes.sent_text(SALES, SAID)

    assert shape({"data": data, "message": "success"}) == shape(example_body)


def test_a_reply_and_mentions_are_in_the_message() -> None:
    quoted = {"messageId": "3A01", "participant": "1@s.whatsapp.net"}

    data = envelopes.sent_text(SALES, SAID, quoted=quoted, mentioned=["2@lid"])

    context = data["Message"]["extendedTextMessage"]["contextInfo"]
    assert (context["stanzaID"], context["mentionedJID"]) == ("3A01", ["2@lid"])
    assert data["MessageContextInfo"]["participant"] == "1@s.whatsapp.net"


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [(0, "2026-03-25T20:50:00Z"), (120_000, "2026-03-25T20:50:00.12Z")],
)
def test_a_time_of_the_gateway_has_no_zeros_at_its_end(
    microsecond: int, text: str
) -> None:
    said = Said(id="1", at=SAID.at.replace(microsecond=microsecond), text="x")

    assert envelopes.sent_text(SALES, said)["Info"]["Timestamp"] == text


# --- emission


def test_events_have_ids_of_their_own_unless_one_is_given() -> None:
    numbers = iter(range(9))

    def token(count: int) -> str:
        return f"{next(numbers):0{2 * count}x}"

    own = bodies_of(Emission(count=2), SALES, at=SAID.at, token=token)
    given_id = bodies_of(Emission(count=2, id="X"), SALES, at=SAID.at, token=token)

    assert [each.id for each in own] == [f"3A{'0' * 17}0", f"3A{'0' * 17}1"]
    assert [each.id for each in given_id] == ["X", "X"]
    assert wire.decode(own[0].body)["data"]["Info"]["ID"] == own[0].id


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event": "Massage"}, "event"),
        ({"event": "Receipt", "variant": "Seen"}, "variant"),
        ({"count": 0}, "count"),
        ({"count": "3"}, "count"),
        ({"repeat": -1}, "repeat"),
        ({"texts": "x"}, "texts"),
    ],
)
def test_an_emission_that_makes_no_sense_is_refused(
    body: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        read_emission(body)

    assert [problem.field for problem in refused.value.problems] == [field]


def test_repeat_true_means_once_more() -> None:
    assert read_emission({"repeat": True}).repeat == 1


# --- addresses and forms


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("a@x", None),
        ("a.1:2@x", None),
        ("no at", None),
        ("a.1.2@x", "unexpected number of dots in JID"),
        ("a:1:2@x", "unexpected number of colons in JID"),
        (
            "a:b@x",
            (
                "failed to parse device from JID: strconv.Atoi: "
                'parsing "b": invalid syntax'
            ),
        ),
    ],
)
def test_an_address_is_taken_apart_as_there(
    address: str, complaint: str | None
) -> None:
    assert jid_complaint(address) == complaint


def test_a_form_is_read_part_by_part() -> None:
    body = (
        b"for nobody\r\n"
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b"--B\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n"
        b'--B\r\ncontent-disposition: form-data; filename="f"; name="file"\r\n\r\n'
        b"\x00\r\n\r\n\xff\r\n--B--\r\nafter"
    )

    form = read_form("multipart/form-data; boundary=B", body)

    assert form
    assert form.fields == {"a": "1"}
    assert form.files == {"file": FormFile(name="f", content=b"\x00\r\n\r\n\xff")}


@pytest.mark.parametrize("content_type", ["multipart/form-data", "x; boundary=C"])
def test_a_form_without_its_boundary_is_none(content_type: str) -> None:
    assert read_form(content_type, b"--B\r\n\r\n--B--") is None


@pytest.mark.parametrize(
    ("kind", "file", "complaint"),
    [
        ("image", b"\xff\xd8\xff\xe0", None),
        ("image", b"RIFF\0\0\0\0WEBPVP8 ", None),
        ("video", b"\0\0\0\x18ftypmp42", None),
        ("document", b"anything", None),
        ("audio", b"anything", None),
        (
            "image",
            b" <!DOCTYPE html>",
            (
                "Invalid file format: 'text/html; charset=utf-8'. Only 'image/jpeg', "
                "'image/png' and 'image/webp' are accepted"
            ),
        ),
        (
            "video",
            b"\xfe\xff",
            (
                "Invalid file format: 'application/octet-stream'. "
                "Only 'video/mp4' is accepted"
            ),
        ),
    ],
)
def test_a_file_is_judged_by_its_bytes(
    kind: str, file: bytes, complaint: str | None
) -> None:
    found = refusal_of(kind, file)

    assert found == complaint
    if found is not None:
        assert re.search(ERRORS["invalid_file_format"]["pattern"], found)


# --- faults

HI = {"number": "5511990000001", "text": "hi"}


def test_a_fault_meets_its_route_as_often_as_it_was_asked_for() -> None:
    faults = Faults()
    faults.add(
        read_rule({"route": "POST /send/text", "fault": {"status": 500}, "times": 2})
    )

    met = [faults.take(asked(HI)) is not None for _ in range(3)]

    assert met == [True, True, False]


def test_a_fault_without_times_lasts_until_it_is_cleared() -> None:
    faults = Faults()
    faults.add(read_rule({"route": "*", "fault": {"latency": 1}}))
    assert all(faults.take(asked(HI)) for _ in range(50))

    faults.clear()

    assert faults.take(asked(HI)) is None


@pytest.mark.parametrize(
    ("match", "meets"),
    [
        ({"number": "+55 (11) 99000-0001"}, True),
        ({"number": "5511990000001@s.whatsapp.net"}, True),
        ({"number": "5511990000002"}, False),
        ({"text": "hi"}, True),
        ({"text": "hi", "id": "1"}, False),
    ],
)
def test_a_fault_can_be_for_one_number_or_text(
    match: dict[str, str], *, meets: bool
) -> None:
    faults = Faults()
    faults.add(read_rule({"fault": {"drop": "before"}, "match": match}))

    assert (faults.take(asked(HI)) is not None) == meets


@pytest.mark.parametrize(
    ("fault", "acts"),
    [
        ({"latency": 1}, True),
        ({"drop": "before"}, False),
        ({"drop": "after"}, True),
        ({"status": 502}, False),
        ({"error": "ack_timeout"}, False),
        ({"error": "ack_timeout", "after": True}, True),
    ],
)
def test_a_fault_says_whether_the_message_goes_out_all_the_same(
    fault: dict[str, Any], *, acts: bool
) -> None:
    assert read_rule({"fault": fault}).fault.acts == acts


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "fault"),
        ({"fault": {"latency": -1}}, "fault.latency"),
        ({"fault": {"drop": "never"}}, "fault.drop"),
        ({"fault": {"error": "no_such_error"}}, "fault.error"),
        ({"fault": {"status": 99}}, "fault.status"),
        ({"fault": {"status": 500, "drop": "after"}}, "fault"),
        ({"fault": {"body": {}, "latency": 1}}, "fault.status"),
        ({"fault": {"status": 429, "headers": {"a": 1}}}, "fault.headers"),
        ({"fault": {"status": 429, "headers": {"a b": "1"}}}, "fault.headers"),
        ({"fault": {"staus": 500}}, "fault.staus"),
        ({"fault": {"latency": 1}, "times": 0}, "times"),
        ({"fault": {"latency": 1}, "match": ["x"]}, "match"),
        ({"fault": {"latency": 1}, "root": "*"}, "root"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(body: Any, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_rule(body)

    assert [problem.field for problem in refused.value.problems] == [field]
