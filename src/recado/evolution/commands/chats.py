"""The calls about whole chats.

The gateway's authors mark all but ``history_sync`` as not working in this version.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recado.evolution.commands.base import Command, Done, Timing, needed, without_none
from recado.evolution.number import GROUP, chat_of
from recado.evolution.replies.messages import HistoryRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class OfChat(Done):
    """A call that sets one property of a chat, named by phone number or JID."""

    method = "POST"
    timing = Timing.SESSION
    safe = True

    chat: str

    def __post_init__(self) -> None:
        chat_of(self.chat)  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"chat": chat_of(self.chat)}


class PinChat(OfChat):
    """Keep a chat at the top."""

    __slots__ = ()

    path = "/chat/pin"


class UnpinChat(OfChat):
    """Keep a chat at the top no longer."""

    __slots__ = ()

    path = "/chat/unpin"


class ArchiveChat(OfChat):
    """Put a chat into the archive."""

    __slots__ = ()

    path = "/chat/archive"


class UnarchiveChat(OfChat):
    """Take a chat out of the archive."""

    __slots__ = ()

    path = "/chat/unarchive"


class MuteChat(OfChat):
    """Mute a chat, for one hour."""

    __slots__ = ()

    path = "/chat/mute"


class UnmuteChat(OfChat):
    """Mute a chat no longer."""

    __slots__ = ()

    path = "/chat/unmute"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySync(Command[HistoryRequest]):
    """Ask the phone for the messages before one: it and its moment say from where.

    ``timestamp`` is aware. ``sender`` is the message's author, in groups. The messages
    come later, as a HistorySync event; each call asks for another batch.
    """

    method = "POST"
    path = "/chat/history-sync"
    timing = Timing.SEND_ONCE

    chat: str
    message_id: str
    timestamp: datetime
    from_me: bool = False
    sender: str | None = None
    count: int = 50

    def __post_init__(self) -> None:
        needed(message_id=self.message_id)
        if self.timestamp.tzinfo is None:
            raise ValueError("timestamp must say its time zone, such as UTC")
        if self.count < 1:
            raise ValueError(f"count is {self.count}; it must be 1 or more")
        _ = self.body()  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        chat = chat_of(self.chat)
        told = {
            "Chat": chat,
            "Sender": chat_of(self.sender) if self.sender else None,
            "IsFromMe": self.from_me,
            "IsGroup": chat.endswith(f"@{GROUP}"),
            "ID": self.message_id,
            "Timestamp": self.timestamp.isoformat(timespec="seconds"),
        }
        return {"messageInfo": without_none(told), "count": self.count}

    def read(self, data: Any) -> HistoryRequest:
        """See ``Command``."""
        return HistoryRequest.read(data)
