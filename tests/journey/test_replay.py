"""A dead letter, repaired and replayed: the phone shows its message once."""

import asyncio
from typing import Any

from recado import wire
from recado.observe.signals import Name
from recado.simulator.emission import Emission
from recado.simulator.faults import FaultRule, read_rule
from recado.simulator.server import Simulator
from tests.helpers.api import Api
from tests.helpers.shared import event_bytes
from tests.journey.conftest import INSTANCE

QUICK = {"base_delay": 0.02, "max_delay": 0.05, "max_attempts": 3}


async def a_reply_trigger(
    api: Api, gateway: Simulator, *, token: str = INSTANCE.token, **settings: Any
) -> dict[str, Any]:
    return await api.a_trigger(
        action_type="whatsapp",
        action_payload={"number": "{{ event.chat }}", "text": "Re: {{ event.text }}"},
        settings={
            "instance": {"url": gateway.url, "token": token},
            **QUICK,
            **settings,
        },
    )


def a_fault(fault: dict[str, Any], *, times: int) -> FaultRule:
    return read_rule({"route": "POST /send/text", "fault": fault, "times": times})


async def deliver(api: Api, trigger: dict[str, Any], **changes: str) -> None:
    event = wire.decode(event_bytes("message_text"))
    event["data"]["Info"] |= changes
    reply = await api.call(
        "POST", trigger["hook_url"], raw=wire.encode(event), role=None
    )
    assert reply.status == 200


async def newest(api: Api) -> dict[str, Any]:
    page = await api.get("/api/executions?limit=1")
    found: dict[str, Any] = page["executions"][0]
    return found


def shown(gateway: Simulator) -> list[tuple[str, str]]:
    return [(message.chat, message.text) for message in gateway.phone.shown()]


async def test_a_dead_letter_with_a_key_runs_again_once_its_cause_is_gone(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway, token="a-wrong-token")
    await deliver(api, trigger)
    await api.happenings.until(Name.TRIGGER_DEAD_LETTER)
    dead = await newest(api)
    await api.call(
        "PATCH",
        f"/api/triggers/{trigger['id']}",
        {"settings": {"instance": {"url": gateway.url, "token": "simulator-token"}}},
    )

    reply = await api.call("POST", f"/api/executions/{dead['id']}/replay")
    await api.happenings.until(Name.TRIGGER_EXECUTE, times=2)

    assert (dead["status"], dead["error_category"]) == ("failed", "config")
    assert dead["idempotency_key"] is not None
    assert reply.body == {"status": "ok", "new_execution_id": dead["id"] + 1}
    replayed = await newest(api)
    assert (replayed["status"], replayed["replay_of"]) == ("completed", dead["id"])
    old = await api.get(f"/api/executions/{dead['id']}")
    assert (old["status"], old["replayed_by"]) == ("replayed", replayed["id"])
    assert shown(gateway) == [
        ("5511990000001@s.whatsapp.net", "Re: Hello, is the shop open?")
    ]


async def test_a_lost_answer_and_a_replay_show_the_message_once(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway)
    gateway.faults.add(a_fault({"drop": "after"}, times=3))
    await deliver(api, trigger)
    await api.happenings.until(Name.TRIGGER_DEAD_LETTER)
    dead = await newest(api)

    await api.call("POST", f"/api/executions/{dead['id']}/replay")
    await api.happenings.until(Name.TRIGGER_EXECUTE, times=4)

    assert (dead["status"], dead["attempt_count"]) == ("failed_retryable", 3)
    assert dead["may_have_acted"] is True
    assert (await newest(api))["status"] == "completed"
    [message] = gateway.phone.shown()
    assert message.received == 4
    stats = await api.get("/api/triggers/stats")
    assert (stats["retries_observed"], stats["replays"], stats["dlq_size"]) == (2, 1, 0)


async def test_two_presses_at_once_make_one_replay(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway, token="a-wrong-token")
    await deliver(api, trigger)
    await api.happenings.until(Name.TRIGGER_DEAD_LETTER)
    path = f"/api/executions/{(await newest(api))['id']}/replay"

    replies = await asyncio.gather(*(api.call("POST", path) for _ in range(2)))
    later = await api.call("POST", path)

    assert sorted(reply.status for reply in replies) == [200, 429]
    assert later.status == 429
    assert 1 <= later.body["retry_after_seconds"] <= 60
    page = await api.get("/api/executions")
    assert len(page["executions"]) == 2


async def test_a_number_that_is_not_on_whatsapp_is_tried_once(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway)

    await deliver(api, trigger, Chat="5511990000000@s.whatsapp.net")
    await api.happenings.until(Name.TRIGGER_DEAD_LETTER)

    dead = await newest(api)
    assert (dead["status"], dead["error_category"]) == ("failed", "permanent")
    assert dead["attempt_count"] == 1
    assert dead["may_have_acted"] is False
    assert "replay" in dead["hint"]


async def test_during_an_outage_executions_are_held_and_then_all_go_out(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway)
    await only_messages(api, trigger)
    gateway.change("sales", online=False)
    chats = [f"55119900001{n:02}@s.whatsapp.net" for n in range(20)]
    for number, chat in enumerate(chats):
        await deliver(api, trigger, Chat=chat, ID=f"3A{number:018}")
    await api.happenings.until(Name.CIRCUIT_CHANGED)
    held = await api.get("/api/executions?status=held,running,pending&limit=50")

    gateway.change("sales", online=True)
    await gateway.emit(trigger["hook_url"], Emission(event="Connected"))
    await wait_for_completed(api, len(chats))

    assert len(held["executions"]) == len(chats)
    assert sorted(chat for chat, _ in shown(gateway)) == chats
    assert {message.received for message in gateway.phone.shown()} == {1}


async def only_messages(api: Api, trigger: dict[str, Any]) -> None:
    """Filtered out or not, ``Connected`` tells that the instance is up."""
    path = f"/api/triggers/{trigger['id']}"
    await api.call("PATCH", path, {"event_filter": {"event": "Message"}})


async def wait_for_completed(api: Api, wanted: int) -> None:
    async with asyncio.timeout(30):
        while True:
            api.happenings.changed.clear()
            stats = await api.get("/api/triggers/stats")
            if stats["by_status"]["completed"] >= wanted:
                return
            await api.happenings.changed.wait()


async def test_messages_of_one_chat_go_out_in_the_order_of_arrival(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway)
    busy = {"status": 503, "body": {"error": "busy"}}
    gateway.faults.add(a_fault(busy, times=1))

    for number in range(10):
        await deliver(api, trigger, ID=f"3A{number:018}", PushName=str(number))
    await wait_for_completed(api, 10)

    page = await api.get("/api/executions?limit=50")
    done = sorted(page["executions"], key=lambda one: one["completed_at"])
    assert [one["id"] for one in done] == list(range(1, 11))


async def test_dead_letters_are_grouped_by_cause_and_replayed_in_bulk(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway, token="a-wrong-token")
    for number in range(30):
        await deliver(
            api,
            trigger,
            ID=f"3A{number:018}",
            Chat=f"55119900002{number:02}@s.whatsapp.net",
        )
    await api.happenings.until(Name.TRIGGER_DEAD_LETTER, times=30)
    [group] = (await api.get("/api/dead-letters"))["groups"]
    await api.call(
        "PATCH",
        f"/api/triggers/{trigger['id']}",
        {"settings": {"instance": {"url": gateway.url, "token": "simulator-token"}}},
    )
    wanted = {"filter": {"fingerprint": group["fingerprint"]}}

    dry = await api.call("POST", "/api/executions/replay", {**wanted, "dry_run": True})
    begun = await api.call("POST", "/api/executions/replay", wanted)
    await wait_for_completed(api, 30)

    assert group["count"] == 30
    assert dry.body == {"matched": 30, "dry_run": True}
    assert (begun.status, begun.body["matched"]) == (202, 30)
    assert len(shown(gateway)) == 30
    assert (await api.get("/api/dead-letters"))["groups"] == []


async def test_a_paused_trigger_holds_what_it_accepted_and_goes_on_later(
    api: Api, gateway: Simulator
) -> None:
    trigger = await a_reply_trigger(api, gateway)
    path = f"/api/triggers/{trigger['id']}"
    await api.call("PATCH", path, {"enabled": False})
    await api.accept(trigger)
    await api.happenings.until(Name.TRIGGER_HELD)
    held = await newest(api)

    await api.call("PATCH", path, {"enabled": True})
    await api.happenings.until(Name.TRIGGER_EXECUTE)

    assert (held["status"], held["attempt_count"]) == ("held", 0)
