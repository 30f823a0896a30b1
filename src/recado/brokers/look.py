"""How a broker is found from here: a look that consumes and changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from recado.brokers.message import BrokerGoneError
from recado.brokers.names import queues
from recado.brokers.open import import_broker
from recado.errors import SettingsError
from recado.model.redact import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerLook:
    """One broker as it was found. ``problem`` says why it is not reached, else "".

    ``found`` are the queues or the stream that are there, ``missing`` those that are
    wanted and are not; ``waiting`` is how many messages wait in the former.
    """

    broker: str
    problem: str = ""
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    waiting: int = 0


async def look_at_amqp(url: Secret, wanted: Sequence[str]) -> BrokerLook:
    """Return how RabbitMQ is found, and which of the queues are there."""
    names = queues(wanted)
    try:
        amqp = import_broker("amqp")
        counted: dict[str, int] = await amqp.count_messages(url, names)
    except (BrokerGoneError, SettingsError) as error:
        return BrokerLook(broker="amqp", problem=str(error))
    return BrokerLook(
        broker="amqp",
        found=tuple(counted),
        missing=tuple(name for name in names if name not in counted),
        waiting=sum(counted.values()),
    )


async def look_at_nats(url: Secret, stream: str) -> BrokerLook:
    """Return how NATS is found, and whether the stream is there, if one is wanted."""
    try:
        nats = import_broker("nats")
        is_there = await nats.find_stream(url, stream)
    except (BrokerGoneError, SettingsError) as error:
        return BrokerLook(broker="nats", problem=str(error))
    named = (stream,) if stream else ()
    return BrokerLook(
        broker="nats",
        found=named if is_there else (),
        missing=() if is_there else named,
    )
