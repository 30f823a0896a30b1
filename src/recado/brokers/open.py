"""Settings to brokers; each one's library is imported only when its URL is set."""

import asyncio
import importlib
from collections.abc import Sequence
from typing import Any

from recado.brokers.broker import Broker, Consumer
from recado.brokers.names import queues
from recado.brokers.take import Taker, TakerParts
from recado.errors import SettingsError
from recado.model.redact import Secret


def make_brokers(
    *,
    amqp_url: Secret,
    amqp_queues: Sequence[str],
    nats_url: Secret,
    nats_stream: str,
) -> list[Broker]:
    """Return the brokers whose URL is set; nothing is connected yet.

    Raises:
        SettingsError: A broker's library is not installed; says how to.
    """
    made: list[Broker] = []
    if amqp_url:
        made.append(import_broker("amqp").Amqp(amqp_url, queues(amqp_queues)))
    if nats_url:
        made.append(import_broker("nats").Nats(nats_url, stream=nats_stream))
    return made


def import_broker(extra: str) -> Any:
    """Return the module of a broker, ``amqp`` or ``nats``.

    Raises:
        SettingsError: Its library is not installed; says how to.
    """
    try:
        return importlib.import_module(f"recado.brokers.{extra}")
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name == "recado":
            raise
        raise SettingsError(
            f"RECADO_{extra.upper()}_URL is set, but the module {name} is missing: "
            f"pip install 'recado[{extra}]'"
        ) from error


class Brokers:
    """All brokers of a server, each kept connected by itself."""

    def __init__(self, brokers: Sequence[Broker], parts: TakerParts) -> None:
        taker = Taker(parts)
        self._stopping = asyncio.Event()
        self._consumers = [
            Consumer(one, take=taker.take, signals=parts.signals, draw=parts.draw)
            for one in brokers
        ]
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to consume; a broker that is away is no reason not to start."""
        self._running = [
            asyncio.create_task(one.run(self._stopping)) for one in self._consumers
        ]

    async def stop(self) -> None:
        """Take nothing more and let what is in work end. Can be called twice."""
        self._stopping.set()
        await asyncio.gather(*self._running)
        self._running = []
