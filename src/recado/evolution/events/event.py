"""What every event of Evolution Go has."""

from dataclasses import dataclass, field
from typing import Any, Self, TypedDict

from recado.model.redact import Secret


class Head(TypedDict):
    """What is the same in all events, ready for the class of one."""

    event_type: str
    instance_id: str
    instance_name: str
    instance_token: Secret
    state: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of an instance. Moments are aware, in UTC; JIDs are WhatsApp's.

    ``event_type`` is the gateway's own word. ``data`` is all that it says, with secrets
    masked; what has no field here stands there. ``instance_token`` is the instance's
    key, which comes with each event: compare it, never print it. ``state`` is "" but
    for receipts and presences. A field that the event does not have is empty.
    """

    event_type: str
    instance_id: str
    instance_name: str
    instance_token: Secret
    state: str = ""
    data: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, head: Head) -> Self:
        """Return the event that this says. Nothing in it can be too odd to be read."""
        return cls(**head)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Event):
    """An event of a kind that is not known here; ``data`` says all."""
