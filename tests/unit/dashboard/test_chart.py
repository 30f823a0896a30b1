"""Bars stay inside the drawing and keep their proportions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.web.dashboard.chart import nice_top, stacked

BARS = st.lists(
    st.lists(st.integers(0, 10**9), min_size=3, max_size=3), min_size=1, max_size=40
)


def test_parts_lie_on_top_of_each_other_in_order() -> None:
    chart = stacked(
        [[("resolved", 6), ("dead", 2)], [("resolved", 10)]], width=100, height=100
    )

    assert chart.top == 10
    assert [(one.kind, one.y, one.height) for one in chart.pieces] == [
        ("resolved", 40, 60),
        ("dead", 20, 20),
        ("resolved", 0, 100),
    ]


def test_one_in_a_million_can_be_seen() -> None:
    chart = stacked([[("resolved", 1_000_000), ("dead", 1)]], height=160)

    assert chart.pieces[1].height >= 2


def test_nothing_draws_nothing() -> None:
    assert stacked([[("resolved", 0)], []]).pieces == ()
    assert stacked([]).pieces == ()


@given(BARS)
def test_every_part_is_inside_the_drawing(bars: list[list[int]]) -> None:
    chart = stacked([list(zip("abc", bar, strict=True)) for bar in bars])

    for piece in chart.pieces:
        assert piece.y >= 0
        assert piece.height >= 0
        assert piece.y + piece.height <= chart.height + 0.02
        assert piece.x + piece.width <= chart.width


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 1), (1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (501, 1000)],
)
def test_the_upper_edge_is_a_round_number(highest: int, top: int) -> None:
    assert nice_top(highest) == top
