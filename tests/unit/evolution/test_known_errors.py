"""What the text of an error means."""

import pytest

from recado.evolution.known_errors import meaning_of
from recado.evolution.meaning import (
    LASTS,
    OFFLINE,
    PASSES,
    REPAIR,
    UNCLEAR,
    Meaning,
)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (301, REPAIR),
        (308, REPAIR),
        (400, LASTS),
        (401, REPAIR),
        (403, REPAIR),
        (404, REPAIR),
        (407, REPAIR),
        (408, PASSES),
        (413, LASTS),
        (414, LASTS),
        (422, LASTS),
        (425, PASSES),
        (429, PASSES),
        (431, LASTS),
        (500, UNCLEAR),
        (502, UNCLEAR),
        (503, UNCLEAR),
        (504, UNCLEAR),
        (520, UNCLEAR),
        (527, UNCLEAR),
    ],
)
@pytest.mark.parametrize("text", ["", "words nobody knows"])
def test_without_a_known_text_the_status_decides(
    status: int, text: str, meaning: Meaning
) -> None:
    assert meaning_of(status, text) == meaning


def test_a_text_counts_only_on_its_statuses() -> None:
    assert meaning_of(500, "client disconnected") == OFFLINE
    assert meaning_of(502, "client disconnected") == UNCLEAR


def test_a_text_must_fit_from_start_to_end() -> None:
    assert meaning_of(500, "client disconnected, maybe") == UNCLEAR


def test_a_tools_output_may_have_line_breaks() -> None:
    text = "error during conversion: exit status 1, details: a\nb\n"

    assert meaning_of(500, text) == LASTS
