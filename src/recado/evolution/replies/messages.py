"""What the routes about messages answer."""

from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from recado.evolution.replies.fields import an_object, moment, text
from recado.wire import part_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message that WhatsApp has taken.

    ``id`` names it in its chat. ``raw`` is all that the gateway told; the rest is read
    from it when it is asked for, since most senders want the id alone.
    """

    id: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def chat(self) -> str:
        """The JID of the chat it went to."""
        return text(self._info, "Chat")

    @property
    def sender(self) -> str:
        """The JID of the account that sent it, with its device."""
        return text(self._info, "Sender")

    @property
    def timestamp(self) -> datetime | None:
        """When it went out, aware, in UTC, by the gateway's clock; None if not told."""
        return moment(self._info, "Timestamp")

    @property
    def type(self) -> str:
        """The gateway's word for its content, such as ``ExtendedTextMessage``."""
        return text(self._info, "Type")

    @property
    def _info(self) -> dict[str, Any]:
        return part_at(self.raw, "Info")

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the message that a send's ``data`` tells of.

        Raises:
            LookupError, TypeError, ValueError: It tells of none.
        """
        name = data["Info"]["ID"]
        if not isinstance(name, str) or not name:
            raise ValueError("the message has no id")
        return cls(id=name, raw=data)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """How far a message got: ``status`` is ``Delivered`` or ``Read``."""

    message_id: str
    status: str
    timestamp: datetime | None
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self | None:
        """Return the status that the route's ``data`` tells; None when it is unknown.

        Raises:
            LookupError, TypeError: It is not what the route answers.
        """
        result = data["result"]
        if result is None:
            return None
        told = an_object(result)
        return cls(
            message_id=text(told, "message_id"),
            status=text(told, "status"),
            timestamp=moment(told, "timestamp"),
            raw=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadedMedia:
    """A file out of a message, decrypted. ``content_type`` such as ``image/jpeg``."""

    content_type: str
    content: bytes = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the file that the route's ``data`` holds.

        Raises:
            LookupError, TypeError, ValueError: It holds none.
        """
        kind, content = opened_data_url(data["base64"])
        return cls(content_type=kind, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRequest:
    """The request that went to the phone; its messages come as an event."""

    id: str
    timestamp: datetime | None
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the request that the route's ``data`` tells of.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(id=text(told, "ID"), timestamp=moment(told, "Timestamp"), raw=told)


def opened_data_url(address: str) -> tuple[str, bytes]:
    """Return the type and the bytes of ``data:<type>;base64,<text>``.

    Raises:
        TypeError, ValueError: It is no such address.
    """
    head, comma, encoded = address.partition(",")
    if not comma or not head.startswith("data:"):
        raise ValueError("no data: address")
    kind = head.removeprefix("data:").removesuffix(";base64")
    return kind, b64decode(encoded, validate=True)
