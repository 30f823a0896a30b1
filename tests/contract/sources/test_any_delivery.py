"""Whatever is delivered, a source answers in time and with declared errors alone."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado import wire
from recado.errors import BadProofError, DeliveryError
from recado.intake.delivery import Delivery
from recado.intake.identify import MAX_KEY, identify
from recado.intake.reply import Reply
from recado.intake.sources.registry import SOURCES
from recado.model.event import Identity
from tests.helpers.effort import assert_little_work
from tests.helpers.senders import FORM, JSON, NOW, SENDERS, Sender

Taken = tuple[list[Reply | None], Identity, bytes]
every_sender = pytest.mark.parametrize("sender", SENDERS, ids=lambda one: one.name)
bounded = settings(max_examples=30)
LIMIT = 0.5
"""Seconds of CPU that one delivery may take, large ones included."""

NAMES = st.sampled_from(
    sorted(
        {
            *("id", "type", "event", "data", "object", "payload", "session", "entry"),
            *("changes", "value", "field", "messages", "statuses", "from", "to"),
            *("update_id", "message", "chat", "text", "callback_query", "channel"),
            *("history_items", "webhook_id", "task_id", "webhookTimestamp", "actor"),
            *("event_id", "challenge", "trigger_id", "user", "member", "author"),
            *("Info", "Message", "MessageIDs", "Chat", "Sender", "ID", "state"),
            *("key", "remoteJid", "account", "related_object", "customer", "token"),
            *("metadata", "interactive", "button", "image", "me", "type", "eventType"),
            *("idempotency_key", "messageId", "instance", "apikey", "instanceToken"),
        }
    )
)
HUGE = st.sampled_from([10**18, 2**64, -(10**300), 1e308, -0.0, 5e-324])
ODD = st.sampled_from(["\0", "\uffff", "a" * 5_000, "|", "", "1@lid"])
KINDS = st.sampled_from(
    [
        *("message", "Message", "ReadReceipt", "message.any", "url_verification"),
        *("messages", "event_callback", "messages.upsert", "invoice.paid"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 6) | HUGE | ODD | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=20,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)

STRANGE = {
    "deep": b"[" * 100_000,
    "deep objects": b'{"event":' * 50_000 + b"1" + b"}" * 50_000,
    "deep inside": b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
    "huge number": b'{"id":' + b"9" * 100_000 + b"}",
    "huge exponent": b'{"webhookTimestamp":1e999999,"type":1e400}',
    "NUL": b'{"event":"\\u0000","id":"\\u0000","type":"a\\u0000b"}',
    "raw NUL": b'{"event":"\0"}',
    "lone surrogate": b'{"id":"\\ud800","event":"\\udfff","type":"\\ud83d"}',
    "duplicate keys": b'{"id":1,"id":2,"event":"a","event":{"type":"b"},"event":"c"}',
    "not UTF-8": b'{"id":"\xff\xfe"}',
    "BOM": b"\xef\xbb\xbf{}",
    "list": b"[{}]",
    "scalar": b"17",
    "null": b"null",
    "blank": b" \n\t ",
    "NaN": b'{"webhookTimestamp":NaN}',
    "many names": wire.encode({str(one): one for one in range(20_000)}),
    "many items": wire.encode(
        {
            "entry": [{"changes": [{"value": {"messages": [{}] * 20_000}}]}],
            "history_items": [{"id": "1"}] * 20_000,
        }
    ),
    "many signs": b"%" * 300_000,
    "many fields": b"a=b&" * 50_000,
    "form of JSON": b"jsonData=%7B%22type%22%3A%22Message%22%7D&payload=%5B",
}


def proven(sender: Sender, body: bytes, content_type: str) -> Delivery:
    """The body as the sender would send it; it signs texts only, and so do we."""
    text = body.decode(errors="replace").encode()
    headers = sender.headers(text) | {"content-type": content_type}
    return sender.deliver(body=text, headers=headers)


def go_through(sender: Sender, delivery: Delivery) -> None:
    outcome = assert_little_work(
        lambda: _taken_or_refused(sender, delivery), seconds=LIMIT
    )
    if isinstance(outcome, DeliveryError):
        _check_reason(outcome)
        return
    replies, identity, document = outcome
    assert [one for one in replies if one and not 200 <= one.status < 300] == []
    for key in (identity.idempotency_key, identity.ordering_key):
        assert key is None or 0 < len(key) <= MAX_KEY
    assert wire.decode(document)


def _taken_or_refused(sender: Sender, delivery: Delivery) -> Taken | DeliveryError:
    try:
        return _taken(sender, delivery)
    except DeliveryError as error:
        return error


def _taken(sender: Sender, delivery: Delivery) -> Taken:
    source, trigger = SOURCES[sender.source], sender.trigger()
    source.verify(delivery, trigger)
    challenge = source.challenge(delivery)
    event = source.parse(delivery)
    identity = identify(trigger, source, event)
    document = wire.encode(event.document(identity, NOW))
    return [challenge, source.answer(event)], identity, document


def _check_reason(error: DeliveryError) -> None:
    assert 0 < len(str(error).encode()) < 1_000


@every_sender
@pytest.mark.parametrize("name", STRANGE)
def test_strange_bodies_of_a_proven_sender_and_of_a_stranger(
    name: str, sender: Sender
) -> None:
    for content_type in (JSON, FORM):
        delivery = proven(sender, STRANGE[name], content_type)
        go_through(sender, delivery)
        go_through(sender, replace(delivery, body=STRANGE[name], headers={}))
        go_through(sender, replace(delivery, body=STRANGE[name], by_hook_token=True))


@every_sender
@bounded
@given(body=OBJECTS, form=st.booleans())
def test_any_object_of_a_proven_sender(
    body: dict[str, Any], form: bool, sender: Sender
) -> None:
    if sender.source == "linear":
        body = {"webhookTimestamp": int(NOW.timestamp() * 1_000)} | body
    go_through(
        sender, proven(sender, json.dumps(body).encode(), FORM if form else JSON)
    )


@every_sender
@bounded
@given(body=st.binary(max_size=200), data=st.data())
def test_any_bytes_and_headers_of_a_stranger(
    body: bytes, data: st.DataObject, sender: Sender
) -> None:
    texts = st.text(st.characters(max_codepoint=255), max_size=100) | st.sampled_from(
        [
            *("t=1,v1=00", "v1,AA==", "v1a,AA==", "v0=" + "0" * 64, "0" * 128, "é"),
            *("Bearer a.b.c", "Bearer eyJ.eyJ.", "t=,v1=", "9" * 400, "-1", "1e5", " "),
        ]
    )
    names = [name.lower() for name in SOURCES[sender.source].headers]
    known = set(sender.proofs())
    headers = {name: data.draw(texts) for name in sorted({*names, *known})}
    trigger = sender.trigger()

    with pytest.raises(BadProofError) as refused:
        SOURCES[sender.source].verify(
            sender.deliver(body=body, headers=headers), trigger
        )

    assert sender.secret not in str(refused.value)
    assert len(str(refused.value)) < 500
