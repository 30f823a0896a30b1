"""Which events are one and the same, and which must not overtake each other."""

from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import Any

from recado import wire
from recado.intake.fields import as_text, find_value
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.redact import MASK
from recado.model.trigger import Ordering, Trigger

BODY_HASH_WINDOW = timedelta(minutes=3)
"""How long equal bodies are one event.

Evolution Go tries a delivery five times within two minutes, with equal bytes. Two true
occurrences can be equal as well (Connected, Disconnected), so it must be short.
"""

KEY_PATHS = ("idempotency_key", "messageId", "data.messageId")
"""Where senders put a key of their own, the first one that is there counts."""

MAX_KEY = 200
"""Characters of a key; a longer one is known by its hash."""


def identify(trigger: Trigger, source: Source, event: Event) -> Identity:
    """Return the event's keys: the trigger's, else the sender's, else the source's.

    A trigger with ``idempotency_path`` knows its events by that value alone: an event
    that has none there is not checked, because whatever else might be taken for its
    key was not what the operator meant, and a wrong key drops an event. Where nothing
    else is known, ``body_hash_minutes`` makes equal bodies one event for so long.
    """
    settings = trigger.settings
    own = source.identify(event)
    window = None
    if settings.idempotency_path:
        key = _key_at(event, settings.idempotency_path)
    else:
        key = _sender_key(source, event)
        if key is None:
            key, window = own.idempotency_key, own.window
        if key is None and settings.body_hash_minutes is not None:
            key = join_key("body", body_hash(event.body, without=()))
            window = timedelta(minutes=settings.body_hash_minutes)
    return Identity(
        idempotency_key=_bounded(key),
        ordering_key=_bounded(_ordering_key(trigger, event, own)),
        window=window,
    )


def _sender_key(source: Source, event: Event) -> str | None:
    for path in source.key_paths:
        key = _key_at(event, path)
        if key is not None:
            return key
    return None


def _ordering_key(trigger: Trigger, event: Event, own: Identity) -> str | None:
    settings = trigger.settings
    if settings.ordering is Ordering.NONE:
        return None
    if settings.ordering_path:
        return _key_at(event, settings.ordering_path)
    return own.ordering_key


def _key_at(event: Event, path: str) -> str | None:
    return as_key(find_value(event.body, path))


def as_key(value: Any) -> str | None:
    """Return a value as a key; None if it is empty, null, a list or an object.

    A masked value is none either: it would be the same for all events.
    """
    if not isinstance(value, str):
        if not isinstance(value, int | float):
            return None
        value = as_text(value)
    return value if value.strip() and value != MASK else None


def _bounded(key: str | None) -> str | None:
    # also unprintable ones, which a database, a header or a page may refuse
    if key is None or (len(key) <= MAX_KEY and key.isprintable()):
        return key
    return f"sha256:{sha256(key.encode()).hexdigest()}"


def join_key(*parts: str) -> str:
    """Return one key of several parts; other parts never give the same key."""
    key = "|".join(parts)
    if key.count("|") == len(parts) - 1:
        return key
    # a part holds the separator, and could pretend to be two
    return "|".join(f"{len(part)}:{part}" for part in parts)


def chat_order(event: Event) -> str | None:
    """Return the ordering key of WhatsApp events: instance and chat.

    Events without a chat (connection, QR code) keep the order of their instance.
    """
    if not event.instance and not event.chat:
        return None
    return join_key(event.instance, event.chat)


def body_hash(body: dict[str, Any], *, without: Collection[str]) -> str:
    """Return the SHA-256, in hex, of a body without the named fields.

    The order of keys does not matter.
    """
    kept = {name: value for name, value in body.items() if name not in without}
    return sha256(wire.encode_canonical(kept)).hexdigest()
