"""What the recipients' phones would show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """One message on the screen.

    ``received`` counts how often its id came in, and ``contents`` has the text of
    each time, oldest first; the screen shows the first one, until it is edited.
    ``kind`` is text, link, image, poll and so on; ``content`` the whole message as
    JSON; ``state`` sent, delivered or read; ``reactions`` who gave which.
    """

    instance: str
    chat: str
    id: str
    contents: tuple[str, ...]
    kind: str = "text"
    content: Mapping[str, Any] = field(default_factory=dict)
    edited_text: str | None = None
    deleted: bool = False
    state: str = "sent"
    reactions: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return what is on the screen; nothing when the message was deleted."""
        if self.deleted:
            return ""
        return self.contents[0] if self.edited_text is None else self.edited_text

    @property
    def edited(self) -> bool:
        """Return whether its text was changed after it was sent."""
        return self.edited_text is not None

    @property
    def received(self) -> int:
        """Return how often it came in; 1 means never repeated."""
        return len(self.contents)


@dataclass(slots=True, kw_only=True)
class _Message:
    contents: list[str]
    kind: str
    content: Mapping[str, Any]
    edited_text: str | None = None
    deleted: bool = False
    state: str = "sent"
    reactions: dict[str, str] = field(default_factory=dict)


Key = tuple[str, str, str]
"""The instance, the chat and the id."""

_STATES = ("sent", "delivered", "read")
_EDITABLE = frozenset({"text", "link"})


class Phone:
    """Keeps messages by chat and id: the same id in the same chat is shown once.

    Two instances are two senders, so their ids do not meet.
    """

    def __init__(self) -> None:
        self._received: dict[Key, _Message] = {}
        self._reactions: dict[Key, str] = {}

    def receive(
        self,
        *,
        instance: str,
        chat: str,
        id: str,  # noqa: A002 -- the gateway's own word
        text: str,
        kind: str = "text",
        content: Mapping[str, Any] = _NOTHING,
    ) -> None:
        """Take in a message that an instance sent."""
        message = self._received.get((instance, chat, id))
        if message is None:
            self._received[instance, chat, id] = _Message(
                contents=[text], kind=kind, content=content
            )
        else:
            message.contents.append(text)

    def edit(self, key: Key, text: str) -> bool:
        """Change a text; return whether there was one that can be changed."""
        message = self._received.get(key)
        if message is None or message.deleted or message.kind not in _EDITABLE:
            return False
        message.edited_text = text
        return True

    def delete(self, key: Key) -> bool:
        """Take a message off the screen; return whether it was there."""
        message = self._received.get(key)
        if message is None:
            return False
        message.deleted = True
        return True

    def react(self, key: Key, reaction: str, *, own: bool, by: str) -> None:
        """Put a reaction on a message in the place of the former; "" takes it away.

        ``own`` says that the message is the instance's own; the others are not on
        this screen, so that their reactions are kept apart.
        """
        if own:
            message = self._received.get(key)
            if message is not None:
                _put(message.reactions, by, reaction)
        else:
            _put(self._reactions, key, reaction)

    def mark(self, key: Key, state: str) -> bool:
        """Say that a message was ``delivered`` or ``read``; it never goes back.

        Return whether it is there.
        """
        message = self._received.get(key)
        if message is None:
            return False
        message.state = max(message.state, state, key=_STATES.index)
        return True

    def find(self, instance: str, id_: str) -> ShownMessage | None:
        """Return the first message of an instance with that id, None for none."""
        return next(
            (one for one in self.shown() if (one.instance, one.id) == (instance, id_)),
            None,
        )

    def shown(self) -> list[ShownMessage]:
        """Return the messages on the screen, in the order of their arrival."""
        return [
            ShownMessage(
                instance=instance,
                chat=chat,
                id=id_,
                contents=tuple(message.contents),
                kind=message.kind,
                content=message.content,
                edited_text=message.edited_text,
                deleted=message.deleted,
                state=message.state,
                reactions=dict(message.reactions),
            )
            for (instance, chat, id_), message in self._received.items()
        ]

    def reactions(self) -> list[tuple[Key, str]]:
        """Return what the instances gave to messages that came in."""
        return list(self._reactions.items())

    def clear(self) -> None:
        """Forget everything."""
        self._received.clear()
        self._reactions.clear()


def _put(reactions: dict[Any, str], name: Any, reaction: str) -> None:
    if reaction:
        reactions[name] = reaction
    else:
        reactions.pop(name, None)
