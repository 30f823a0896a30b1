"""What the recipients' phones would show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """One message on the screen.

    ``received`` counts how often its id came in, and ``contents`` has the text of
    each time, oldest first; the screen shows the first one.
    """

    instance: str
    chat: str
    id: str
    contents: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return what is on the screen."""
        return self.contents[0]

    @property
    def received(self) -> int:
        """Return how often it came in; 1 means never repeated."""
        return len(self.contents)


class Phone:
    """Keeps messages by chat and id: the same id in the same chat is shown once.

    Two instances are two senders, so their ids do not meet.
    """

    def __init__(self) -> None:
        self._received: dict[tuple[str, str, str], list[str]] = {}

    def receive(self, *, instance: str, chat: str, id: str, text: str) -> None:  # noqa: A002 -- the gateway's own word
        """Take in a message that an instance sent."""
        self._received.setdefault((instance, chat, id), []).append(text)

    def shown(self) -> list[ShownMessage]:
        """Return the messages on the screen, in the order of their arrival."""
        return [
            ShownMessage(instance=instance, chat=chat, id=id_, contents=tuple(texts))
            for (instance, chat, id_), texts in self._received.items()
        ]

    def clear(self) -> None:
        """Forget everything."""
        self._received.clear()
