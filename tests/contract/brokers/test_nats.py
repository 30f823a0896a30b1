"""What is NATS's alone: nodes that share, a stream, and what core NATS loses."""

import asyncio
from typing import Any

import pytest

from recado.errors import StoreBusyError
from recado.model.redact import Secret
from recado.observe.signals import Name
from recado.settings import BrokerSettings
from recado.store.protocol import NewExecution
from tests.contract.brokers.conftest import SETTINGS, Serving
from tests.contract.brokers.test_brokers import (
    never_accepting,
    until_acknowledged,
    until_consuming,
)
from tests.helpers.api import Api
from tests.helpers.doors import NatsDoor, StreamDoor, an_event


async def test_a_stream_keeps_what_came_while_nobody_was_here(
    stream: StreamDoor, serving: Serving
) -> None:
    await stream.publish(an_event(1), an_event(2))

    async with serving(stream.settings) as api:
        await api.happenings.until(Name.BROKER_UNMATCHED, times=2)

    await until_acknowledged(stream)


async def test_a_stream_goes_on_where_it_was(
    stream: StreamDoor, serving: Serving
) -> None:
    async with serving(stream.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        await stream.publish(an_event(1))
        await api.happenings.until(Name.TRIGGER_EXECUTE)
    await stream.publish(an_event(2))

    async with serving(stream.settings) as api:
        await api.happenings.until(Name.TRIGGER_EXECUTE)

        assert api.happenings.counted[Name.IDEMPOTENT_REPLAY] == 0


async def test_a_stream_does_not_deliver_again_what_waits_for_the_database(
    stream: StreamDoor, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a pause of the machine is not to be longer than what it waits
    monkeypatch.setattr("recado.brokers.nats.ACK_WAIT", 6.0)
    monkeypatch.setattr("recado.brokers.take.pause_after", lambda *_, **__: 0.8)
    async with serving(stream.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        store, left = api.server.store, [9]
        accept = store.accept

        async def busy_for_longer_than_it_waits(new: NewExecution) -> Any:
            if left[0]:
                left[0] -= 1
                raise StoreBusyError("locked")
            return await accept(new)

        monkeypatch.setattr(store, "accept", busy_for_longer_than_it_waits)
        await stream.publish(an_event())
        await api.happenings.until(Name.TRIGGER_EXECUTE)

        delivered = (await stream.info()).delivered
        assert delivered is not None
        assert delivered.consumer_seq == 1  # each delivery has a number


async def test_a_stream_that_is_not_there_is_told_and_waited_for(
    nats_core: NatsDoor, serving: Serving
) -> None:
    settings = BrokerSettings(nats_url=nats_core.settings.nats_url, nats_stream="LATER")
    async with serving(settings) as api:
        await api.happenings.until(Name.BROKER_AWAY)
        [state] = api.server.broker_states.every()
        assert "there is no stream LATER" in state.problem

        context = nats_core.client.jetstream()
        await context.add_stream(name="LATER", subjects=["message"])
        await until_consuming(api)


async def test_two_nodes_share_what_core_nats_brings(
    nats_core: NatsDoor, serving: Serving, second: Serving
) -> None:
    async with serving(nats_core.settings) as one, second(nats_core.settings) as two:
        for api in (one, two):
            await api.a_trigger(settings=SETTINGS)
            await until_consuming(api)

        await nats_core.publish(*(an_event(number) for number in range(60)))
        async with asyncio.timeout(30):
            while _accepted(one) + _accepted(two) < 60:
                await asyncio.sleep(0)

        assert _accepted(one) + _accepted(two) == 60
        assert min(_accepted(one), _accepted(two)) > 0


async def test_what_core_nats_brings_too_much_of_is_counted(
    nats_core: NatsDoor, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.brokers.nats.WAITING", 10)
    monkeypatch.setattr("recado.brokers.nats.END_WITHIN", 0.05)
    async with serving(nats_core.settings) as api:
        await api.a_trigger(settings=SETTINGS)
        await until_consuming(api)
        never_accepting(api, monkeypatch)

        # at most 64 are in work, one waits for room and 10 behind it
        await nats_core.publish(*(an_event(number) for number in range(200)))
        await api.happenings.until(Name.BROKER_DROPPED, times=200 - 64 - 1 - 10)


async def test_a_password_is_in_no_line_of_the_log(
    nats_core: NatsDoor, serving: Serving
) -> None:
    await nats_core.proxy.cut()
    address = f"nats://user:canary-token@127.0.0.1:{nats_core.proxy.port}"
    async with serving(BrokerSettings(nats_url=Secret(address))) as api:
        await api.happenings.until(Name.BROKER_AWAY, times=2)
        stats = await api.call("GET", "/api/triggers/stats")

        api.server.log.flush()
        assert "canary-token" not in api.log.getvalue() + str(stats.body)


def _accepted(api: Api) -> int:
    return api.happenings.counted[Name.TRIGGER_WEBHOOK]
