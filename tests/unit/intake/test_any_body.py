"""Whatever a proven sender writes, the rules answer."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado import wire
from recado.errors import MalformedError, UndecidedError
from recado.intake.condition import holds
from recado.intake.filter import mismatch, validate_filter, wants
from recado.intake.identify import MAX_KEY, identify
from recado.intake.sources.registry import SOURCES
from tests.helpers.effort import assert_little_work
from tests.unit.intake.builders import NOW, a_trigger, parsed

NAMES = st.sampled_from(
    [
        *("event", "data", "instance", "instanceId", "state", "messageId", "sender"),
        *("Info", "Message", "Chat", "Sender", "ID", "IsFromMe", "RecipientAlt"),
        *("MessageIDs", "CallID", "code", "JID", "NewPushName", "Timestamp"),
        *("key", "keyId", "remoteJid", "participant", "id", "status", "message"),
        *("conversation", "extendedTextMessage", "imageMessage", "editedMessage"),
    ]
)
EVENT_NAMES = st.sampled_from(
    [
        *("Message", "SendMessage", "Receipt", "CallOffer", "CallRelayLatency"),
        *("QRCode", "PushName", "LabelEdit", "Contact", "Connected"),
        *("messages.upsert", "messages.update", "messages.delete", "send.message"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | EVENT_NAMES | st.just("1@lid"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner),
    max_leaves=12,
)


@pytest.mark.parametrize("source", sorted(SOURCES))
@settings(max_examples=40)
@given(event_name=EVENT_NAMES, body=st.dictionaries(NAMES, VALUES, max_size=4))
def test_each_object_becomes_an_event_with_keys_of_a_bounded_size(
    source: str, event_name: str, body: dict[str, Any]
) -> None:
    event = parsed(source, {"event": event_name, "instanceId": "i"} | body)

    identity = identify(a_trigger(source), SOURCES[source], event)

    assert identity == identify(a_trigger(source), SOURCES[source], event)
    for key in (identity.idempotency_key, identity.ordering_key):
        assert key is None or 0 < len(key) <= MAX_KEY
    assert wire.decode(wire.encode(event.document(identity, NOW)))
    for condition in ({"event": "M*"}, {"Info.Chat": ["*@lid"]}):
        assert wants(condition, event) is (mismatch(condition, event) is None)


NASTY = {
    "nested lists": b"[" * 100_000,
    "nested objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "just deep enough": b'{"data":' * 99 + b"{}" + b"}" * 99,
    "a huge whole number": b'{"event":"Message","data":{"n":' + b"9" * 10_000 + b"}}",
    "a huge power": b'{"event":"Message","data":{"n":1e99999,"m":-1e-99999}}',
    "past 64 bits": b'{"event":"Message","data":{"n":18446744073709551615}}',
    "NUL": b'{"event":"Message\\u0000","data":{"\\u0000":"\\u0000"}}',
    "half a character": b'{"event":"Message","data":{"a":"\\ud800"}}',
    "no UTF-8": b'{"event":"Message","data":"\xff"}',
    "one name twice": b'{"event":"Message","event":"Receipt","data":1,"data":{"a":2}}',
    "nothing": b"",
    "a byte order mark": b'\xef\xbb\xbf{"event":"Message"}',
    "many names": b'{"event":"Message","data":{'
    + b",".join(b'"k%d":%d' % (n, n) for n in range(20_000))
    + b"}}",
}
CONDITIONS = (
    'event.event_type == "Message"',
    "event.data.n > 1",
    "event.data.all(k, event.data[k] != event)",
    "event.data == event.envelope",
)


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_body_is_refused_or_handled_in_time(name: str, source: str) -> None:
    assert_little_work(lambda: _handle(NASTY[name], source), seconds=1.0)


def _handle(body: bytes, source: str) -> None:
    with contextlib.suppress(MalformedError):
        event = parsed(source, body)
        identity = identify(a_trigger(source), SOURCES[source], event)
        assert wire.decode(wire.encode(event.document(identity, NOW)))
        for wanted in ({"event": "*e*s*"}, {"data.n": ["9*"]}, {"data.a.a.a": None}):
            assert wants(wanted, event) is (mismatch(wanted, event) is None)
        for condition in CONDITIONS:
            with contextlib.suppress(UndecidedError):
                assert isinstance(holds(condition, event), bool)


@given(name=st.text(), wanted=st.text(), body=st.dictionaries(st.text(), st.text()))
def test_any_text_can_be_a_path_and_a_pattern(
    name: str, wanted: str, body: dict[str, str]
) -> None:
    event = parsed("custom", {"data": body})
    trigger = a_trigger("custom", idempotency_path=name, ordering_path=wanted)

    identity = identify(trigger, SOURCES["custom"], event)

    for key in (identity.idempotency_key, identity.ordering_key):
        assert key is None or 0 < len(key) <= MAX_KEY
    if not validate_filter({name: wanted}):
        assert wants({name: wanted}, event) is (mismatch({name: wanted}, event) is None)
