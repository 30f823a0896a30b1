"""Claiming: due executions are lent to workers, on whatever host they are."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from recado.model.execution import Claimed
from recado.model.ids import TriggerId, WorkerId
from recado.model.status import Status
from recado.store.counters import Tally
from recado.store.due import DueRow, lend
from recado.store.postgres.adding import add
from recado.store.postgres.arrays import Bigints
from recado.store.postgres.flow import Ended, Flow, Rows, Statement
from recado.store.postgres.locks import Kind

Now = Callable[[], int | None]
"""Tells the time in microseconds; None leaves it to the database's clock."""

# A query of its own, so that it is asked once and an index can be searched with it.
NOW = "(SELECT coalesce(%s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))"

WANTED = f"""
SELECT DISTINCT trigger_id FROM (
  SELECT trigger_id FROM trigger_executions
  WHERE due_at IS NOT NULL AND due_at <= {NOW} AND trigger_id = ANY (%s)
  ORDER BY due_at, id LIMIT %s
) AS due
"""

HOLD_TRIGGERS = """
SELECT pg_advisory_xact_lock(%s::int, trigger_id::int) FROM unnest(%s) AS t (trigger_id)
"""

RUNNING = """
SELECT trigger_id, count(*) FROM trigger_executions
WHERE status = 'running' AND lease_until IS NOT NULL AND trigger_id = ANY (%s)
GROUP BY trigger_id
"""

LEND = f"""
WITH due AS MATERIALIZED (
  SELECT id, trigger_id, due_at, status FROM trigger_executions
  WHERE due_at IS NOT NULL AND due_at <= {NOW} AND trigger_id <> ALL (%s)
  ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
), placed AS (
  SELECT *, row_number() OVER (PARTITION BY trigger_id ORDER BY due_at, id) AS place
  FROM due
), chosen AS MATERIALIZED (
  SELECT placed.* FROM placed
  LEFT JOIN unnest(%s, %s) AS room (trigger_id, free) USING (trigger_id)
  WHERE room.free IS NULL OR placed.place <= room.free
), lent AS (
  UPDATE trigger_executions AS x
  SET status = 'running', due_at = NULL, lease_worker = %s,
    lease_until = {NOW} + %s, attempt_count = x.attempt_count + 1, held_for = NULL
  FROM chosen WHERE x.id = chosen.id
  RETURNING x.id, x.trigger_id, x.root_id, chosen.status, x.attempt_count,
    x.failure_count, x.idempotency_key, x.released_key, x.ordering_key, x.started_at,
    x.held_since, chosen.due_at
), shown AS MATERIALIZED (
  SELECT lent.id, lent.trigger_id, lent.root_id, lent.status, lent.attempt_count,
    lent.failure_count, lent.idempotency_key, lent.released_key, lent.ordering_key,
    lent.started_at, lent.held_since, e.document
  FROM lent LEFT JOIN events AS e ON e.id = lent.root_id
  ORDER BY lent.due_at, lent.id
)
SELECT * FROM shown
"""
# Payloads are read last of all, in a part of its own, because that is the order in
# which tables are locked: who locks all of them must not meet us half-way.


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """One worker's wish for work. ``caps`` hold over all workers together."""

    worker: WorkerId
    limit: int
    lease: timedelta
    room: Mapping[TriggerId, int]
    caps: Mapping[TriggerId, int]


class Claiming:
    """Lends due executions."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def __call__(
        self, requests: Sequence[ClaimRequest], slot: int
    ) -> Flow[list[list[Claimed]]]:
        """Lend to each request in turn."""
        tally = Tally()
        lent = []
        for request in requests:
            rows = yield from self._lend(request)
            for row in rows:
                tally.moved(
                    row.status,
                    Status.RUNNING,
                    accepted_at=row.started_at,
                    trigger_id=row.trigger_id,
                )
            lent.append(
                [lend(row, request.worker, attempt=row.attempt_count) for row in rows]
            )
        return Ended(lent, add(tally, slot))

    def _lend(
        self, request: ClaimRequest
    ) -> Generator[list[Statement], list[Rows], list[DueRow]]:
        now, room = self._now(), dict(request.room)
        if request.caps:
            room |= yield from _room_under(request, room, now)
        full = Bigints(one for one, free in room.items() if free <= 0)
        some = {one: free for one, free in room.items() if free > 0}
        lease = request.lease // timedelta(microseconds=1)
        [rows] = yield [
            Statement(
                LEND,
                (
                    *(now, full, request.limit),
                    *(Bigints(some), Bigints(some.values())),
                    *(request.worker, now, lease),
                ),
            )
        ]
        return [DueRow(*row) for row in rows]


def _room_under(
    request: ClaimRequest, room: Mapping[TriggerId, int], now: int | None
) -> Generator[list[Statement], list[Rows], dict[TriggerId, int]]:
    """Return how many of each capped trigger may be lent.

    Only one worker at a time may count and lend those of a trigger; the others wait
    for its commit. What is not due at all is given no room, and no lock.
    """
    caps = request.caps
    [found] = yield [Statement(WANTED, (now, Bigints(caps), request.limit))]
    wanted = Bigints(sorted(trigger_id for (trigger_id,) in found))
    left = dict.fromkeys(caps, 0)
    if not wanted:
        return left
    [_, counted] = yield [
        Statement(HOLD_TRIGGERS, (Kind.TRIGGER, wanted)),
        Statement(RUNNING, (wanted,)),
    ]
    running: dict[TriggerId, int] = dict(counted)
    for trigger_id in wanted:
        known = TriggerId(trigger_id or 0)
        free = caps[known] - running.get(known, 0)
        left[known] = max(0, min(free, room.get(known, free)))
    return left


NEXT_DUE = """
SELECT due_at FROM trigger_executions
WHERE due_at IS NOT NULL AND trigger_id <> ALL (%s)
ORDER BY due_at LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRequest:
    """A question for the next due moment, of triggers that have room."""

    leave_out: Collection[TriggerId]
    caps: Mapping[TriggerId, int]


def next_due(requests: Sequence[DueRequest], _: int) -> Flow[list[int | None]]:
    """Return the earliest due moment for each request."""
    found: list[int | None] = []
    for request in requests:
        full = set(request.leave_out)
        if request.caps:
            [rows] = yield [Statement(RUNNING, (Bigints(request.caps),))]
            full |= {one for one, running in rows if running >= request.caps[one]}
        [rows] = yield [Statement(NEXT_DUE, (Bigints(full),))]
        found.append(rows[0][0] if rows else None)
    return Ended(found, [])
