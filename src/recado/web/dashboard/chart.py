"""Bars of a chart, as places in a drawing: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 720
HEIGHT = 160
_GAP = 0.2
"""How much of a bar's room stays empty."""

_LEAST = 2.0
"""Units of height that anything above nothing has, so that one in a million shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part of a bar. ``kind`` names its colour; units are those of the drawing."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Stacked bars. ``top`` is the value at the drawing's upper edge."""

    width: int
    height: int
    top: int
    pieces: tuple[Piece, ...]


def stacked(
    bars: Sequence[Sequence[tuple[str, int]]],
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Chart:
    """Return bars side by side; the parts of each lie on top of each other, in order.

    A part is its kind and its value, which is not negative.
    """
    top = nice_top(max((sum(value for _, value in bar) for bar in bars), default=0))
    room = width / max(1, len(bars))
    pieces: list[Piece] = []
    for place, bar in enumerate(bars):
        floor = float(height)
        for kind, value in bar:
            if value <= 0:
                continue
            tall = min(floor, max(_LEAST, height * value / top))
            floor -= tall
            pieces.append(
                Piece(
                    kind=kind,
                    x=round(room * (place + _GAP / 2), 2),
                    y=round(floor, 2),
                    width=round(room * (1 - _GAP), 2),
                    height=round(tall, 2),
                )
            )
    return Chart(width=width, height=height, top=top, pieces=tuple(pieces))


def nice_top(highest: int) -> int:
    """Return a round number not below ``highest``: 1, 2, 3 or 5 and noughts."""
    step = 1
    while True:
        for factor in (1, 2, 3, 5):
            if factor * step >= highest:
                return factor * step
        step *= 10
