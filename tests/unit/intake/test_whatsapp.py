"""The names that people guess, whichever gateway an event comes from."""

from typing import Any

import pytest

from recado.intake.filter import mismatch, validate_filter, wants
from recado.intake.whatsapp import FOUND, found
from recado.model.event import Event
from tests.unit.intake.builders import parsed, sample

GROUP = "120363000000000001@g.us"
PERSON = "5511990000001@s.whatsapp.net"


def an_event(source: str, body: dict[str, Any], *, chat: str = PERSON) -> Event:
    kind = body.get("event") or body.get("type") or ""
    return Event(
        source=source,
        event_type=kind if isinstance(kind, str) else "",
        body=body,
        chat=chat,
    )


def answers(event: Event) -> list[bool | None]:
    return [found(event, name) for name in FOUND]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("message_text", [False, False, False]),
        ("message_from_me", [True, False, False]),
        ("message_group_text", [False, True, False]),
        ("message_status_broadcast", [False, False, True]),
        ("send_message_text", [True, False, False]),
        ("receipt_read", [False, False, False]),
        ("receipt_group_read", [False, True, False]),
        ("connected", [False, False, False]),
    ],
)
def test_the_gateway_s_own_samples_are_told_apart(
    name: str, expected: list[bool]
) -> None:
    event = parsed("evolution_go", sample(f"{name}.json"))

    assert answers(event) == expected


OWN: list[tuple[str, dict[str, Any]]] = [
    ("evolution_api", {"event": "messages.upsert", "data": {"key": {"fromMe": True}}}),
    ("evolution_api", {"event": "messages.update", "data": {"fromMe": True}}),
    ("evolution_api", {"event": "send.message", "data": {"key": {}}}),
    ("waha", {"event": "message.any", "payload": {"fromMe": True}}),
    ("wuzapi", {"type": "Message", "event": {"Info": {"IsFromMe": True}}}),
]


@pytest.mark.parametrize(("source", "body"), OWN)
def test_own_messages_are_known_of_every_gateway(
    source: str, body: dict[str, Any]
) -> None:
    assert answers(an_event(source, body)) == [True, False, False]
    assert not wants({"from_me": False}, an_event(source, body))


@pytest.mark.parametrize("source", ["evolution_api", "waha", "wuzapi", "meta"])
def test_groups_and_status_posts_are_known_by_the_chat(source: str) -> None:
    group = an_event(source, {"event": "x"}, chat=GROUP)
    status = an_event(source, {"event": "x"}, chat="status@broadcast")

    assert answers(group) == [False, True, False]
    assert answers(status) == [False, False, True]


def test_a_group_of_the_cloud_api_is_known_by_its_id() -> None:
    message = {"from": "5511990000001", "group_id": "g1"}
    body = {"entry": [{"changes": [{"value": {"messages": [message]}}]}]}

    assert answers(an_event("meta", body)) == [False, True, False]


@pytest.mark.parametrize("entry", [None, 1, [], [1], [{"changes": 1}], {"a": 1}])
def test_strange_bodies_of_the_cloud_api_are_no_group(entry: object) -> None:
    assert answers(an_event("meta", {"entry": entry})) == [False, False, False]


def test_other_senders_have_no_such_names() -> None:
    event = an_event("github", {"action": "opened"})

    assert answers(event) == [None, None, None]
    assert mismatch({"from_me": False}, event) == "the event has no from_me"


def test_a_field_of_the_sender_wins_over_what_was_found_out() -> None:
    event = an_event("waha", {"from_me": "yes", "payload": {}})

    assert wants({"from_me": "yes"}, event)


def test_the_names_can_be_combined() -> None:
    event = parsed("evolution_go", sample("message_text.json"))
    wanted = {
        "event_type": ["Message", "Receipt"],
        "from_me": False,
        "is_group": False,
        "is_status": False,
        "chat": "55*@s.whatsapp.net",
    }

    assert validate_filter(wanted) == []
    assert wants(wanted, event)
    assert mismatch(wanted | {"from_me": True}, event) == (
        'from_me is "false", and the filter wants "true"'
    )
