"""What is plain is the very request that the SDK makes."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import wire
from recado.cli.evo.build import call_of, class_of
from recado.cli.evo.parse import find_row
from recado.cli.evo.plain import find_plain
from recado.cli.evo.plain_routes import MAX_DELAY_MS, ROUTES
from recado.cli.evo.shortcut import CONNECT_SECONDS as OURS
from recado.cli.evo.shortcut import FirstAnswer, find_result
from recado.evolution.commands.sending import MAX_DELAY_MS as THEIRS
from recado.evolution.decode import decode
from recado.evolution.http_transport import CONNECT_SECONDS
from recado.evolution.message_id import DIGITS, PREFIX, Namer
from recado.evolution.transport import Answer
from tests.helpers.builders import NOON
from tests.helpers.gateway_answers import answer_of

UUID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
numbers = st.one_of(
    st.from_regex(r"[0-9]{5,17}", fullmatch=True),
    st.from_regex(r"[0-9-]{1,20}@(s\.whatsapp\.net|g\.us|lid|x)", fullmatch=True),
    st.sampled_from(["+55 11 99999-0001", "", "x", "5511:2@s.whatsapp.net", "@g.us"]),
)
texts = st.text(st.characters(codec="utf-8"), max_size=8)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "number": numbers,
    "chat": numbers,
    "mentioned_jid": st.lists(numbers, max_size=3),
    "mention_all": st.just(True),
    "delay": st.integers(-1, MAX_DELAY_MS + 1),
    "ids": st.lists(texts, max_size=3),
    "sticker": st.sampled_from(["http://a", "https://a", "x", ""]),
    "instance_id": st.one_of(st.just(UUID), st.sampled_from(["..", "a/b", ""])),
    "format_jid": st.booleans(),
    "idempotency_key": texts,
    "url": st.sampled_from(["http://a", "https://b.example", "x", ""]),
    "img_url": st.sampled_from(["http://a", "x"]),
    "type": st.sampled_from(["image", "video", "audio", "document", "ptv"]),
    "text": st.one_of(texts, st.just("see http://a and https://b.example")),
    "options": st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=4),
    "max_answer": st.integers(-1, 5),
    "latitude": st.one_of(st.floats(), st.floats(-91, 91)),
    "longitude": st.one_of(st.floats(), st.floats(-181, 181)),
    "phone": numbers,
    "participant": numbers,
    "from_me": st.just(True),
    "state": st.sampled_from(["composing", "recording", "paused"]),
    "is_audio": st.just(True),
}


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(ROUTES)))
    row = find_row(name)
    assert row is not None
    values: dict[str, Any] = {}
    for one in row.arguments:
        needed = one.required or not one.is_flag
        if one.field not in {"quoted", "file"} and (needed or draw(st.booleans())):
            values[one.field] = draw(KINDS.get(one.field, texts))
    return name, values


@given(lines())
def test_a_plain_request_is_the_one_of_the_sdk(
    line: tuple[str, dict[str, Any]],
) -> None:
    name, values = line
    row, plain = find_row(name), find_plain(name, values)
    if plain is None:
        return  # the SDK looks at it
    assert row is not None

    command = call_of(row, plain.values)

    request = command.request()
    body = None if request.body is None else wire.decode(request.body)
    assert (plain.route.method, plain.path) == (request.method, request.path)
    assert (plain.body, plain.route.auth) == (body, request.auth)
    assert plain.read_timeout == request.read_timeout
    assert plain.route.enveloped is command.enveloped
    assert request.content_type == (None if body is None else "application/json")
    assert request.upload is None


PHONE = "5511999990001"
URL = "http://a.example/a.png"
LINES: dict[str, dict[str, Any]] = {
    "send_text": {"number": "120363041234567890@g.us", "text": "a\nb", "delay": 5},
    "send_link": {"number": PHONE, "text": "see", "url": URL},
    "send_media": {"number": PHONE, "type": "image", "url": URL, "caption": "c"},
    "send_poll": {"number": PHONE, "question": "q", "options": ["a", "b"]},
    "send_sticker": {"number": PHONE, "sticker": URL},
    "send_location": {
        "number": PHONE,
        "latitude": -23.5,
        "longitude": -46.6,
        "name": "n",
        "address": "a",
    },
    "send_contact": {"number": PHONE, "full_name": "Ana", "phone": PHONE},
    "react": {"number": PHONE, "id": "M", "reaction": "x"},
    "edit_message": {"chat": PHONE, "message_id": "M", "message": "m"},
    "delete_message": {"chat": PHONE, "message_id": "M"},
    "mark_read": {"number": PHONE, "ids": ["M"]},
    "message_status": {"id": "M"},
    "set_presence": {"number": PHONE, "state": "recording"},
    "pair": {"phone": PHONE},
    "instance_info": {"instance_id": UUID},
    "delete_instance": {"instance_id": UUID},
    "delete_proxy": {"instance_id": UUID},
}


@pytest.mark.parametrize("name", ROUTES)
def test_what_most_lines_say_is_plain(name: str) -> None:
    assert find_plain(name, LINES.get(name, {})) is not None


@pytest.mark.parametrize(
    "values",
    [
        {"number": "5511999990001", "text": ""},
        {"number": "5511999990001", "text": "hi", "format_jid": True},
        {"number": "5511999990001", "text": "hi", "idempotency_key": ""},
        {"number": "5511999990001", "text": "hi", "idempotency_key": "k", "id": "i"},
        {"number": "5511999990001", "text": "hi", "delay": MAX_DELAY_MS + 1},
    ],
)
def test_what_needs_a_look_is_not_plain(values: dict[str, Any]) -> None:
    assert find_plain("send_text", values) is None


def test_a_send_that_is_not_named_gets_a_new_name_each_time() -> None:
    values = {"number": "5511999990001", "text": "hi"}

    made = [find_plain("send_text", values) for _ in range(2)]

    names = {each.values["id"] for each in made if each is not None}
    assert len(names) == 2
    assert all(re.fullmatch(f"{PREFIX}[0-9A-F]{{{DIGITS}}}", name) for name in names)
    named = find_plain("send_text", values | {"id": "MINE"})
    assert named is not None
    assert named.body is not None
    assert named.body["id"] == "MINE"


def test_a_key_gives_the_name_that_the_sdk_gives() -> None:
    row = find_row("send_text")
    values = {"number": "+55 11 99999-0001", "text": "hi", "idempotency_key": "k"}

    plain = find_plain("send_text", values)

    assert row is not None
    assert plain is not None
    assert plain.body is not None
    theirs = call_of(row, values).completed(Namer(instance="", token=str)).body()
    assert plain.body == theirs


def test_the_limits_are_those_of_the_sdk() -> None:
    assert (OURS, MAX_DELAY_MS) == (CONNECT_SECONDS, THEIRS)


@pytest.mark.parametrize("name", ROUTES)
def test_what_counts_as_a_success_is_one_for_the_sdk(name: str) -> None:
    row, route = find_row(name), ROUTES[name]
    assert row is not None
    kind = class_of(row)
    answer = answer_of(kind.method, kind.path)
    plain = find_plain(name, LINES.get(name, {}))
    assert plain is not None

    result = find_result(plain, FirstAnswer(200, {}, wire.encode(answer)))

    assert result == answer
    command = call_of(row, plain.values)
    decode(
        command,
        Answer(status=200, headers={}, body=wire.encode(answer)),
        now=lambda: NOON,
    )
    strange: Any
    for strange in (None, [], {}, {"message": "success"}, {"message": "no"}):
        told = FirstAnswer(200, {}, wire.encode(strange))
        if route.tells:
            assert find_result(plain, told) is None
