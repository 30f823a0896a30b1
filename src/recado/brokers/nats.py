"""NATS: subscribes to Evolution Go's subjects, or reads the stream that keeps them.

The gateway publishes on core NATS, which keeps nothing: what comes while nobody is
subscribed is gone. A JetStream stream over its subjects keeps it, and is then what is
read; Recado makes its durable consumer, the stream is made by whoever runs NATS.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any, ClassVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, SlowConsumerError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from recado.brokers.broker import END_WITHIN, Desk
from recado.brokers.message import BrokerGoneError, Message
from recado.brokers.names import subjects
from recado.model.redact import Secret

GROUP = "recado"
"""The queue group, and the durable consumer: each message goes to one node of it."""

AT_ONCE = 64
"""Messages in work, enough to fill a group commit."""

WAITING_BYTES = 16 * 1024 * 1024
WAITING = 8_192
"""How much of one core subject may wait here; what is more is dropped, and told."""

ACK_WAIT = 30.0
"""Seconds until a stream delivers again what is neither settled nor extended.

So it is also how long what was on a lost connection stays away.
"""

PATIENCE = 5.0
CONNECT_WITHIN = 15.0
PING_EVERY = 10
"""Seconds; after two without an answer the connection is taken for lost."""

_LOST = (Error, OSError, TimeoutError)


class Nats:
    """The gateway's subjects, or ``stream`` if that is set, on one NATS."""

    name: ClassVar[str] = "nats"
    limit: ClassVar[int] = AT_ONCE

    def __init__(self, url: Secret, *, stream: str) -> None:
        self._url = url
        self._stream = stream

    async def consume(self, desk: Desk, stopping: asyncio.Event) -> None:
        """See the protocol."""
        session = _Session(desk, stopping)
        try:
            await session.connect(self._url)
            if self._stream:
                await session.read_stream(self._stream)
            else:
                await session.subscribe()
        except (*_LOST, ValueError) as error:
            raise BrokerGoneError(_why(session.said or error)) from error
        finally:
            await session.close()


async def find_stream(url: Secret, stream: str) -> bool:
    """Tell whether a stream is there, True for none; changes nothing.

    Raises:
        BrokerGoneError: The broker cannot be reached, or refuses.
    """
    line = _Line()
    try:
        await line.connect(url)
        if stream:
            await line.client.jetstream(timeout=PATIENCE).stream_info(stream)
    except NotFoundError:
        return False
    except (*_LOST, ValueError) as error:
        raise BrokerGoneError(_why(line.said or error)) from error
    else:
        return True
    finally:
        await line.close()


class _Line:
    """One connection. ``said`` is the last error that the library told."""

    def __init__(self) -> None:
        self.client = Client()
        self.over = asyncio.Event()
        self.said: Exception | None = None

    async def connect(self, url: Secret) -> None:
        async with asyncio.timeout(CONNECT_WITHIN):
            await self.client.connect(
                [one.strip() for one in url.reveal().split(",")],
                name="recado",
                # it is connected again by whoever tells of it; each server is tried
                # twice, which is the least that the library can be told
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=int(PATIENCE),
                ping_interval=PING_EVERY,
                error_cb=self.hear,
                closed_cb=self._end,
            )

    async def close(self) -> None:
        try:
            await self.client.close()
        except _LOST:
            return  # it is gone already

    async def hear(self, error: Exception) -> None:
        self.said = error

    async def _end(self) -> None:
        self.over.set()


class _Session(_Line):
    """One connection's life as a consumer."""

    def __init__(self, desk: Desk, stopping: asyncio.Event) -> None:
        super().__init__()
        self._desk = desk
        self._stopping = stopping
        self._reads = True

    async def subscribe(self) -> None:
        """Take what is published on the gateway's subjects from now on."""
        subscribed = [
            await self.client.subscribe(
                subject,
                queue=GROUP,
                cb=self._put_core,
                pending_msgs_limit=WAITING,
                pending_bytes_limit=WAITING_BYTES,
            )
            for subject in subjects()
        ]
        await self.client.flush()
        self._desk.consuming(subjects())
        await self._until_over()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN):
                await asyncio.gather(*map(_drained, subscribed))
        await self._desk.flights.end(within=END_WITHIN)

    async def read_stream(self, stream: str) -> None:
        """Take what a stream keeps, from where the durable consumer is."""
        context = self.client.jetstream(timeout=PATIENCE)
        await _make_consumer(context, stream)
        pull = await context.pull_subscribe_bind(GROUP, stream)
        self._desk.consuming([stream])
        reading = asyncio.create_task(self._read(pull, stream))
        over = asyncio.create_task(self._until_over())
        try:
            await asyncio.wait({reading, over}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            over.result()
            await self._end_reading(reading)
            await self._desk.flights.end(within=END_WITHIN)
            await self.client.flush()  # the acknowledgements
        finally:
            over.cancel()
            await self._end_reading(reading)
            await asyncio.gather(over, reading, return_exceptions=True)
            # what is not acknowledged comes again
            await self._desk.flights.cancel()

    async def _end_reading(self, reading: asyncio.Task[None]) -> None:
        """End the reader. Before Python 3.12 a wait can swallow one cancellation."""
        self._reads = False
        while not reading.done():
            reading.cancel()
            await asyncio.wait({reading}, timeout=1.0)

    async def _read(self, pull: JetStreamContext.PullSubscription, stream: str) -> None:
        while self._reads:
            room = await self._desk.flights.until_room()
            try:
                fetched = await pull.fetch(room, timeout=PATIENCE)
            except NatsTimeoutError:
                continue  # nothing came
            for one in fetched:
                self._desk.put(_of_stream(one, stream))

    async def _until_over(self) -> None:
        """Return when the server stops.

        Raises:
            BrokerGoneError: The connection is lost.
        """
        waits = [
            asyncio.create_task(self.over.wait()),
            asyncio.create_task(self._stopping.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        if not self._stopping.is_set():
            raise BrokerGoneError(f"the connection was lost: {_why(self.said)}")

    async def _put_core(self, msg: Msg) -> None:
        await self._desk.flights.until_room()
        self._desk.put(Message(broker=Nats.name, origin=msg.subject, body=msg.data))

    async def hear(self, error: Exception) -> None:
        if isinstance(error, SlowConsumerError):
            self._desk.dropped(error.subject)
        else:
            await super().hear(error)


def _drained(subscription: Any) -> Awaitable[None]:
    drained: Awaitable[None] = subscription.drain()  # the library does not type it
    return drained


async def _make_consumer(context: JetStreamContext, stream: str) -> None:
    """Make the durable consumer, unless it is there: it may have been tuned by hand."""
    try:
        await context.stream_info(stream)
    except NotFoundError as error:
        raise BrokerGoneError(
            f"there is no stream {stream}; make it over the gateway's subjects, or "
            "leave RECADO_NATS_STREAM out to read the subjects themselves"
        ) from error
    try:
        await context.consumer_info(stream, GROUP)
    except NotFoundError:
        config = ConsumerConfig(
            durable_name=GROUP,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_deliver=-1,
        )
        await context.add_consumer(stream, config)


def _of_stream(msg: Msg, stream: str) -> Message:
    async def acknowledge() -> None:
        await _unless_lost(msg.ack)

    async def extend() -> None:
        await _unless_lost(msg.in_progress)

    return Message(
        broker=Nats.name,
        origin=f"{stream}:{msg.subject}",
        body=msg.data,
        acknowledge=acknowledge,
        extend=extend,
    )


async def _unless_lost(say: Any) -> None:
    try:
        await say()
    except _LOST:
        return  # the stream delivers it again, and it is a duplicate then


def _why(error: BaseException | None) -> str:
    if error is None:
        return "closed by the broker"
    if isinstance(error, ValueError):
        return "RECADO_NATS_URL is no address"  # its text would quote the address
    return " ".join(str(error).split()) or type(error).__name__
