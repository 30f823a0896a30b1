"""Settling: leases end, many at a time, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from recado.errors import LeaseLostError
from recado.model.status import UNFINISHED, Status
from recado.store import counters, locks
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.postgres.adding import add, hold_orders, let_next_run
from recado.store.postgres.arrays import Bigints, Bools, Texts
from recado.store.postgres.flow import Ended, Flow, Statement
from recado.store.protocol import Settlement

SETTLE = """
UPDATE trigger_executions AS x SET status = s.status, due_at = s.due_at,
  lease_worker = NULL, lease_until = NULL,
  attempt_count = x.attempt_count - s.unspent::int,
  failure_count = x.failure_count + s.counts::int, held_for = s.held_for,
  held_since = CASE WHEN s.status = 'held' AND s.held_for NOT LIKE 'trigger:%%'
    THEN coalesce(x.held_since, s.at) END,
  result_summary = s.result_summary,
  error = CASE WHEN s.status <> 'completed' THEN coalesce(s.error, x.error) END,
  error_category = CASE WHEN s.status <> 'completed'
    THEN coalesce(s.error_category, x.error_category) END,
  error_fingerprint = CASE WHEN s.status <> 'completed'
    THEN coalesce(s.error_fingerprint, x.error_fingerprint) END,
  may_have_acted = x.may_have_acted OR s.may_have_acted,
  completed_at = s.completed_at
FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) AS s (
  id, worker, attempt, status, due_at, unspent, counts, held_for, at, result_summary,
  error, error_category, error_fingerprint, may_have_acted, completed_at
)
WHERE x.id = s.id AND x.lease_worker = s.worker AND x.attempt_count = s.attempt
RETURNING x.id
"""
# Only a running one has a worker. To say so would let the planner look for each of
# them in the index of all that run.

NOTE_ATTEMPTS = """
INSERT INTO execution_attempts (execution_id, number, started_at, finished_at,
  outcome, error, error_category, output)
SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s)
"""


def settle(items: Sequence[Settlement], slot: int) -> Flow[list[LeaseLostError | None]]:
    """Settle all items; a lost lease is a result, not a failure of the others."""
    once = {item.claimed.id: item for item in reversed(items)}  # the first of each
    ending = [item for item in once.values() if _frees_its_order(item)]
    answers = yield [
        *hold_orders(
            locks.of_order(item.claimed.trigger_id, item.claimed.ordering_key or "")
            for item in ending
        ),
        Statement(SETTLE, _columns(list(once.values()))),
    ]
    ids = {number for (number,) in answers[-1]}
    settled = [item for item in once.values() if item.claimed.id in ids]
    results: list[LeaseLostError | None] = []
    for item in items:
        is_settled = item.claimed.id in ids and once[item.claimed.id] is item
        results.append(
            None if is_settled else LeaseLostError(f"execution {item.claimed.id}")
        )
    last = [
        *_attempts(settled),
        *let_next_run(
            {
                (item.claimed.trigger_id, item.claimed.ordering_key or ""): to_micros(
                    item.at
                )
                for item in settled
                if _frees_its_order(item)
            }
        ),
        *add(_counted(settled), slot),
    ]
    return Ended(results, last)


def _frees_its_order(item: Settlement) -> bool:
    return item.status not in UNFINISHED and item.claimed.ordering_key is not None


def _columns(items: Sequence[Settlement]) -> tuple[object, ...]:
    leases = [item.claimed.lease for item in items]
    return (
        Bigints(lease.execution_id for lease in leases),
        Texts(lease.worker for lease in leases),
        Bigints(lease.attempt for lease in leases),
        Texts(item.status for item in items),
        Bigints(_micros(item.due_at) for item in items),
        Bools(item.attempt is None for item in items),
        Bools(item.counts for item in items),
        Texts(item.held_for for item in items),
        Bigints(to_micros(item.at) for item in items),
        Texts(item.result_summary for item in items),
        Texts(item.error for item in items),
        Texts(item.error_category for item in items),
        Texts(item.error_fingerprint for item in items),
        Bools(item.may_have_acted for item in items),
        Bigints(
            None if item.status in UNFINISHED else to_micros(item.at) for item in items
        ),
    )


def _attempts(items: Iterable[Settlement]) -> list[Statement]:
    spent = [(item.claimed.id, item.attempt) for item in items if item.attempt]
    if not spent:
        return []
    attempts = [attempt for _, attempt in spent]
    values = (
        Bigints(number for number, _ in spent),
        Bigints(one.number for one in attempts),
        Bigints(to_micros(one.started_at) for one in attempts),
        Bigints(to_micros(one.finished_at) for one in attempts),
        Texts(one.outcome for one in attempts),
        Texts(one.error for one in attempts),
        Texts(one.error_category for one in attempts),
        Texts(one.output for one in attempts),
    )
    return [Statement(NOTE_ATTEMPTS, values)]


def _counted(items: Iterable[Settlement]) -> Tally:
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
    return tally


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)
