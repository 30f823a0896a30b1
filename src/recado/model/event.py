"""A verified, parsed webhook."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple


class Identity(NamedTuple):
    """How an event is told from others, and which others it must not overtake.

    ``idempotency_key`` is None when there is no duplicate check. ``window`` is how
    long the key blocks; None leaves it to the trigger's ``dedupe_days``.
    ``ordering_key`` is None when the event waits for nobody.
    """

    idempotency_key: str | None = None
    ordering_key: str | None = None
    window: timedelta | None = None


class Event(NamedTuple):
    """What a sender said, with secrets already masked.

    ``body`` is the whole JSON document. ``data`` is its ``data`` object, or the
    whole document when it has none. ``chat`` and ``sender`` are WhatsApp JIDs,
    ``text`` is what a person would read; all three are "" where the source has
    no such thing. ``delivery_id`` is what the sender calls the delivery in a header;
    it stays the same when it is sent again.
    """

    source: str
    event_type: str
    body: dict[str, Any]
    instance: str = ""
    chat: str = ""
    sender: str = ""
    text: str = ""
    delivery_id: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The event's own part of the document."""
        data = self.body.get("data")
        return data if isinstance(data, dict) else self.body

    def document(self, identity: Identity, received_at: datetime) -> dict[str, Any]:
        """Return what is stored of the event and handed to actions, for ``wire``.

        ``data`` is the event's own part and ``envelope`` the rest of the body around
        it, so that nothing is in there twice. ``received_at`` is a moment in UTC.
        """
        data = self.data
        envelope = {} if data is self.body else self.body.copy()
        envelope.pop("data", None)
        return {
            "source": self.source,
            "event_type": self.event_type,
            "instance": self.instance,
            "chat": self.chat,
            "sender": self.sender,
            "text": self.text,
            "idempotency_key": identity.idempotency_key,
            "ordering_key": identity.ordering_key,
            "received_at": received_at.astimezone(UTC),
            "data": data,
            "envelope": envelope,
        }
