"""Brokers and the server killed with SIGKILL, and the line between them cut."""

import asyncio
import contextlib
import random
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol

import aiormq
import nats
import pytest
from nats.errors import Error as NatsError
from pamqp.commands import Basic
from pyreqwest.client import Client

from recado import wire
from recado.simulator.envelopes import message
from recado.simulator.message_content import Said
from recado.simulator.server import Simulator
from tests.crash.test_kill import (
    CHATS,
    INSTANCE,
    Books,
    Killed,
    a_trigger,
    client,
    finished,
)
from tests.helpers.builders import NOON
from tests.helpers.doors import OF_THE_GATEWAY
from tests.helpers.nats import NatsNode
from tests.helpers.proxy import Proxy
from tests.helpers.rabbitmq import RabbitNode

__all__ = ["client"]  # a fixture

ROUNDS = 6
PUBLISHERS = 4
SUBJECT = "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10.message"
LOST = (aiormq.exceptions.AMQPError, NatsError, OSError, RuntimeError, TimeoutError)


class Node(Protocol):
    port: int

    @property
    def url(self) -> str: ...
    def start(self) -> str: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


Bodies = Callable[[], Awaitable[bytes | None]]


class Rabbit:
    """Publishes to a quorum queue, and knows that the broker has it."""

    settings = staticmethod(
        lambda way: {
            "RECADO_AMQP_URL": f"amqp://guest:guest@{way}/",
            "RECADO_AMQP_QUEUES": SUBJECT,
        }
    )

    @staticmethod
    async def publish(url: str, bodies: Bodies) -> None:
        connection = await aiormq.connect(url)
        try:
            channel = await connection.channel()
            await channel.queue_declare(SUBJECT, durable=True, arguments=OF_THE_GATEWAY)
            while body := await bodies():
                confirmed = await channel.basic_publish(
                    body,
                    routing_key=SUBJECT,
                    properties=Basic.Properties(delivery_mode=2),
                    timeout=10,
                )
                assert isinstance(confirmed, Basic.Ack)
        finally:
            await connection.close()


class Stream:
    """Publishes to a stream, which says that it has it."""

    settings = staticmethod(
        lambda way: {
            "RECADO_NATS_URL": f"nats://{way}",
            "RECADO_NATS_STREAM": "EVENTS",
        }
    )

    @staticmethod
    async def publish(url: str, bodies: Bodies) -> None:
        opened = await nats.connect(
            url,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=_hear,
        )
        try:
            context = opened.jetstream()
            await context.add_stream(name="EVENTS", subjects=[SUBJECT])
            while body := await bodies():
                await context.publish(SUBJECT, body, timeout=10)
        finally:
            await opened.close()


async def _hear(_: Exception) -> None:
    """Nothing: what fails is published again."""


class Publishing:
    """Publishers that repeat each event until the broker has confirmed it."""

    def __init__(
        self,
        kind: type[Rabbit | Stream],
        url: str,
        *,
        numbers: Iterator[int],
        pause: float = 0.0,
    ) -> None:
        self._kind = kind
        self._pause = pause
        self._url = url
        self._numbers = numbers
        self.accepted: set[str] = set()
        self.is_over = False

    async def run(self) -> None:
        said: list[str] = []

        async def bodies() -> bytes | None:
            """The next one; the last one is confirmed by then."""
            await asyncio.sleep(self._pause)
            if said:
                self.accepted.add(said.pop())
            if self.is_over:
                return None
            number = next(self._numbers)
            said.append(f"message {number}")
            return _body(number)

        while not self.is_over:
            with contextlib.suppress(*LOST):
                said.clear()  # it may be there all the same, or not: it does not count
                await self._kind.publish(self._url, bodies)
            await asyncio.sleep(0.02)


def _body(number: int) -> bytes:
    chat = f"55119900{number % CHATS:02}111@s.whatsapp.net"
    said = Said(id=f"3A{number:018X}", at=NOON, chat=chat, text=f"message {number}")
    return wire.encode(message(INSTANCE, said))


class Mishaps:
    """What happens to the broker, the server, and the line between them, in turn."""

    def __init__(self, broker: Node, server: Killed, proxy: Proxy) -> None:
        self._broker = broker
        self._server = server
        self._proxy = proxy
        self._chance = random.Random(20261125)

    async def happen(self, rounds: int, books: Books) -> None:
        for number in range(rounds):
            await asyncio.sleep(self._chance.uniform(0.5, 2.0))
            match number % 3:
                case 0:
                    await asyncio.to_thread(self._broker.kill)
                    await asyncio.to_thread(self._broker.start)
                case 1:
                    self._server.end(signal.SIGKILL)
                    books.read()
                    await self._server.start()
                case _:
                    await self._proxy.cut()
                    await asyncio.sleep(self._chance.uniform(0.1, 1.0))
                    await self._proxy.mend()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("kind", "node"), [(Rabbit, RabbitNode), (Stream, NatsNode)], ids=["amqp", "stream"]
)
async def test_whatever_is_killed_or_cut_nothing_is_lost_and_all_is_shown_once(
    tmp_path: Path,
    migrated_file: Path,
    client: Client,
    kind: type[Rabbit | Stream],
    node: Callable[[Path], Node],
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_file, folder / "recado.db")
    books = Books(folder)
    async with (
        running(node(tmp_path / "broker")) as broker,
        Simulator([INSTANCE]) as gateway,
        Proxy(broker.port) as proxy,
    ):
        server = Killed(folder, **kind.settings(f"127.0.0.1:{proxy.port}"))
        await server.start()
        token = {"instance_token": INSTANCE.token}
        await a_trigger(client, server.url, gateway.url, **token)
        publishing = Publishing(kind, broker.url, numbers=iter(range(10**9)))
        publishers = [asyncio.create_task(publishing.run()) for _ in range(PUBLISHERS)]
        await Mishaps(broker, server, proxy).happen(ROUNDS, books)
        publishing.is_over = True
        await asyncio.gather(*publishers)
        books.accepted = publishing.accepted
        await finished(client, server.url, len(books.accepted))
        code = await asyncio.to_thread(server.end, signal.SIGTERM)
        books.read()
        shown = Counter(one.text for one in gateway.phone.shown())

    assert code == 0
    assert len(books.accepted) > 50
    assert books.ran_again == []
    assert [text for text in books.accepted if shown[text] != 1] == []
    assert set(books.statuses()) == {"completed"}
    assert books.counted() == books.statuses()


@contextlib.asynccontextmanager
async def running(node: Node) -> AsyncIterator[Node]:
    await asyncio.to_thread(node.start)
    try:
        yield node
    finally:
        await asyncio.to_thread(node.stop)
