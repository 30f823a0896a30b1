"""The gateway's queues and subjects: how it names them, and which of them are meant.

Evolution Go publishes an event to ``<event in lower case>`` for all its instances,
and to ``<instance id>.<event in lower case>`` for one.
"""

from collections.abc import Iterable

from recado.intake.event_types import KNOWN

EVERY = "*"
"""Stands for every event of the gateway, alone or after an instance's id."""

EVENTS = tuple(name.lower() for name in KNOWN["evolution_go"])


def queues(wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the names of queues, each once, in the order they are wanted.

    ``*`` is every global queue, ``<instance id>.*`` every queue of an instance, and
    anything else the name of a queue.
    """
    return tuple(dict.fromkeys(one for name in wanted for one in _spelled_out(name)))


def subjects() -> tuple[str, ...]:
    """Return every subject of the gateway; NATS itself knows ``*`` for any instance."""
    return (*EVENTS, *(f"*.{event}" for event in EVENTS))


def _spelled_out(name: str) -> Iterable[str]:
    if name != EVERY and not name.endswith(f".{EVERY}"):
        return (name,)
    return (name.removesuffix(EVERY) + event for event in EVENTS)
