"""Evolution Go: cannot sign, repeats itself, and sends its key with each event."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

from recado.errors import BadProofError, MalformedError
from recado.evolution.events.content import text_of
from recado.evolution.events.people import people
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import (
    BODY_HASH_WINDOW,
    KEY_PATHS,
    body_hash,
    chat_order,
    join_key,
)
from recado.intake.parse import read_masked
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.intake.verify import WEBHOOK_HEADERS, is_signed, is_token
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Ordering, Trigger

_FORWARDED = HmacScheme(headers=WEBHOOK_HEADERS)
_UNSET_TIME = "0001-01-01T00:00:00Z"
_HASHED_WITHOUT = frozenset({"instanceToken"})  # a new token is no new event


class EvolutionGo(Source):
    """The gateway, or a forwarder that passes its bodies on and may sign them."""

    name: ClassVar[str] = "evolution_go"
    headers: ClassVar[tuple[str, ...]] = WEBHOOK_HEADERS
    longest_retry: ClassVar[timedelta] = timedelta(minutes=3)
    default_ordering: ClassVar[Ordering] = Ordering.KEY
    key_paths: ClassVar[tuple[str, ...]] = KEY_PATHS

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret | None:
        """See the protocol: the hook URL, a signature, or the instance's token.

        A token that is set must match, whichever way the delivery came.
        """
        expected = trigger.settings.instance_token
        if expected:
            _verify_token(delivery, expected)
            return None
        if delivery.by_hook_token:
            return None
        if is_signed(delivery, WEBHOOK_HEADERS):
            return verify_hmac(delivery, trigger.secrets, _FORWARDED)
        raise BadProofError(
            "Evolution Go cannot sign, and this URL can be guessed: give the "
            "gateway the trigger's hook_url instead, or set "
            "settings.instance_token to the instance's token"
        )

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        data = part_at(body, "data")
        chat, sender = people(data)
        message = data.get("Message")
        return Event(
            source=self.name,
            event_type=text_at(body, "event"),
            body=body,
            instance=text_at(body, "instanceId"),
            chat=chat,
            sender=sender,
            text=text_of(message) if isinstance(message, dict) else "",
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: per kind of event, else the body for a short while."""
        find_parts = _IDENTITIES.get(event.event_type)
        parts = find_parts(event) if find_parts and event.instance else None
        order = chat_order(event)
        if parts:
            key = join_key("evogo", event.instance, *parts)
            return Identity(idempotency_key=key, ordering_key=order)
        digest = body_hash(event.body, without=_HASHED_WITHOUT)
        return Identity(
            idempotency_key=join_key("evogo", event.instance, event.event_type, digest),
            ordering_key=order,
            window=BODY_HASH_WINDOW,
        )


def _verify_token(delivery: Delivery, expected: Secret) -> None:
    try:
        body = delivery.json()
    except MalformedError as error:
        raise BadProofError(
            f"{error}; so there is no instanceToken to compare with "
            "settings.instance_token"
        ) from error
    given = body.get("instanceToken") if isinstance(body, dict) else None
    if not given:
        raise BadProofError(
            "the body has no instanceToken to compare with settings.instance_token"
        )
    if not is_token(given, expected):
        raise BadProofError(
            "the instanceToken of the body is not the one in settings.instance_token; "
            "if the instance was made anew, set its new token"
        )


Parts = tuple[str, ...] | None
"""What tells an event from others; None when this one does not say enough."""


def _message(event: Event) -> Parts:
    data = event.data
    info = part_at(data, "Info")
    chat, sender, id_ = (text_at(info, name) for name in ("Chat", "Sender", "ID"))
    if not (chat and sender and id_):
        return None
    # a view-once message is announced first, and its content comes under the same id
    empty = data.get("IsUnavailable") or not data.get("Message")
    return "msg", chat, sender, id_, "unavailable" if empty else "content"


def _sent(event: Event) -> Parts:
    id_ = text_at(part_at(event.data, "Info"), "ID")
    return ("sent", id_) if id_ else None


def _receipt(event: Event) -> Parts:
    data, state = event.data, text_at(event.body, "state")
    chat, ids = text_at(data, "Chat"), data.get("MessageIDs")
    if not (state and chat and isinstance(ids, list) and ids):
        return None
    if not all(isinstance(id_, str) for id_ in ids):
        return None
    moment = text_at(data, "Timestamp")
    return "rcpt", state, chat, text_at(data, "Sender"), *sorted(ids), moment


def _call(event: Event) -> Parts:
    call = text_at(event.data, "CallID")
    return (event.event_type, call) if call else None


def _relay_latency(event: Event) -> Parts:
    """A call has several of these. The call's id makes the body unique for ever."""
    call = text_at(event.data, "CallID")
    if not call:
        return None
    return event.event_type, call, body_hash(event.body, without=_HASHED_WITHOUT)


def _qr_code(event: Event) -> Parts:
    code = text_at(event.data, "code")
    return ("qr", sha256(code.encode()).hexdigest()) if code else None


def _push_name(event: Event) -> Parts:
    """With the message that brought the name, since a name can come back."""
    data = event.data
    jid, name = text_at(data, "JID"), text_at(data, "NewPushName")
    message = text_at(part_at(data, "Message"), "ID")
    return (event.event_type, jid, name, message) if jid and (name or message) else None


def _timed(*names: str) -> Callable[[Event], Parts]:
    def parts(event: Event) -> Parts:
        values = [text_at(event.data, name) for name in (*names, "Timestamp")]
        if not all(values) or values[-1] == _UNSET_TIME:
            return None
        return event.event_type, *values

    return parts


_IDENTITIES: Mapping[str, Callable[[Event], Parts]] = {
    "Message": _message,
    "SendMessage": _sent,
    "Receipt": _receipt,
    "CallOffer": _call,
    "CallAccept": _call,
    "CallTerminate": _call,
    "CallOfferNotice": _call,
    "CallRelayLatency": _relay_latency,
    "LabelEdit": _timed("LabelID"),
    "LabelAssociationChat": _timed("JID", "LabelID"),
    "LabelAssociationMessage": _timed("JID", "LabelID", "MessageID"),
    "Contact": _timed("JID"),
    "PushName": _push_name,
    "QRCode": _qr_code,
}
"""All other events have no identity, or a weak one: their body counts."""
