"""Moments and filters of the commands."""

from datetime import UTC, datetime

import pytest

from recado.cli.choose import filter_of, read_moment

NOW = datetime(2026, 3, 25, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90m", datetime(2026, 3, 25, 18, 30, tzinfo=UTC)),
        ("2h", datetime(2026, 3, 25, 18, 0, tzinfo=UTC)),
        ("7d", datetime(2026, 3, 18, 20, 0, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00-03:00", datetime(2026, 3, 1, 13, tzinfo=UTC)),
        ("2026-03-01T10:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_utc_or_as_an_age(text: str, moment: datetime) -> None:
    assert read_moment(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "2 h", "h", "-2h", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_moment(text, now=NOW)


def test_a_filter_has_the_names_of_the_api_and_only_what_was_given() -> None:
    chosen = {"trigger": 3, "category": "config", "q": None, "dry_run": True}

    assert filter_of(chosen) == {"trigger_id": 3, "category": "config"}
