"""RabbitMQ: consumes the queues that Evolution Go made.

Nothing is declared. A queue made here with other arguments than the gateway's would
make the gateway's own declaration fail, and with it every sink after RabbitMQ; so a
queue that is not there yet is looked for again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage
from aiormq.exceptions import (
    AMQPError,
    ChannelAccessRefused,
    ChannelInvalidStateError,
    ChannelNotFoundEntity,
)

from recado.brokers.broker import END_WITHIN, Desk, wait_or_timeout
from recado.brokers.message import BrokerGoneError, Message
from recado.model.redact import Secret

PREFETCH = 64
"""Messages of one queue that are here and not acknowledged yet.

Enough to fill a group commit. RabbitMQ bounds them by number only, so it is also what
bounds the memory.
"""

LOOK_EVERY = 30.0
"""Seconds between looks for queues that are not there yet."""

HEARTBEAT = "10"
"""Seconds; after three without one the connection is taken for lost."""

CONNECT_WITHIN = 15.0

_LOST = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)


class Amqp:
    """The gateway's queues on one RabbitMQ."""

    name: ClassVar[str] = "amqp"
    limit: ClassVar[int] = 100_000  # each queue is bounded by its prefetch

    def __init__(self, url: Secret, queues: Iterable[str]) -> None:
        self._url = url
        self._queues = tuple(queues)
        # What it has to say is said by the signals; its own lines would repeat each
        # failure, at the level of an error.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)

    async def consume(self, desk: Desk, stopping: asyncio.Event) -> None:
        """See the protocol."""
        connection = await self.connect()
        session = _Session(connection, desk, self._queues)
        try:
            await session.run(stopping)
        except _LOST as error:
            raise BrokerGoneError(f"the connection was lost: {_text(error)}") from error
        except asyncio.CancelledError as error:
            # the library cancels whoever waits for a connection that ends
            if _is_cancelled():
                raise
            raise BrokerGoneError("the connection was lost") from error
        finally:
            # what is not acknowledged by now comes again, by another connection
            await desk.flights.cancel()
            await _close(connection)

    async def connect(self) -> AbstractConnection:
        """Connect, or raise ``BrokerGoneError``."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                return await aiormq.connect(self._address())
        except (*_LOST, ValueError) as error:
            raise BrokerGoneError(_why_not_connected(error)) from error
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise BrokerGoneError("the connection was lost") from error

    def _address(self) -> str:
        url = urlsplit(self._url.reveal())
        own = {"heartbeat": HEARTBEAT, "name": "recado"}
        return url._replace(query=urlencode(own | dict(parse_qsl(url.query)))).geturl()


class _Session:
    """One connection's life."""

    def __init__(
        self, connection: AbstractConnection, desk: Desk, queues: tuple[str, ...]
    ) -> None:
        self._connection = connection
        self._desk = desk
        self._queues = queues
        self._tags: dict[str, str] = {}
        self._ended: set[str] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        channel = await self._connection.channel(publisher_confirms=False)
        await channel.basic_qos(prefetch_count=PREFETCH)
        look = asyncio.Event()

        def ended(frame: Any) -> None:
            self._ended.add(str(frame.consumer_tag))
            look.set()

        channel.on_consumer_cancel_callbacks.add(ended)
        channel.closing.add_done_callback(lambda _: look.set())
        stopped = asyncio.ensure_future(stopping.wait())
        stopped.add_done_callback(lambda _: look.set())
        try:
            while not stopping.is_set():
                look.clear()
                await self._consume_new(channel)
                _raise_if_closed(channel)
                await wait_or_timeout(look, seconds=LOOK_EVERY)
                _raise_if_closed(channel)
            await self._end(channel)
        finally:
            stopped.cancel()

    async def _consume_new(self, channel: AbstractChannel) -> None:
        """Begin with the queues that are there now, and were not before."""
        before = set(self._tags)
        for queue, tag in list(self._tags.items()):
            if tag in self._ended:  # by the broker: the queue was deleted
                del self._tags[queue]
        for queue in self._queues:
            if queue not in self._tags and await self._is_there(queue):
                await self._consume(channel, queue)
        if set(self._tags) != before or not self._desk.is_up:
            self._desk.consuming(sorted(self._tags))

    async def _is_there(self, queue: str) -> bool:
        # A wrong guess costs a channel, so that is not the one with the consumers.
        probe = await self._connection.channel(publisher_confirms=False)
        try:
            await probe.queue_declare(queue, passive=True)
        except (ChannelNotFoundEntity, ChannelAccessRefused):
            return False
        await probe.close()
        return True

    async def _consume(self, channel: AbstractChannel, queue: str) -> None:
        async def put(delivered: DeliveredMessage) -> None:
            self._desk.put(_as_message(channel, queue, delivered))

        consumed = await channel.basic_consume(queue, put)
        self._tags[queue] = str(consumed.consumer_tag)

    async def _end(self, channel: AbstractChannel) -> None:
        for tag in self._tags.values():
            await channel.basic_cancel(tag)
        await self._desk.flights.end(within=END_WITHIN)


async def count_messages(url: Secret, queues: Iterable[str]) -> dict[str, int]:
    """Return how many messages wait in each queue that is there; changes nothing.

    Raises:
        BrokerGoneError: It cannot be reached, or refuses.
    """
    broker, counted = Amqp(url, queues), dict[str, int]()
    connection = await broker.connect()
    try:
        for queue in queues:
            channel = await connection.channel(publisher_confirms=False)
            with contextlib.suppress(ChannelNotFoundEntity, ChannelAccessRefused):
                declared = await channel.queue_declare(queue, passive=True)
                counted[queue] = declared.message_count or 0
                await channel.close()
    except _LOST as error:
        raise BrokerGoneError(f"the connection was lost: {_text(error)}") from error
    finally:
        await _close(connection)
    return counted


def _as_message(
    channel: AbstractChannel, queue: str, delivered: DeliveredMessage
) -> Message:
    async def acknowledge() -> None:
        tag = delivered.delivery_tag
        try:
            await channel.basic_ack(tag or 0, wait=False)
        except (AMQPError, ChannelInvalidStateError):
            return  # the connection is gone: it comes again, and is a duplicate then

    return Message(
        broker=Amqp.name, origin=queue, body=delivered.body, acknowledge=acknowledge
    )


def _is_cancelled() -> bool:
    running = asyncio.current_task()
    return running is not None and running.cancelling() > 0


def _raise_if_closed(channel: AbstractChannel) -> None:
    if channel.is_closed:
        error = channel.closing.exception() if channel.closing.done() else None
        raise BrokerGoneError(f"the connection was lost: {_text(error)}")


async def _close(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(END_WITHIN):
            await connection.close()
    except _LOST:
        return  # it is gone already


def _why_not_connected(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_WITHIN:g} seconds"
    if isinstance(error, ValueError):
        return "RECADO_AMQP_URL is no address"  # its text would quote the address
    return _text(error)


def _text(error: BaseException | None) -> str:
    if error is None:
        return "closed by the broker"
    return " ".join(str(error).split()) or type(error).__name__
