"""Our own definitions against the recorded facts about Evolution Go."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado import wire
from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    NoAnswerError,
    UnreachableError,
)
from recado.evolution.commands.base import READ_SECONDS, Command, Timing
from recado.evolution.commands.communities import AddToCommunity, RemoveFromCommunity
from recado.evolution.commands.sends import SendText
from recado.evolution.commands.session import InstanceStatus, Pair
from recado.evolution.commands.users import CheckNumbers
from recado.evolution.decode import decode
from recado.evolution.known_errors import meaning_of
from recado.evolution.transport import Answer
from tests.helpers.evolution_facts import FOLDER, facts, route

ROWS: list[dict[str, Any]] = facts("errors.json")["errors"]
DEFAULTS = {row["status"]: row for row in facts("errors.json")["meta"]["defaults"]}


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


@settings(max_examples=200)
@given(st.data())
def test_any_text_of_any_shape_means_what_the_facts_say(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(ROWS))
    shape = st.from_regex(row["pattern"], alphabet=LETTERS)
    text = data.draw(shape).removesuffix("\n")  # $ fits before one
    status = data.draw(st.sampled_from([*row["status"], 400, 500]))
    meant = expected(status, text)

    assert meant is None or told(status, text) == meant


SENDING = SendText(number="5511990000001", text="oi", id="3EB0AA")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def failure(
    status: int, body: bytes = b"", command: Command[Any] = SENDING
) -> EvolutionError:
    """The error that a caller gets for an answer."""
    with pytest.raises(EvolutionError) as caught:
        decode(command, Answer(status=status, headers={}, body=body), now=lambda: NOW)
    return caught.value


def facts_of(row: dict[str, Any]) -> tuple[str, bool]:
    return row["class"], row["outcome"] == "unknown"


def by_status(*statuses: int, body: bytes = b"") -> list[EvolutionError]:
    return [failure(status, body) for status in statuses]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_known_error_is_raised_with_its_facts(row: dict[str, Any]) -> None:
    for text in row["examples"]:
        for status in row["status"]:
            error = failure(status, wire.encode({"error": text}))

            assert (error.category, error.may_have_acted) == facts_of(row)
            assert error.status == status
            assert text.strip() in str(error)


NO_CONNECTION: list[EvolutionError] = [UnreachableError("", route="")]
NOT_TRUSTED: list[EvolutionError] = [MisconfiguredError("", route="")]
SILENCE: list[EvolutionError] = [NoAnswerError("", route="")]

# tests/contract makes the three above on real sockets
BELOW_THE_TEXTS: dict[str, Callable[[], list[EvolutionError]]] = {
    "panic": lambda: by_status(500),
    "connect_refused": lambda: NO_CONNECTION,
    "tls_error": lambda: NOT_TRUSTED,
    "read_timeout": lambda: SILENCE,
    "connection_lost": lambda: SILENCE,
    "gateway_503": lambda: by_status(503, body=b"<html>"),
    "gateway_502_504": lambda: by_status(502, 504, *range(520, 528)),
    "rate_limited": lambda: by_status(429),
    "too_large": lambda: by_status(413, 414, 431),
    "wrong_path": lambda: by_status(
        404, 301, 302, 307, 308, body=b"404 page not found"
    ),
    "forbidden_by_proxy": lambda: by_status(401, 403, body=b"<html>"),
    "not_json": lambda: [
        failure(200, b"<html>"),
        failure(200, b'{"message": "hello"}'),
        failure(201, b"[]"),
    ],
    "success_with_nothing": lambda: [
        failure(200, _data("null"), CheckNumbers(numbers=["5511990000001"])),
        failure(200, _data('{"Users": null}'), CheckNumbers(numbers=["5511990000001"])),
        failure(200, _data('{"PairingCode": ""}'), Pair(phone="5511990000001")),
        failure(200, _data(f'{{"failed": ["{GROUP}"]}}'), AddToCommunity(**COMMUNITY)),
        failure(
            200, _data(f'{{"failed": ["{GROUP}"]}}'), RemoveFromCommunity(**COMMUNITY)
        ),
    ],
}
GROUP = "120363041234567890@g.us"
COMMUNITY: dict[str, Any] = {"community_jid": GROUP, "group_jids": [GROUP]}


def _data(text: str) -> bytes:
    return f'{{"message": "success", "data": {text}}}'.encode()


def test_every_failure_below_the_texts_has_its_facts() -> None:
    rows = {row["id"]: row for row in facts("errors.json")["http_layer"]}

    assert rows.keys() == BELOW_THE_TEXTS.keys()
    for name, row in rows.items():
        for error in BELOW_THE_TEXTS[name]():
            told = error.category, error.may_have_acted
            assert told == facts_of(row), name


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
