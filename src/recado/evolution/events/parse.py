"""A webhook's bytes to a typed event."""

from collections.abc import Mapping
from typing import Any

from recado import wire
from recado.errors import MalformedError, NotJsonError
from recado.evolution.events import calls, chats, connection, messages
from recado.evolution.events.event import Event, Head, UnknownEvent
from recado.model.redact import MASK, Secret, masked
from recado.wire import part_at, text_at

KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        messages.Message,
        messages.SendMessage,
        messages.Receipt,
        messages.HistorySync,
        connection.Connected,
        connection.Disconnected,
        connection.LoggedOut,
        connection.ConnectFailure,
        connection.TemporaryBan,
        connection.PairSuccess,
        connection.QRCode,
        connection.QRTimeout,
        connection.OfflineSyncCompleted,
        calls.CallOffer,
        calls.CallOfferNotice,
        calls.CallAccept,
        calls.CallTerminate,
        calls.CallRelayLatency,
        chats.Presence,
        chats.ChatPresence,
        chats.Contact,
        chats.PushName,
        chats.LabelEdit,
        chats.LabelAssociationChat,
        chats.LabelAssociationMessage,
        chats.GroupInfo,
        chats.JoinedGroup,
        chats.NewsletterJoin,
        chats.NewsletterLeave,
    )
}
"""Each kind of event by the gateway's word for it."""


def parse_event(body: bytes | str | dict[str, Any]) -> Event:
    """Return the event that a webhook of Evolution Go holds.

    ``body`` is its JSON, or what that was decoded to. An event of a kind that is not
    known, and one without a name, is an ``UnknownEvent``. The gateway does not sign and
    repeats itself: see ``docs/howto/receive-events.md``.

    Raises:
        MalformedError: It is not JSON, or not an object.
    """
    envelope = body if isinstance(body, dict) else _decoded(body)
    kind = KINDS.get(text_at(envelope, "event"), UnknownEvent)
    return kind.read(_head(envelope))


def _decoded(body: bytes | str) -> dict[str, Any]:
    try:
        envelope = wire.decode(body)
    except NotJsonError as error:
        raise MalformedError(f"the body is not JSON: {error}") from error
    if not isinstance(envelope, dict):
        raise MalformedError("the body must be a JSON object")
    return envelope


def _head(envelope: dict[str, Any]) -> Head:
    token = text_at(envelope, "instanceToken")
    return {
        "event_type": text_at(envelope, "event"),
        "instance_id": text_at(envelope, "instanceId"),
        "instance_name": text_at(envelope, "instanceName"),
        "instance_token": Secret("" if token == MASK else token),
        "state": text_at(envelope, "state"),
        "data": masked(part_at(envelope, "data")),
    }
