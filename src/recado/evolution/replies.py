"""What the routes answer, as values."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message that WhatsApp has taken.

    ``id`` names it in its chat. ``timestamp`` is aware, in UTC, by the gateway's
    clock; None when it gave none. ``raw`` is all that the gateway told.
    """

    id: str
    chat: str
    sender: str
    timestamp: datetime | None
    type: str
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the message that a send's ``data`` tells of.

        Raises:
            LookupError, TypeError, ValueError: It tells of none.
        """
        info = data["Info"]
        if not info["ID"] or not isinstance(info["ID"], str):
            raise ValueError("the message has no id")
        return cls(
            id=info["ID"],
            chat=str(info.get("Chat") or ""),
            sender=str(info.get("Sender") or ""),
            timestamp=_find_moment(info.get("Timestamp")),
            type=str(info.get("Type") or ""),
            raw=data,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStatusReply:
    """Whether the instance can send. ``name`` is its profile's name, or "".

    ``connected`` is the line to WhatsApp, ``logged_in`` the paired account.
    """

    connected: bool
    logged_in: bool
    name: str = ""

    @property
    def ready(self) -> bool:
        """Whether a message would go out now."""
        return self.connected and self.logged_in

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the status that the route's ``data`` tells.

        Raises:
            LookupError, TypeError: It tells none.
        """
        return cls(
            connected=data["Connected"] is True,
            logged_in=data["LoggedIn"] is True,
            name=str(data.get("Name") or ""),
        )


def _find_moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None  # the message is out all the same
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
