"""Brokers as the gateway uses them, and a server that consumes from them."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar, Protocol
from uuid import uuid4

import aiormq
import nats
from aiormq.abc import AbstractChannel
from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from pamqp.commands import Basic

from recado import wire
from recado.model.redact import Secret
from recado.settings import BrokerSettings
from tests.helpers.nats import NatsNode
from tests.helpers.proxy import Proxy
from tests.helpers.shared import event_bytes

TOKEN = "example-instance-token"
OF_THE_GATEWAY: dict[str, Any] = {"x-queue-type": "quorum", "x-ha-policy": "all"}
"""The arguments of Evolution Go's queues (events.md § 9)."""

STREAM = "EVENTS"


def an_event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A message of the gateway; another number is another message of the same chat."""
    body: dict[str, Any] = wire.decode(event_bytes("message_text"))
    body["data"]["Info"]["ID"] = f"3A{number:018X}"
    body["data"]["Message"] = {"conversation": f"message {number}"}
    return body | changes


class Door(Protocol):
    """A broker between a gateway and Recado. ``proxy`` is the line to Recado."""

    name: ClassVar[str]
    keeps: ClassVar[bool]
    proxy: Proxy
    settings: BrokerSettings

    async def publish(self, *events: dict[str, Any] | bytes) -> None:
        """Publish as the gateway does; returns when the broker has them all."""
        ...

    async def waiting(self) -> int:
        """How many messages were not acknowledged and are with no consumer."""
        ...


class AmqpDoor:
    """A queue of one instance on the shared RabbitMQ."""

    name: ClassVar[str] = "amqp"
    keeps: ClassVar[bool] = True

    def __init__(self, url: str) -> None:
        self.url = url
        self.instance = str(uuid4())
        self.queue = f"{self.instance}.message"

    async def open(self, stack: AsyncExitStack) -> "AmqpDoor":
        connection = await aiormq.connect(self.url)
        stack.push_async_callback(connection.close)
        self._channel: AbstractChannel = await connection.channel()
        await self.declare()
        stack.push_async_callback(self._channel.queue_delete, self.queue)
        port = int(self.url.rsplit(":", 1)[1].strip("/"))
        self.proxy = await stack.enter_async_context(Proxy(port))
        self.settings = self.settings_with(
            f"amqp://guest:guest@127.0.0.1:{self.proxy.port}/"
        )
        return self

    def settings_with(self, url: str) -> BrokerSettings:
        return BrokerSettings(amqp_url=Secret(url), amqp_queues=(f"{self.instance}.*",))

    async def declare(self) -> None:
        await self._channel.queue_declare(
            self.queue, durable=True, arguments=OF_THE_GATEWAY
        )

    async def delete(self) -> None:
        await self._channel.queue_delete(self.queue)

    async def publish(self, *events: dict[str, Any] | bytes) -> None:
        for event in events:
            confirmed = await self._channel.basic_publish(
                _body(event),
                routing_key=self.queue,
                properties=Basic.Properties(
                    content_type="application/json", delivery_mode=2
                ),
                mandatory=True,
            )
            assert isinstance(confirmed, Basic.Ack)

    async def waiting(self) -> int:
        declared = await self._channel.queue_declare(self.queue, passive=True)
        return declared.message_count or 0


class NatsDoor:
    """The subject of one instance on a NATS of its own, with a stream or without."""

    name: ClassVar[str] = "nats"
    keeps: ClassVar[bool] = False
    stream: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        self.node = NatsNode(folder / self.name / (self.stream or "core"))
        self.subject = f"{uuid4()}.message"

    async def open(self, stack: AsyncExitStack) -> "NatsDoor":
        url = self.node.start()
        stack.callback(self.node.stop)
        self.client: Client = await nats.connect(url)
        stack.push_async_callback(self.client.close)
        self.proxy = await stack.enter_async_context(Proxy(self.node.port))
        self.settings = BrokerSettings(
            nats_url=Secret(f"nats://127.0.0.1:{self.proxy.port}"),
            nats_stream=self.stream,
        )
        return self

    async def publish(self, *events: dict[str, Any] | bytes) -> None:
        for event in events:
            await self.client.publish(self.subject, _body(event))
        await self.client.flush()

    async def waiting(self) -> int:
        return 0


class StreamDoor(NatsDoor):
    """The same with a JetStream stream that keeps what is published."""

    keeps: ClassVar[bool] = True
    _published = 0
    stream: ClassVar[str] = STREAM

    async def open(self, stack: AsyncExitStack) -> "StreamDoor":
        await super().open(stack)
        self.streams = self.client.jetstream()
        # NATS demands no_ack of subjects that begin with a *: its own could match
        await self.streams.add_stream(
            name=STREAM, subjects=["message", "*.message"], no_ack=True
        )
        return self

    async def publish(self, *events: dict[str, Any] | bytes) -> None:
        self._published += len(events)
        await super().publish(*events)
        async with asyncio.timeout(30):
            while await self._stored() < self._published:
                await asyncio.sleep(0)

    async def _stored(self) -> int:
        return (await self.streams.stream_info(STREAM)).state.messages

    async def waiting(self) -> int:
        info = await self.info()
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def info(self) -> ConsumerInfo:
        info: ConsumerInfo = await self.streams.consumer_info(STREAM, "recado")
        return info


def _body(event: dict[str, Any] | bytes) -> bytes:
    return event if isinstance(event, bytes) else wire.encode(event)
