import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.execution.classify import classify, fingerprint, normalised
from recado.model.category import Category
from recado.model.outcome import Failure


@pytest.mark.parametrize(
    ("facts", "category"),
    [
        ({"category": Category.OFFLINE, "exit_code": 75}, "offline"),
        ({"exit_code": 75, "exception": "ValueError"}, "transient"),
        ({"exit_code": 78}, "config"),
        ({"exit_code": 126}, "config"),
        ({"exit_code": 127}, "config"),
        ({"exit_code": -9}, "transient"),
        ({"exit_code": 137}, "transient"),
        ({"exit_code": -11}, "unknown"),
        ({"exit_code": 1}, "unknown"),
        ({"timed_out": True, "error": "invalid"}, "transient"),
        ({"http_status": 302}, "config"),
        ({"http_status": 400}, "permanent"),
        ({"http_status": 401}, "config"),
        ({"http_status": 403}, "config"),
        ({"http_status": 404}, "permanent"),
        ({"http_status": 408}, "transient"),
        ({"http_status": 410}, "permanent"),
        ({"http_status": 422}, "permanent"),
        ({"http_status": 425}, "transient"),
        ({"http_status": 429}, "transient"),
        ({"http_status": 500}, "transient"),
        ({"http_status": 502}, "transient"),
        ({"http_status": 503}, "transient"),
        ({"http_status": 504}, "transient"),
        ({"http_status": 599}, "transient"),
        ({"http_status": 101}, "unknown"),
        ({"exception": "ConnectionResetError"}, "transient"),
        ({"exception": "TimeoutError"}, "transient"),
        ({"exit_code": 1, "exception": "ValueError"}, "permanent"),
        ({"exit_code": 1, "exception": "KeyError"}, "permanent"),
        ({"exit_code": 1, "exception": "ModuleNotFoundError"}, "config"),
        ({"exception": "PermissionError"}, "config"),
        ({"exception": "FileNotFoundError"}, "config"),
        ({"exception": "OwnError"}, "unknown"),
        ({"exception": "OwnError", "error": "gave up: TypeError"}, "permanent"),
        ({"error": "exit 1: it was a ValueError, sorry"}, "permanent"),
        ({"error": "Rate limit reached"}, "transient"),
        ({"error": "invalid state: connection refused"}, "transient"),
        ({"error": "request timed out"}, "transient"),
        ({"error": "resource temporarily unavailable"}, "transient"),
        ({"error": "bash: jq: command not found"}, "config"),
        ({"error": "number is not on WhatsApp"}, "permanent"),
        ({"error": "invalid JID"}, "permanent"),
        ({"error": "exit 1: revalued"}, "unknown"),
    ],
)
def test_a_failure_belongs_to_the_category_of_its_surest_fact(
    facts: dict[str, object], category: str
) -> None:
    failure = Failure(**({"error": "something"} | facts))  # type: ignore[arg-type]

    assert classify(failure).value == category


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("number 5511990000001 is unknown", "number <n> is unknown"),
        ("took 3.25 s, limit 3", "took <n> s, limit <n>"),
        ("no 'name' in \"data\" or `x`", "no <text> in <text> or <text>"),
        ("it can't be and won't be", "it can't be and won't be"),
        ("at 2026-03-25T20:50:00.123Z: no", "at <time>: no"),
        ("on 2026-03-25 10:00", "on <time>"),
        ("<Queue at 0x7f3a2b>", "<Queue at <id>>"),
        ("id 0192f0c1-7a3b-7c4d-8e5f-001122334455", "id <id>"),
        ("message 3EB0C0FFEE00112233AA55 lost", "message <id> lost"),
        ("commit deadbeef01 failed", "commit <id> failed"),
        ("key sk3kZ0pq9Lm2Rt7Vw1Xy4 refused", "key <id> refused"),
        ("HTTP 404 from port 8080", "HTTP 404 from port <n>"),
        ("exit 1: no\n  luck", "exit 1: no luck"),
    ],
)
def test_an_error_is_shown_without_its_values(error: str, shown: str) -> None:
    assert normalised(error) == shown


def test_errors_that_differ_only_in_values_are_one_group() -> None:
    one = fingerprint("number 123 at 10:00 is 'a'", Category.PERMANENT)
    other = fingerprint("number 77 at 23:59 is 'b'", Category.PERMANENT)

    assert one == other


def test_different_causes_and_categories_are_different_groups() -> None:
    groups = {
        fingerprint("HTTP 404 from a.test", Category.PERMANENT),
        fingerprint("HTTP 410 from a.test", Category.PERMANENT),
        fingerprint("HTTP 410 from a.test", Category.CONFIG),
    }

    assert len(groups) == 3


def test_the_id_of_a_group_never_changes() -> None:
    assert fingerprint("HTTP 503 from a.test", Category.TRANSIENT) == "615aabe29a2b6241"


@given(error=st.text())
def test_any_text_has_a_group(error: str) -> None:
    assert len(fingerprint(error, Category.UNKNOWN)) == 16


@given(number=st.integers(min_value=0))
def test_numbers_never_make_a_group_of_their_own(number: int) -> None:
    error = f"order {number} failed"

    assert normalised(error) == "order <n> failed"
