"""The calls about labels, which business accounts have."""

from dataclasses import dataclass
from typing import Any

from recado.evolution.commands.base import (
    Command,
    Done,
    Timing,
    needed,
    without_none,
)
from recado.evolution.number import chat_of
from recado.evolution.replies.fields import objects
from recado.evolution.replies.labels import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChat(Done):
    """A call that puts a label on a chat, or takes it off."""

    method = "POST"
    timing = Timing.SESSION
    safe = True

    jid: str
    label_id: str

    def __post_init__(self) -> None:
        chat_of(self.jid)  # refuses nonsense
        needed(label_id=self.label_id)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"jid": chat_of(self.jid), "labelId": self.label_id}


class LabelChat(OnChat):
    """Put a label on a chat."""

    __slots__ = ()

    path = "/label/chat"


class UnlabelChat(OnChat):
    """Take a label off a chat."""

    __slots__ = ()

    path = "/unlabel/chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMessage(OnChat):
    """A call that puts a label on a message, or takes it off."""

    message_id: str

    def __post_init__(self) -> None:
        OnChat.__post_init__(self)
        needed(message_id=self.message_id)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "jid": chat_of(self.jid),
            "labelId": self.label_id,
            "messageId": self.message_id,
        }


class LabelMessage(OnMessage):
    """Put a label on a message."""

    __slots__ = ()

    path = "/label/message"


class UnlabelMessage(OnMessage):
    """Take a label off a message."""

    __slots__ = ()

    path = "/unlabel/message"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditLabel(Done):
    """Name and colour a label, or delete it. ``color`` is WhatsApp's number of it."""

    method = "POST"
    path = "/label/edit"
    timing = Timing.SESSION
    safe = True

    label_id: str
    name: str
    color: int | None = None
    deleted: bool | None = None

    def __post_init__(self) -> None:
        needed(label_id=self.label_id, name=self.name)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return without_none(
            {
                "labelId": self.label_id,
                "name": self.name,
                "color": self.color,
                "deleted": self.deleted,
            }
        )


class ListLabels(Command[list[Label]]):
    """Ask for the labels that the server has seen events of."""

    __slots__ = ()

    method = "GET"
    path = "/label/list"
    timing = Timing.SESSION
    safe = True
    enveloped = False

    def read(self, data: Any) -> list[Label]:
        """See ``Command``."""
        return [Label.read(told) for told in objects(data)]
