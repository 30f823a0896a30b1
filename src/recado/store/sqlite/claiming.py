"""Claiming by hand: lends what is due. Runs inside the writer's transaction."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from recado.clock import Clock
from recado.model.execution import Claimed
from recado.model.ids import TriggerId, WorkerId
from recado.model.status import Status
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.due import DueRow, lend

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
