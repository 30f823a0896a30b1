"""The hot path by hand: accept, claim and settle, many at a time.

Each function runs inside the writer's transaction and takes all that wait. SQLite
runs one writer, so what a statement reads stays true until the commit.
"""

import sqlite3
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter

from recado.clock import Clock
from recado.errors import LeaseLostError
from recado.model.execution import Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import UNFINISHED, Status
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import MICROS_PER_HOUR, Tally
from recado.store.due import DueRow, lend
from recado.store.protocol import NewExecution, Settlement
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

_NEXT_IN_ORDER = f"""
UPDATE trigger_executions SET due_at = ?3
WHERE id = (
  SELECT min(id) FROM trigger_executions
  WHERE trigger_id = ?1 AND ordering_key = ?2
    AND ordering_key IS NOT NULL AND {UNFINISHED_SQL}
) AND status = 'pending' AND due_at IS NULL
"""

_DUE = """
SELECT x.id, x.trigger_id, x.root_id, x.status, x.attempt_count, x.failure_count,
  x.idempotency_key, x.released_key, x.ordering_key, x.started_at, x.held_since,
  e.document
FROM trigger_executions AS x LEFT JOIN events AS e ON e.id = x.root_id
WHERE x.due_at IS NOT NULL AND x.due_at <= ? {room}
ORDER BY x.due_at, x.id LIMIT ?
"""

_LEND = """
UPDATE trigger_executions SET status = 'running', due_at = NULL, lease_worker = ?,
  lease_until = ?, attempt_count = attempt_count + 1, held_for = NULL
WHERE id = ?
"""

_SETTLE = """
UPDATE trigger_executions SET status = ?1, due_at = ?2, lease_worker = NULL,
  lease_until = NULL, attempt_count = attempt_count - ?3,
  failure_count = failure_count + ?4, held_for = ?5,
  held_since = CASE WHEN ?1 = 'held' AND ?5 NOT LIKE 'trigger:%'
    THEN coalesce(held_since, ?6) END,
  result_summary = ?7,
  error = CASE WHEN ?1 <> 'completed' THEN coalesce(?8, error) END,
  error_category = CASE WHEN ?1 <> 'completed' THEN coalesce(?9, error_category) END,
  error_fingerprint =
    CASE WHEN ?1 <> 'completed' THEN coalesce(?10, error_fingerprint) END,
  may_have_acted = may_have_acted OR ?11,
  completed_at = ?12
WHERE id = ?13 AND status = 'running' AND lease_worker = ?14 AND attempt_count = ?15
"""

_ATTEMPT = """
INSERT INTO execution_attempts (execution_id, number, started_at, finished_at,
  outcome, error, error_category, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
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
            name = counters.IDEMPOTENT_REPLAYS
            tally.happened(name, at=at, trigger_id=trigger_id, times=times)
    conn.executemany(counters.ADD, tally.rows())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """One worker's wish for work."""

    worker: WorkerId
    limit: int
    lease: timedelta
    room: Mapping[TriggerId, int]


class Claiming:
    """Lends due executions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self, conn: sqlite3.Connection, requests: list[ClaimRequest]
    ) -> list[list[Claimed]]:
        """Lend to each request in turn."""
        return [self._lend(conn, request) for request in requests]

    def _lend(self, conn: sqlite3.Connection, request: ClaimRequest) -> list[Claimed]:
        now = self._clock.now()
        full = [str(int(t)) for t, room in request.room.items() if room <= 0]
        room_sql = f"AND x.trigger_id NOT IN ({', '.join(full)})" if full else ""
        query, which = _DUE.format(room=room_sql), (to_micros(now), request.limit)
        due = [DueRow(*row) for row in conn.execute(query, which)]
        lent = _within_room(due, request.room)
        until = to_micros(now + request.lease)
        conn.executemany(_LEND, [(request.worker, until, row.id) for row in lent])
        tally = Tally()
        for row in lent:
            tally.moved(
                row.status,
                Status.RUNNING,
                accepted_at=row.started_at,
                trigger_id=row.trigger_id,
            )
        conn.executemany(counters.ADD, tally.rows())
        return [
            lend(row, request.worker, attempt=row.attempt_count + 1) for row in lent
        ]


def _within_room(due: list[DueRow], room: Mapping[TriggerId, int]) -> list[DueRow]:
    if not room:
        return due
    left = dict(room)
    chosen = []
    for row in due:
        if row.trigger_id in left:
            if left[row.trigger_id] <= 0:
                continue
            left[row.trigger_id] -= 1
        chosen.append(row)
    return chosen


class Settling:
    """Ends leases."""

    def __call__(
        self, conn: sqlite3.Connection, items: list[Settlement]
    ) -> list[LeaseLostError | None]:
        """Settle all items; a lost lease is a result, not a failure of the others."""
        settled: list[Settlement] = []
        results: list[LeaseLostError | None] = []
        for item in items:
            # One by one: each must tell for itself whether its lease was still held.
            if conn.execute(_SETTLE, _settle_row(item)).rowcount:
                settled.append(item)
                results.append(None)
            else:
                results.append(LeaseLostError(f"execution {item.claimed.id}"))
        conn.executemany(_ATTEMPT, [r for item in settled for r in _attempt_rows(item)])
        _let_next_run(conn, settled)
        _count_settled(conn, settled)
        return results


def _settle_row(item: Settlement) -> tuple[object, ...]:
    at = to_micros(item.at)
    done = item.status not in UNFINISHED
    return (
        item.status,
        None if item.due_at is None else to_micros(item.due_at),
        item.attempt is None,
        item.counts,
        item.held_for,
        at,
        item.result_summary,
        item.error,
        item.error_category,
        item.error_fingerprint,
        item.may_have_acted,
        at if done else None,
        *item.claimed.lease,
    )


def _attempt_rows(item: Settlement) -> list[tuple[object, ...]]:
    attempt = item.attempt
    if attempt is None:
        return []
    return [
        (
            item.claimed.id,
            attempt.number,
            to_micros(attempt.started_at),
            to_micros(attempt.finished_at),
            attempt.outcome,
            attempt.error,
            attempt.error_category,
            attempt.output,
        )
    ]


def _let_next_run(conn: sqlite3.Connection, items: list[Settlement]) -> None:
    """Make the next execution of each finished one's order due."""
    ended = [
        (item.claimed.trigger_id, item.claimed.ordering_key, to_micros(item.at))
        for item in items
        if item.status not in UNFINISHED and item.claimed.ordering_key is not None
    ]
    conn.executemany(_NEXT_IN_ORDER, ended)


def _count_settled(conn: sqlite3.Connection, items: list[Settlement]) -> None:
    tally = Tally()
    for item in items:
        trigger_id, at = item.claimed.trigger_id, to_micros(item.at)
        tally.moved(
            Status.RUNNING,
            item.status,
            accepted_at=to_micros(item.claimed.accepted_at),
            trigger_id=trigger_id,
        )
        if item.status is Status.RETRYING:
            tally.happened(counters.RETRIES, at=at, trigger_id=trigger_id)
        if item.sent:
            name = counters.WPP_COMMANDS
            tally.happened(name, at=at, trigger_id=trigger_id, times=item.sent)
    conn.executemany(counters.ADD, tally.rows())
