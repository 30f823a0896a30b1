"""WhatsApp Cloud API of Meta: signs with the app's secret, and tries the URL first."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import body_hash, chat_order, join_key
from recado.intake.parse import read_masked
from recado.intake.reply import Reply
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.intake.verify import is_token
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Ordering, Trigger

_SCHEME = HmacScheme(headers=("X-Hub-Signature-256",))
_CAPTIONED = ("image", "video", "document")


class Meta(Source):
    """Messages, their statuses, and what happens to the account.

    A delivery may hold several messages; it is one event all the same.
    """

    name: ClassVar[str] = "meta"
    headers: ClassVar[tuple[str, ...]] = _SCHEME.headers
    longest_retry: ClassVar[timedelta] = timedelta(days=7)
    default_ordering: ClassVar[Ordering] = Ordering.KEY

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA256 with the app's secret."""
        return verify_hmac(delivery, trigger.secrets, _SCHEME)

    def handshake(self, query: Mapping[str, str], trigger: Trigger) -> Reply | None:
        """See the protocol: the challenge goes back when the verify token is right."""
        if query.get("hub.mode") != "subscribe":
            return None
        expected = trigger.settings.verify_token
        if not expected:
            raise BadProofError(
                "set settings.verify_token to the verify token that Meta was given"
            )
        if not is_token(query.get("hub.verify_token"), expected):
            raise BadProofError(
                "hub.verify_token is not the one in settings.verify_token"
            )
        return Reply(body=query.get("hub.challenge", "").encode(errors="replace"))

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        found = list(_values(body))
        value = found[0][1] if found else {}
        chat, sender = _people(found)
        return Event(
            source=self.name,
            event_type=_kind(found),
            body=body,
            instance=text_at(part_at(value, "metadata"), "phone_number_id"),
            chat=chat,
            sender=sender,
            text=next((_text(one) for one in _items(value, "messages")), ""),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the messages and statuses it holds, else its body.

        Bodies of other kinds hold their time, so equal ones are the same event.
        """
        order = chat_order(event)
        parts = [part for _, value in _values(event.body) for part in _ids(value)]
        if parts and all(parts):
            return Identity(idempotency_key=join_key(*parts), ordering_key=order)
        digest = body_hash(event.body, without=())
        return Identity(idempotency_key=digest, ordering_key=order)


def _values(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the changes of a delivery: the field, and its value."""
    for entry in _items(body, "entry"):
        for change in _items(entry, "changes"):
            yield text_at(change, "field"), part_at(change, "value")


def _items(part: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = part.get(name)
    return (
        [one for one in found if isinstance(one, dict)]
        if isinstance(found, list)
        else []
    )


def _kind(found: list[tuple[str, dict[str, Any]]]) -> str:
    if not found:
        return ""
    field, value = found[0]
    is_status = "statuses" in value and "messages" not in value
    return "statuses" if field == "messages" and is_status else field


def _people(found: list[tuple[str, dict[str, Any]]]) -> tuple[str, str]:
    """Return chat and sender; "" when the delivery speaks of several."""
    pairs = {
        (text_at(one, "group_id") or text_at(one, "from"), text_at(one, "from"))
        for _, value in found
        for one in _items(value, "messages")
    } | {
        (text_at(one, "recipient_id"), text_at(one, "recipient_id"))
        for _, value in found
        for one in _items(value, "statuses")
    }
    chats = {chat for chat, _ in pairs}
    senders = {sender for _, sender in pairs}
    return (
        chats.pop() if len(chats) == 1 else "",
        senders.pop() if len(senders) == 1 else "",
    )


def _text(message: dict[str, Any]) -> str:
    text = text_at(part_at(message, "text"), "body")
    if text:
        return text
    for name in _CAPTIONED:
        if name in message:
            return text_at(part_at(message, name), "caption")
    interactive = part_at(message, "interactive")
    chosen = part_at(interactive, "button_reply") or part_at(interactive, "list_reply")
    return text_at(part_at(message, "button"), "text") or text_at(chosen, "title")


def _ids(value: dict[str, Any]) -> list[str]:
    """Return what tells a change from others; "" where it does not say enough."""
    found: list[str] = []
    for message in _items(value, "messages"):
        found += ["msg", text_at(message, "id")]
    for status in _items(value, "statuses"):
        found += ["status", text_at(status, "id"), text_at(status, "status")]
    return found or [""]
