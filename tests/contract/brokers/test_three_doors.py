"""One event by webhook, RabbitMQ and NATS at once is one execution."""

import asyncio
from dataclasses import replace

import pytest

from recado import wire
from recado.observe.signals import Name
from tests.contract.brokers.conftest import SETTINGS, Serving
from tests.contract.brokers.test_brokers import until_consuming
from tests.helpers.api import Api
from tests.helpers.doors import AmqpDoor, NatsDoor, StreamDoor, an_event
from tests.helpers.shared import event_files

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("kind", ["core", "stream"])
async def test_one_event_by_three_doors_at_once_runs_once(
    amqp: AmqpDoor,
    nats_core: NatsDoor,
    stream: StreamDoor,
    serving: Serving,
    kind: str,
) -> None:
    door = nats_core if kind == "core" else stream
    brokers = replace(
        amqp.settings,
        nats_url=door.settings.nats_url,
        nats_stream=door.settings.nats_stream,
    )
    async with serving(brokers) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_both(api)

        for number in range(20):
            event = an_event(number)
            await asyncio.gather(
                api.call("POST", trigger["hook_url"], event, role=None),
                amqp.publish(event),
                door.publish(event),
            )
        await api.happenings.until(Name.IDEMPOTENT_REPLAY, times=40)
        await api.happenings.until(Name.TRIGGER_EXECUTE, times=20)

        assert api.happenings.counted[Name.TRIGGER_WEBHOOK] == 20
        assert api.happenings.counted[Name.TRIGGER_EXECUTE] == 20


async def test_every_kind_of_event_is_the_same_by_each_door(
    amqp: AmqpDoor, stream: StreamDoor, serving: Serving
) -> None:
    samples = [wire.decode(path.read_bytes()) for path in event_files()]
    brokers = replace(
        amqp.settings,
        nats_url=stream.settings.nats_url,
        nats_stream=stream.settings.nats_stream,
    )
    async with serving(brokers) as api:
        trigger = await api.a_trigger(settings=SETTINGS)
        await until_both(api)

        for sample in samples:
            reply = await api.call("POST", trigger["hook_url"], sample, role=None)
            assert reply.status == 200
        stored = api.happenings.counted[Name.TRIGGER_WEBHOOK]
        before = api.happenings.counted[Name.IDEMPOTENT_REPLAY]
        await amqp.publish(*samples)
        await stream.publish(*samples)
        repeats = before + 2 * len(samples)
        await api.happenings.until(Name.IDEMPOTENT_REPLAY, times=repeats)

        assert api.happenings.counted[Name.TRIGGER_WEBHOOK] == stored


async def until_both(api: Api) -> None:
    states = api.server.broker_states
    while len(states.every()) < 2:
        api.happenings.changed.clear()
        await api.happenings.changed.wait()
    await until_consuming(api)
