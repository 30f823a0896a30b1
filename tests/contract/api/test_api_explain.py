"""Explanations over HTTP: every step, and nothing changed."""

import hmac
from typing import Any

import pytest

from recado import wire
from recado.access.roles import Role
from recado.observe.signals import Name
from tests.helpers.api import Api
from tests.helpers.senders import SENDERS, Sender

SECRET = "the-secret"


def signed(body: str) -> dict[str, str]:
    return {"X-Signature": hmac.digest(SECRET.encode(), body.encode(), "sha256").hex()}


async def explained(api: Api, made: dict[str, Any], asked: dict[str, Any]) -> Any:
    path = f"/api/triggers/{made['id']}/explain"
    reply = await api.call("POST", path, asked, role=Role.OPERATOR)
    assert reply.status == 200, reply
    return reply.body


def failing(answer: Any) -> dict[str, str]:
    return {
        one["step"]: one["why"] for one in answer["steps"] if one["passes"] is False
    }


def not_judged(answer: Any) -> list[str]:
    return [one["step"] for one in answer["steps"] if one["passes"] is None]


async def test_each_step_says_what_it_looked_at(api: Api) -> None:
    made = await api.a_trigger(
        source="custom",
        secret=SECRET,
        event_filter={"event": "order.*"},
        condition="event.data.total > 5",
    )
    body = '{"event": "order.paid",  "total": 7}'
    headers = signed(body) | {"Idempotency-Key": "o1"}

    answer = await explained(api, made, {"body": body, "headers": headers})

    assert [one["step"] for one in answer["steps"]] == [
        *("enabled", "verify", "limit", "parse", "filter", "condition", "identify"),
        "duplicate",
    ]
    assert failing(answer) == {}
    assert (answer["outcome"], answer["would_run"]) == ("accepted", "script")
    assert answer["idempotency_key"] == "o1"
    assert answer["event"]["data"]["total"] == 7


async def test_all_that_is_wrong_is_said_and_the_first_decides(api: Api) -> None:
    made = await api.a_trigger(
        source="custom",
        enabled=False,
        event_filter={"event": "order"},
        condition="event.data.total > 5",
    )

    answer = await explained(api, made, {"payload": {"event": "refund"}})

    assert answer["outcome"] == "disabled"
    assert answer["would_run"] is None
    assert list(failing(answer)) == ["enabled", "verify", "filter", "condition"]
    assert "no signature" in failing(answer)["verify"]
    assert "refund" in failing(answer)["filter"]
    assert "has(…)" in failing(answer)["condition"]


async def test_a_duplicate_is_named(api: Api) -> None:
    made = await api.a_trigger()
    event = {"event": "Message", "instanceId": "i", "idempotency_key": "m1"}
    await api.call("POST", made["hook_url"], event, role=None)

    answer = await explained(api, made, {"payload": event})

    assert answer["outcome"] == "duplicate"
    assert failing(answer) == {"duplicate": "execution 1 has the same key"}


@pytest.mark.parametrize("source", ["evolution_go", "slack", "discord", "meta"])
@pytest.mark.parametrize("body", ["[1]", "{", ""])
async def test_what_cannot_be_read_ends_there(api: Api, source: str, body: str) -> None:
    made = await api.a_trigger(source=source, secret="ab" * 32)

    answer = await explained(api, made, {"body": body})

    assert "parse" in failing(answer)
    assert not_judged(answer) == ["filter", "condition", "identify"]


async def test_the_address_matters_to_a_sender_that_cannot_sign(api: Api) -> None:
    made = await api.a_trigger()
    event = {"event": "Message", "instanceId": "i"}

    by_hook = await explained(api, made, {"payload": event})
    by_id = await explained(api, made, {"payload": event, "by_hook_token": False})

    assert by_hook["outcome"] == "accepted"
    assert by_id["outcome"] == "unproven"


async def test_nothing_is_changed(api: Api) -> None:
    made = await api.a_trigger(source="custom")

    await explained(api, made, {"payload": {"event": "x"}})

    path = f"/api/triggers/{made['id']}"
    assert (await api.get(f"{path}/rejections"))["rejections"] == []
    assert (await api.get("/api/executions"))["executions"] == []
    assert api.happenings.counted[Name.TRIGGER_REJECTED] == 0


@pytest.mark.parametrize("asked", [{}, {"body": "{}", "payload": {}}])
async def test_one_form_of_the_body_is_needed(api: Api, asked: dict[str, Any]) -> None:
    made = await api.a_trigger()

    path = f"/api/triggers/{made['id']}/explain"
    reply = await api.call("POST", path, asked)

    assert (reply.status, reply.body["problems"][0]["field"]) == (400, "body")


async def test_the_last_filtered_and_duplicate_deliveries_are_shown(api: Api) -> None:
    made = await api.a_trigger(event_filter={"event": "Message"})
    event = {"event": "Message", "instanceId": "i", "text": "private"}
    for body in (event, event, {"event": "Presence", "instanceId": "i"}):
        await api.call("POST", made["hook_url"], body, role=None)

    answer = await api.get(f"/api/triggers/{made['id']}/deliveries")

    counts = [answer[name] for name in ("accepted", "duplicate", "filtered")]
    assert counts == [1, 1, 1]
    assert answer["rejected"] == 0
    assert [one["arrival"] for one in answer["last"]] == ["filtered", "duplicate"]
    assert answer["last"][0]["reason"] == "event_filter: event"
    assert "private" not in wire.encode(answer).decode()


async def test_a_trigger_for_other_events_takes_no_delivery(api: Api) -> None:
    made = await api.a_trigger(type="event")

    answer = await explained(api, made, {"payload": {"event": "Message"}})

    assert answer["outcome"] == "disabled"
    assert failing(answer)["enabled"] == "the trigger takes no webhooks"


async def test_an_undecided_condition_says_so(api: Api) -> None:
    made = await api.a_trigger(condition="event.data.total > 5")

    answer = await explained(api, made, {"payload": {"event": "Message"}})

    assert answer["outcome"] == "undecided"


@pytest.mark.parametrize("sender", SENDERS, ids=lambda one: one.name)
@pytest.mark.parametrize("by_hook_token", [True, False])
async def test_every_sender_s_delivery_is_explained(
    api: Api, sender: Sender, *, by_hook_token: bool
) -> None:
    made = await api.a_trigger(
        source=sender.source, secret=sender.secret, settings=dict(sender.settings)
    )
    body = sender.make_body(api.server.clock.now())
    headers = sender.headers(body, api.server.clock.now())
    right = {"body": body.decode(), "headers": headers, "by_hook_token": by_hook_token}
    bare = right | {"headers": {}, "by_hook_token": False}
    if sender.token:
        bare["body"] = body.decode().replace(sender.token, "another")

    accepted = await explained(api, made, right)
    refused = await explained(api, made, bare)

    assert accepted["outcome"] == "accepted", accepted["steps"]
    assert accepted["event"]["event_type"] == sender.event_type
    assert accepted["idempotency_key"].startswith(sender.key)
    assert refused["outcome"] == "unproven"
    assert len(failing(refused)["verify"]) > 20
    shown = wire.encode([accepted, refused])
    assert [one for one in sender.hidden() if one in shown] == []


async def test_a_challenge_is_told_from_an_event(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "slack, event"]
    made = await api.a_trigger(source="slack", secret=sender.secret)
    body = b'{"type":"url_verification","challenge":"c"}'
    headers = sender.headers(body, api.server.clock.now())

    answer = await explained(api, made, {"body": body.decode(), "headers": headers})

    assert answer["outcome"] == "challenge"
    assert answer["event"] is None


async def test_no_room_under_the_limit_is_told_and_none_is_taken(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "custom"]
    made = await api.a_trigger(
        source="custom", secret=sender.secret, settings={"rate_limit": 1}
    )
    body = sender.make_body(api.server.clock.now())
    headers = sender.headers(body)
    asked = {"body": body.decode(), "headers": headers}

    before = [(await explained(api, made, asked))["outcome"] for _ in range(3)]
    await api.call("POST", made["hook_url"], raw=body, role=None, headers=headers)
    after = await explained(api, made, asked)

    assert before == ["accepted"] * 3
    assert after["outcome"] == "limited"
    assert "rate_limit" in failing(after)["limit"]


async def test_discord_s_bad_proof_comes_before_a_disabled_trigger(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "discord, interaction"]
    made = await api.a_trigger(source="discord", secret=sender.secret, enabled=False)

    answer = await explained(api, made, {"body": "{}", "headers": {}})

    assert answer["outcome"] == "unproven"
    assert "enabled" in failing(answer)


async def test_a_challenge_is_no_event(api: Api) -> None:
    made = await api.a_trigger(source="slack", secret="s")

    asked = {"type": "url_verification", "challenge": "c"}
    answer = await explained(api, made, {"payload": asked})

    assert answer["outcome"] == "unproven"
    assert "only asks who is here" in failing(answer)["parse"]
    assert not_judged(answer) == ["filter", "condition", "identify"]
