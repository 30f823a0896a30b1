"""Many rows by few statements: to run one costs as much as the row that it inserts."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain

ROWS = 16
"""Rows of one statement. Twice as many gain little, and each count is its own text."""


class ManyRows:
    """An ``INSERT``, for any number of rows.

    ``row`` is one in SQL, with ``{0}``, ``{1}`` … in the places of its values; the text
    ``before`` and ``after`` all rows stands there once.
    """

    def __init__(self, before: str, row: str, after: str = "") -> None:
        self._before = before
        self._row = row
        self._after = after
        self._statement = cache(self.statement)

    def insert(
        self, connection: sqlite3.Connection, rows: Sequence[tuple[object, ...]]
    ) -> int:
        """Insert rows in their order; returns how many, without those in conflict."""
        inserted = 0
        for first in range(0, len(rows), ROWS):
            some = rows[first : first + ROWS]
            statement = self._statement(len(some), len(some[0]))
            values = list(chain.from_iterable(some))
            inserted += connection.execute(statement, values).rowcount
        return inserted

    def statement(self, rows: int, width: int) -> str:
        """Return the text for so many rows of so many values."""
        filled = (
            self._row.format(*(f"?{row * width + at + 1}" for at in range(width)))
            for row in range(rows)
        )
        return f"{self._before} {', '.join(filled)} {self._after}"
