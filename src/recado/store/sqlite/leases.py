"""Leases over time: kept, ended, and executions that wait for a release."""

import sqlite3
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from recado import wire
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.protocol import ABANDONED
from recado.store.tables import trigger_executions

_e = trigger_executions.c

_EXTEND = """
UPDATE trigger_executions SET lease_until = ?
WHERE status = 'running' AND lease_worker = ?
  AND id IN (SELECT value FROM json_each(?))
"""

_VANISHED = """
SELECT id, trigger_id, started_at, attempt_count FROM trigger_executions
WHERE status = 'running' AND lease_until <= ?
"""

_RESCUE = """
UPDATE trigger_executions SET status = 'pending', due_at = ?, lease_worker = NULL,
  lease_until = NULL, failure_count = failure_count + 1, may_have_acted = 1,
  error = ?, error_category = 'unknown', error_fingerprint = 'abandoned'
WHERE id = ?
"""

_NOTE_ABANDONED = """
INSERT INTO execution_attempts (execution_id, number, started_at, finished_at,
  outcome, error, error_category) VALUES (?, ?, ?, ?, 'abandoned', ?, 'unknown')
"""

_HELD = """
SELECT id, trigger_id, started_at FROM trigger_executions
WHERE status = 'held' AND held_for = ?1 AND (?2 IS NULL OR trigger_id = ?2)
"""

_RELEASE = """
UPDATE trigger_executions SET status = 'pending', due_at = ?, held_for = NULL
WHERE id = ? AND status = 'held'
"""


def extend(
    conn: sqlite3.Connection,
    worker: WorkerId,
    ids: Collection[ExecutionId],
    *,
    until: datetime,
) -> int:
    """Move the end of a worker's leases on these executions."""
    held = wire.encode(list(ids)).decode()
    return conn.execute(_EXTEND, (to_micros(until), worker, held)).rowcount


def rescue(conn: sqlite3.Connection, *, ended_by: datetime, now: datetime) -> int:
    """Take back what was lent until ``ended_by`` or earlier."""
    at = to_micros(now)
    rows = conn.execute(_VANISHED, (to_micros(ended_by),)).fetchall()
    conn.executemany(_RESCUE, [(at, ABANDONED, row[0]) for row in rows])
    conn.executemany(
        _NOTE_ABANDONED, [(row[0], row[3], row[2], at, ABANDONED) for row in rows]
    )
    _count_moves(conn, rows, Status.RUNNING)
    return len(rows)


def next_due_at(conn: Connection, leave_out: Collection[TriggerId]) -> datetime | None:
    """Return the earliest due moment, of the triggers that are not left out."""
    due = conn.execute(
        select(_e.due_at)
        .where(_e.due_at.is_not(None), _e.trigger_id.not_in(leave_out))
        .order_by(_e.due_at)
        .limit(1)
    )
    return due.scalar()


def release_held(
    conn: sqlite3.Connection,
    *,
    held_for: str,
    trigger_id: TriggerId | None,
    now: datetime,
) -> int:
    """Make what is held for a destination due."""
    rows = conn.execute(_HELD, (held_for, trigger_id)).fetchall()
    at = to_micros(now)
    conn.executemany(_RELEASE, [(at, row[0]) for row in rows])
    _count_moves(conn, rows, Status.HELD)
    return len(rows)


def _count_moves(
    conn: sqlite3.Connection, rows: list[tuple[int, int, int, int]], old: Status
) -> None:
    tally = Tally()
    for row in rows:
        tally.moved(
            old, Status.PENDING, accepted_at=row[2], trigger_id=TriggerId(row[1])
        )
    conn.executemany(counters.ADD, tally.rows())
