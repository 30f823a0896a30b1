"""Leases over time: kept, ended, and executions that wait for a release."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status
from recado.store.counters import Tally
from recado.store.postgres.adding import add
from recado.store.postgres.arrays import Bigints, Texts
from recado.store.postgres.claiming import NOW
from recado.store.postgres.flow import Ended, Flow, Rows, Statement
from recado.store.postgres.settling import NOTE_ATTEMPTS
from recado.store.protocol import ABANDONED

# What is being settled at this moment is locked, and needs no longer lease.
EXTEND = f"""
UPDATE trigger_executions SET lease_until = {NOW} + %s
WHERE id IN (
  SELECT id FROM trigger_executions
  WHERE id = ANY (%s) AND status = 'running' AND lease_worker = %s
  ORDER BY id FOR UPDATE SKIP LOCKED
)
RETURNING id
"""

RESCUE = f"""
WITH gone AS MATERIALIZED (
  SELECT id, {NOW} AS now FROM trigger_executions
  WHERE status = 'running' AND lease_until <= {NOW} + %s
  ORDER BY lease_until LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE trigger_executions AS x SET status = 'pending', due_at = gone.now,
  lease_worker = NULL, lease_until = NULL, failure_count = x.failure_count + 1,
  may_have_acted = true, error = %s, error_category = 'unknown',
  error_fingerprint = 'abandoned'
FROM gone WHERE x.id = gone.id
RETURNING x.id, x.trigger_id, x.started_at, x.attempt_count, gone.now
"""

RELEASE = f"""
WITH gone AS MATERIALIZED (
  SELECT id FROM trigger_executions
  WHERE status = 'held' AND held_for = %s
    AND (%s::bigint IS NULL OR trigger_id = %s)
  FOR UPDATE
)
UPDATE trigger_executions AS x
SET status = 'pending', due_at = {NOW}, held_for = NULL
FROM gone WHERE x.id = gone.id
RETURNING x.id, x.trigger_id, x.started_at
"""

AT_ONCE = 1_000
_EVER = 200 * 365 * 86_400_000_000  # microseconds


def extend(
    worker: WorkerId,
    ids: Collection[ExecutionId],
    *,
    lease: timedelta,
    now: int | None,
) -> Flow[int]:
    """Move the end of a worker's leases on these executions."""
    length = lease // timedelta(microseconds=1)
    [rows] = yield [Statement(EXTEND, (now, length, Bigints(ids), worker))]
    return Ended(len(rows), [])


def rescue(*, everything: bool, now: int | None, slot: int) -> Flow[int]:
    """Take back what was lent for too long, up to ``AT_ONCE`` of it."""
    further = _EVER if everything else 0
    [rows] = yield [Statement(RESCUE, (now, now, further, AT_ONCE, ABANDONED))]
    last = _noted(rows) if rows else []
    return Ended(len(rows), [*last, *add(_moves(rows, Status.RUNNING), slot)])


def _noted(rows: Rows) -> list[Statement]:
    ids, _, started, attempts, ended = zip(*rows, strict=True)
    alike = partial(_alike, len(rows))
    values = (
        *(Bigints(ids), Bigints(attempts), Bigints(started), Bigints(ended)),
        *(alike("abandoned"), alike(ABANDONED), alike("unknown"), alike(None)),
    )
    return [Statement(NOTE_ATTEMPTS, values)]


def _alike(count: int, value: str | None) -> Texts:
    return Texts([value] * count)


def release_held(
    *, held_for: str, trigger_id: TriggerId | None, now: int | None, slot: int
) -> Flow[int]:
    """Make what is held for a destination due."""
    values: tuple[Any, ...] = (held_for, trigger_id, trigger_id, now)
    [rows] = yield [Statement(RELEASE, values)]
    return Ended(len(rows), add(_moves(rows, Status.HELD), slot))


def _moves(rows: Rows, old: Status) -> Tally:
    tally = Tally()
    for row in rows:
        trigger_id = TriggerId(row[1])
        tally.moved(old, Status.PENDING, accepted_at=row[2], trigger_id=trigger_id)
    return tally
