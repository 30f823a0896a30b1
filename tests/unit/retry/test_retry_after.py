"""The Retry-After header."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.retry.retry_after import seconds_asked

NOW = datetime(2026, 10, 21, 7, 27, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("2.", 2.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60.0),
        ("Thu, 22 Oct 2026 07:27:00 GMT", 86400.0),
        ("Wed, 21 Oct 2026 07:26:59 GMT", 0.0),
    ],
)
def test_every_spelling_becomes_seconds(header: str, seconds: float) -> None:
    assert seconds_asked(header, now=NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "-5",
        "soon",
        "nan",
        "inf",
        "1e3",
        "9" * 400,
        "Wed, 31 Feb 2026 07:28:00 GMT",
        "Wed, 21 Okt 2026 07:28:00 GMT",
        "Wed, 21 Oct 2026 07:28:00 BRT",
        "2026-10-21T07:28:00Z",
    ],
)
def test_nonsense_asks_for_nothing(header: str | None) -> None:
    assert seconds_asked(header, now=NOW) == 0.0


@given(st.text())
def test_no_header_can_break_it(header: str) -> None:
    assert seconds_asked(header, now=NOW) >= 0.0
