"""The calls about messages that are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from recado.evolution.commands.base import (
    Command,
    Done,
    Timing,
    need_list,
    needed,
    without_none,
)
from recado.evolution.number import GROUP, chat_of
from recado.evolution.replies.messages import (
    DeliveryStatus,
    DownloadedMedia,
    SentMessage,
)

Presence = Literal["composing", "recording", "paused"]

_PRESENCES: tuple[str, ...] = get_args(Presence)

_MEDIA_FIELDS = (
    "imageMessage",
    "audioMessage",
    "documentMessage",
    "videoMessage",
    "stickerMessage",
)

TAKE_AWAY = "remove"
"""The reaction that takes a reaction away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class React(Command[SentMessage]):
    """React to a message with an emoji; "" or ``remove`` takes the reaction away.

    ``from_me`` must be true when the message is one of our own. In a group
    ``participant`` is its author, whom the gateway needs unless it is our own.
    """

    method = "POST"
    path = "/message/react"
    timing = Timing.SEND_ONCE
    safe = True

    number: str
    id: str
    reaction: str
    from_me: bool | None = None
    participant: str | None = None

    def __post_init__(self) -> None:
        needed(id=self.id)
        chat = chat_of(self.number)
        if self.participant:
            chat_of(self.participant)  # refuses nonsense
        elif chat.endswith(f"@{GROUP}") and not self.from_me:
            raise ValueError(
                "in a group, participant must name the message's author, "
                "unless from_me is true"
            )

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        author = self.participant
        return without_none(
            {
                "number": chat_of(self.number),
                "id": self.id,
                "reaction": self.reaction or TAKE_AWAY,
                "fromMe": self.from_me,
                "participant": chat_of(author) if author else None,
            }
        )

    def read(self, data: Any) -> SentMessage:
        """See ``Command``."""
        return SentMessage.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPresence(Done):
    """Show "typing…" or "recording…" in a chat, or stop it.

    ``recording`` is WhatsApp's ``composing`` with ``is_audio``.
    """

    method = "POST"
    path = "/message/presence"
    timing = Timing.SESSION
    safe = True

    number: str
    state: Presence
    is_audio: bool | None = None

    def __post_init__(self) -> None:
        chat_of(self.number)  # refuses nonsense
        if self.state not in _PRESENCES:
            raise ValueError(
                f"state is {self.state!r}; it must be one of {', '.join(_PRESENCES)}"
            )

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        recording = self.state == "recording"
        return without_none(
            {
                "number": chat_of(self.number),
                "state": "composing" if recording else self.state,
                "isAudio": True if recording else self.is_audio,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRead(Done):
    """Mark messages of a chat as read. In groups WhatsApp may ignore it."""

    method = "POST"
    path = "/message/markread"
    timing = Timing.SESSION
    safe = True

    number: str
    ids: Sequence[str]

    def __post_init__(self) -> None:
        chat_of(self.number)  # refuses nonsense
        need_list("ids", self.ids)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"number": chat_of(self.number), "id": list(self.ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadMedia(Command[DownloadedMedia]):
    """Fetch and decrypt the file of a message that an event told of.

    ``message`` is the event's ``data.Message``.
    """

    method = "POST"
    path = "/message/downloadmedia"
    timing = Timing.MEDIA
    safe = True

    message: dict[str, Any]

    def __post_init__(self) -> None:
        if not any(self.message.get(name) for name in _MEDIA_FIELDS):
            raise ValueError(
                "message holds no file: give the event's data.Message, which has one "
                f"of {', '.join(_MEDIA_FIELDS)}"
            )

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"message": self.message}

    def read(self, data: Any) -> DownloadedMedia:
        """See ``Command``."""
        return DownloadedMedia.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatus(Command[DeliveryStatus | None]):
    """Ask how far a message got.

    None: unknown id, no receipt yet, or the server does not store messages, which it
    does with DATABASE_SAVE_MESSAGES only.
    """

    method = "POST"
    path = "/message/status"
    timing = Timing.SESSION
    safe = True

    id: str

    def __post_init__(self) -> None:
        needed(id=self.id)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"id": self.id}

    def read(self, data: Any) -> DeliveryStatus | None:
        """See ``Command``."""
        return DeliveryStatus.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMessage(Command[str]):
    """Delete one of our own messages for everybody.

    The reply is the id of the message that does it, not of the deleted one.
    """

    method = "POST"
    path = "/message/delete"
    timing = Timing.SEND_ONCE
    safe = True

    chat: str
    message_id: str

    def __post_init__(self) -> None:
        chat_of(self.chat)  # refuses nonsense
        needed(message_id=self.message_id)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"chat": chat_of(self.chat), "messageId": self.message_id}

    def read(self, data: Any) -> str:
        """See ``Command``."""
        return str(data["messageId"])


@dataclass(frozen=True, slots=True, kw_only=True)
class EditMessage(Command[str]):
    """Give one of our own texts another wording, for about 20 minutes.

    The reply is the id of the message that does it, not of the edited one.
    """

    method = "POST"
    path = "/message/edit"
    timing = Timing.SEND_ONCE
    safe = True

    chat: str
    message_id: str
    message: str

    def __post_init__(self) -> None:
        chat_of(self.chat)  # refuses nonsense
        needed(message_id=self.message_id, message=self.message)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "chat": chat_of(self.chat),
            "messageId": self.message_id,
            "message": self.message,
        }

    def read(self, data: Any) -> str:
        """See ``Command``."""
        return str(data["messageId"])
