"""Discord: signs with Ed25519, pings, and tries out whether signatures are checked."""

from datetime import timedelta
from typing import Any, ClassVar

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import as_key, body_hash
from recado.intake.parse import read_masked, read_object
from recado.intake.reply import Reply, json_reply
from recado.intake.signature import ED25519_BYTES, from_hex, is_ed25519, mismatch
from recado.intake.sources.source import Source
from recado.intake.verify import check_fresh, get_header, read_seconds, usable
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_HEADERS = ("X-Signature-Ed25519", "X-Signature-Timestamp")
_TOLERANCE = 900.0  # seconds; Discord tries a delivery again for ten minutes

_EVENT_PING, _PING, _COMMAND, _COMPONENT, _AUTOCOMPLETE, _MODAL = range(6)
_INTERACTIONS = {
    _COMMAND: "APPLICATION_COMMAND",
    _COMPONENT: "MESSAGE_COMPONENT",
    _AUTOCOMPLETE: "APPLICATION_COMMAND_AUTOCOMPLETE",
    _MODAL: "MODAL_SUBMIT",
}
# the sender has three seconds: who is to answer follows with the interaction's token
_NO_CONTENT = Reply(status=204, content_type="application/json")
_DEFERRED = json_reply({"type": 5})
_ANSWERS = {
    "MESSAGE_COMPONENT": json_reply({"type": 6}),
    "APPLICATION_COMMAND_AUTOCOMPLETE": json_reply(
        {"type": 8, "data": {"choices": []}}
    ),
}


class Discord(Source):
    """Interactions, and the events of an application.

    The trigger's secret is the application's public key, which is no secret.
    """

    name: ClassVar[str] = "discord"
    headers: ClassVar[tuple[str, ...]] = _HEADERS
    longest_retry: ClassVar[timedelta] = timedelta(minutes=10)
    # it sends wrong signatures on purpose, and forgets a URL that takes them
    refusal: ClassVar[Reply | None] = Reply(
        status=401, body=b"invalid request signature"
    )

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an Ed25519 signature of time and body."""
        header, time_header = _HEADERS
        text = get_header(delivery, header, holds="an Ed25519 signature in hex")
        sent = get_header(delivery, time_header, holds="the time it was sent")
        given = from_hex(text) or b""
        content = sent.encode(errors="replace") + delivery.body
        for secret in usable(trigger.secrets):
            if is_ed25519(given, content, public_key=_key(secret)):
                name = f"header {time_header}"
                moment = read_seconds(sent, name=name)
                check_fresh(moment, delivery, tolerance=_TOLERANCE, name=name)
                return secret
        found = f"header {header} had {len(given) * 2} hex digits"
        raise mismatch(delivery, trigger.secrets, found=found)

    def challenge(self, delivery: Delivery) -> Reply | None:
        """See the protocol: PING is answered PONG, that of events with nothing."""
        body = read_object(delivery)
        if "event" in body:
            return None
        kind = _type(body)
        if kind == _PING:
            return json_reply({"type": _PING})
        return _NO_CONTENT if kind == _EVENT_PING else None

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        event = part_at(body, "event")
        inner = part_at(event, "data") or body
        user = part_at(part_at(inner, "member"), "user") or part_at(inner, "user")
        return Event(
            source=self.name,
            event_type=text_at(event, "type") or _INTERACTIONS.get(_type(body), ""),
            body=body,
            instance=text_at(body, "application_id"),
            chat=text_at(inner, "channel_id"),
            sender=text_at(user or part_at(inner, "author"), "id"),
            text=text_at(inner, "content"),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: an interaction's id, else the body, which has its time."""
        own = None if "event" in event.body else as_key(event.body.get("id"))
        return Identity(
            idempotency_key=own or body_hash(event.body, without=()),
            ordering_key=event.chat or event.sender or None,
        )

    def answer(self, event: Event) -> Reply | None:
        """See the protocol: an interaction is deferred, an event acknowledged."""
        if "event" in event.body:
            return _NO_CONTENT
        return _ANSWERS.get(event.event_type, _DEFERRED)

    def secret_problem(self, secret: str) -> str | None:
        """See the protocol."""
        if len(from_hex(secret) or b"") == ED25519_BYTES:
            return None
        return "must be the application's public key: 64 hex digits"


def _type(body: dict[str, Any]) -> int:
    kind = body.get("type")
    return kind if isinstance(kind, int) and not isinstance(kind, bool) else -1


def _key(secret: Secret) -> bytes:
    key = from_hex(secret.reveal()) or b""
    if len(key) != ED25519_BYTES:
        raise BadProofError(
            "the trigger's secret is no public key: give it the application's public "
            "key from Discord, 64 hex digits, with recado trigger rotate-secret"
        )
    return key
