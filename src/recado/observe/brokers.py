"""Which brokers are connected, kept by listening to signals."""

from dataclasses import dataclass
from datetime import datetime

from recado.clock import Clock
from recado.observe.signals import Name, Signal

_ABOUT_CONNECTIONS = frozenset({Name.BROKER_CONNECTED, Name.BROKER_AWAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerState:
    """One broker as it was last heard of.

    ``consuming`` are its queues, subjects or stream; ``problem`` says why it is not
    connected, "" when it is. Holds no address and no password.
    """

    broker: str
    is_connected: bool
    since: datetime
    consuming: tuple[str, ...] = ()
    problem: str = ""


class BrokerStates:
    """The last state of each broker that is set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: dict[str, BrokerState] = {}

    def take(self, signal: Signal) -> None:
        """Note what a signal says of a broker. A listener."""
        if signal.name not in _ABOUT_CONNECTIONS:
            return
        is_connected = signal.name is Name.BROKER_CONNECTED
        broker = signal.facts["broker"]
        before = self._states.get(broker)
        lasts = before is not None and before.is_connected == is_connected
        self._states[broker] = BrokerState(
            broker=broker,
            is_connected=is_connected,
            since=before.since if before and lasts else self._clock.now(),
            consuming=tuple(signal.facts.get("consuming", ())),
            problem=signal.facts.get("error", ""),
        )

    def every(self) -> list[BrokerState]:
        """Return the state of each broker, by name."""
        return [self._states[name] for name in sorted(self._states)]
