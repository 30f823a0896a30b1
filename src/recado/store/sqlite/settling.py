"""Settling by hand: ends leases. Runs inside the writer's transaction."""

import sqlite3

from recado.errors import LeaseLostError
from recado.model.status import UNFINISHED, Status
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.protocol import Settlement
from recado.store.tables import UNFINISHED_SQL

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

_NEXT_IN_ORDER = f"""
UPDATE trigger_executions SET due_at = ?3
WHERE id = (
  SELECT min(id) FROM trigger_executions
  WHERE trigger_id = ?1 AND ordering_key = ?2
    AND ordering_key IS NOT NULL AND {UNFINISHED_SQL}
) AND status = 'pending' AND due_at IS NULL
"""


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
        trigger_id = item.claimed.trigger_id
        tally.moved(
            Status.RUNNING,
            item.status,
            accepted_at=to_micros(item.claimed.accepted_at),
            trigger_id=trigger_id,
        )
        if item.status is Status.RETRYING:
            at = to_micros(item.at)
            tally.happened(counters.RETRIES, at=at, trigger_id=trigger_id)
        if item.sent:
            at = to_micros(item.at)
            tally.happened(
                counters.WPP_COMMANDS, at=at, trigger_id=trigger_id, times=item.sent
            )
    conn.executemany(counters.ADD, tally.rows())
