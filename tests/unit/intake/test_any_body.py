"""Whatever a proven sender writes, the rules answer."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado import wire
from recado.intake.filter import mismatch, wants
from recado.intake.identify import MAX_KEY, identify
from recado.intake.sources.registry import SOURCES
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
