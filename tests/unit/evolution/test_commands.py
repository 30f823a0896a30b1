"""Calls as values."""

from typing import Any

import pytest

from recado.evolution.commands.base import AnyCall
from recado.evolution.commands.sending import Quoted
from recado.evolution.commands.sends import SendText
from recado.evolution.commands.session import InstanceStatus
from recado.evolution.message_id import Namer
from recado.evolution.transport import Auth

NAMER = Namer(instance="", token=lambda size: "00" * size)


def test_a_text_is_sent_with_what_was_said_and_nothing_else() -> None:
    command = SendText(number="+55 11 99999-0001", text="oi")

    assert command.body() == {"number": "5511999990001", "text": "oi"}


def test_a_text_can_say_everything_the_route_takes() -> None:
    command = SendText(
        number="120363041234567890@g.us",
        text="oi",
        id="3EB0AA",
        delay=1500,
        mentioned_jid=["5511999990001@s.whatsapp.net"],
        mention_all=True,
        format_jid=True,
        quoted=Quoted(message_id="ABC", participant="5511999990002@s.whatsapp.net"),
    )

    assert command.body() == {
        "number": "120363041234567890@g.us",
        "text": "oi",
        "id": "3EB0AA",
        "delay": 1500,
        "mentionedJid": ["5511999990001@s.whatsapp.net"],
        "mentionAll": True,
        "formatJid": True,
        "quoted": {"messageId": "ABC", "participant": "5511999990002@s.whatsapp.net"},
    }


def test_a_number_can_be_sent_as_it_stands() -> None:
    command = SendText(number="+5511999990001", text="oi", format_jid=False)

    assert command.recipient == "+5511999990001"
    assert command.chat == "+5511999990001"


def test_only_a_named_send_is_repeatable() -> None:
    assert not SendText(number="5511999990001", text="oi").repeatable
    assert SendText(number="5511999990001", text="oi", id="A").repeatable
    assert InstanceStatus().repeatable


def test_a_delay_is_waited_for_on_top() -> None:
    command = SendText(number="5511999990001", text="oi", delay=30_000)

    assert command.request().read_timeout == 160.0


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        ({"number": "5511999990001", "text": ""}, "text must not be empty"),
        ({"number": "maria", "text": "oi"}, "maria"),
        ({"number": "", "text": "oi", "format_jid": False}, "number must not be"),
        ({"number": "5511999990001", "text": "oi", "delay": 60_001}, "60001"),
        ({"number": "5511999990001", "text": "oi", "delay": -1}, "-1"),
    ],
)
def test_what_can_only_fail_is_refused_before_anything_is_sent(
    fields: dict[str, Any], hint: str
) -> None:
    with pytest.raises(ValueError, match=hint):
        SendText(**fields)


def test_a_send_is_named_once_by_its_key_and_chat() -> None:
    def named(number: str) -> str | None:
        command = SendText(number=number, text="oi", idempotency_key="k")
        return command.completed(NAMER).id

    assert named("5511999990001") == named("+55 11 999990001")
    assert named("5511999990001") != named("5511999990002")


def test_a_named_send_keeps_its_name() -> None:
    command = SendText(number="5511999990001", text="oi", idempotency_key="k")
    named = command.completed(NAMER)

    assert named.completed(NAMER) == named


def test_a_send_without_a_key_gets_a_fresh_id() -> None:
    command = SendText(number="5511999990001", text="oi", delay=5).completed(NAMER)

    assert (command.id, command.delay) == ("3EB0" + "00" * 9, 5)


def test_any_other_route_can_be_called() -> None:
    call = AnyCall(method="POST", path="/group/list", json=[1], auth=Auth.ADMIN)

    request = call.request()

    assert (request.method, request.path) == ("POST", "/group/list")
    assert (request.body, request.auth) == (b"[1]", Auth.ADMIN)
    assert not call.repeatable
    assert AnyCall(method="get", path="/x").repeatable


def test_a_path_cannot_lead_to_another_host() -> None:
    with pytest.raises(ValueError, match="start with /"):
        AnyCall(method="GET", path="@elsewhere.example/x")
