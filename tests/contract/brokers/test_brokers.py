"""What comes by a broker is taken as a webhook is; its commit acknowledges it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from recado.clock import SystemClock
from recado.errors import StoreBusyError
from recado.model.ids import TriggerId
from recado.observe.signals import Name
from recado.store.protocol import NewExecution
from tests.contract.brokers.conftest import SETTINGS, Serving
from tests.helpers.api import Api, Running
from tests.helpers.databases import ONLY_POSTGRES
from tests.helpers.doors import AmqpDoor, Door, StreamDoor, an_event

WITHIN = 30.0

pytestmark = pytest.mark.timeout(180)  # the first one waits for RabbitMQ to start


async def until_consuming(api: Api) -> None:
    """Wait until each broker is connected, which it may be already."""
    states = api.server.broker_states
    async with asyncio.timeout(WITHIN):
        while not all(one.is_connected for one in states.every()) or not states.every():
            api.happenings.changed.clear()
            await api.happenings.changed.wait()


async def until_acknowledged(door: Door) -> None:
    await until_waiting(door, 0)


async def until_waiting(door: Door, count: int) -> None:
    """Wait for the broker: it takes back what a connection had when it hears of it."""
    async with asyncio.timeout(WITHIN):
        while await door.waiting() != count:
            await asyncio.sleep(0)


async def all_executions(api: Api) -> list[dict[str, Any]]:
    page = await api.get("/api/executions?limit=100")
    executions: list[dict[str, Any]] = page["executions"]
    return executions


async def rejections(api: Api, trigger: dict[str, Any]) -> list[dict[str, Any]]:
    page = await api.get(f"/api/triggers/{trigger['id']}/rejections")
    found: list[dict[str, Any]] = page["rejections"]
    return found


async def test_an_event_runs_its_trigger(door: Door, serving: Serving) -> None:
    async with serving(door.settings) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        await door.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)

        [execution] = await all_executions(api)
        assert execution["trigger_id"] == trigger["id"]
        assert execution["status"] == "completed"
        await until_acknowledged(door)


async def test_an_event_runs_each_trigger_that_has_its_token(
    door: Door, serving: Serving
) -> None:
    async with serving(door.settings) as api:
        wanted = [await api.a_trigger(settings=SETTINGS) for _ in range(2)]
        other = {**SETTINGS, "instance_token": "of another instance"}
        await api.a_trigger(settings=other)
        await api.a_trigger(settings=SETTINGS, enabled=False)
        await until_consuming(api)

        await door.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE, times=2)

        ran = {one["trigger_id"] for one in await all_executions(api)}
        assert ran == {one["id"] for one in wanted}
        assert api.happenings.counted[Name.TRIGGER_REJECTED] == 0


async def test_the_same_event_again_is_a_duplicate(
    door: Door, serving: Serving
) -> None:
    async with serving(door.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        await door.publish(an_event(), an_event())
        await api.happenings.until(Name.IDEMPOTENT_REPLAY)

        assert len(await all_executions(api)) == 1


async def test_events_of_a_chat_keep_their_order(door: Door, serving: Serving) -> None:
    async with serving(door.settings) as api:
        await api.a_trigger(settings={**SETTINGS, "ordering": "key"})
        await until_consuming(api)

        await door.publish(*(an_event(number) for number in range(40)))
        await api.happenings.until(Name.TRIGGER_EXECUTE, times=40)

        newest_first = await all_executions(api)
        texts = [
            one["event_data"]["data"]["Message"]["conversation"] for one in newest_first
        ]
        assert texts == [f"message {number}" for number in reversed(range(40))]


async def test_an_event_for_nobody_is_counted_and_told(
    door: Door, serving: Serving
) -> None:
    async with serving(door.settings) as api:
        await api.a_trigger()  # it has no instance_token
        await until_consuming(api)

        await door.publish(an_event())
        await api.happenings.until(Name.BROKER_UNMATCHED)

        stats = await api.get("/api/triggers/stats")
        assert (stats["unmatched"], stats["rejected"]) == (1, 0)
        await until_acknowledged(door)


async def test_a_wrong_token_is_kept_until_it_is_set_right(
    door: Door, serving: Serving
) -> None:
    async with serving(door.settings) as api:
        stale = {**SETTINGS, "instance_token": "the old token"}
        trigger = await api.a_trigger(settings=stale)
        await until_consuming(api)

        await door.publish(an_event())
        await api.happenings.until(Name.TRIGGER_REJECTED)
        await until_acknowledged(door)

        [rejection] = await rejections(api, trigger)
        assert "instanceToken" in rejection["reason"]
        assert rejection["quarantined"]
        path = f"/api/triggers/{trigger['id']}"
        await api.call("PATCH", path, {"settings": SETTINGS})
        retried = await api.call("POST", f"{path}/quarantine/retry")
        assert retried.body == {"accepted": 1, "still_rejected": 0} | retried.body


async def test_events_of_other_instances_do_not_fill_a_trigger_s_quarantine(
    door: Door, serving: Serving
) -> None:
    async with serving(door.settings) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        await door.publish(an_event())
        await api.happenings.until(Name.TRIGGER_WEBHOOK)

        await door.publish(
            an_event(2, instanceName="support", instanceToken="another token")
        )
        await api.happenings.until(Name.BROKER_UNMATCHED)

        assert await rejections(api, trigger) == []


@pytest.mark.parametrize("poison", [b"{no json", b"", b"[1]", b'"text"', b"\xff\xfe"])
async def test_poison_is_kept_once_and_does_not_come_again(
    door: Door, serving: Serving, poison: bytes
) -> None:
    async with serving(door.settings) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        await door.publish(poison, an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)
        await api.happenings.until(Name.TRIGGER_REJECTED)
        await until_acknowledged(door)

        [rejection] = await rejections(api, trigger)
        assert rejection["quarantined"]
        assert f"{door.name}-origin" in rejection["headers"]


async def test_a_body_that_is_too_large_is_noted_and_not_kept(
    amqp: AmqpDoor, serving: Serving
) -> None:
    async with serving(amqp.settings) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        await amqp.publish(an_event(padding="x" * 10 * 1024 * 1024))
        await api.happenings.until(Name.TRIGGER_REJECTED)
        await until_acknowledged(amqp)

        [rejection] = await rejections(api, trigger)
        assert "larger than" in rejection["reason"]
        assert rejection["quarantined"] is False


async def test_what_cannot_be_stored_is_tried_again(
    door: Door, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(door.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        store, left = api.server.store, [2]
        accept = store.accept

        async def busy_at_first(new: NewExecution) -> Any:
            if left[0]:
                left[0] -= 1
                raise StoreBusyError("locked")
            return await accept(new)

        monkeypatch.setattr(store, "accept", busy_at_first)
        await door.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)

        assert api.happenings.counted[Name.STORE_UNAVAILABLE] == 2
        assert len(await all_executions(api)) == 1


async def test_what_nobody_foresaw_ends_in_the_quarantine(
    door: Door, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.take.pause_after", lambda *_, **__: 0.0)
    async with serving(door.settings) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        async def broken(new: NewExecution) -> Any:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(api.server.store, "accept", broken)
        await door.publish(an_event())
        await until_acknowledged(door)
        async with asyncio.timeout(WITHIN):
            while not (found := await rejections(api, trigger)):
                await asyncio.sleep(0)

        assert [one["quarantined"] for one in found] == [True]
        assert api.happenings.counted[Name.REQUEST_FAILED] == 5


@ONLY_POSTGRES
async def test_a_trigger_that_another_node_made_takes_its_first_message(
    door: Door, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        Running(
            tmp_path / "node",
            SystemClock(),
            brokers=door.settings,
            database_url=database_url,
        ) as node,
        Running(tmp_path / "other", None, database_url=database_url) as other,
    ):
        notices = other.server.store._notices  # type: ignore[attr-defined]
        monkeypatch.setattr(notices, "tell", lambda *_: None)
        await until_consuming(node)
        await other.a_trigger(settings=SETTINGS)

        await door.publish(an_event())
        await node.happenings.until(Name.TRIGGER_WEBHOOK)

        assert node.happenings.counted[Name.BROKER_UNMATCHED] == 0


async def use_up(api: Api, trigger_id: int, *, count: int) -> None:
    """Count deliveries that came another way; where there can be, to another node."""
    services = api.server.services
    trigger = services.triggers.find(TriggerId(trigger_id))
    assert trigger is not None
    now = services.clock.now()
    for _ in range(count):
        if services.store.is_shared:
            await services.store.count_delivery(trigger.id, per_minute=60, at=now)
        else:
            await services.intake.count(trigger, at=now)


async def test_a_rate_limit_holds_a_queue_back_in_order_and_refuses_nothing(
    door: Door, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.take.LONGEST", 0.05)
    async with Running(
        tmp_path, SystemClock(), brokers=door.settings, database_url=database_url
    ) as api:
        made = await api.a_trigger(settings={**SETTINGS, "rate_limit": 60})
        await until_consuming(api)
        await use_up(api, made["id"], count=58)

        await door.publish(*(an_event(number) for number in range(5)))
        await api.happenings.until(Name.TRIGGER_EXECUTE, times=5)

        stored = [one["idempotency_key"] for one in await all_executions(api)]
        assert stored == sorted(stored, reverse=True)
        assert api.happenings.counted[Name.TRIGGER_REJECTED] == 0


async def test_a_broker_that_is_away_does_not_keep_the_server_from_starting(
    door: Door, serving: Serving
) -> None:
    await door.proxy.cut()
    async with serving(door.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await api.happenings.until(Name.BROKER_AWAY)
        ready = await api.get("/readyz")
        assert ready["brokers_connected"] == {door.name: False}
        [state] = (await api.get("/api/triggers/stats"))["brokers"]
        assert state["problem"]

        await door.proxy.mend()
        await until_consuming(api)
        await door.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)

        ready = await api.get("/readyz")
        assert ready["brokers_connected"] == {door.name: True}
        metrics = await api.call("GET", "/metrics")
        assert f'recado_broker_connected{{broker="{door.name}"}} 1.0' in str(
            metrics.body
        )


async def test_a_cut_line_loses_nothing(
    door: Door, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.nats.ACK_WAIT", 1.0)
    async with serving(door.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        for number in range(3):
            if not door.keeps:  # what core NATS publishes to nobody is gone
                await until_consuming(api)
            await door.publish(*(an_event(20 * number + n) for n in range(20)))
            if not door.keeps:
                await api.happenings.until(
                    Name.TRIGGER_EXECUTE, times=20 * (number + 1)
                )
            await door.proxy.cut()
            await api.happenings.until(Name.BROKER_AWAY, times=1 + number)
            await door.proxy.mend()
        await api.happenings.until(Name.TRIGGER_EXECUTE, times=60)
        await until_acknowledged(door)

        assert len(await all_executions(api)) == 60


async def test_what_is_not_stored_when_the_server_stops_stays_with_the_broker(
    amqp: AmqpDoor,
    stream: StreamDoor,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recado.brokers.amqp.END_WITHIN", 0.05)
    monkeypatch.setattr("recado.brokers.nats.END_WITHIN", 0.05)
    for door in (amqp, stream):
        async with serving(door.settings) as api:
            await api.a_trigger(settings=SETTINGS)
            await until_consuming(api)
            reached = never_accepting(api, monkeypatch)
            await door.publish(an_event(1), an_event(2))
            await asyncio.wait_for(reached.wait(), WITHIN)

        await until_waiting(door, 2)


async def test_only_so_many_messages_are_here_at_once(
    amqp: AmqpDoor,
    stream: StreamDoor,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recado.brokers.amqp.END_WITHIN", 0.05)
    monkeypatch.setattr("recado.brokers.nats.END_WITHIN", 0.05)
    for door in (amqp, stream):
        async with serving(door.settings) as api:
            await api.a_trigger(settings=SETTINGS)
            await until_consuming(api)
            reached = never_accepting(api, monkeypatch, after=64)

            await door.publish(*(an_event(number) for number in range(200)))
            await asyncio.wait_for(reached.wait(), WITHIN)

            if isinstance(door, StreamDoor):
                assert (await door.info()).num_ack_pending == 64
            else:
                assert await door.waiting() == 136


def never_accepting(
    api: Api, monkeypatch: pytest.MonkeyPatch, *, after: int = 1
) -> asyncio.Event:
    """A store that never answers; the event is set when so many wait for it."""
    reached, waiting = asyncio.Event(), [0]

    async def accept(new: NewExecution) -> Any:
        waiting[0] += 1
        if waiting[0] >= after:
            reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(api.server.store, "accept", accept)
    return reached
