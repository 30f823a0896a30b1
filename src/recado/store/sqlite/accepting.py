"""Accepting by hand: many executions and their events by few statements.

Runs inside the writer's transaction and takes all that wait. SQLite runs one writer, so
what a statement reads stays true until the commit.
"""

import sqlite3
from collections import Counter
from collections.abc import Container
from operator import itemgetter

from recado.clock import Clock
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import Status
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import MICROS_PER_HOUR, Tally
from recado.store.protocol import NewExecution
from recado.store.sqlite.many_rows import ManyRows
from recado.store.tables import UNFINISHED_SQL

_INSERT_INTO = """
INSERT INTO trigger_executions (
  id, trigger_id, root_id, status, idempotency_key, dedupe_until, ordering_key,
  due_at, attempt_count, failure_count, may_have_acted, started_at
) VALUES"""

_UNLESS_DUPLICATE = """
ON CONFLICT (trigger_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL AND replay_of IS NULL DO NOTHING
"""

# One by one: each has to see those that were inserted before it.
_INSERT = f"""{_INSERT_INTO} (
  ?1, ?2, ?1, 'pending', ?3, ?4, ?5,
  CASE WHEN ?5 IS NOT NULL AND EXISTS (
    SELECT 1 FROM trigger_executions
    WHERE trigger_id = ?2 AND ordering_key = ?5
      AND ordering_key IS NOT NULL AND {UNFINISHED_SQL} AND id < ?1
  ) THEN NULL ELSE ?6 END, 0, 0, 0, ?6
) {_UNLESS_DUPLICATE}"""

_UNORDERED = ManyRows(
    _INSERT_INTO,
    "({0}, {1}, {0}, 'pending', {2}, {3}, NULL, {4}, 0, 0, 0, {4})",
    _UNLESS_DUPLICATE,
)

_EVENTS = ManyRows(
    "INSERT INTO events (id, received_at, document) VALUES", "({0}, {1}, {2})"
)

_RELEASE_KEY = """
UPDATE trigger_executions SET released_key = idempotency_key, idempotency_key = NULL
WHERE trigger_id = ? AND idempotency_key = ? AND idempotency_key IS NOT NULL
  AND replay_of IS NULL AND (dedupe_until <= ? OR dedupe_until >= ?)
"""

_LATER_WAIT = f"""
UPDATE trigger_executions SET due_at = NULL
WHERE trigger_id = ? AND ordering_key = ? AND ordering_key IS NOT NULL
  AND {UNFINISHED_SQL} AND id > ?
"""


class Accepting:
    """Stores new executions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self, conn: sqlite3.Connection, items: list[NewExecution]
    ) -> list[ExecutionId | None]:
        """Insert all items; None marks a duplicate."""
        [last] = conn.execute(
            "SELECT coalesce(max(id), 0) FROM trigger_executions"
        ).fetchone()
        first = last + 1
        ids = range(first, first + len(items))
        rows = [_new_row(number, item) for number, item in zip(ids, items, strict=True)]
        stored: Container[int] = ids
        if _insert(conn, rows) != len(rows):
            stored = self._sort_out_duplicates(conn, rows, items)
        events = [
            (row[0], row[5], item.document)
            for row, item in zip(rows, items, strict=True)
            if row[0] in stored
        ]
        _EVENTS.insert(conn, events)
        _count_accepted(conn, rows, stored)
        return [ExecutionId(number) if number in stored else None for number in ids]

    def _sort_out_duplicates(
        self, conn: sqlite3.Connection, rows: list["_NewRow"], items: list[NewExecution]
    ) -> set[int]:
        now = self._clock.now()
        stored = _ids_from(conn, rows[0][0])
        for row, item in zip(rows, items, strict=True):
            if row[0] in stored:
                continue
            ended, later = (m and to_micros(m) for m in item.other_windows(now))
            which = (row[1], row[2], ended, later)
            released = conn.execute(_RELEASE_KEY, which).rowcount
            if released and conn.execute(_INSERT, row).rowcount:
                stored.add(row[0])
                # those of its order whose keys were free are there already
                conn.execute(_LATER_WAIT, (row[1], row[4], row[0]))
        return stored


_NewRow = tuple[int, TriggerId, str | None, int | None, str | None, int]


# Python's sqlite3 looks for an adapter of each None.
_WITHOUT_ORDER = itemgetter(0, 1, 2, 3, 5)


def _new_row(number: int, item: NewExecution) -> _NewRow:
    until = item.dedupe_until
    return (
        number,
        item.trigger_id,
        item.idempotency_key,
        None if until is None else to_micros(until),
        item.ordering_key,
        to_micros(item.received_at),
    )


def _insert(conn: sqlite3.Connection, rows: list[_NewRow]) -> int:
    """Insert what is no duplicate; returns how many rows."""
    unordered = [_WITHOUT_ORDER(row) for row in rows if row[4] is None]
    inserted = _UNORDERED.insert(conn, unordered)
    if len(unordered) < len(rows):
        ordered = [row for row in rows if row[4] is not None]
        inserted += conn.executemany(_INSERT, ordered).rowcount
    return inserted


def _ids_from(conn: sqlite3.Connection, first: int) -> set[int]:
    found = conn.execute("SELECT id FROM trigger_executions WHERE id >= ?", (first,))
    return {number for (number,) in found}


def _count_accepted(
    conn: sqlite3.Connection, rows: list[_NewRow], stored: Container[int]
) -> None:
    tally = Tally()
    alike = Counter(
        (row[1], row[5] // MICROS_PER_HOUR, row[0] in stored) for row in rows
    )
    for (trigger_id, hour, is_new), times in alike.items():
        at = hour * MICROS_PER_HOUR
        if is_new:
            tally.moved(
                None, Status.PENDING, accepted_at=at, trigger_id=trigger_id, times=times
            )
        else:
            tally.happened(
                counters.IDEMPOTENT_REPLAYS, at=at, trigger_id=trigger_id, times=times
            )
    conn.executemany(counters.ADD, tally.rows())
