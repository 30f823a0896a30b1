"""A broker is kept connected, whatever happens to it."""

import asyncio
from collections.abc import Iterator
from typing import ClassVar

import pytest

from recado.brokers.broker import Consumer, Desk
from recado.brokers.message import BrokerGoneError, Message
from recado.observe.signals import Name, Signal, Signals


class Failing:
    """Ends as it is told, once for each time; after the last it waits for the stop."""

    name: ClassVar[str] = "amqp"
    limit: ClassVar[int] = 2

    def __init__(self, ends: Iterator[Exception]) -> None:
        self._ends = ends

    async def consume(self, desk: Desk, stopping: asyncio.Event) -> None:
        for end in self._ends:
            raise end
        desk.consuming(["message"])
        stopping.set()


async def until_stopped(*ends: Exception) -> list[Signal]:
    seen: list[Signal] = []
    signals = Signals(lambda _: None)
    signals.listen(seen.append)

    async def take(_: Message) -> None: ...

    consumer = Consumer(
        Failing(iter(ends)), take=take, signals=signals, draw=lambda: 0.5
    )
    await asyncio.wait_for(consumer.run(asyncio.Event()), 30)
    return seen


async def test_it_is_told_and_tried_again_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recado.brokers.pace.FIRST", 0.001)
    seen = await until_stopped(BrokerGoneError("refused"), BrokerGoneError("no"))

    assert [signal.name for signal in seen] == [
        Name.BROKER_AWAY,
        Name.BROKER_AWAY,
        Name.BROKER_CONNECTED,
    ]
    assert [signal.facts.get("error") for signal in seen[:2]] == ["refused", "no"]


async def test_an_error_nobody_foresaw_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recado.brokers.pace.FIRST", 0.001)
    seen = await until_stopped(ZeroDivisionError("a bug"))

    assert [signal.name for signal in seen] == [
        Name.REQUEST_FAILED,
        Name.BROKER_AWAY,
        Name.BROKER_CONNECTED,
    ]
    assert isinstance(seen[0].raised, ZeroDivisionError)
