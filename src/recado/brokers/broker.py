"""What a broker promises, and how it is kept connected."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Protocol

from recado.brokers.flights import Flights
from recado.brokers.message import BrokerGoneError, Message
from recado.brokers.pace import pause_after
from recado.observe.signals import Name, Signals

END_WITHIN = 5.0
"""Seconds that messages in work have when the server stops."""

Take = Callable[[Message], Awaitable[None]]
OnConsuming = Callable[[Sequence[str]], None]
"""Told the queues or subjects, at first and whenever there are others."""


class Desk:
    """Where a broker puts its messages down.

    ``flights`` are those in work, ``consuming`` is told what is consumed,
    ``dropped`` that a message of a subject had to be thrown away.
    """

    def __init__(
        self, broker: str, *, take: Take, signals: Signals, limit: int
    ) -> None:
        self._broker = broker
        self._take = take
        self._signals = signals
        self.flights = Flights(limit=limit, on_broken=self._broken)
        self.is_up = False

    def put(self, message: Message) -> None:
        """Begin to work on a message."""
        self.flights.begin(self._worked_on(message))

    def consuming(self, origins: Sequence[str]) -> None:
        """Say what is consumed."""
        self.is_up = True
        self._signals.emit(
            Name.BROKER_CONNECTED, broker=self._broker, consuming=list(origins)
        )

    def dropped(self, subject: str) -> None:
        """Say that too many messages waited, and one was not taken."""
        self._signals.emit(Name.BROKER_DROPPED, broker=self._broker, origin=subject)

    async def _worked_on(self, message: Message) -> None:
        await self._take(message)

    def _broken(self, error: BaseException) -> None:
        self._signals.emit(Name.REQUEST_FAILED, raised=error, broker=self._broker)


class Broker(Protocol):
    """One kind of broker. ``limit`` is how many messages are worked on at once."""

    name: ClassVar[str]
    limit: ClassVar[int]

    async def consume(self, desk: Desk, stopping: asyncio.Event) -> None:
        """Connect, and put down messages until ``stopping`` is set.

        Then it takes no more, lets those in work end within ``END_WITHIN``, and
        returns with the connection closed.

        Raises:
            BrokerGoneError: It cannot be reached or went away; says why.
        """
        ...


class Consumer:
    """Keeps one broker connected, for as long as the server runs."""

    def __init__(
        self,
        broker: Broker,
        *,
        take: Take,
        signals: Signals,
        draw: Callable[[], float],
    ) -> None:
        self._broker = broker
        self._desk = Desk(broker.name, take=take, signals=signals, limit=broker.limit)
        self._signals = signals
        self._draw = draw

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until ``stopping`` is set; connect again whenever it is lost."""
        failures = 0
        while not stopping.is_set():
            self._desk.is_up = False
            try:
                await self._broker.consume(self._desk, stopping)
            except Exception as error:  # noqa: BLE001 (a door of STYLE §7: one connection)
                failures = 1 if self._desk.is_up else failures + 1
                pause = pause_after(failures, draw=self._draw())
                self._tell(error, pause)
                await wait_or_timeout(stopping, seconds=pause)

    def _tell(self, error: Exception, pause: float) -> None:
        known = isinstance(error, BrokerGoneError)
        if not known:  # it is tried again all the same: a silent end would lose events
            name = self._broker.name
            self._signals.emit(Name.REQUEST_FAILED, raised=error, broker=name)
        self._signals.emit(
            Name.BROKER_AWAY,
            broker=self._broker.name,
            error=str(error) if known else "an error nobody foresaw; see the log",
            retry_seconds=round(pause, 1),
        )


async def wait_or_timeout(event: asyncio.Event, *, seconds: float) -> None:
    """Return when an event is set, or after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
