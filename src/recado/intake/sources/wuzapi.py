"""wuzapi: whatsmeow's events as JSON or in a form, signed with HMAC-SHA256."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from recado.errors import MalformedError
from recado.evolution.events.content import text_of
from recado.evolution.events.people import phone_first
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import body_hash, chat_order, join_key
from recado.intake.parse import (
    is_form,
    read_form,
    read_masked,
    with_masked,
)
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Ordering, Trigger

_SCHEME = HmacScheme(headers=("x-hmac-signature",))
_RETRIES = timedelta(minutes=8)
"""Five tries with 30 seconds doubling between them, as long as nobody changes that."""

_AROUND = ("instanceName", "userID")


class Wuzapi(Source):
    """``{"type", "event"}`` as the body, or in the form's field ``jsonData``."""

    name: ClassVar[str] = "wuzapi"
    headers: ClassVar[tuple[str, ...]] = _SCHEME.headers
    longest_retry: ClassVar[timedelta] = _RETRIES
    default_ordering: ClassVar[Ordering] = Ordering.KEY

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA256 of the body, whichever form it has."""
        return verify_hmac(delivery, trigger.secrets, _SCHEME)

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = with_masked(_read(delivery), "token")
        data = part_at(body, "event")
        chat, sender = _people(data)
        return Event(
            source=self.name,
            event_type=text_at(body, "type"),
            body=body,
            instance=text_at(body, "userID") or text_at(body, "instanceName"),
            chat=chat,
            sender=sender,
            text=text_of(part_at(data, "Message")),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: message or receipt, else the body for a short while."""
        find_parts = _IDENTITIES.get(event.event_type)
        parts = find_parts(event) if find_parts else None
        order = chat_order(event)
        if parts:
            key = join_key("wuzapi", event.instance, *parts)
            return Identity(idempotency_key=key, ordering_key=order)
        digest = body_hash(event.body, without=("token",))
        return Identity(
            idempotency_key=join_key("wuzapi", event.event_type, digest),
            ordering_key=order,
            window=_RETRIES,
        )


def _read(delivery: Delivery) -> dict[str, Any]:
    if not is_form(delivery):
        return read_masked(delivery)
    form = read_form(delivery)
    if "jsonData" not in form:
        raise MalformedError("the body is a form without jsonData")
    body = read_masked(replace(delivery, body=form["jsonData"].encode()))
    return body | {name: form[name] for name in _AROUND if name in form}


def _people(data: dict[str, Any]) -> tuple[str, str]:
    info = part_at(data, "Info") or data
    chat = text_at(info, "Chat")
    if info.get("IsFromMe"):
        chat = phone_first(chat, text_at(info, "RecipientAlt"))
    return chat, phone_first(text_at(info, "Sender"), text_at(info, "SenderAlt"))


Parts = tuple[str, ...] | None


def _message(event: Event) -> Parts:
    data = part_at(event.body, "event")
    info = part_at(data, "Info")
    chat, sender, id_ = (text_at(info, name) for name in ("Chat", "Sender", "ID"))
    if not (chat and sender and id_):
        return None
    # a view-once message is announced first, and its content comes under the same id
    return "msg", chat, sender, id_, "content" if data.get("Message") else "unavailable"


def _receipt(event: Event) -> Parts:
    data, state = part_at(event.body, "event"), text_at(event.body, "state")
    chat, ids = text_at(data, "Chat"), data.get("MessageIDs")
    if not (state and chat and isinstance(ids, list) and ids):
        return None
    if not all(isinstance(id_, str) for id_ in ids):
        return None
    moment = text_at(data, "Timestamp")
    return "rcpt", state, chat, text_at(data, "Sender"), *sorted(ids), moment


_IDENTITIES: Mapping[str, Callable[[Event], Parts]] = {
    "Message": _message,
    "ReadReceipt": _receipt,
}
