"""What one instance has set up on its WhatsApp account."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

KEPT = 1000
"""How much is kept of what only grows; the oldest goes first."""

PRIVACY = {
    "GroupAdd": "all",
    "LastSeen": "all",
    "Status": "all",
    "Profile": "all",
    "ReadReceipts": "all",
    "CallAdd": "all",
    "Online": "all",
    "Messages": "all",
    "Defense": "off",
    "Stickers": "contacts",
}
"""What an account starts with."""


@dataclass(slots=True, kw_only=True)
class ChatState:
    """How a chat stands in the list of chats."""

    pinned: bool = False
    archived: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label; ``color`` is an index into WhatsApp's palette."""

    name: str
    color: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """What a chat was shown: composing, paused or what else was said."""

    chat: str
    state: str
    audio: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The last that is known of a message on its way."""

    id: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of an instance's log; ``level`` is INFO, WARN, ERROR or DEBUG."""

    at: datetime
    level: str
    message: str


@dataclass(slots=True, kw_only=True)
class Account:
    """Everything of one account but its messages."""

    chats: dict[str, ChatState] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    chat_labels: set[tuple[str, str]] = field(default_factory=set)
    message_labels: set[tuple[str, str, str]] = field(default_factory=set)
    contacts: dict[str, str] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)
    privacy: dict[str, str] = field(default_factory=lambda: dict(PRIVACY))
    typing: deque[Typing] = field(default_factory=lambda: deque(maxlen=KEPT))
    read: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))
    rejected_calls: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    receipts: dict[str, Receipt] = field(default_factory=dict)
    status_text: str = ""
    picture: str = ""
    pairing_number: str = ""
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=KEPT))

    def chat(self, jid: str) -> ChatState:
        """Return the state of a chat, which every chat has."""
        return self.chats.setdefault(jid, ChatState())
