"""What a replay would do, said before it does it."""

from datetime import timedelta

import pytest

from recado import wire
from recado.execution.preview import deciding, last_try_at, may_have_acted, preview
from recado.model.execution import Attempt
from recado.model.redact import MASK
from recado.model.trigger import ActionType
from tests.helpers.builders import NOON, a_trigger

EVENT = wire.encode(
    {
        "chat": "5511988887777@s.whatsapp.net",
        "text": "oi",
        "data": {"apikey": "hidden-key"},
        "envelope": {},
    }
)


def an_attempt(outcome: str) -> Attempt:
    return Attempt(number=1, started_at=NOON, finished_at=NOON, outcome=outcome)


def test_a_message_shows_its_recipient_and_its_text() -> None:
    trigger = a_trigger(
        action_type=ActionType.WHATSAPP,
        action_payload={"number": "{{ event.chat }}", "text": "eco: {{ event.text }}"},
    )

    shown = preview(trigger, EVENT)

    assert shown.recipient == "5511988887777@s.whatsapp.net"
    assert shown.content == "eco: oi"
    assert shown.problem is None


def test_a_missing_field_is_the_problem() -> None:
    trigger = a_trigger(
        action_type=ActionType.WHATSAPP,
        action_payload={"number": "{{ event.phone }}", "text": "oi"},
    )

    shown = preview(trigger, EVENT)

    assert shown.recipient == ""
    assert shown.problem is not None
    assert "phone" in shown.problem


def test_a_request_shows_its_address_and_its_body_without_secrets() -> None:
    trigger = a_trigger(
        action_type=ActionType.HTTP,
        action_payload={
            "url": "https://ana:pw@example.com/x?token=t0p",
            "headers": {"Authorization": "Bearer abc"},
        },
    )

    shown = preview(trigger, EVENT)

    assert shown.recipient == f"POST https://{MASK}@example.com/x?token={MASK}"
    assert "5511988887777" in shown.content
    for secret in ("t0p", "Bearer abc", "hidden-key", "pw"):
        assert secret not in shown.content + shown.recipient


def test_a_script_shows_its_file_and_its_input() -> None:
    shown = preview(a_trigger(action_payload="reply.py"), EVENT)

    assert shown.recipient == "reply.py"
    assert '"text": "oi"' in shown.content
    assert "hidden-key" not in shown.content


def test_a_prompt_shows_its_agent_and_its_text() -> None:
    trigger = a_trigger(
        action_type=ActionType.PROMPT, action_payload="Answer it", agent="bia"
    )

    shown = preview(trigger, EVENT)

    assert (shown.recipient, shown.content) == ("bia", "Answer it")


@pytest.mark.parametrize(
    ("is_marked", "outcomes", "expected"),
    [
        (False, [], False),
        (True, [], True),
        (False, ["failed"], False),
        (False, ["abandoned", "failed"], True),
        (False, ["released"], True),
    ],
)
def test_an_attempt_whose_end_nobody_saw_may_have_acted(
    is_marked: bool, outcomes: list[str], expected: bool
) -> None:
    attempts = [an_attempt(outcome) for outcome in outcomes]

    assert may_have_acted(is_marked=is_marked, attempts=attempts) is expected


def test_the_last_try_is_the_newest_attempt() -> None:
    accepted_at = NOON - timedelta(hours=1)

    assert last_try_at([an_attempt("failed")], accepted_at=accepted_at) == NOON
    assert last_try_at([], accepted_at=accepted_at) == accepted_at


def test_a_new_name_does_not_change_what_a_trigger_does() -> None:
    assert deciding(["name", "event_filter", "settings", "action_payload"]) == [
        "action_payload",
        "settings",
    ]
