"""Evolution API v2, the gateway's older sister on Node."""

from datetime import timedelta
from typing import Any, ClassVar

from recado.errors import BadProofError, MalformedError
from recado.evolution.events.content import text_of
from recado.evolution.events.people import phone_first
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import (
    BODY_HASH_WINDOW,
    body_hash,
    chat_order,
    join_key,
)
from recado.intake.jwt import is_jwt, verify_jwt
from recado.intake.parse import read_masked, with_masked
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.intake.verify import (
    WEBHOOK_HEADERS,
    find_token,
    is_signed,
    is_token,
    usable,
    which_secrets,
)
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Ordering, Trigger

_FORWARDED = HmacScheme(headers=WEBHOOK_HEADERS)
_BEARER = "bearer "
# date_time is when the server posted, not when something happened, and destination is
# to whom: the same event, posted again or to a second URL, differs in nothing else
_HASHED_WITHOUT = frozenset({"apikey", "date_time", "destination"})


class EvolutionApi(Source):
    """Lower-case events with dots, such as ``messages.upsert``."""

    name: ClassVar[str] = "evolution_api"
    headers: ClassVar[tuple[str, ...]] = ("Authorization", "apikey", *WEBHOOK_HEADERS)
    # ten attempts, 5 seconds doubling to 300, with jitter
    longest_retry: ClassVar[timedelta] = timedelta(minutes=30)
    default_ordering: ClassVar[Ordering] = Ordering.KEY
    # not data.messageId: it names the message of an update in the sender's database,
    # so that delivered and read of one message would be one event
    key_paths: ClassVar[tuple[str, ...]] = ("idempotency_key", "messageId")

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret | None:
        """See the protocol: the hook URL, a header, or the instance's key.

        The header is a signature of a forwarder, or one that the operator gave to
        Evolution API: the trigger's secret itself, or a JWT signed with it.
        """
        if delivery.by_hook_token:
            return None
        if is_signed(delivery, WEBHOOK_HEADERS):
            return verify_hmac(delivery, trigger.secrets, _FORWARDED)
        given = _given_token(delivery)
        if given is not None:
            return _verify_header(given, delivery, trigger)
        expected = trigger.settings.instance_token
        if not expected:
            raise BadProofError(
                "Evolution API does not sign, and this URL can be guessed: give it "
                "the trigger's hook_url instead, let it send the trigger's secret as "
                "header apikey or as jwt_key, or set settings.instance_token to the "
                "apikey that it sends"
            )
        _verify_apikey(delivery, expected)
        return None

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = with_masked(read_masked(delivery), "destination")
        data = body.get("data")
        if isinstance(data, list) and len(data) == 1:  # some releases send a list
            data = data[0]
            body = {**body, "data": data}
        part = data if isinstance(data, dict) else {}
        chat, sender = _people(body, part)
        return Event(
            source=self.name,
            event_type=text_at(body, "event"),
            body=body,
            instance=text_at(body, "instance"),
            chat=chat,
            sender=sender,
            text=text_of(part_at(part, "message") or part_at(part, "editedMessage")),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the message, else the body for a short while."""
        parts = _parts(event) if event.instance else None
        order = chat_order(event)
        if parts:
            key = join_key("evov2", event.instance, *parts)
            return Identity(idempotency_key=key, ordering_key=order)
        digest = body_hash(event.body, without=_HASHED_WITHOUT)
        return Identity(
            idempotency_key=join_key("evov2", event.instance, event.event_type, digest),
            ordering_key=order,
            window=BODY_HASH_WINDOW,
        )


def _given_token(delivery: Delivery) -> str | None:
    bearer = delivery.headers.get("authorization", "")
    if bearer.lower().startswith(_BEARER):
        return bearer[len(_BEARER) :].strip()
    return delivery.headers.get("apikey")


def _verify_header(given: str, delivery: Delivery, trigger: Trigger) -> Secret:
    if is_jwt(given):
        return verify_jwt(given, trigger.secrets, received_at=delivery.received_at)
    found = find_token(given, usable(trigger.secrets))
    if found is None:
        raise BadProofError(
            f"the token in header Authorization or apikey, of {len(given)} "
            f"characters, is not {which_secrets(trigger.secrets)} of the trigger"
        )
    return found


def _verify_apikey(delivery: Delivery, expected: Secret) -> None:
    try:
        body = delivery.json()
    except MalformedError as error:
        raise BadProofError(
            f"{error}; so there is no apikey to compare with settings.instance_token"
        ) from error
    given = body.get("apikey") if isinstance(body, dict) else None
    if not given:
        raise BadProofError(
            "the body has no apikey to compare with settings.instance_token; the "
            "server may not expose it: use the trigger's hook_url instead"
        )
    if not is_token(given, expected):
        raise BadProofError(
            "the apikey of the body is not the one in settings.instance_token"
        )


def _people(body: dict[str, Any], data: dict[str, Any]) -> tuple[str, str]:
    key = part_at(data, "key") or data
    chat = phone_first(text_at(key, "remoteJid"), text_at(key, "remoteJidAlt"))
    if not chat:
        return "", ""
    if key.get("fromMe"):
        return chat, text_at(body, "sender")
    author = phone_first(text_at(key, "participant"), text_at(key, "participantAlt"))
    return chat, author or chat


def _parts(event: Event) -> tuple[str, ...] | None:
    """Return what tells an event from others, None when it does not say enough.

    An edit names only the message it changes, which can be edited again.
    """
    data = event.data
    match event.event_type:
        case "messages.upsert":
            return _message_parts("msg", part_at(data, "key"))
        case "send.message":
            return _message_parts("sent", part_at(data, "key"))
        case "messages.delete":
            return _message_parts("del", data)
        case "messages.update":
            id_, status = text_at(data, "keyId"), text_at(data, "status")
            author = text_at(data, "participant")
            return ("upd", id_, author, status) if id_ and status else None
        case _:
            return None


def _message_parts(kind: str, key: dict[str, Any]) -> tuple[str, ...] | None:
    chat, id_ = text_at(key, "remoteJid"), text_at(key, "id")
    if not (chat and id_):
        return None
    return kind, chat, text_at(key, "participant"), id_
