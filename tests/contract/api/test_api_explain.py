"""Explanations over HTTP: every step, and nothing changed."""

import hmac
from typing import Any

import pytest

from recado import wire
from recado.access.roles import Role
from recado.observe.signals import Name
from tests.helpers.api import Api

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
        *("enabled", "verify", "parse", "filter", "condition", "identify"),
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


async def test_what_cannot_be_read_ends_there(api: Api) -> None:
    made = await api.a_trigger()

    answer = await explained(api, made, {"body": "[1]"})

    assert answer["outcome"] == "malformed"
    assert [one["passes"] for one in answer["steps"][3:6]] == [None, None, None]


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
