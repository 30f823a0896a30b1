"""Events about calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from recado.evolution.events.event import Event, Head
from recado.evolution.events.people import people
from recado.evolution.replies.fields import moment
from recado.wire import text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Event):
    """Something happened to a call. ``group`` is "" for a call of two.

    ``media`` is what a notice says (``audio``, ``video``); ``reason`` is why it ended.
    """

    call_id: str
    caller: str
    group: str
    timestamp: datetime | None
    media: str = ""
    reason: str = ""

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        caller, _ = people(data)
        return cls(
            **head,
            call_id=text_at(data, "CallID"),
            caller=caller,
            group=text_at(data, "GroupJID"),
            timestamp=moment(data, "Timestamp"),
            media=text_at(data, "Media"),
            reason=text_at(data, "Reason"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffer(Call):
    """Somebody calls. It is not told while the instance rejects calls by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOfferNotice(Call):
    """A group call began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAccept(Call):
    """A call was taken, on another device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTerminate(Call):
    """A call ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRelayLatency(Call):
    """A call's line was measured; comes several times for one call."""
