"""Each recorded event has the identity that the facts about the gateway state."""

import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.errors import MalformedError
from recado.intake.delivery import Delivery
from recado.intake.identify import identify
from recado.intake.sources.registry import SOURCES
from recado.model.event import Identity
from tests.helpers.senders import NOW, SENDERS
from tests.helpers.shared import EVENTS, event_files

STATED = {
    "Message": ("data.Info.Chat", "data.Info.Sender", "data.Info.ID"),
    "SendMessage": ("data.Info.ID",),
    "Receipt": (
        *("state", "data.Chat", "data.Sender", "data.MessageIDs.0"),
        "data.Timestamp",
    ),
    "CallOffer": ("event", "data.CallID"),
    "CallAccept": ("event", "data.CallID"),
    "CallTerminate": ("event", "data.CallID"),
    "CallOfferNotice": ("event", "data.CallID"),
    "CallRelayLatency": ("event", "data.CallID"),
    "LabelEdit": ("data.LabelID", "data.Timestamp"),
    "LabelAssociationChat": ("data.JID", "data.LabelID", "data.Timestamp"),
    "LabelAssociationMessage": (
        *("data.JID", "data.LabelID", "data.Timestamp", "data.MessageID"),
    ),
    "Contact": ("data.JID", "data.Timestamp"),
    "PushName": ("data.JID", "data.NewPushName"),
    "QRCode": ("data.code",),
}
"""events.md §2. All others have no identity, or a weak one: their body counts."""

ALSO_BY_BODY = {"CallRelayLatency"}
OTHERS = sorted((EVENTS / "other").glob("*.json"))


def identity_of(body: Any, source: str = "evolution_go") -> Identity:
    delivery = Delivery(headers={}, body=wire.encode(body), received_at=NOW)
    [sender, *_] = [one for one in SENDERS if one.source == source]
    event = SOURCES[source].parse(delivery)
    return identify(sender.trigger(), SOURCES[source], event)


def changed(body: Any, path: str) -> Any:
    """A copy in which what stands at a path is something else."""
    copied = copy.deepcopy(body)
    *way, last = path.split(".")
    part = copied
    for name in way:
        part = part[int(name) if isinstance(part, list) else name]
    key = int(last) if isinstance(part, list) else last
    if path == "event":  # to another that is known by the same field
        part[key] = "CallAccept" if part[key] == "CallOffer" else "CallOffer"
    else:
        part[key] = f"{part[key]}1"
    return copied


@pytest.mark.parametrize("path", event_files(), ids=lambda path: path.stem)
def test_an_event_of_the_gateway_is_known_by_what_is_stated(path: Path) -> None:
    body = wire.decode(path.read_bytes())
    stated = STATED.get(body["event"])
    identity = identity_of(body)

    for name in ("instanceId", *(stated or ())):
        other = identity_of(changed(body, name))
        assert other.idempotency_key != identity.idempotency_key, name
    more = identity_of(body | {"more": 1})
    by_body = stated is None or body["event"] in ALSO_BY_BODY
    assert (more.idempotency_key != identity.idempotency_key) is by_body
    assert identity.window == (timedelta(minutes=3) if stated is None else None)
    renewed = identity_of(body | {"instanceToken": "renewed", "instanceName": "x"})
    if not by_body:
        assert renewed == identity


def test_every_stated_event_is_among_the_recorded_ones() -> None:
    recorded = {wire.decode(path.read_bytes())["event"] for path in event_files()}

    assert STATED.keys() <= recorded


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_what_others_send_to_the_same_receiver_is_read(path: Path) -> None:
    body = wire.decode(path.read_bytes())
    source = "custom" if path.name.startswith("n8n") else "evolution_api"

    if isinstance(body, list):
        with pytest.raises(MalformedError, match="list of"):
            identity_of(body, source)
        return
    identity = identity_of(body, source)

    assert identity == identity_of(copy.deepcopy(body), source)
    wrapped = "n8n_wrapped" in path.name
    assert (identity.idempotency_key is None) is wrapped
