"""What is RabbitMQ's alone: queues that come and go, and a line that falls silent."""

import asyncio

import pytest

from recado.observe.signals import Name
from tests.contract.brokers.conftest import SETTINGS, Serving
from tests.contract.brokers.test_brokers import until_consuming
from tests.helpers.doors import AmqpDoor, an_event

pytestmark = pytest.mark.timeout(180)


async def test_a_queue_that_is_made_later_is_consumed(
    amqp: AmqpDoor, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.amqp.LOOK_EVERY", 0.05)
    await amqp.delete()
    async with serving(amqp.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        assert [one.consuming for one in api.server.broker_states.every()] == [()]
        told = api.happenings.counted[Name.BROKER_CONNECTED]

        await amqp.declare()
        await amqp.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)
        await api.happenings.until(Name.BROKER_CONNECTED, times=told + 1)

        [state] = api.server.broker_states.every()
        assert state.consuming == (amqp.queue,)


async def test_a_queue_that_is_deleted_and_made_again_is_consumed_again(
    amqp: AmqpDoor, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.amqp.LOOK_EVERY", 0.05)
    async with serving(amqp.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        told = api.happenings.counted[Name.BROKER_CONNECTED]

        await amqp.delete()
        await api.happenings.until(Name.BROKER_CONNECTED, times=told + 1)
        await amqp.declare()
        await amqp.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)


async def test_a_line_that_falls_silent_is_found_out(
    amqp: AmqpDoor, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.amqp.HEARTBEAT", "1")
    async with serving(amqp.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)

        amqp.proxy.freeze()
        await amqp.publish(an_event())
        await api.happenings.until(Name.BROKER_AWAY)
        await amqp.proxy.cut()
        await amqp.proxy.mend()

        await api.happenings.until(Name.TRIGGER_EXECUTE)


async def test_a_password_is_in_no_line_of_the_log(
    amqp: AmqpDoor, serving: Serving
) -> None:
    wrong = amqp.settings_with(
        f"amqp://guest:canary-token@127.0.0.1:{amqp.proxy.port}/"
    )
    async with serving(wrong) as api:
        await api.happenings.until(Name.BROKER_AWAY, times=2)
        stats = await api.call("GET", "/api/triggers/stats")

        await asyncio.sleep(0)
        api.server.log.flush()
        [state] = stats.body["brokers"]
        assert "ACCESS_REFUSED" in state["problem"]
        assert "broker_away" in api.log.getvalue()
        assert "canary-token" not in api.log.getvalue() + str(stats.body)
