"""Our own definitions against the recorded facts about Evolution Go."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recado.evolution.commands.base import READ_SECONDS, Command, Timing
from recado.evolution.commands.sending import MAX_DELAY_MS, Quoted
from recado.evolution.commands.sends import SendText
from recado.evolution.commands.session import InstanceStatus
from recado.evolution.known_errors import meaning_of
from tests.helpers.evolution_facts import FOLDER, facts, route

ROWS: list[dict[str, Any]] = facts("errors.json")["errors"]
DEFAULTS = {row["status"]: row for row in facts("errors.json")["meta"]["defaults"]}

COMMANDS: list[Command[Any]] = [
    InstanceStatus(),
    SendText(number="+55 11 99999-0001", text="oi"),
    SendText(number="5511999990001", text="oi", id="3EB0AA", delay=MAX_DELAY_MS),
    SendText(
        number="120363041234567890@g.us",
        text="oi",
        mention_all=False,
        mentioned_jid=["5511999990001@s.whatsapp.net"],
        quoted=Quoted(message_id="A", participant="5511999990001@s.whatsapp.net"),
    ),
    SendText(number="x", text="oi", format_jid=False),
]


def expected(status: int, text: str) -> tuple[str, bool] | None:
    """What the facts say, by their own rule: first fit, else the status."""
    for row in [*ROWS, DEFAULTS.get(status)]:
        if row is None:
            return None
        fits = "pattern" not in row or (
            status in row["status"] and re.search(row["pattern"], text)
        )
        if fits:
            return row["class"], row["outcome"] == "unknown"
    raise AssertionError("the default always fits")


def told(status: int, text: str) -> tuple[str, bool]:
    meaning = meaning_of(status, text)
    return meaning.category, meaning.may_have_acted


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_known_error_has_its_class_and_outcome(row: dict[str, Any]) -> None:
    for text in row["examples"]:
        for status in row["status"]:
            assert told(status, text) == (row["class"], row["outcome"] == "unknown")


def test_every_default_of_a_status_is_ours_too() -> None:
    for status, row in DEFAULTS.items():
        assert told(status, "?") == (row["class"], row["outcome"] == "unknown")


LETTERS = st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_text_of_any_shape_means_what_the_facts_say(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(ROWS))
    shape = st.from_regex(row["pattern"], alphabet=LETTERS)
    text = data.draw(shape).removesuffix("\n")  # $ fits before one
    status = data.draw(st.sampled_from([*row["status"], 400, 500]))
    meant = expected(status, text)

    assert meant is None or told(status, text) == meant


@pytest.mark.parametrize(
    ("row_id", "statuses"),
    [
        ("panic", [500]),
        ("gateway_503", [503]),
        ("gateway_502_504", [502, 504, 520, 521, 522, 523, 524, 525, 526, 527]),
        ("rate_limited", [429]),
        ("too_large", [413, 414, 431]),
        ("wrong_path", [404, 301, 302, 307, 308]),
        ("forbidden_by_proxy", [401, 403]),
    ],
)
def test_what_a_proxy_says_is_understood(row_id: str, statuses: list[int]) -> None:
    [row] = [
        each for each in facts("errors.json")["http_layer"] if each["id"] == row_id
    ]

    for status in statuses:
        assert told(status, "") == (row["class"], row["outcome"] == "unknown")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.route)
def test_every_command_fits_its_route(command: Command[Any]) -> None:
    contract = route(command.method, command.path)

    assert command.auth == contract["auth"]
    assert command.timing == contract["timing_class"]
    schema, body = contract["request_schema"], command.body()
    if schema is None:
        assert body is None
    else:
        Draft202012Validator(schema).validate(body)
        assert body is not None
        assert set(body) <= {field["name"] for field in contract["body_fields"]}


def test_a_send_is_repeatable_exactly_when_the_route_takes_its_id() -> None:
    contract = route("POST", "/send/text")

    assert contract["accepts_message_id"] is True
    assert contract["repeat"]["verdict"] == "with_id"


def test_the_recorded_success_of_a_send_can_be_read() -> None:
    example = route("POST", "/send/text")["success"]["example"]

    sent = SendText(number="5511990000001", text="x").read(example["data"])

    assert sent.id == "3EB0C0FFEE00112233AA55"
    assert sent.chat == "5511990000001@s.whatsapp.net"


def test_every_read_timeout_is_the_recommended_one() -> None:
    text = (FOLDER / "timing.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| \*\*(\w+)\*\* \|[^|]*\|[^|]*\|([^|]*)\|", text, re.MULTILINE
    )
    # of "15 to 30 s" the longer one, and of "90 s; status 10 s" the general one
    longest = {
        Timing(name): max(float(number) for number in re.findall(r"\d+(?= s)", cell))
        for name, cell in rows
    }

    assert longest == READ_SECONDS
    assert InstanceStatus().read_seconds == 10.0
