"""Words, numbers and moments as people read them; and where a form may lead."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.web.dashboard.browsers import browser_name
from recado.web.dashboard.formats import Formats
from recado.web.dashboard.locales import Language, Translator, choose, read_words
from recado.web.dashboard.navigation import NAVIGATION, is_current
from recado.web.origin import local_path

NOON = datetime(2026, 3, 25, 12, 0, 5, tzinfo=UTC)
ENGLISH = Formats(read_words(Language.ENGLISH))
PORTUGUESE = Formats(read_words(Language.PORTUGUESE))


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"),
        (None, "pt", "pt-BR"),
        (None, "PT-pt", "pt-BR"),
        (None, "de, en;q=0.1, pt;q=0.9", "pt-BR"),
        (None, "de", "en"),
        (None, "pt;q=x", "en"),
        ("pt-BR", "en", "pt-BR"),
        ("en", "pt-BR", "en"),
        ("<script>", "pt-BR", "pt-BR"),
    ],
)
def test_the_language_is_what_was_chosen_or_what_the_browser_likes(
    cookie: str | None, accepted: str, language: str
) -> None:
    assert choose(cookie, accepted) == language


@given(st.text(), st.text())
def test_any_header_gives_a_language(cookie: str, accepted: str) -> None:
    assert choose(cookie, accepted) in Language


def test_one_and_several() -> None:
    t = Translator({"x.one": "one", "x.other": "{count} things"})

    assert (t("x", count=1), t("x", count=0), t("x", count=7)) == (
        "one",
        "0 things",
        "7 things",
    )


def test_a_value_cannot_reach_into_the_text() -> None:
    t = Translator({"x": "hello {name}"})

    assert t("x", name="{name.__class__} {0}") == "hello {name.__class__} {0}"


def test_numbers() -> None:
    assert ENGLISH.number(1234567) == "1,234,567"
    assert PORTUGUESE.number(1234567) == "1.234.567"
    assert PORTUGUESE.number(1234.5) == "1.234,50"


def test_moments_are_in_utc_and_say_so() -> None:
    assert ENGLISH.moment(NOON) == "2026-03-25 12:00:05 UTC"
    assert PORTUGUESE.moment(NOON) == "25/03/2026 12:00:05 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (1.24, "1.2 s"),
        (59.6, "1 min"),
        (83, "1 min 23 s"),
        (7_200, "2 h"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert ENGLISH.duration(seconds) == text
    assert ENGLISH.duration(timedelta(seconds=seconds)) == text


def test_how_long_ago() -> None:
    assert ENGLISH.ago(NOON, NOON + timedelta(minutes=3, seconds=40)) == "3 min ago"
    assert PORTUGUESE.ago(NOON, NOON + timedelta(days=2)) == "há 2 d"
    assert ENGLISH.ago(NOON + timedelta(seconds=42), NOON) == "in 42 s"


@given(st.text())
def test_no_address_leads_elsewhere(wanted: str) -> None:
    local = local_path(wanted)

    assert local.startswith("/")
    assert not local.startswith(("//", "/\\"))
    assert local.isprintable()


def test_browsers_are_named() -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit Chrome/140.0 Safari/537.36"
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19) Version/19 Mobile Safari/604.1"

    assert browser_name(chrome) == "Chrome · Linux"
    assert browser_name(f"{chrome} Edg/140.0") == "Edge · Linux"
    assert browser_name(iphone) == "Safari · iPhone"
    assert browser_name("x" * 99) == "x" * 60
    assert browser_name("") == ""


def test_where_one_is_in_the_menu() -> None:
    [overview, executions, *_] = NAVIGATION

    assert is_current(overview, "/")
    assert not is_current(overview, "/executions")
    assert is_current(executions, "/executions/7")
    assert not is_current(executions, "/executions-of-others")
