"""One message of a broker, and how a broker is told that it is done with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


class BrokerGoneError(Exception):
    """A broker cannot be reached, refuses, or went away.

    It never leaves this package. The text is for the operator and holds no password.
    """


async def _nothing() -> None:
    """Do nothing: core NATS knows no acknowledgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What came from ``origin``, a queue or a subject of ``broker``.

    ``acknowledge`` makes the broker forget it; called once, when all that becomes of
    it is on the disk. ``extend`` says that it is still being worked on. Both do
    nothing when the connection is gone: the broker delivers the message again.
    """

    broker: str
    origin: str
    body: bytes = field(repr=False)
    acknowledge: Callable[[], Awaitable[None]] = _nothing
    extend: Callable[[], Awaitable[None]] = _nothing
