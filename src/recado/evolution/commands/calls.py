"""The call about phone calls."""

from dataclasses import dataclass
from typing import Any

from recado.evolution.commands.base import Done, Timing, needed
from recado.evolution.number import chat_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectCall(Done):
    """Reject an incoming call; both fields come with the event that told of it."""

    method = "POST"
    path = "/call/reject"
    timing = Timing.SESSION
    safe = True

    call_creator: str
    call_id: str

    def __post_init__(self) -> None:
        chat_of(self.call_creator)  # refuses nonsense
        needed(call_id=self.call_id)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"callCreator": chat_of(self.call_creator), "callId": self.call_id}
