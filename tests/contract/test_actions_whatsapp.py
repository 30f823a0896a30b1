"""The whatsapp action, against a stand-in for the gateway on a real socket."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from recado.evolution.message_id import message_id
from recado.execution.actions.action import mark_of
from recado.execution.actions.whatsapp import WhatsAppAction
from recado.model.category import Category
from recado.model.redact import Secret
from recado.model.trigger import ActionType, InstanceSettings, Trigger
from tests.helpers.actions import EVENT, a_claimed, a_trigger, failed, succeeded
from tests.helpers.gateway_server import (
    Drop,
    GatewayServer,
    Reply,
    error_reply,
    sent_reply,
)

ANSWER = {"number": "{{ event.chat }}", "text": "You said: {{ event.text }}"}
TOKEN = "instance-token-1"


@pytest.fixture
async def action() -> AsyncIterator[WhatsAppAction]:
    action = WhatsAppAction()
    yield action
    await action.close()


def a_sender(url: str, payload: Any = None, *, token: str = TOKEN) -> Trigger:
    instance = InstanceSettings(url=url, token=Secret(token))
    return a_trigger(ActionType.WHATSAPP, payload or ANSWER, instance=instance)


async def test_the_text_goes_to_the_chat_of_the_event(action: WhatsAppAction) -> None:
    with GatewayServer([sent_reply("3EB0AA")]) as server:
        outcome = succeeded(await action.run(a_claimed(), a_sender(server.url)))

    [seen] = server.seen
    assert (seen.path, seen.headers["apikey"]) == ("/send/text", TOKEN)
    assert seen.json["number"] == "5511990000001@s.whatsapp.net"
    assert seen.json["text"] == "You said: olá"
    assert outcome.sent == 1
    assert outcome.summary == "sent to 5511990000001@s.whatsapp.net as 3EB0AA"


async def test_the_message_id_is_the_same_over_attempts_and_replays(
    action: WhatsAppAction,
) -> None:
    with GatewayServer([sent_reply()]) as server:
        url = server.url
        for claimed in (a_claimed(), a_claimed(attempt=2), a_claimed(id=9, root=7)):
            await action.run(claimed, a_sender(url))

    send = f"{mark_of(a_sender(url))}:7:0"
    expected = message_id(send, instance="", chat="5511990000001@s.whatsapp.net")
    assert [seen.json["id"] for seen in server.seen] == [expected] * 3


async def test_the_message_id_outlives_a_new_address_of_the_gateway(
    action: WhatsAppAction,
) -> None:
    with GatewayServer([sent_reply()]) as server:
        other = server.url.replace("127.0.0.1", "localhost")
        for url in (server.url, f"{server.url}/", other):
            await action.run(a_claimed(), a_sender(url))

    assert len({seen.json["id"] for seen in server.seen}) == 1


def test_a_trigger_of_a_lost_database_has_another_mark() -> None:
    trigger = a_sender("http://gateway")

    made_again = replace(trigger, hook_token=Secret("another"))

    assert mark_of(made_again) != mark_of(trigger)


async def test_other_executions_chats_and_instances_have_other_message_ids(
    action: WhatsAppAction,
) -> None:
    with GatewayServer([sent_reply()]) as server:
        for root, payload in (
            (7, ANSWER),
            (8, ANSWER),
            (7, ANSWER | {"number": "5511990000002"}),
            (7, ANSWER | {"instance": "sales"}),
        ):
            await action.run(a_claimed(root=root), a_sender(server.url, payload))

    assert len({seen.json["id"] for seen in server.seen}) == 4


async def test_a_number_is_one_chat_in_any_spelling(action: WhatsAppAction) -> None:
    with GatewayServer([sent_reply()]) as server:
        for number in ("+55 (11) 99000-0001", "5511990000001@s.whatsapp.net"):
            payload = ANSWER | {"number": number}
            await action.run(a_claimed(), a_sender(server.url, payload))

    assert len({seen.json["id"] for seen in server.seen}) == 1


async def test_the_client_tries_once_and_leaves_the_rest_to_the_queue(
    action: WhatsAppAction,
) -> None:
    with GatewayServer([error_reply(503, "busy", retry_after="9")]) as server:
        outcome = failed(await action.run(a_claimed(), a_sender(server.url)))

    assert len(server.seen) == 1
    assert (outcome.category, outcome.http_status) == (Category.TRANSIENT, 503)
    assert outcome.may_have_acted


@pytest.mark.parametrize(
    ("answer", "category", "may_have_acted"),
    [
        (Drop(), Category.TRANSIENT, True),
        (error_reply(429), Category.TRANSIENT, False),
        (error_reply(401, "not authorized"), Category.CONFIG, False),
        (error_reply(400, "bad"), Category.PERMANENT, False),
        (Reply(body=b"<html>"), Category.CONFIG, True),
    ],
)
async def test_a_failure_carries_the_facts_of_the_client(
    action: WhatsAppAction,
    answer: Drop | Reply,
    category: Category,
    may_have_acted: bool,
) -> None:
    with GatewayServer([answer]) as server:
        outcome = failed(await action.run(a_claimed(), a_sender(server.url)))

    assert (outcome.category, outcome.may_have_acted) == (category, may_have_acted)


async def test_the_wait_that_the_gateway_asks_for_is_passed_on(
    action: WhatsAppAction,
) -> None:
    with GatewayServer([error_reply(429, retry_after="9")]) as server:
        outcome = failed(await action.run(a_claimed(), a_sender(server.url)))

    assert outcome.retry_after == 9.0


async def test_one_client_serves_all_executions_of_an_instance(
    action: WhatsAppAction,
) -> None:
    with GatewayServer([sent_reply()]) as server:
        for token in (TOKEN, TOKEN, "another-token"):
            await action.run(a_claimed(), a_sender(server.url, token=token))

    assert [seen.connection for seen in server.seen] == [1, 1, 2]


async def test_the_destination_names_the_instance_without_any_secret(
    action: WhatsAppAction,
) -> None:
    url = "http://user:password@127.0.0.1:9/"
    one, other = a_sender(url), a_sender(url, token="another-token")

    outcome = failed(await action.run(a_claimed(), one))

    assert action.destination(one) == "instance:http://127.0.0.1:9#92e318a2"
    assert outcome.destination == action.destination(one)
    assert action.destination(other) != action.destination(one)
    assert TOKEN not in repr(outcome)
    assert "password" not in repr(outcome)


async def test_without_an_instance_the_operator_is_told_what_to_set(
    action: WhatsAppAction,
) -> None:
    trigger = a_trigger(ActionType.WHATSAPP, ANSWER)

    outcome = failed(await action.run(a_claimed(), trigger))

    assert outcome.category is Category.CONFIG
    assert "set instance" in outcome.error
    assert action.destination(trigger) is None


@pytest.mark.parametrize(("url", "token"), [("nowhere", TOKEN), ("http://a", "")])
async def test_an_instance_that_cannot_be_one_is_a_matter_of_configuration(
    action: WhatsAppAction, url: str, token: str
) -> None:
    outcome = failed(await action.run(a_claimed(), a_sender(url, token=token)))

    assert outcome.category is Category.CONFIG


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"chat": EVENT["chat"]}, "no field 'text'"),
        ({"chat": "", "text": "a"}, "not a phone number"),
        ({"chat": "12", "text": "a"}, "too short"),
    ],
)
async def test_an_event_that_gives_no_message_is_a_lasting_failure(
    action: WhatsAppAction, event: dict[str, Any], error: str
) -> None:
    with GatewayServer([sent_reply()]) as server:
        outcome = failed(await action.run(a_claimed(event=event), a_sender(server.url)))

    assert outcome.category is Category.PERMANENT
    assert error in outcome.error
    assert server.seen == []


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("hello", "an object"),
        ({"text": "a"}, "number must be"),
        ({"number": "1", "text": ""}, "text must be"),
        ({"number": 1, "text": "a"}, "number must be"),
        ({"number": "1", "text": "a", "to": "b"}, "no field 'to'"),
        ({"number": "1", "text": "{{ x }}"}, "text: line 1: 'x' is not known"),
        ({"number": "1", "text": "a", "instance": 5}, "instance must be"),
    ],
)
async def test_what_is_wrong_with_a_message_is_said_when_a_trigger_is_saved(
    action: WhatsAppAction, payload: Any, problem: str
) -> None:
    outcome = failed(await action.run(a_claimed(), a_sender("http://a", payload)))

    assert problem in "; ".join(action.problems(payload))
    assert outcome.category is Category.CONFIG


async def test_a_complete_payload_has_no_problems(action: WhatsAppAction) -> None:
    assert action.problems(ANSWER) == []
    assert action.problems(ANSWER | {"instance": None}) == []
